"""Recordings cleaned as those of a run's training."""

from collections.abc import Iterator
from contextlib import contextmanager

from skelgraph.errors import DatasetError, SkelgraphError
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunFacts
from skelgraph.training import preprocess


@contextmanager
def name_clip(clip: PoseSequence) -> Iterator[None]:
    """Name the clip in an error of what is done inside."""
    try:
        yield
    except SkelgraphError as error:
        raise type(error)(f"{clip.name or 'the sequence'}: {error}") from error


def clean_recording(sequence: PoseSequence, facts: RunFacts) -> PoseSequence:
    """Return a recording that is cleaned as those of a run's training.

    Raises:
        SkelgraphError: If it cannot be converted to the run's layout, is too short, or has other
            channels.
    """
    check_channels(sequence, facts)
    return preprocess(sequence, facts.preprocessing)


def clean_uncut(sequence: PoseSequence, facts: RunFacts) -> PoseSequence:
    """Return a long recording that is cleaned as those of a run's training, but not normalized.

    Raises:
        SkelgraphError: If it cannot be converted to the run's layout, nobody is in it, or it has
            other channels.
    """
    check_channels(sequence, facts)
    sequence = sequence.load()
    with name_clip(sequence):
        cleaned = facts.preprocessing.clean(sequence)
        if not cleaned.has_joints:
            raise DatasetError("expected a person, but nobody is there in any frame")
    return cleaned


def check_channels(sequence: PoseSequence, facts: RunFacts) -> None:
    """Check that a recording has the dimensions and the confidences of those of the training.

    Raises:
        DatasetError: If it does not.
    """
    if facts.channels == "xyc" and sequence.num_dimensions == 2 and sequence.confidence is None:
        raise DatasetError(
            f"{sequence.name or 'the sequence'}: expected the confidence of each joint as in the "
            f"run's training, but the recording has none"
        )
    if sequence.num_dimensions != facts.num_dimensions:
        raise DatasetError(
            f"{sequence.name or 'the sequence'}: expected positions in {facts.num_dimensions}D as "
            f"in the run's training, but got {sequence.num_dimensions}D"
        )
