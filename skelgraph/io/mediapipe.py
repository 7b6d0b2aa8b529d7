"""Reader of pose landmarks of MediaPipe: the results of frames as JSON, or a table with a row each.

MediaPipe has no file format of its own; these are the forms in which its results are saved:

- JSON: a list of frames, an object with such a list (``frames``, ``results`` or ``data``) and
  perhaps ``fps``, ``width`` and ``height``, or an object a line. A frame has the fields of
  ``PoseLandmarkerResult``, ``pose_world_landmarks`` and ``pose_landmarks`` (in JavaScript
  ``worldLandmarks`` and ``landmarks``), lists of persons, or one person alone as before the Tasks
  API; and perhaps ``timestamp_ms``, ``timestamp`` (ms) or ``time`` (s). A landmark is an object
  with ``x``, ``y``, ``z``, ``visibility``.
- CSV: columns ``x1, y1, z1, v1, x2, ...`` (from 0 or 1), ``<number>_x`` or ``<NAME>_x``, with
  ``_y``, ``_z`` and ``_visibility``, and columns of time as for :mod:`skelgraph.io.csv`.

World landmarks are meters from the middle of the hips, y down, and are taken where there are any.
Image landmarks are in parts of the image's width and height, and their z is in no unit: x and y
alone are taken, in pixels where the file tells the image's size. The hips tell which they are in a
table. The visibility is the confidence. Persons are listed in no order that means anything.

Format: ai.google.dev/edge/mediapipe, "Pose landmark detection guide".
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.csv import read_renamed
from skelgraph.io.detections import Detections, build_persons
from skelgraph.io.joint_names import missing_joints, pick_joints
from skelgraph.io.json_text import describe_value, expect_list, parse_json, stack_numbers
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.io.timeline import measure_rate, read_timeline
from skelgraph.layouts import MEDIAPIPE33, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray, IntArray

_WORLD = ("pose_world_landmarks", "poseWorldLandmarks", "worldLandmarks", "world_landmarks")
_IMAGE = ("pose_landmarks", "poseLandmarks", "landmarks")
_LISTS = ("frames", "results", "data")
_TIMES = {"timestamp_ms": 1e-3, "timestampMs": 1e-3, "timestamp": 1e-3, "time": 1.0}
_KEY = re.compile(rb'"(pose_?)?(world_?)?landmarks?"', re.IGNORECASE)
_COLUMN = re.compile(
    r"(?P<axis>[xyzv])_?(?P<number>\d{1,2})"
    r"|(?:[a-z_]*_)?(?P<first>\d{1,2})_(?P<part>x|y|z|v|visibility)"
    r"|(?P<name>[a-z_]+)_(?P<value>x|y|z|v|visibility)",
    re.IGNORECASE,
)
_AT_ORIGIN_M = 0.05
"""The middle of the hips of world landmarks is nearer to the origin, that of image landmarks is at
about 0.5, 0.5."""


def read_mediapipe(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read landmarks of MediaPipe, a sequence for each person.

    The joints of a layout are picked by name. A rate is used if the file tells none.

    Raises:
        FormatError: If the file is malformed, no rate is told or given, or nobody is there.
    """
    path = Path(path)
    text = read_text(path)
    if text.lstrip()[:1] not in ("{", "["):
        return [_read_table(path, layout, fps)]
    document = _parse(text, path)
    frames = _find_frames(document, path)
    is_world = any(_find_people(frame, _WORLD, n, path) for n, frame in enumerate(frames))
    keys = _WORLD if is_world else _IMAGE
    people = [
        (n, person)
        for n, frame in enumerate(frames)
        for person in _find_people(frame, keys, n, path)
    ]
    if not people:
        raise FormatError(f"{path}: expected a person, but nobody is there in any frame")
    table = stack_numbers(
        [_list_landmarks(person, f"{path}, frame {n}") for n, person in people],
        lambda row: f"{path}, frame {people[row][0]}",
        depth=2,
    )
    if table.shape[1] != MEDIAPIPE33.num_joints:
        raise FormatError(f"{path}: expected 33 landmarks of a pose, but got {table.shape[1]}")
    placed, fps = _find_timeline(frames, document, fps, path)
    size = None if is_world else _read_size(document)
    found = Detections(
        keypoints=table[:, :, :3] if is_world else table[:, :, :2] * (size or (1.0, 1.0)),
        scores=table[:, :, 3],
        frames=placed[[n for n, _ in people]],
        num_frames=int(placed[-1]) + 1,
    )
    persons = build_persons(path, found, layout=layout, fps=fps, names=MEDIAPIPE33.joints)
    if is_world:
        return [replace(person, unit="m", up="-y") for person in persons]
    return [replace(person, unit="px" if size else "unknown") for person in persons]


def _parse(text: str, path: Path) -> Any:
    """Parse the document, or one document per line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line[0] == "{" and line[-1] == "}" for line in lines):
        return [parse_json(line, path) for line in lines]
    return parse_json(text, path)


def _find_frames(document: Any, path: Path) -> list[Any]:
    if isinstance(document, dict) and not any(key in document for key in (*_WORLD, *_IMAGE)):
        key = next((key for key in _LISTS if key in document), None)
        if key is None:
            raise FormatError(
                f"{path}: expected landmarks or a list of frames with landmarks, but got "
                f"{describe_value(document)}"
            )
        document = document[key]
    return [document] if isinstance(document, dict) else expect_list(document, str(path))


def _find_people(frame: object, keys: Sequence[str], number: int, path: Path) -> list[Any]:
    """Return the persons' landmarks in a frame, or what stands in their place."""
    if not isinstance(frame, dict):
        raise FormatError(
            f"{path}, frame {number}: expected an object, but got {describe_value(frame)}"
        )
    value = next((frame[key] for key in keys if frame.get(key)), None)
    if value is None:
        return []
    if isinstance(value, list) and not (isinstance(value[0], dict) and "x" in value[0]):
        return [_unwrap(person) for person in value if person]
    return [_unwrap(value)]


def _unwrap(person: Any) -> Any:
    """Return the list in an object ``landmark``, as the framework before the Tasks API made it."""
    return person.get("landmark", person) if isinstance(person, dict) else person


def _list_landmarks(person: object, where: str) -> list[Any]:
    """Return rows x, y, z, visibility; a landmark without visibility counts as seen."""
    rows = []
    for landmark in expect_list(person, where):
        if not isinstance(landmark, dict) or "x" not in landmark or "y" not in landmark:
            raise FormatError(
                f"{where}: expected a landmark with x and y, but got {describe_value(landmark)}"
            )
        seen = landmark.get("visibility")
        rows.append(
            [landmark["x"], landmark["y"], landmark.get("z", 0), 1.0 if seen is None else seen]
        )
    return rows


def _find_timeline(
    frames: Sequence[Any], document: Any, fps: float | None, path: Path
) -> tuple[IntArray, float]:
    """Return the frame number of each row, and the rate."""
    placed: IntArray = np.arange(len(frames))
    key = next((key for key in _TIMES if all(key in frame for frame in frames)), None)
    if key is not None:
        times = stack_numbers([[frame[key]] for frame in frames], lambda n: f"{path}, frame {n}")
        timeline = read_timeline(times[:, 0], key, path)
        placed = timeline.frames
        measured = measure_rate(timeline, _TIMES[key], key, path)
        if measured is not None:
            return placed, measured
    told = document.get("fps") if isinstance(document, dict) else None
    if isinstance(told, int | float) and 0 < told < 1e6:
        return placed, float(told)
    return placed, require_rate(fps, path, "landmarks without a time")


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
    hips = positions[:, [MEDIAPIPE33.index(f"{side}_hip") for side in ("left", "right")]]
    middle = hips.mean(axis=1)[np.isfinite(hips).all(axis=(1, 2))]
    is_world = (
        sequence.num_dimensions == 3
        and len(middle) > 0
        and bool((np.abs(np.median(middle, axis=0)) < _AT_ORIGIN_M).all())
    )
    picked = range(33) if layout is None else pick_joints(MEDIAPIPE33.joints, layout, path)
    confidence = sequence.confidence
    return replace(
        sequence,
        positions=positions[:, picked, : 3 if is_world else 2],
        confidence=None if confidence is None else confidence[:, picked],
        layout=sequence.layout if layout is None else layout,
        unit="m" if is_world else "unknown",
        up="-y",
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
        return _KEY.search(head) is not None
    columns = start.partition(b"\n")[0].decode("latin-1").strip().split(",")
    joints = {name[:-2] for name in _rename(columns) if name.endswith("_x")}
    return len(joints) >= MEDIAPIPE33.num_joints and not missing_joints(list(joints), MEDIAPIPE33)


READER = Reader(
    name="mediapipe",
    suffixes=(".json", ".csv"),
    sniff=_sniff,
    read=read_mediapipe,
    description="pose landmarks of MediaPipe: JSON of frames, or a table x1, y1, z1, v1, ...",
)
