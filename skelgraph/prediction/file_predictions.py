"""Predictions for files, and files of predictions."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skelgraph.config import Person
from skelgraph.data import (
    LABELS_FILE,
    ClipMedia,
    cuts_takes,
    find_recordings,
    holds_many_clips,
    read_archive,
    read_folder,
)
from skelgraph.errors import DatasetError, RunError, SkelgraphError
from skelgraph.evaluation import ENOUGH_CLIPS
from skelgraph.io import READERS, VIDEO_SUFFIXES, is_prose, is_recording_folder, open_recording
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, join_persons, select_persons
from skelgraph.runs import Prediction, center_predictions, write_json, write_predictions
from skelgraph.serving.predictor import CLIPS_AT_ONCE, Predictor
from skelgraph.serving.served_networks import describe_layouts


@dataclass(frozen=True, kw_only=True)
class FilePredictions:
    """Predictions for some files, and what was wrong with the others.

    There is a prediction for each person of each file that could be read, a problem for each
    file or clip that could not be used, and a note for each skeleton that was converted.
    """

    predictions: tuple[Prediction, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def predict_files(
    predictor: Predictor,
    paths: Iterable[Path],
    *,
    person: Person | None = None,
    audio: Path | None = None,
    text: str | None = None,
    calibrate: bool = False,
) -> FilePredictions:
    """Predicts what recordings show; one that cannot be used does not stop the rest.

    Each clip of an archive of many clips is predicted. Files that do not name their joints, or do
    not tell their frame rate, have the run's. A network
    of audio or text also takes folders whose ``labels.csv`` has the columns ``audio`` or
    ``text``. Of a folder whose ``labels.csv`` has the columns ``start`` or ``end``, each clip is
    predicted, not the whole files.

    Args:
        predictor: A trained run.
        paths: Files of any readable format, and folders whose readable files are taken.
        person: Which persons of a file with several; as in the run's training if not given.
        audio: Sound of the one clip that the paths name, or of a clip without a skeleton.
        text: Its transcript.
        calibrate: Whether to judge each clip by what is usual of its person
            (:func:`skelgraph.evaluation.center_on_persons`). Each folder is a person's, unless the
            subjects are known, and all files that are named themselves are one person's.

    Raises:
        RunError: If audio or text is given to a network that takes none, or with several files, or
            one clip is to be calibrated.
    """
    paths = list(paths)
    media = ClipMedia(audio=audio, text=text)
    if media != ClipMedia():
        if calibrate:
            raise RunError("a calibration takes several clips of a person, but got one with media")
        return _predict_one(predictor, paths, media, person)
    prepared: list[tuple[PoseSequence, Any]] = []
    persons: list[tuple[str, str | None]] = []
    problems: list[str] = []
    notes: list[str] = []
    layouts: list[JointLayout] = []
    chosen = predictor.config.data.person if person is None else person
    predictions: list[Prediction] = []
    for path in paths:
        for one, clip in _prepare_path(path, predictor, chosen, problems, notes, layouts):
            prepared.append((one, clip))
            persons.append((str(path) if path.is_dir() else "", one.subject))
            if len(prepared) == CLIPS_AT_ONCE:
                predictions += _predict(predictor, prepared)
                prepared.clear()
    predictions += _predict(predictor, prepared)
    notes += describe_layouts(layouts, predictor.facts)
    if calibrate:
        predictions = center_predictions(predictions, persons)
        notes += _describe_calibration(persons)
    return FilePredictions(
        predictions=tuple(predictions), problems=tuple(problems), notes=tuple(notes)
    )


def _prepare_path(
    path: Path,
    predictor: Predictor,
    person: Person,
    problems: list[str],
    notes: list[str],
    layouts: list[JointLayout],
) -> Iterator[tuple[PoseSequence, Any]]:
    """Yield the clips of a file or folder as the networks take them; collect what is wrong."""
    try:
        if _has_media(path, predictor) or cuts_takes(path / LABELS_FILE):
            yield from _prepare_folder(path, predictor, person, problems, layouts)
            return
        if path.is_file() and holds_many_clips(path):
            yield from _prepare_archive(path, predictor, person, problems, layouts)
            return
        files = list(find_files(path))
    except SkelgraphError as error:
        problems.append(str(error))
        return
    for file in files:
        try:
            sequences = _read_named(file, predictor, person)
            layouts += [sequence.layout for sequence in sequences]
            ready = [(one, predictor.prepare(one)) for one in sequences]
        except SkelgraphError as error:
            if path.is_dir() and is_prose(file):
                notes.append(f"{file}: text that is no recording, left out")
            else:
                problems.append(str(error))
        except OSError as error:
            problems.append(f"{file}: {error.strerror or error}")
        else:
            yield from ready


def _prepare_archive(
    path: Path,
    predictor: Predictor,
    person: Person,
    problems: list[str],
    layouts: list[JointLayout],
) -> Iterator[tuple[PoseSequence, Any]]:
    """Yield the clips of an archive, each read when it is its turn."""
    clips = read_archive(
        path,
        layout=predictor.layout,
        fps=predictor.config.preparation.fps,
        person=person,
        persons=predictor.config.data.persons if person == "main" else 1,
        min_clips_per_label=1,
        unlabeled="unknown",
    )
    for clip in clips.sequences:
        try:
            ready = predictor.prepare(clip.load())
        except SkelgraphError as error:
            problems.append(str(error))
        else:
            layouts.append(clip.layout)
            yield clip, ready


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
    predictor: Predictor, paths: Sequence[Path], media: ClipMedia, person: Person | None
) -> FilePredictions:
    """Return the prediction of one clip with audio or text."""
    if predictor.modalities == ("skeleton",):
        raise RunError(f"{predictor.run.path}: this network takes neither audio nor text")
    if len(paths) > 1 or any(path.is_dir() and not is_recording_folder(path) for path in paths):
        raise RunError(
            f"audio and text are those of one clip, but got {len(paths)} paths or a folder; list "
            f"several clips in a labels.csv with the columns audio and text, and name its folder"
        )
    chosen = predictor.config.data.person if person is None else person
    sequences = [
        sequence for path in paths for sequence in _read_named(path, predictor, chosen)
    ] or [predictor.without_skeleton(media)]
    layouts = [sequence.layout for sequence in sequences]
    prepared = [(one, predictor.prepare(one, media)) for one in sequences]
    return FilePredictions(
        predictions=tuple(_predict(predictor, prepared)),
        problems=(),
        notes=tuple(describe_layouts(layouts, predictor.facts)),
    )


def _predict(
    predictor: Predictor, prepared: Sequence[tuple[PoseSequence, Any]]
) -> list[Prediction]:
    sequences = [sequence for sequence, _ in prepared]
    return predictor.predict_prepared(sequences, [clip for _, clip in prepared])


def _has_media(path: Path, predictor: Predictor) -> bool:
    return predictor.modalities != ("skeleton",) and (path / LABELS_FILE).is_file()


def _prepare_folder(
    folder: Path,
    predictor: Predictor,
    person: Person,
    problems: list[str],
    layouts: list[JointLayout],
) -> list[tuple[PoseSequence, Any]]:
    """Return the clips of a folder with a labels.csv, with their audio and text."""
    clips = read_folder(
        folder,
        layout=predictor.layout,
        fps=predictor.config.preparation.fps,
        person=person,
        min_files_per_label=1,
    )
    prepared = []
    for sequence, own in zip(clips.sequences, clips.media_of_each, strict=True):
        try:
            prepared.append((sequence, predictor.prepare(sequence, own)))
        except SkelgraphError as error:
            problems.append(str(error))
        else:
            layouts += [sequence.layout] if sequence.present.any() else []
    return prepared


def write_prediction_file(file: Path, predictions: Sequence[Prediction]) -> None:
    """Write predictions as ``.json`` or, with any other suffix, as CSV."""
    if file.suffix.lower() != ".json":
        write_predictions(file, predictions)
        return
    write_json(
        file,
        {
            "predictions": [
                {
                    "name": one.name,
                    "prediction": one.prediction,
                    "probabilities": dict(one.probabilities),
                }
                for one in predictions
            ]
        },
    )


def find_files(path: Path) -> Iterator[Path]:
    """Yield a recording, or the recordings of a folder.

    Raises:
        DatasetError: If the folder has none.
    """
    if not path.is_dir() or is_recording_folder(path):
        yield path
        return
    found = find_recordings(path)
    if not found:
        if any(file.suffix.lower() in VIDEO_SUFFIXES for file in path.rglob("*")):
            raise DatasetError(
                f"{path}: expected recordings, but the folder has videos alone; estimate their "
                f"skeletons with `skelgraph extract {path} --out {path.name}-skeletons`"
            )
        formats = ", ".join(READERS)
        raise DatasetError(f"{path}: expected recordings ({formats}), but the folder has none")
    yield from found


def _read_named(file: Path, predictor: Predictor, person: Person) -> list[PoseSequence]:
    """Return the wanted persons of a file, named after its path."""
    sequences, _ = open_recording(file).read_with_hints(
        layout=predictor.layout, fps=predictor.config.preparation.fps
    )
    if person == "main" and predictor.config.data.persons > 1 and sequences:
        sequences = [join_persons(sequences, predictor.config.data.persons)]
    return choose_persons(sequences, file, person)


def choose_persons(
    sequences: Sequence[PoseSequence], file: Path, person: Person
) -> list[PoseSequence]:
    """Return the wanted persons of a file, named after its path."""
    chosen = select_persons([replace(one, name=str(file)) for one in sequences], person)
    if len(chosen) == 1:
        return chosen
    return [
        replace(sequence, name=f"{file} person {number}")
        for number, sequence in enumerate(chosen, start=1)
    ]
