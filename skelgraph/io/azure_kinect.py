"""Reader of bodies that Azure Kinect tracked, as JSON of its offline processor and its relatives.

``frames`` is a list of objects with ``timestamp_usec``, ``frame_id`` and ``bodies``, each of which
has ``body_id`` and ``joint_positions``, [x, y, z] of 32 joints in the order of ``joint_names``: in
millimeters from the depth camera, x to its right, y down, z forward. Files of others have the
sensor's confidence levels beside them (``confidence_levels``, ``joint_confidence``), or ``joints``,
objects with ``position`` and ``confidence_level``. Level 0 is out of range, 1 a joint that is
hidden and predicted, 2 one that is seen; here these have confidence 0 (missing), 0.5 and 1.

Format: microsoft/Azure-Kinect-Samples, body-tracking-samples/offline_processor; joints:
``k4abt_joint_id_t``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.detections import Detections, build_persons, collect_ids
from skelgraph.io.frame_numbers import place_numbers
from skelgraph.io.json_text import (
    describe_value,
    expect_integer,
    expect_list,
    expect_object,
    parse_json_lines,
    stack_numbers,
)
from skelgraph.io.reader import Reader, require_rate
from skelgraph.io.text import read_text
from skelgraph.io.timeline import MAX_FRAMES_PER_ROW, Timeline, measure_rate, read_timeline
from skelgraph.layouts import AZURE32, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray, IntArray

_CONFIDENCES = ("confidence_levels", "joint_confidence", "joint_confidences", "confidence_level")
_LEVEL_SEEN = 2.0
_TIME, _NUMBER = "timestamp_usec", "frame_id"
_MARKS = (b'"joint_positions"', b'"joint_orientations"', b'"bone_list"', b'"confidence_level"')


def read_azure_kinect(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read bodies that Azure Kinect tracked, a sequence for each.

    The joints of a layout are picked by name. A rate is that of a file without times.

    Raises:
        FormatError: If the file is malformed, no rate is told or given, or nobody is there.
    """
    path = Path(path)
    document = parse_json_lines(read_text(path), path)
    fields = document if isinstance(document, dict) else {}
    entries = expect_list(fields.get("frames", document), f"{path}, 'frames'")
    frames = [expect_object(one, f"{path}, frame {n}", "bodies") for n, one in enumerate(entries)]
    bodies = [
        (n, expect_object(body, f"{path}, frame {n}"))
        for n, frame in enumerate(frames)
        for body in expect_list(frame["bodies"], f"{path}, frame {n}, 'bodies'")
    ]
    if not bodies:
        raise FormatError(f"{path}: expected a body, but nobody is there in any frame")
    placed, rate = _find_timeline(frames, fps, path)
    found = _collect(bodies, placed, path)
    names = fields.get("joint_names")
    is_named = isinstance(names, list) and all(isinstance(name, str) for name in names)
    joints = names if isinstance(names, list) and is_named else AZURE32.joints
    persons = build_persons(path, found, layout=layout, fps=rate, names=joints)
    return [
        replace(person, unit="mm" if person.unit == "unknown" else person.unit, up="-y")
        for person in persons
    ]


def _find_timeline(
    frames: Sequence[Mapping[str, Any]], fps: float | None, path: Path
) -> tuple[IntArray, float]:
    """Return the place of each frame, from their numbers or else the times, and the rate."""
    if all(_TIME in frame for frame in frames):
        times = stack_numbers([[frame[_TIME]] for frame in frames], lambda n: f"{path}, frame {n}")
        timeline = _place_by_number(frames, times[:, 0]) or read_timeline(times[:, 0], _TIME, path)
        rate = measure_rate(timeline, 1e-6, _TIME, path)
        return timeline.frames, require_rate(rate or fps, path, "bodies of a single frame")
    rate = require_rate(fps, path, "bodies without a time")
    if not all(_NUMBER in frame for frame in frames):
        return np.arange(len(frames)), rate
    where = f"{path}, {_NUMBER!r}"
    return place_numbers([expect_integer(frame[_NUMBER], where) for frame in frames], path), rate


def _place_by_number(frames: Sequence[Mapping[str, Any]], times: FloatArray) -> Timeline | None:
    """Return the frames of numbers that leave some out; None if times have to tell the gaps."""
    numbers = [frame.get(_NUMBER) for frame in frames]
    whole = [number for number in numbers if type(number) is int and abs(number) < 2**53]
    if (
        len(whole) < len(numbers)
        or not (np.diff(whole) > 0).all()
        or not (np.diff(times) > 0).all()
    ):
        return None
    steps = np.diff(whole)
    if len(steps) < 2:
        return None
    placed = np.cumsum([0, *(steps // np.gcd.reduce(steps))])
    if not len(placed) <= placed[-1] < MAX_FRAMES_PER_ROW * len(placed):
        return None
    return Timeline(frames=placed, step=float(np.ptp(times)) / int(placed[-1]), resolution=1.0)


def _collect(
    bodies: Sequence[tuple[int, Mapping[str, Any]]], placed: IntArray, path: Path
) -> Detections:
    def place(row: int) -> str:
        return f"{path}, frame {bodies[row][0]}"

    rows = [_read_joints(body, place(row)) for row, (_, body) in enumerate(bodies)]
    positions = stack_numbers([row[0] for row in rows], place, depth=2)
    if positions.shape[2] != 3:
        raise FormatError(f"{path}: expected x, y, z of each joint, but got {positions.shape[1:]}")
    levels = np.full(positions.shape[:2], _LEVEL_SEEN)
    if all(row[1] is not None for row in rows):
        levels = stack_numbers([row[1] for row in rows], place)
    if levels.shape != positions.shape[:2]:
        raise FormatError(
            f"{path}: expected a confidence level for each of {positions.shape[1]} joints, but got "
            f"{levels.size // len(levels)}"
        )
    return Detections(
        keypoints=positions,
        scores=_score(levels),
        frames=placed[[n for n, _ in bodies]],
        num_frames=int(placed.max()) + 1 if len(placed) else 0,
        ids=collect_ids([body.get("body_id", body.get("id")) for _, body in bodies]),
    )


def _score(levels: FloatArray) -> FloatArray:
    scores: FloatArray = np.minimum(levels / _LEVEL_SEEN, 1.0)
    return scores


def _read_joints(body: Mapping[str, Any], where: str) -> tuple[list[Any], list[Any] | None]:
    """Return the positions of a body's joints, and their confidence levels if it has any."""
    if "joint_positions" in body:
        positions = expect_list(body["joint_positions"], f"{where}, 'joint_positions'")
        levels = next((body[key] for key in _CONFIDENCES if isinstance(body.get(key), list)), None)
        return positions, None if levels is None else [_unwrap(level) for level in levels]
    holder = body.get("skeleton", body)
    joints = holder.get("joints") if isinstance(holder, dict) else None
    if not isinstance(joints, list):
        raise FormatError(
            f"{where}: expected a body with 'joint_positions' or 'joints', but got "
            f"{describe_value(body)}"
        )
    fields = [expect_object(joint, where, "position") for joint in joints]
    own = [joint.get("confidence_level", joint.get("confidence")) for joint in fields]
    positions = [_read_position(joint["position"], where) for joint in fields]
    return positions, None if None in own else own


def _read_position(value: object, where: str) -> list[Any]:
    if isinstance(value, list):
        return value
    fields = expect_object(value, f"{where}, 'position'")
    fields = fields.get("xyz", fields)
    return [expect_object(fields, f"{where}, 'position'", *"xyz")[axis] for axis in "xyz"]


def _unwrap(level: Any) -> Any:
    return level[0] if isinstance(level, list) and len(level) == 1 else level


def _sniff(path: Path, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return start in (b"{", b"[") and any(mark in head for mark in _MARKS)


READER = Reader(
    name="azure-kinect",
    suffixes=(".json",),
    sniff=_sniff,
    read=read_azure_kinect,
    description="bodies of Azure Kinect: JSON of frames with joint_positions",
)
