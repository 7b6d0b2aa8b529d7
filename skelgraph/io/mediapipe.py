"""Reader of pose landmarks of MediaPipe: the results of frames as JSON, or a table with a row each.

MediaPipe has no file format of its own; these are the forms in which its results are saved:

- JSON: a list of frames, an object with such a list (``frames``, ``results`` or ``data``) and
  perhaps ``fps``, ``width`` and ``height``, an object of frames by number or image, or a frame a
  line. A frame has the fields of ``PoseLandmarkerResult``, ``pose_world_landmarks`` and
  ``pose_landmarks`` (in JavaScript ``worldLandmarks`` and ``landmarks``), lists of persons, or one
  person alone as before the Tasks API; and perhaps ``timestamp_ms``, ``timestamp`` (ms) or ``time``
  (s), or the number of the frame. A frame without fields is the landmarks themselves, in any of the
  forms of :mod:`skelgraph.io.mediapipe_landmarks`.
- CSV: columns ``x1, y1, z1, v1, x2, ...`` (from 0 or 1), ``<number>_x`` or ``<NAME>_x``, with
  ``_y``, ``_z`` and ``_visibility``, and columns of time as for :mod:`skelgraph.io.csv`. The tables
  of :func:`skelgraph.io.write_csv` have the same names, and are read as what they are.

World landmarks are meters from the middle of the hips, y down, and are taken where there are any.
Image landmarks are in parts of the image's width and height, and their z is in no unit: x and y
alone are taken, in pixels where the file tells the image's size. Without a field that tells which
they are, the values do (:mod:`skelgraph.io.mediapipe_kind`): positions in space of the same joints,
such as FreeMoCap's, keep their three coordinates. The visibility is the confidence. Persons are
listed in no order that means anything.

Format: ai.google.dev/edge/mediapipe, "Pose landmark detection guide".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.csv import read_renamed
from skelgraph.io.detections import Detections, build_persons
from skelgraph.io.frame_numbers import place_names, place_numbers
from skelgraph.io.joint_names import missing_joints, pick_joints
from skelgraph.io.json_text import expect_integer, parse_json_lines, stack_numbers
from skelgraph.io.mediapipe_kind import Kind, tell_kind
from skelgraph.io.mediapipe_landmarks import (
    IMAGE,
    WORLD,
    find_frames,
    find_people,
    looks_like_landmarks,
)
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.io.timeline import measure_rate, read_timeline
from skelgraph.layouts import MEDIAPIPE33, JointLayout
from skelgraph.poses import PoseSequence, Unit
from skelgraph.typing import FloatArray, IntArray

_TIMES = {"timestamp_ms": 1e-3, "timestampMs": 1e-3, "timestamp": 1e-3, "time": 1.0}
_NUMBERS = ("frame", "frame_id", "frame_idx", "frame_index", "frame_number")
_COLUMN = re.compile(
    r"(?P<axis>[xyzv])_?(?P<number>\d{1,2})"
    r"|(?:[a-z_]*_)?(?P<first>\d{1,2})_(?P<part>x|y|z|v|visibility)"
    r"|(?P<name>[a-z_]+)_(?P<value>x|y|z|v|visibility)",
    re.IGNORECASE,
)
_UNITS: Mapping[Kind, Unit] = {"world": "m", "image": "unknown", "pixels": "px"}
_FREEMOCAP = "_3d_xyz"
"""So end the names of FreeMoCap's tables, which are in millimeters."""
_OWN_CONFIDENCE = "_confidence"
_OWN_COUNTERS = ("frame", "time", "0", "0.000000000")
"""The first cells of the two first rows of a table that skelgraph wrote."""


def read_mediapipe(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read landmarks of MediaPipe, a sequence for each person.

    The joints of a layout are picked by name. A rate is that of a file that does not tell its own.

    Raises:
        FormatError: If the file is malformed, no rate is told or given, or nobody is there.
    """
    path = Path(path)
    text = read_text(path)
    if text.lstrip()[:1] not in ("{", "["):
        return [_read_table(path, layout, fps)]
    document = parse_json_lines(text, path)
    frames, names = find_frames(document, path)
    people, kind = _list_people(frames, path)
    if not people:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    table = stack_numbers(
        [person for _, person in people], lambda row: f"{path}, frame {people[row][0]}", depth=2
    )
    if table.shape[1] != MEDIAPIPE33.num_joints:
        raise FormatError(f"{path}: expected 33 landmarks of a pose, but got {table.shape[1]}")
    has_depth = bool(np.isfinite(table[:, :, 2]).any())
    kind = kind or tell_kind(table[:, :, : 3 if has_depth else 2])
    is_plane = kind in ("image", "pixels")
    size = _read_size(document) if kind == "image" else None
    placed, fps = _find_timeline(frames, names, document, fps, path)
    found = Detections(
        keypoints=table[:, :, :2] * (size or (1.0, 1.0)) if is_plane else table[:, :, :3],
        scores=table[:, :, 3],
        frames=placed[[n for n, _ in people]],
        num_frames=int(placed.max()) + 1,
    )
    persons = build_persons(path, found, layout=layout, fps=fps, names=MEDIAPIPE33.joints)
    if kind == "space":
        return persons
    unit = "px" if size else _UNITS[kind]
    return [replace(person, unit=unit, up="-y") for person in persons]


def _list_people(
    frames: Sequence[Any], path: Path
) -> tuple[list[tuple[int, list[Any]]], Kind | None]:
    """Return each person's frame and landmarks, and of which kind they are if a field tells it."""
    kinds: tuple[tuple[Sequence[str], Kind | None], ...] = (
        (WORLD, "world"),
        (IMAGE[:2], "image"),
        (IMAGE[2:], None),
        ((), None),
    )
    for keys, kind in kinds:
        people = [
            (n, person)
            for n, frame in enumerate(frames)
            for person in find_people(frame, keys, f"{path}, frame {n}")
        ]
        if people:
            return people, kind
    return [], None


def _find_timeline(
    frames: Sequence[Any], names: list[str] | None, document: Any, fps: float | None, path: Path
) -> tuple[IntArray, float]:
    """Return the frame number of each row, and the rate."""
    placed: IntArray = np.arange(len(frames)) if names is None else place_names(names, path)
    fields = frames if all(isinstance(frame, dict) for frame in frames) else []
    told = document.get("fps") if isinstance(document, dict) else None
    rate = float(told) if isinstance(told, int | float) and 0 < told < 1e6 else None
    key = next((key for key in _TIMES if fields and all(key in one for one in fields)), None)
    number = next((key for key in _NUMBERS if fields and all(key in one for one in fields)), None)
    if key is not None:
        times = stack_numbers([[frame[key]] for frame in fields], lambda n: f"{path}, frame {n}")
        timeline = read_timeline(times[:, 0], key, path)
        placed = timeline.frames
        rate = rate or measure_rate(timeline, _TIMES[key], key, path)
    elif number is not None:
        places = [f"{path}, frame {n}, {number!r}" for n in range(len(fields))]
        counted = [expect_integer(one[number], at) for one, at in zip(fields, places, strict=True)]
        placed = place_numbers(counted, path)
    return placed, require_rate(rate or fps, path, "landmarks without a time")


def _read_size(document: Any) -> tuple[float, float] | None:
    """Return width and height of the image in pixels, if the file tells them."""
    fields = document if isinstance(document, dict) else {}
    for prefix in ("", "image_"):
        size = [fields.get(f"{prefix}{side}") for side in ("width", "height")]
        if all(isinstance(side, int | float) and 0 < side < 1e6 for side in size):
            width, height = size
            return float(width), float(height)  # type: ignore[arg-type]
    return None


def _read_table(path: Path, layout: JointLayout | None, fps: float | None) -> PoseSequence:
    sequence = read_renamed(path, _rename, layout=MEDIAPIPE33, fps=fps)
    positions: FloatArray = sequence.positions
    kind = tell_kind(positions)
    if kind in ("image", "pixels"):
        positions = positions[:, :, :2]
    if kind != "space":
        sequence = replace(sequence, positions=positions, unit=_UNITS[kind], up="-y")
    elif path.stem.endswith(_FREEMOCAP):
        sequence = replace(sequence, unit="mm")
    if layout is None:
        return sequence
    picked = pick_joints(MEDIAPIPE33.joints, layout, path)
    confidence = sequence.confidence
    return replace(
        sequence,
        positions=positions[:, picked],
        confidence=None if confidence is None else confidence[:, picked],
        layout=layout,
    )


def _rename(columns: Sequence[str]) -> list[str]:
    """Rename columns of landmarks to ``<joint>_x``, ``<joint>_confidence`` and so on."""
    matches = [_COLUMN.fullmatch(column.strip()) for column in columns]
    numbers = {int(match["number"] or match["first"] or -1) for match in matches if match} - {-1}
    first = min(numbers, default=0)
    return [
        column if match is None else _rename_one(match, first)
        for column, match in zip(columns, matches, strict=True)
    ]


def _rename_one(match: re.Match[str], first: int) -> str:
    part = (match["axis"] or match["part"] or match["value"]).lower()
    number = match["number"] or match["first"]
    joint = match["name"] or number
    if number is not None and 0 <= int(number) - first < MEDIAPIPE33.num_joints:
        joint = MEDIAPIPE33.joints[int(number) - first]
    return f"{joint}_{'confidence' if part[0] == 'v' else part}"


def _sniff(path: Path, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return looks_like_landmarks(start)
    columns, _, rows = start.partition(b"\n")
    names = columns.decode("latin-1").strip().split(",")
    first_row = rows[:80].decode("latin-1").split(",")[:2]
    if names[-1].endswith(_OWN_CONFIDENCE) or (*names[:2], *first_row) == _OWN_COUNTERS:
        return False  # of skelgraph, whose reader of tables keeps what they hold
    joints = {name[:-2] for name in _rename(names) if name.endswith("_x")}
    return len(joints) >= MEDIAPIPE33.num_joints and not missing_joints(list(joints), MEDIAPIPE33)


READER = Reader(
    name="mediapipe",
    suffixes=(".json", ".csv"),
    sniff=_sniff,
    read=read_mediapipe,
    description="pose landmarks of MediaPipe: JSON of frames, or a table x1, y1, z1, v1, ...",
)
