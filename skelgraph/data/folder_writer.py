"""Conversion of any folder dataset to one format, one layout and one kind of names."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from skelgraph.data.annotation_files import match_recordings, read_annotations
from skelgraph.data.clip_reader import ReadOptions
from skelgraph.data.clip_set import ClipMedia, ClipSet, Progress, check_dimensions, common_layout
from skelgraph.data.folder import read_folder
from skelgraph.data.folder_inventory import take_inventory
from skelgraph.data.labels_file import LABELS_FILE, LabeledFile, cuts_takes
from skelgraph.data.take_writer import TakeSettings, write_takes
from skelgraph.errors import DatasetError
from skelgraph.evaluation import describe_overlaps
from skelgraph.io import write_npz
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, convert_layout, resample


def make_dataset(
    out: Path | str,
    source: Path | str,
    *,
    labels: Path | None = None,
    annotations: Path | None = None,
    tier: str | None = None,
    to: JointLayout | None = None,
    fps: float | None = None,
    layout: JointLayout | None = None,
    source_fps: float | None = None,
    override_fps: float | None = None,
    skip_unreadable: bool = False,
    progress: Progress | None = None,
) -> ClipSet:
    """Write the clips of a folder as npz files with one ``labels.csv``.

    The source is not changed, and the new folder does not link to it. Each person of a file is
    written to a file of its own. A take from which clips are cut is written once, as a whole, and
    the labels file cuts it.

    Args:
        out: The new folder; it must not exist, or be empty.
        source: The folder of files of any readable format.
        labels: The labels file, with paths from ``source``; by default the ``labels.csv`` in the
            source, or its sub-folders.
        annotations: File or folder of annotations of ELAN or BORIS, which take the place of a
            labels file; see :mod:`skelgraph.data.annotation_files`.
        tier: The tier of ELAN, or the behavioral category of BORIS.
        to: Layout of all clips; by default their own if they share one, or else ``upper10``.
        fps: Frames per second of all clips; by default each keeps its own.
        layout: Layout of files that do not name it.
        source_fps: Frames per second of files that do not contain them.
        override_fps: Frames per second of all files, whatever they contain.
        skip_unreadable: Whether to leave out files that cannot be used instead of raising an error.
        progress: Called after each file with the numbers of files read and of all files.

    Returns:
        The clips as they were read, with notes on the files that were left out.

    Raises:
        DatasetError: If the new folder is not empty, the source cannot be read, or it mixes 2D and
            3D.
        LayoutError: If a clip cannot be converted.
        PoseError: If the frame rate is not positive.
    """
    out, source = check_new_folder(out), Path(source)
    rows, notes = _list_takes(source, labels, annotations, tier)
    if rows:
        options = ReadOptions(layout=layout, fps=source_fps, person="all")
        settings = TakeSettings(to=to, fps=fps, skip_unreadable=skip_unreadable)
        notes += write_takes(out, source, rows, options, settings, progress)
        made = read_folder(out, person="all", min_files_per_label=1, use_cache=False)
        overlaps = describe_overlaps(made.spans, [clip.name for clip in made.sequences])
        return replace(made, notes=(*notes, *([overlaps] if overlaps else [])))
    clips = read_folder(
        source,
        labels=labels,
        layout=layout,
        fps=source_fps,
        override_fps=override_fps,
        person="all",
        skip_unreadable=skip_unreadable,
        min_files_per_label=1,
        use_cache=False,
        progress=progress,
    )
    check_dimensions(clips.sequences)
    target = to or common_layout(clips.sequences)
    converted = [convert_layout(clip, target) for clip in clips.sequences]
    if fps is not None:
        converted = [resample(clip, fps) for clip in converted]
    write_folder(out, converted, clips.parts, clips.media)
    return clips


def _list_takes(
    source: Path, labels: Path | None, annotations: Path | None, tier: str | None
) -> tuple[Sequence[LabeledFile], list[str]]:
    """Return the clips that are cut from takes, and notes on them; none if clips are files."""
    if annotations is not None:
        files = read_annotations(annotations, tier)
        rows, unmatched = match_recordings(source, files)
        return rows, [*(note for file in files for note in file.notes), *unmatched]
    table = source / LABELS_FILE if labels is None else labels
    if not cuts_takes(table):
        return (), []
    inventory = take_inventory(source, labels=labels)
    if inventory.media:  # a sound file is that of a clip, not of a take
        return (), []
    return inventory.files, list(inventory.notes)


def check_new_folder(out: Path | str) -> Path:
    """Return the path of a folder that does not exist or is empty.

    Raises:
        DatasetError: If there is something in it.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetError(f"{out}: expected a new or empty folder, but there is something in it")
    return out


def write_folder(
    out: Path,
    sequences: Sequence[PoseSequence],
    parts: Sequence[str] | None = None,
    media: Sequence[ClipMedia] = (),
) -> None:
    """Write labeled clips as a folder dataset: npz files with one ``labels.csv``.

    Audio files are copied. A clip without a skeleton that has audio or text has no npz file.

    Args:
        out: The folder.
        sequences: The clips; files are named after them.
        parts: Part of each clip; None if there is no split.
        media: Audio and text of each clip; empty if no clip has any.
    """
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for clip, part, clip_media in zip(
        sequences,
        parts or [""] * len(sequences),
        media or [ClipMedia()] * len(sequences),
        strict=True,
    ):
        has_file = clip.has_joints or clip_media == ClipMedia()
        if has_file:
            file = out / f"{clip.name}.npz"
            file.parent.mkdir(parents=True, exist_ok=True)
            write_npz(file, replace(clip, name=Path(clip.name).name))
        lines.append(
            (
                f"{clip.name}.npz" if has_file else "",
                clip.label or "",
                clip.subject or "",
                clip.recording or "",
                part,
                _copy_audio(out, clip.name, clip_media.audio),
                clip_media.text or "",
            )
        )
    _write_labels(out / LABELS_FILE, lines, with_media=bool(media))


def _copy_audio(out: Path, name: str, audio: Path | None) -> str:
    """Copy an audio file, and return the path of the copy below the folder, or an empty one."""
    if audio is None:
        return ""
    copy = out / f"{name}{audio.suffix}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(audio, copy)
    return f"{name}{audio.suffix}"


def _write_labels(file: Path, lines: Sequence[Sequence[str]], *, with_media: bool) -> None:
    columns = ("file", "label", "subject", "recording", "split", "audio", "text")
    count = len(columns) if with_media else len(columns) - 2
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns[:count])
        writer.writerows(line[:count] for line in lines)
