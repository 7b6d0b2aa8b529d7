"""Reader of OpenPose's output: a folder with one JSON file for each frame.

``<video>_<number>_keypoints.json`` holds ``people``, in no order that means anything, with
``pose_keypoints_2d``: x, y, confidence of 25 (BODY_25), 18 (COCO) or 135 (BODY_135) keypoints in
pixels, y down. Nothing tells the 25 of BODY_25B from those of BODY_25, which are assumed; the body
of BODY_135 is BODY_25B. A keypoint that was not found is (0, 0, 0). ``person_id`` is -1 unless
OpenPose tracks. No file tells the frame rate. Face and hands are left alone. A single file is a
recording of one frame.

AlphaPose's forms ``open`` and ``cmu`` are alike; the latter has ``bodies`` with ``joints`` each.

Format: CMU-Perceptual-Computing-Lab/openpose, doc/02_output.md; BODY_25B and BODY_135: OpenPose's
src/openpose/pose/poseParameters.cpp.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons, split_triples
from skelgraph.io.frame_numbers import place_names
from skelgraph.io.json_text import (
    describe_value,
    expect_list,
    expect_object,
    parse_json,
    stack_numbers,
)
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

FRAME_KEYS = ("people", "bodies")
"""Keys of an object that is a frame, one of which it has."""

_HEAD_BYTES = 4096
_PEOPLE = re.compile(rb'^\s*\{[^\[]*"(people|bodies)"\s*:\s*\[')


def read_openpose(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read a folder of OpenPose, or the file of a single frame, one sequence for each person.

    Frames are ordered by the number in their names; those of numbers that are left out are missing.
    Persons are told apart over time (:func:`skelgraph.poses.track_persons`). A layout is that of
    the keypoints, if they are as many as its joints (``openpose25b``) and not BODY_25 or COCO; else
    its joints are picked by name.

    Raises:
        RateError: If no rate is given.
        FormatError: If a file is not OpenPose's, or nobody is there.
    """
    path = Path(path)
    if path.is_dir():
        rate = require_rate(fps, path, "files of OpenPose")
        return build_persons(path, read_frames(path), layout=layout, fps=rate)
    text = read_text(path)
    rate = require_rate(fps, path, "files of OpenPose")
    frame = parse_json(text, path)
    found = collect_frames([path.name], [(str(path), frame)], path)
    return build_persons(path, found, layout=layout, fps=rate)


def list_frames(folder: Path) -> list[str]:
    """Return the names of the JSON files in a folder, sorted; hidden ones are left out.

    Raises:
        FormatError: If the folder cannot be opened, or has none.
    """
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.lower().endswith(".json")]
    except OSError as error:
        raise FormatError(f"{folder}: cannot be opened: {error.strerror}") from error
    names = sorted(name for name in names if not name.startswith("."))
    if not names:
        raise FormatError(f"{folder}: expected one JSON file for each frame, but there is none")
    return names


def read_first_bytes(folder: Path) -> bytes:
    """Return the first bytes of a folder's first JSON file, empty without one; never raise."""
    try:
        with (folder / list_frames(folder)[0]).open("rb") as file:
            return file.read(_HEAD_BYTES)
    except (FormatError, OSError):
        return b""


def read_frames(folder: Path) -> Detections:
    """Read the persons in the frames of a folder.

    Frames are ordered by the numbers in the files' names; where numbers are left out, frames are
    missing.

    Raises:
        FormatError: If a file is not what it should be, which it names.
    """
    names = list_frames(folder)
    paths = [folder / name for name in names]
    frames = ((str(path), parse_json(read_text(path), path)) for path in paths)
    return collect_frames([name.removesuffix("_keypoints.json") for name in names], frames, folder)


def collect_frames(
    names: Sequence[str], frames: Iterable[tuple[str, Any]], path: Path
) -> Detections:
    """Collect the persons of parsed frames.

    Names are those of the frames' images, which tell their places in time; a frame is where it
    stands, for errors, and its value.

    Raises:
        FormatError: If a frame is not what it should be.
    """
    rows: list[Any] = []
    owners: list[int] = []
    ids: list[int] = []
    places: list[str] = []
    for number, (where, frame) in enumerate(frames):
        for person in _find_people(frame, where):
            keypoints, identity = _read_person(person, where)
            rows.append(keypoints)
            ids.append(identity)
            owners.append(number)
        places.append(where)
    placed = place_names(names, path)
    if not rows:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    table = stack_numbers(rows, lambda row: places[owners[row]])
    keypoints, scores = split_triples(table, places[owners[0]])
    return Detections(
        keypoints=keypoints,
        scores=scores,
        frames=placed[owners],
        num_frames=int(placed.max()) + 1,
        ids=np.array(ids, dtype=np.int64) if min(ids) >= 0 else None,
    )


def _find_people(frame: object, where: str) -> list[Any]:
    found = expect_object(frame, where)
    key = next((key for key in FRAME_KEYS if key in found), None)
    if key is None:
        raise FormatError(
            f"{where}: expected an object with 'people' (or 'bodies'), but got "
            f"{describe_value(frame)}"
        )
    return expect_list(found[key], f"{where}, {key!r}")


def _read_person(person: object, where: str) -> tuple[Any, int]:
    """Return a person's list of numbers, and the number of the person; -1 if there is none."""
    found = expect_object(person, where)
    for key in ("pose_keypoints_2d", "joints", "pose_keypoints"):
        if key in found:
            return found[key], _read_identity(found.get("person_id"))
    raise FormatError(
        f"{where}: expected a person with 'pose_keypoints_2d' (or 'joints'), but got "
        f"{describe_value(person)}"
    )


def _read_identity(value: object) -> int:
    """Return a person's number; OpenPose writes a list of one, and -1 if it does not track."""
    first = value[0] if isinstance(value, list) and value else value
    is_number = isinstance(first, int) and not isinstance(first, bool) and 0 <= first < 2**31
    return first if is_number and isinstance(first, int) else -1


def _sniff(path: Path, head: bytes) -> bool:
    head = head or read_first_bytes(path)
    return _PEOPLE.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


READER = Reader(
    name="openpose",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_openpose,
    description="OpenPose: a folder with a JSON file of people for each frame",
    frame_suffix=".json",
)
