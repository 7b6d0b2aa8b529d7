"""Reader of BVH files (Biovision hierarchy): a tree of joints and its angles in every frame.

The quirks of the format: angles are degrees, applied in the order of the channels, which differs by
joint and program; a joint with position channels has its position from them and not from OFFSET; y
points up by custom; the unit is nowhere said and is guessed from the size of the body; programs for
Windows write a missing value as ``-1.#IND00``. End sites are no joints. A root that is a mere
reference point on the floor above the pelvis moves the body, but is no joint of it.

Format: M. Meredith and S. Maddock, "Motion Capture File Formats Explained", University of
Sheffield, CS-01-11, 2001.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.bvh_hierarchy import MAX_LENGTH, Hierarchy, forward_kinematics, parse_hierarchy
from skelgraph.io.guess_metadata import round_rate
from skelgraph.io.joint_names import layout_from_parents, pick_joints
from skelgraph.io.reader import Reader, build_sequence, read_as_list
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.layouts import JointLayout, is_pelvis
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_FRAMES = re.compile(r"\s*frames\s*:?\s*(\S+)\s*", re.IGNORECASE)
_FRAME_TIME = re.compile(r"\s*frame\s*time\s*:?\s*(\S+)\s*", re.IGNORECASE)
_RATE_TOLERANCE = 0.002
"""Frame times are written with few digits: 0.0167 means 60 frames per second."""

_MAX_JOINTS_PER_CHANNEL = 4
"""Bounds the memory for positions by the size of the file."""


def read_bvh(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a BVH file.

    The layout is the file's own tree of joints, which is the catalogue's where it is one of those,
    or the given one, whose joints are picked by name. A rate within 0.2 % of a whole number is that
    number. The file always tells a rate: ``fps`` is not used.

    Raises:
        FormatError: If the file is no BVH file, is cut off, or lacks a joint of the layout.
    """
    path = Path(path)
    lines = read_text(path).splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip().upper() == "MOTION"), None)
    hierarchy = parse_hierarchy(lines[:start], path)
    if start is None:
        raise FormatError(f"{path}: expected MOTION after the hierarchy, but the file ends")
    if len(hierarchy.joints) > _MAX_JOINTS_PER_CHANNEL * hierarchy.num_channels:
        raise FormatError(
            f"{path}: expected channels that move the {len(hierarchy.joints)} joints, but there "
            f"are {hierarchy.num_channels}"
        )
    num_frames, frame_time_s, first = _parse_header(lines, start + 1, path)
    motion = _parse_motion(lines, first, (num_frames, hierarchy.num_channels), path)
    positions = forward_kinematics(hierarchy, motion)
    own, kept = _find_body(hierarchy)
    picked = kept if layout is None else [kept[n] for n in pick_joints(own.joints, layout, path)]
    return build_sequence(
        path,
        positions[:, picked],
        layout=own if layout is None else layout,
        fps=round_rate(1 / frame_time_s, _RATE_TOLERANCE, max_digits=0),
        up="+y",
    )


def _parse_header(lines: Sequence[str], start: int, path: Path) -> tuple[int, float, int]:
    """Return number of frames, seconds per frame, and the index of the next line."""
    whole = "Frames: and a whole number of 1 or more"
    num_frames, line = _parse_field(lines, start, _FRAMES, whole, path)
    if not num_frames.is_integer():
        raise FormatError(f"{path}, line {line}: expected {whole}, but got {num_frames}")
    positive = "Frame Time: and a positive number of seconds"
    frame_time_s, line = _parse_field(lines, line, _FRAME_TIME, positive, path)
    return int(num_frames), frame_time_s, line


def _parse_field(
    lines: Sequence[str], start: int, pattern: re.Pattern[str], expected: str, path: Path
) -> tuple[float, int]:
    """Return the positive number in the first non-blank line, and the index of the next line."""
    at = next((n for n in range(start, len(lines)) if lines[n].strip()), None)
    if at is None:
        raise FormatError(f"{path}: expected {expected}, but the file ends")
    match = pattern.fullmatch(lines[at])
    try:
        value = parse_number(match[1]) if match else 0.0
    except ValueError:
        value = 0.0
    if not value > 0:
        raise FormatError(
            f"{path}, line {at + 1}: expected {expected}, but got {shorten(lines[at].strip())!r}"
        )
    return value, at + 1


def _parse_motion(
    lines: Sequence[str], first: int, shape: tuple[int, int], path: Path
) -> FloatArray:
    """Return the numbers (T, channels) from a line on; NaN for anything but a finite number."""
    rows = lines[first:]
    motion: FloatArray = np.empty((0, 0))
    if any(line.strip() for line in rows):
        try:
            motion = np.loadtxt(rows, dtype=np.float64, comments=None, ndmin=2)
        except ValueError:  # Windows NaN, frames broken over lines, or damage: read token by token
            motion = _parse_tokens(rows, first, path)
    num_frames, num_channels = shape
    if motion.size != num_frames * num_channels:
        raise FormatError(
            f"{path}: expected {num_frames} frames of {num_channels} numbers, but got "
            f"{motion.size} numbers: {motion.size // num_channels} complete frames and "
            f"{motion.size % num_channels} numbers more"
        )
    motion = motion.reshape(shape)
    motion[~np.isfinite(motion)] = np.nan
    too_large = np.abs(motion) > MAX_LENGTH
    if too_large.any():
        frame, channel = (int(number) for number in np.argwhere(too_large)[0])
        raise FormatError(
            f"{path}, frame {frame}: expected lengths and degrees, but got {motion[frame, channel]}"
        )
    return motion


def _parse_tokens(rows: Sequence[str], first: int, path: Path) -> FloatArray:
    numbers = []
    for line_number, row in enumerate(rows, start=first + 1):
        for token in row.split():
            try:
                numbers.append(parse_number(token))
            except ValueError as error:
                raise FormatError(
                    f"{path}, line {line_number}: expected a number, but got {shorten(token)!r}"
                ) from error
    return np.array(numbers)


def _find_body(hierarchy: Hierarchy) -> tuple[JointLayout, list[int]]:
    """Return the layout of the body, and its joints' numbers in the file."""
    joints, parents = hierarchy.joints, hierarchy.parents
    is_reference = parents.count(0) == 1 and is_pelvis(joints[1]) and not is_pelvis(joints[0])
    root = 1 if is_reference else 0
    kept = list(range(root, len(joints)))
    named = {joints[joint]: None if joint == root else joints[parents[joint]] for joint in kept}
    return layout_from_parents(named, "bvh"), kept


def _sniff(path: Path, head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:9].upper() == b"HIERARCHY"


READER = Reader(
    name="bvh",
    suffixes=(".bvh",),
    sniff=_sniff,
    read=read_as_list(read_bvh),
    description="Biovision hierarchy: motion capture, a tree of joints and its angles",
)
