"""A table of posture and movement descriptors of recordings: a row for each person of each file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.config import FeatureSettings
from skelgraph.data import (
    LABELS_FILE,
    Progress,
    group_pairs,
    holds_many_clips,
    read_archive,
    survey_folder,
)
from skelgraph.errors import DatasetError, SkelgraphError
from skelgraph.io import is_recording_folder, open_recording
from skelgraph.layouts import JointLayout, get_layout
from skelgraph.movement import Descriptor, list_descriptors, measure_motion
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.runs import write_rows
from skelgraph.serving.recording_files import find_files, number_persons
from skelgraph.training import preprocess
from skelgraph.typing import FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureTable:
    """Descriptors of recordings; :func:`tabulate_features` makes it.

    Args:
        descriptors: What the columns are.
        clips: The recordings of the rows, as they were read.
        values: A row (F,) for each; NaN where a part of the body is never seen.
        problems: What was wrong with files that could not be used.
    """

    descriptors: tuple[Descriptor, ...]
    clips: tuple[PoseSequence, ...]
    values: tuple[FloatArray, ...]
    problems: tuple[str, ...]


def tabulate_features(
    paths: Iterable[Path], settings: FeatureSettings, *, progress: Progress | None = None
) -> FeatureTable:
    """Measure posture and movement of recordings; one that cannot be used does not stop the rest.

    Recordings are cleaned as in a training: in meters, filtered, at one frame rate, centered and
    facing +z. Bone lengths are the person's own.

    Args:
        paths: Files of any readable format, folders of them, or folder datasets and archives,
            whose labels, subjects and recordings go into the table.
        settings: How files are read.
        progress: Called with the numbers of files read and to read.

    Raises:
        LayoutError: If there is no layout of the name.
        DatasetError: If some recordings are in 2D and some in 3D.
    """
    layout = None if settings.layout is None else get_layout(settings.layout)
    problems: list[str] = []
    clips: list[PoseSequence] = []
    values: list[FloatArray] = []
    cleaning = Preprocessing(fps=settings.rate)
    for clip in _read(paths, settings, layout, problems, progress):
        try:
            motion = measure_motion(preprocess(clip, cleaning))
        except SkelgraphError as error:
            text = str(error)
            problems.append(text if clip.name in text else f"{clip.name}: {text}")
            continue
        clips.append(clip)
        values.append(motion.descriptors)
    dimensions = {clip.num_dimensions for clip in clips}
    if len(dimensions) > 1:
        raise DatasetError(
            "expected recordings of one kind, but some are in 2D and some in 3D, which have other "
            "features; make a table of each"
        )
    return FeatureTable(
        descriptors=list_descriptors(dimensions.pop() if dimensions else 3),
        clips=tuple(clips),
        values=tuple(values),
        problems=tuple(problems),
    )


def _read(
    paths: Iterable[Path],
    settings: FeatureSettings,
    layout: JointLayout | None,
    problems: list[str],
    progress: Progress | None,
) -> Iterator[PoseSequence]:
    for path in paths:
        try:
            if _is_dataset(path):
                survey = survey_folder(
                    path,
                    layout=layout,
                    fps=settings.fps,
                    person=settings.person,
                    progress=progress,
                )
                problems += [one.describe() for one in group_pairs(survey.unreadable.items())]
                yield from survey.clips.sequences if survey.clips is not None else ()
                continue
            files = find_files(path)
        except SkelgraphError as error:
            problems.append(str(error))
            continue
        for number, file in enumerate(files, start=1):
            try:
                if file.is_file() and holds_many_clips(file):
                    yield from _read_archive(file, settings, layout, problems)
                else:
                    yield from _read_file(file, settings, layout)
            except SkelgraphError as error:
                problems.append(str(error))
            except OSError as error:
                problems.append(f"{file}: {error.strerror or error}")
            if progress is not None:
                progress(number, len(files))


def _is_plain_folder(path: Path) -> bool:
    return path.is_dir() and not is_recording_folder(path)


def _is_dataset(path: Path) -> bool:
    """Return whether a folder has a labels file, or a sub-folder for each label."""
    if not _is_plain_folder(path):
        return False
    return (path / LABELS_FILE).is_file() or any(map(_is_plain_folder, path.iterdir()))


def _read_file(
    file: Path, settings: FeatureSettings, layout: JointLayout | None
) -> Sequence[PoseSequence]:
    sequences = open_recording(file).read(layout=layout, fps=settings.fps)
    return [one for _, one in number_persons(sequences, file, settings.person)]


def _read_archive(
    file: Path, settings: FeatureSettings, layout: JointLayout | None, problems: list[str]
) -> Iterator[PoseSequence]:
    """Yield the clips of an archive, whose labels may be missing."""
    clips = read_archive(
        file,
        layout=layout,
        fps=settings.fps,
        person=settings.person,
        min_clips_per_label=1,
        unlabeled="unknown",
    )
    for clip in clips.sequences:
        try:
            yield clip.load()
        except SkelgraphError as error:
            problems.append(str(error))


def write_feature_table(table: FeatureTable, file: Path) -> None:
    """Write a table as CSV: clip, label, subject, recording, and a column for each descriptor.

    What is not known is left empty.
    """
    write_rows(
        file,
        ["clip", "label", "subject", "recording", *(one.name for one in table.descriptors)],
        (
            [
                clip.name,
                clip.label or "",
                clip.subject or "",
                clip.recording or "",
                *("" if value != value else f"{value:.6g}" for value in values.tolist()),
            ]
            for clip, values in zip(table.clips, table.values, strict=True)
        ),
    )
