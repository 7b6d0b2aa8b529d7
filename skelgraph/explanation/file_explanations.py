"""Explanations of the persons of a file or video."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from skelgraph.config import PredictSettings
from skelgraph.data import ClipMedia, Progress
from skelgraph.errors import PoseError
from skelgraph.explanation.clip_explainer import DEFAULT_METHODS, explain_clip
from skelgraph.explanation.clip_explanation import ClipExplanation, Method
from skelgraph.poses import PoseSequence
from skelgraph.prediction import PathReader, PersonRecording, RecordingReader
from skelgraph.serving import InputCheck, Predictor, describe_layouts


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplainedPerson:
    """A person of a recording, and the explanation of what a model says of it.

    Args:
        recording: Where it comes from: keypoints and video, if there are any.
        explanation: The explanation.
    """

    recording: PersonRecording
    explanation: ClipExplanation


@dataclass(frozen=True, kw_only=True)
class FileExplanations:
    """What is explained of a file, and what was wrong.

    Args:
        persons: The persons that could be explained.
        problems: A line for each that could not.
        notes: What a user should know of the recording.
    """

    persons: tuple[ExplainedPerson, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def explain_file(
    predictor: Predictor,
    file: Path,
    settings: PredictSettings | None = None,
    *,
    target: str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    methods: Sequence[Method] = DEFAULT_METHODS,
    device: str = "auto",
    progress: Progress | None = None,
) -> FileExplanations:
    """Explain what a model says of the persons of a file or video.

    It is read as by :func:`skelgraph.prediction.predict_files`.

    Args:
        predictor: The model, loaded with ``for_inference=False``.
        file: A video, or a file of any readable format.
        settings: Persons, estimator, lifter.
        target: The class that is explained; by default each person's most probable one.
        start_s: First instant of the part that is explained, by the recording's clock.
        end_s: The instant at which it ends.
        methods: Methods of attribution.
        device: Where a lifter computes.
        progress: Called with the numbers of frames estimated and of all frames of a video.

    Raises:
        RunError: As :func:`explain_clip`.
    """
    settings = settings or PredictSettings()
    check = InputCheck(predictor)

    def explain(sequence: PoseSequence, media: ClipMedia) -> ClipExplanation:
        part = cut_part(sequence, start_s, end_s)
        explanation = explain_clip(predictor, part, target=target, methods=methods)
        check.add([part], [predictor.prepare(part)])
        return explanation

    reader = RecordingReader(predictor, settings, device=device, progress=progress)
    path_reader = PathReader(reader, explain)
    persons = tuple(
        ExplainedPerson(recording=recording, explanation=explanation)
        for recording, explanation in path_reader.read(file)
    )
    return FileExplanations(
        persons=persons,
        problems=tuple(path_reader.problems),
        notes=(
            *path_reader.notes,
            *reader.notes.describe(),
            *describe_layouts(path_reader.layouts, predictor.facts),
            *check.describe(),
        ),
    )


def cut_part(sequence: PoseSequence, start_s: float | None, end_s: float | None) -> PoseSequence:
    """Return the part of a recording between two instants of its clock.

    Raises:
        PoseError: If nothing of the recording is between them.
    """
    if start_s is None and end_s is None:
        return sequence
    first_s, last_s = sequence.start_s, sequence.start_s + sequence.duration_s
    start_s, end_s = (first_s if start_s is None else start_s), (last_s if end_s is None else end_s)
    frames = range(0)
    if isfinite(start_s) and isfinite(end_s):
        start, end = (round((limit - first_s) * sequence.fps) for limit in (start_s, end_s))
        frames = range(max(start, 0), min(end, sequence.num_frames))
    if not frames:
        raise PoseError(
            f"{sequence.name or 'the sequence'}: expected a part of {first_s:g} to {last_s:g} s, "
            f"but got {start_s:g} to {end_s:g} s"
        )
    return sequence[frames.start : frames.stop]
