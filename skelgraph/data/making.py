"""Making a folder dataset of one format, one layout and one kind of names out of any other."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from skelgraph.data.clip_set import ClipMedia, ClipSet, Progress, check_dimensions, common_layout
from skelgraph.data.folder import read_folder
from skelgraph.data.labels_file import LABELS_FILE
from skelgraph.errors import DatasetError
from skelgraph.io import write_npz
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, convert_layout, resample


def make_dataset(
    out: Path | str,
    source: Path | str,
    *,
    labels: Path | None = None,
    to: JointLayout | None = None,
    fps: float | None = None,
    layout: JointLayout | None = None,
    source_fps: float | None = None,
    skip_unreadable: bool = False,
    progress: Progress | None = None,
) -> ClipSet:
    """Writes the clips of a folder as npz files with one ``labels.csv``.

    Nothing of the source is changed, and nothing is linked: the new folder stands alone. Each
    person of a file is a file of its own there.

    Args:
        out: The new folder; it must be absent or empty.
        source: The folder of files of any readable format.
        labels: The labels file, with paths from ``source``; without it the ``labels.csv`` in the
            source, or its sub-folders.
        to: Layout of all clips; without it their own if they share one, and else ``upper10``.
        fps: Frames per second of all clips; without it each keeps its own.
        layout: Layout of files that do not say it.
        source_fps: Frames per second of files that do not say them.
        skip_unreadable: Whether to leave out files that cannot be read instead of failing.
        progress: Called after each file with the number of files read and of all.

    Returns:
        The clips as they were read, with notes on what was left out.

    Raises:
        DatasetError: If the new folder holds something, the source cannot be read, or it mixes two
            and three dimensions.
        LayoutError: If a clip cannot be converted.
        PoseError: If the frame rate is none.
    """
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetError(f"{out}: expected a new or empty folder, but there is something in it")
    clips = read_folder(
        source,
        labels=labels,
        layout=layout,
        fps=source_fps,
        person="all",
        skip_unreadable=skip_unreadable,
        min_files_per_label=1,
        use_cache=False,
        progress=progress,
    )
    check_dimensions(clips.sequences)
    target = to or common_layout(clips.sequences)
    done = [convert_layout(clip, target) for clip in clips.sequences]
    if fps is not None:
        done = [resample(clip, fps) for clip in done]
    write_folder(out, done, clips.parts, clips.media)
    return clips


def write_folder(
    out: Path,
    sequences: Sequence[PoseSequence],
    parts: Sequence[str] | None = None,
    media: Sequence[ClipMedia] = (),
) -> None:
    """Writes labeled clips as npz files with one ``labels.csv``, a folder dataset.

    Audio files are copied; a clip whose skeleton is missing but has audio or text has no npz file.

    Args:
        out: The folder.
        sequences: The clips; their names are those of the files.
        parts: Part of each clip; None where they have none.
        media: Audio and text of each clip, where there are any.
    """
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for clip, part, own in zip(
        sequences,
        parts or [""] * len(sequences),
        media or [ClipMedia()] * len(sequences),
        strict=True,
    ):
        has_file = bool(clip.present.any()) or own == ClipMedia()
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
                _copy_audio(out, clip.name, own.audio),
                own.text or "",
            )
        )
    _write_labels(out / LABELS_FILE, lines, with_media=bool(media))


def _copy_audio(out: Path, name: str, audio: Path | None) -> str:
    """Path of the copy below the folder; empty where there is none."""
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
