"""Predictions for files and videos."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skelgraph.config import PredictSettings
from skelgraph.data import ClipMedia, Progress
from skelgraph.errors import RunError
from skelgraph.evaluation import ENOUGH_CLIPS
from skelgraph.prediction.path_reader import PathReader, check_video_paths, is_plain_folder
from skelgraph.prediction.person_recording import Origin, PersonRecording
from skelgraph.prediction.recording_reader import RecordingReader
from skelgraph.runs import Prediction, center_predictions
from skelgraph.serving import CLIPS_AT_ONCE, InputCheck, Predictor, describe_layouts


@dataclass(frozen=True, kw_only=True)
class FilePredictions:
    """Predictions for some files, and what was wrong with the others.

    Args:
        predictions: One for each person of each file that could be read.
        problems: One for each file or clip that could not be used.
        notes: What a user should know of the recordings, such as what was converted or lifted.
        origins: Where the recording of each prediction comes from.
        recordings: The persons of videos, and of keypoints whose video is known, by the names of
            their predictions.
        answers: The answer of each prediction, its class or ``"not sure"``; None if the run always
            answers, as one without a decision does.
    """

    predictions: tuple[Prediction, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    origins: tuple[Origin, ...]
    recordings: Mapping[str, PersonRecording] = field(default_factory=dict)
    answers: tuple[str, ...] | None = None


def predict_files(
    predictor: Predictor,
    paths: Iterable[Path],
    settings: PredictSettings | None = None,
    *,
    audio: Path | None = None,
    text: str | None = None,
    device: str = "auto",
    progress: Progress | None = None,
) -> FilePredictions:
    """Predict what recordings show; one that cannot be used does not stop the rest.

    The persons of a video are found by a 2D pose estimator. For a run that was trained in space,
    the keypoints of videos and files are lifted; see
    :class:`skelgraph.prediction.RecordingReader`.

    Each clip of an archive of many clips is predicted. Files that do not name their joints, or do
    not tell their frame rate, have the run's. A network of audio or text also takes folders whose
    ``labels.csv`` has the columns ``audio`` or ``text``. Of a folder whose ``labels.csv`` has the
    columns ``start`` or ``end``, each clip is predicted, not the whole files.

    To calibrate is to judge each clip by what is usual of its person
    (:func:`skelgraph.evaluation.center_on_persons`). Each folder is a person's, unless the subjects
    are known, and all files that are named themselves are one person's. The threshold of a decision
    is one of single clips, so that calibrated ones are always answered.

    Args:
        predictor: A trained run.
        paths: Videos, files of any readable format, and folders whose readable files are taken.
        settings: Persons, estimator, lifter, calibration.
        audio: Sound of the one clip that the paths name, or of a clip without a skeleton.
        text: Its transcript.
        device: Where a lifter computes.
        progress: Called with the numbers of frames estimated and of all frames of a video.

    Raises:
        RunError: If audio or text is given to a network that takes none, or with several files, or
            one clip is to be calibrated, or a video of keypoints is given with several files.
    """
    paths, settings = list(paths), settings or PredictSettings()
    check_video_paths(settings, paths)
    reader = RecordingReader(predictor, settings, device=device, progress=progress)
    media = ClipMedia(audio=audio, text=text)
    if media != ClipMedia():
        if settings.calibrate:
            raise RunError("a calibration takes several clips of a person, but got one with media")
        return _predict_one(reader, paths, media)
    path_reader, check = PathReader(reader), InputCheck(predictor)
    prepared: list[tuple[PersonRecording, Any]] = []
    persons: list[tuple[str, str | None]] = []
    origins: list[Origin] = []
    drawn: dict[str, PersonRecording] = {}
    predictions: list[Prediction] = []
    for path in paths:
        for recording, clip in path_reader.read(path):
            prepared.append((recording, clip))
            origins.append(recording.origin)
            persons.append((str(path) if path.is_dir() else "", recording.sequence.subject))
            if recording.origin.video is not None:
                drawn[recording.sequence.name or str(path)] = recording
            if len(prepared) == CLIPS_AT_ONCE:
                predictions += _predict(predictor, prepared, check)
                prepared.clear()
    predictions += _predict(predictor, prepared, check)
    notes = [*path_reader.notes, *reader.notes.describe()]
    notes += [*describe_layouts(path_reader.layouts, predictor.facts), *check.describe()]
    if settings.calibrate:
        predictions = center_predictions(predictions, persons)
        notes += _describe_calibration(persons)
    return FilePredictions(
        predictions=tuple(predictions),
        problems=tuple(path_reader.problems),
        notes=tuple(notes),
        origins=tuple(origins),
        recordings=drawn,
        answers=None if settings.calibrate else _list_answers(predictor, predictions),
    )


def _list_answers(
    predictor: Predictor, predictions: Sequence[Prediction]
) -> tuple[str, ...] | None:
    if predictor.decision is None:
        return None
    return tuple(predictor.answer(one) for one in predictions)


def _describe_calibration(persons: Sequence[Hashable]) -> list[str]:
    """Return what a user should know of the clips that a calibration had."""
    counts = Counter(persons)
    if not counts:
        return []
    fewest, most = min(counts.values()), max(counts.values())
    clips = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    people = "1 person" if len(counts) == 1 else f"each of {len(counts)} persons"
    advice = f"; {ENOUGH_CLIPS} or more are better" if fewest < ENOUGH_CLIPS else ""
    return [f"calibrated by {clips} clip{'s' if most > 1 else ''} of {people}{advice}"]


def _predict_one(
    reader: RecordingReader, paths: Sequence[Path], media: ClipMedia
) -> FilePredictions:
    """Return the prediction of one clip with audio or text."""
    predictor = reader.predictor
    if predictor.modalities == ("skeleton",):
        raise RunError(f"{predictor.run.path}: this network takes neither audio nor text")
    if len(paths) > 1 or any(map(is_plain_folder, paths)):
        raise RunError(
            f"audio and text are those of one clip, but got {len(paths)} paths or a folder; list "
            f"several clips in a labels.csv with the columns audio and text, and name its folder"
        )
    recordings = [recording for path in paths for recording in reader.read(path)] or [
        PersonRecording(sequence=predictor.without_skeleton(media))
    ]
    layouts = [one.sequence.layout for one in recordings]
    prepared = [(one, predictor.prepare(one.sequence, media)) for one in recordings]
    predictions = _predict(predictor, prepared, InputCheck(predictor))
    return FilePredictions(
        predictions=tuple(predictions),
        problems=(),
        notes=(*reader.notes.describe(), *describe_layouts(layouts, predictor.facts)),
        origins=tuple(one.origin for one in recordings),
        answers=_list_answers(predictor, predictions),
    )


def _predict(
    predictor: Predictor, prepared: Sequence[tuple[PersonRecording, Any]], check: InputCheck
) -> list[Prediction]:
    sequences, clips = [one.sequence for one, _ in prepared], [clip for _, clip in prepared]
    check.add(sequences, clips)
    return predictor.predict_prepared(sequences, clips)
