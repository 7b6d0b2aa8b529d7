"""What a split needs to know of each clip: its label, its subject and its recording."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skelgraph.errors import SplitError
from skelgraph.typing import IntArray


def number_recordings(subjects: Sequence[str | None], recordings: Sequence[str | None]) -> IntArray:
    """Number of each clip's recording, counted in the order in which the recordings appear.

    A recording's name is unique only together with its subject. A clip whose recording is not known
    counts as a recording of its own.

    Args:
        subjects: Subject of each clip, None where it is not known.
        recordings: Recording of each clip, None where it is not known.

    Returns:
        Array (clips,).

    Example:
        >>> number_recordings(["Ann", "Ann", "Bob", "Bob"], ["1", "1", "1", None]).tolist()
        [0, 0, 1, 2]
    """
    numbers: dict[tuple[str | None, str | None, int], int] = {}
    keys = [
        (subject, recording, -1 if recording is not None else clip)
        for clip, (subject, recording) in enumerate(zip(subjects, recordings, strict=True))
    ]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def list_some(names: Iterable[str], at_most: int = 5) -> str:
    """The names in order, and how many more there are.

    Example:
        >>> list_some({"d", "a", "c", "b"}, at_most=2)
        'a, b and 2 more'
    """
    ordered = sorted(names)
    more = f" and {len(ordered) - at_most} more" if len(ordered) > at_most else ""
    return ", ".join(ordered[:at_most]) + more


@dataclass(frozen=True, kw_only=True)
class Clips:
    """The facts of all clips of a dataset, in its order.

    Args:
        labels: Label of each clip.
        subjects: Subject of each clip, None where it is not known.
        recordings: Recording of each clip, None where it is not known.

    Raises:
        SplitError: If there is no clip, or the facts are not as many as the clips.
    """

    labels: tuple[str, ...]
    subjects: tuple[str | None, ...]
    recordings: tuple[str | None, ...]

    def __post_init__(self) -> None:
        if not self.labels:
            raise SplitError("expected clips to split, but got none")
        for name, facts in (("subject", self.subjects), ("recording", self.recordings)):
            if len(facts) != len(self.labels):
                raise SplitError(
                    f"expected one {name} for each of {len(self.labels)} clips (None where it is "
                    f"not known), but got {len(facts)}"
                )

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        subjects: Sequence[str | None] | None,
        recordings: Sequence[str | None] | None,
    ) -> "Clips":
        """The clips with these facts; None for all subjects or recordings that are not known."""
        unknown = (None,) * len(labels)
        return cls(
            labels=tuple(labels),
            subjects=unknown if subjects is None else tuple(subjects),
            recordings=unknown if recordings is None else tuple(recordings),
        )

    @cached_property
    def recording_numbers(self) -> IntArray:
        """Array (clips,): number of each clip's recording; see :func:`number_recordings`."""
        return number_recordings(self.subjects, self.recordings)

    def labels_of(self, clips: IntArray) -> list[str]:
        """Labels of the clips with these numbers."""
        return [self.labels[clip] for clip in clips]

    def with_subject(self, subjects: Sequence[str]) -> IntArray:
        """Numbers of the clips of these subjects."""
        return np.flatnonzero([subject in subjects for subject in self.subjects])

    def subjects_of(self, clips: IntArray) -> set[str]:
        """The known subjects of these clips."""
        return {subject for clip in clips if (subject := self.subjects[clip]) is not None}

    def recordings_of(self, clips: IntArray) -> set[str]:
        """The known recordings of these clips, each with its subject before it where known."""
        return {
            recording if self.subjects[clip] is None else f"{self.subjects[clip]}/{recording}"
            for clip in clips
            if (recording := self.recordings[clip]) is not None
        }
