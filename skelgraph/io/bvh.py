"""Reader of BVH files (Biovision hierarchy): a tree of joints and its angles in every frame.

The quirks of the format: angles are degrees, applied in the order of the channels, which differs by
joint and program; a joint with position channels has its position from them and not from OFFSET; y
points up by custom, but z in some programs, which is told from how the body stands; the unit is
nowhere said and is guessed from the size of the body; programs for Windows write a missing value as
``-1.#IND00``, and some a decimal comma. End sites are no joints. A root that is a mere reference
point on the floor above the pelvis moves the body, but is no joint of it.

Format: M. Meredith and S. Maddock, "Motion Capture File Formats Explained", University of
Sheffield, CS-01-11, 2001.
"""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io.bvh_hierarchy import MAX_LENGTH, Hierarchy, forward_kinematics, parse_hierarchy
from skelgraph.io.guess_metadata import round_rate, stands_on_z
from skelgraph.io.joint_names import layout_from_parents, pick_joints
from skelgraph.io.reader import Reader, build_sequence, read_as_list
from skelgraph.io.text import parse_number, parse_words, read_text, shorten
from skelgraph.layouts import CATALOGUE, JointLayout, is_pelvis
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_DECIMAL_COMMA = re.compile(r"(?<![^\s{}])([+-]?\d*),(\d+(?:e[+-]?\d+)?)(?![^\s{}])", re.IGNORECASE)
_FRAMES = re.compile(r"\s*frames\s*:?\s*(\S+)\s*", re.IGNORECASE)
_FRAME_TIME = re.compile(r"\s*frame\s*time\s*:?\s*(\S+)\s*", re.IGNORECASE)
_RATE_TOLERANCE = 0.002
"""Frame times are written with few digits: 0.0167 means 60 frames per second."""

_EXACT_RATE_TOLERANCE = 1e-6
_EXACT_DIGITS = 9
"""Frame times with so many digits mean what they say: 0.033366667 is 29.97 frames per second."""

_MAX_JOINTS_PER_CHANNEL = 4
"""Bounds the memory for positions by the size of the file."""


def read_bvh(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a BVH file.

    The layout is the file's own tree of joints, which is the catalogue's where it is one of those,
    or the given one, whose joints are picked by name. A rate within 0.2 % of a whole number is that
    number; a given rate is used only if the frame time is no positive number.

    The frames that are there are read, with a warning, if ``Frames:`` tells another number, if the
    last line is cut off, or if the numbers have decimal commas.

    Raises:
        FormatError: If the file is no BVH file, is cut off before its second frame or damaged in
            the middle, or lacks a joint of the layout.
    """
    path = Path(path)
    text, num_commas = _mend_commas(read_text(path))
    lines = text.splitlines()
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
    if not frame_time_s > 0 and fps is None:
        raise RateError(
            f"{path}, line {first}: expected Frame Time: and a positive number of seconds, but got "
            f"{shorten(lines[first - 1].strip())!r}; pass the frame rate (--fps)"
        )
    motion = _parse_motion(lines, first, (num_frames, hierarchy.num_channels), path)
    if num_commas:
        warnings.warn(
            f"{path}: commas in {num_commas} numbers were read as decimal points",
            FormatWarning,
            stacklevel=2,
        )
    positions = forward_kinematics(hierarchy, motion)
    own, kept = _find_body(hierarchy)
    picked = kept if layout is None else [kept[n] for n in pick_joints(own.joints, layout, path)]
    body = positions[:, kept]
    return build_sequence(
        path,
        positions[:, picked],
        layout=own if layout is None else layout,
        fps=_read_rate(lines[first - 1], frame_time_s, fps),
        up="+z" if stands_on_z(body, own) else "+y",
    )


def _read_rate(line: str, frame_time_s: float, fps: float | None) -> float:
    """Return the rate of a frame time, which may be rounded; the given one if that is none."""
    if fps is not None and not frame_time_s > 0:
        return fps
    digits = len(re.sub(r"\D", "", line.lower().partition("e-")[0]).lstrip("0"))
    if digits >= _EXACT_DIGITS:
        return round_rate(1 / frame_time_s, _EXACT_RATE_TOLERANCE)
    return round_rate(1 / frame_time_s, _RATE_TOLERANCE, max_digits=0)


def _mend_commas(text: str) -> tuple[str, int]:
    """Return the text with points for decimal commas, and how many there were."""
    return _DECIMAL_COMMA.subn(r"\1.\2", text) if "," in text else (text, 0)


def _parse_header(lines: Sequence[str], start: int, path: Path) -> tuple[int, float, int]:
    """Return number of frames, seconds per frame, and the index of the next line."""
    whole = "Frames: and a whole number"
    num_frames, line = _parse_field(lines, start, _FRAMES, whole, path)
    if not num_frames.is_integer() or num_frames < 0:
        raise FormatError(f"{path}, line {line}: expected {whole}, but got {num_frames:g}")
    seconds = "Frame Time: and a number of seconds"
    frame_time_s, line = _parse_field(lines, line, _FRAME_TIME, seconds, path)
    return int(num_frames), frame_time_s, line


def _parse_field(
    lines: Sequence[str], start: int, pattern: re.Pattern[str], expected: str, path: Path
) -> tuple[float, int]:
    """Return the number in the first non-blank line, and the index of the next line."""
    at = next((n for n in range(start, len(lines)) if lines[n].strip()), None)
    if at is None:
        raise FormatError(f"{path}: expected {expected}, but the file ends")
    match = pattern.fullmatch(lines[at])
    try:
        return parse_number(match[1] if match else ""), at + 1
    except ValueError as error:
        raise FormatError(
            f"{path}, line {at + 1}: expected {expected}, but got {shorten(lines[at].strip())!r}"
        ) from error


def _parse_motion(
    lines: Sequence[str], first: int, shape: tuple[int, int], path: Path
) -> FloatArray:
    """Return the numbers (T, channels) from a line on; NaN for anything but a finite number.

    A number of frames other than told is taken only where each line is a frame: a frame broken over
    lines that lacks a number would shift all that follows.
    """
    num_frames, num_channels = shape
    rows = [(n, line) for n, line in enumerate(lines[first:], start=first + 1) if line.strip()]
    is_cut = False
    motion: FloatArray = np.empty((0, 0))
    if rows:
        try:
            motion = np.loadtxt(
                [line for _, line in rows], dtype=np.float64, comments=None, ndmin=2
            )
        except ValueError:  # Windows NaN, a cut line, frames broken over lines, or damage
            is_cut = _is_last_line_cut(rows, num_channels)
            if is_cut:
                number, line = rows.pop()
                _parse_tokens([(number, " ".join(line.split()[:-1]))], path)
            motion = _parse_tokens(rows, path)
    is_line_a_frame = is_cut or motion.shape[1] == num_channels
    if motion.size != num_frames * num_channels and not (motion.size and is_line_a_frame):
        raise FormatError(
            f"{path}: expected {num_frames} frames of {num_channels} numbers, but got "
            f"{motion.size} numbers: {motion.size // num_channels} complete frames and "
            f"{motion.size % num_channels} numbers more"
        )
    motion = motion.reshape(-1, num_channels)
    if is_cut or len(motion) != num_frames:
        cut = " and the beginning of another, which was left out" if is_cut else ""
        warnings.warn(
            f"{path}: 'Frames:' tells {num_frames}, but {len(motion)} are there{cut}; they were "
            f"read{': is the file cut off?' if is_cut or len(motion) < num_frames else ''}",
            FormatWarning,
            stacklevel=3,
        )
    motion[~np.isfinite(motion)] = np.nan
    too_large = np.abs(motion) > MAX_LENGTH
    if too_large.any():
        frame, channel = (int(number) for number in np.argwhere(too_large)[0])
        raise FormatError(
            f"{path}, frame {frame}: expected lengths and degrees, but got {motion[frame, channel]}"
        )
    return motion


def _is_last_line_cut(rows: Sequence[tuple[int, str]], num_channels: int) -> bool:
    """Whether each line is a frame but the last one, which has fewer numbers."""
    *counts, last = (len(line.split()) for _, line in rows)
    return bool(counts) and last < num_channels and set(counts) == {num_channels}


def _parse_tokens(rows: Sequence[tuple[int, str]], path: Path) -> FloatArray:
    """Parse numbered lines word by word: an array with a row a line if all are equally long."""
    numbers = [number for n, row in rows for number in parse_words(row.split(), n, path)]
    counts = {len(row.split()) for _, row in rows}
    return np.array(numbers).reshape((len(rows), -1) if len(counts) == 1 else (1, -1))


def _find_body(hierarchy: Hierarchy) -> tuple[JointLayout, list[int]]:
    """Return the layout of the body, and its joints' numbers in the file."""
    joints, parents = hierarchy.joints, hierarchy.parents
    is_reference = parents.count(0) == 1 and is_pelvis(joints[1]) and not is_pelvis(joints[0])
    root = 1 if is_reference else 0
    kept = list(range(root, len(joints)))
    named = {joints[joint]: None if joint == root else joints[parents[joint]] for joint in kept}
    own = layout_from_parents(named, "bvh")
    bones = {(child, parent) for child, parent in named.items() if parent is not None}
    for known in CATALOGUE.values():  # in the order of the tree, which may not be the layout's own
        if bones == {(known.joints[child], known.joints[parent]) for child, parent in known.bones}:
            return known, [kept[own.index(joint)] for joint in known.joints]
    return own, kept


def _sniff(path: Path, head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:9].upper() == b"HIERARCHY"


READER = Reader(
    name="bvh",
    suffixes=(".bvh",),
    sniff=_sniff,
    read=read_as_list(read_bvh),
    description="Biovision hierarchy: motion capture, a tree of joints and its angles",
)
