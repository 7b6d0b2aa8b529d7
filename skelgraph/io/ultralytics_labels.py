"""Files of Ultralytics' ``save_txt``, which label sets in YOLO's form share: a file for each frame.

``<video>_<number>.txt`` (or the image's name) has a line for each person: class, middle and size of
the box, x, y and perhaps confidence of each keypoint, and where they were saved the person's
confidence and track number. All positions are in shares of the image's width and height, which no
file tells; (0, 0) is a keypoint that was not found. A frame in which nobody was found has no file.
The third number of hand-made labels is COCO's visibility flag.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons, note_shares
from skelgraph.io.frame_numbers import place_names
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.layouts import COCO17, COCO133, HALPE26, HALPE136, JointLayout
from skelgraph.poses import PoseSequence

_BOX_COLUMNS = 5
_COUNTS = tuple(one.num_joints for one in (COCO17, HALPE26, COCO133, HALPE136))
_NO_FRAMES = {"classes.txt", "labels.txt", "data.txt", "train.txt", "val.txt", "test.txt"}
_VIDEO_FRAME = re.compile(r"(.+)_(\d+)")
_HEAD_BYTES = 4096
_MOST_PERSONS = 50


def read_label_folder(path: Path, *, layout: JointLayout | None, fps: float) -> list[PoseSequence]:
    """Read a folder, or the file of a single frame: a sequence for each video and person.

    A folder is one recording; if the names of its files begin with those of several videos, each of
    them is one.

    Raises:
        FormatError: If a file is not what it should be, or nobody is there.
    """
    files = [path / name for name in _list_files(path)] if path.is_dir() else [path]
    videos = _group_by_video(files)
    sequences = []
    for video, own in videos.items():
        is_only = len(videos) == 1
        found = _collect(own, layout, path)
        sequences += build_persons(
            path,
            found,
            layout=layout,
            fps=fps,
            unit="unknown",
            name=None if is_only else video,
            recording=None if is_only else video,
        )
    note_shares(path)
    return sequences


def _list_files(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.lower().endswith(".txt")]
    except OSError as error:
        raise FormatError(f"{folder}: cannot be opened: {error.strerror}") from error
    names = sorted(name for name in names if name[0] != "." and name.lower() not in _NO_FRAMES)
    if not names:
        raise FormatError(f"{folder}: expected one text file for each frame, but there is none")
    return names


def _group_by_video(files: Sequence[Path]) -> dict[str, list[Path]]:
    """Return the files by the video in their names; together, unless all have one."""
    videos: dict[str, list[Path]] = {}
    for file in files:
        match = _VIDEO_FRAME.fullmatch(file.stem)
        if match is None:
            return {"": list(files)}
        videos.setdefault(match[1], []).append(file)
    return videos


def _collect(files: Sequence[Path], layout: JointLayout | None, path: Path) -> Detections:
    rows: list[list[float]] = []
    owners: list[int] = []
    for number, file in enumerate(files):
        persons = _parse_lines(file)
        rows += persons
        owners += [number] * len(persons)
    if not rows:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    V, width = _find_form({len(row) for row in rows}, layout, path)
    end = _BOX_COLUMNS + V * width
    table = np.array([row[_BOX_COLUMNS:end] for row in rows]).reshape(len(rows), V, width)
    is_found = (table[:, :, :2] != 0).any(axis=2)
    placed = place_names([file.name for file in files], path)
    ids = [_read_id(row[end:]) for row in rows]
    return Detections(
        keypoints=table[:, :, :2],
        scores=np.where(is_found, table[:, :, 2] if width == 3 else 1.0, 0.0),
        frames=placed[owners],
        num_frames=int(placed.max()) + 1,
        ids=np.array(ids, dtype=np.int64) if min(ids) >= 0 else None,
    )


def _parse_lines(file: Path) -> list[list[float]]:
    if not file.stat().st_size:
        return []  # label sets have a file for an image of nobody, too
    rows = []
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        try:
            row = [parse_number(word) for word in line.split()]
        except ValueError:
            raise FormatError(
                f"{file}, line {number}: expected numbers, but got {shorten(line)!r}"
            ) from None
        if row:
            rows.append(row)
    return rows


def _find_form(counts: set[int], layout: JointLayout | None, path: Path) -> tuple[int, int]:
    """Return the number of keypoints and of columns of each, from the lengths of all lines."""
    wanted = () if layout is None else (layout.num_joints,)
    for num_joints in (*wanted, *_COUNTS):
        for width in (3, 2):
            if all(0 <= n - _BOX_COLUMNS - num_joints * width <= 2 for n in counts):
                return num_joints, width
    lengths = ", ".join(map(str, sorted(counts)[:5]))
    if max(counts) <= _BOX_COLUMNS + 2:
        raise FormatError(
            f"{path}: expected keypoints, but lines of {lengths} numbers are boxes alone; use a "
            "pose model (such as yolo11n-pose)"
        )
    raise FormatError(
        f"{path}: expected a box and 2 or 3 numbers for each of 17 keypoints, but got lines of "
        f"{lengths} numbers; pass the layout"
    )


def _read_id(rest: Sequence[float]) -> int:
    """Return a person's track number, -1 without one, from the columns after the keypoints."""
    is_number = bool(rest) and rest[-1] == np.rint(rest[-1]) and 1 <= rest[-1] < 2**53
    return int(rest[-1]) if is_number else -1


def sniff_folder(folder: Path) -> bool:
    """Whether a folder's first and last text files look like labels; never raise."""
    try:
        names = _list_files(folder)
        return all(looks_like_labels(_read_head(folder / name)) for name in {names[0], names[-1]})
    except (FormatError, OSError):
        return False


def _read_head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(_HEAD_BYTES)


def looks_like_labels(head: bytes) -> bool:
    """Whether the first lines are a class, a box and keypoints, all in shares of the image."""
    if b"\0" in head:
        return False
    lines = head.decode("latin-1").splitlines()
    lines = [line for line in (lines[:-1] if len(lines) > 1 else lines) if line.strip()]
    if not lines or len(lines) > _MOST_PERSONS:
        return False
    try:
        rows = [[parse_number(word) for word in line.split()] for line in lines]
    except ValueError:
        return False
    classes = [row[0] for row in rows]
    is_counter = len(rows) > 1 and all(np.diff(classes) > 0)
    return not is_counter and all(_is_label(row) for row in rows)


def _is_label(row: Sequence[float]) -> bool:
    ends = [_BOX_COLUMNS + V * width for V in _COUNTS for width in (3, 2)]
    end = next((end for end in ends if 0 <= len(row) - end <= 2), None)
    is_class = row[0] == np.rint(row[0]) and 0 <= row[0] < 1000
    is_box = all(0 <= share <= 1 for share in row[1:_BOX_COLUMNS])
    return end is not None and is_class and is_box and all(abs(x) <= 2 for x in row[:end][1:])
