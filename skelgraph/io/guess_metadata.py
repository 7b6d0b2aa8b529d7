"""Unit of length, axis that points up and exact frame rate: as told, or else guessed."""

import math
from collections.abc import Mapping

import numpy as np

from skelgraph.layouts import JointLayout, find_parts
from skelgraph.poses import Unit, UpAxis
from skelgraph.typing import FloatArray

_PERSON_M = (0.8, 3.5)
"""Longest way along the bones of a person, from a child's upper body to a tall adult with the
arms and toes counted. Inches cannot be told from the centimeters of a child."""
_EXTENT_M = (0.5, 3.5)
"""Longest side of the box around a person, which tells the unit if noisy bones are too long."""
_MIN_PIXELS = 10.0
_MAX_SAMPLES = 200
_MOSTLY = 0.9
_ON_THE_FLOOR = 0.1
_UPPER = ("head", "neck_nose", "nose", "neck", "thorax")
_LOWER = (
    ("pelvis",),
    ("left_hip", "right_hip"),
    ("left_knee", "right_knee"),
    ("left_ankle", "right_ankle"),
)
_AXES: tuple[tuple[UpAxis, UpAxis], ...] = (("+x", "-x"), ("+y", "-y"), ("+z", "-z"))


_SPELLINGS: Mapping[Unit, str] = {
    "m": "m meter meters metre metres",
    "cm": "cm centimeter centimeters",
    "mm": "mm millimeter millimeters",
}


def guess_unit(positions: FloatArray, layout: JointLayout) -> Unit:
    """Return the unit in which a skeleton has the size of a person.

    Points of which no bones are known (:attr:`JointLayout.is_loose`) have no size in space. The
    size is the longest way along the bones, each as long as in the median frame: it is the same
    standing and seated. It is 0.8 to 3.5 m for a person. Plane coordinates are pixels, unless the
    whole skeleton is smaller than ten (normalized coordinates).

    Args:
        positions: Array (T, V, C).
        layout: The skeleton with V joints.

    Returns:
        ``"m"``, ``"cm"``, ``"mm"``, ``"px"``, or ``"unknown"`` for any other size.
    """
    if layout.is_loose and positions.shape[2] == 3:
        return "unknown"
    size = _measure_size(positions, layout)
    if positions.shape[2] == 2:
        return "px" if size >= _MIN_PIXELS else "unknown"
    unit = _find_unit(size, _PERSON_M)
    return _find_unit(_measure_extent(positions), _EXTENT_M) if unit == "unknown" else unit


def _find_unit(size: float, range_m: tuple[float, float]) -> Unit:
    units: tuple[tuple[Unit, float], ...] = (("m", 1.0), ("cm", 100.0), ("mm", 1000.0))
    least, most = range_m
    for unit, per_meter in units:
        if least <= size / per_meter <= most:
            return unit
    return "unknown"


def _measure_extent(positions: FloatArray) -> float:
    """Return the longest side of the box around the joints, in the median frame; 0 without one."""
    sample = _sample_frames(positions)
    sample = sample[~np.isnan(sample).any(axis=(1, 2))]
    return float(np.median(np.ptp(sample, axis=1).max(axis=1))) if len(sample) else 0.0


def _measure_size(positions: FloatArray, layout: JointLayout) -> float:
    """Return the longest way along the bones; a bone that is never seen counts 0."""
    lengths = [0.0] * layout.num_joints
    for (child, _), length in zip(
        layout.bones, _measure_bones(_sample_frames(positions), layout), strict=True
    ):
        lengths[child] = length
    longest, below = 0.0, [0.0] * layout.num_joints
    for joint in reversed(layout.depth_first[1:]):
        # The longest way turns at some joint, from one of the ways below it to another.
        parent = int(layout.parents[joint])
        way = below[joint] + lengths[joint]
        longest = max(longest, below[parent] + way)
        below[parent] = max(below[parent], way)
    return longest


def _measure_bones(positions: FloatArray, layout: JointLayout) -> list[float]:
    """Return the median length of each bone over the frames that have it."""
    if not layout.bones:
        return []
    bones = np.array(layout.bones)
    lengths = np.linalg.norm(positions[:, bones[:, 0]] - positions[:, bones[:, 1]], axis=-1)
    lengths.sort(axis=0)  # NaN last
    middle = np.isfinite(lengths).sum(axis=0) // 2
    return [float(length) for length in np.nan_to_num(lengths[middle, np.arange(len(bones))])]


def _sample_frames(positions: FloatArray) -> FloatArray:
    stride = -(-len(positions) // _MAX_SAMPLES)
    with np.errstate(invalid="ignore"):  # a NaN of a kind that warns
        sample = positions[::stride].astype(np.float64)
    return np.where(np.isfinite(sample), sample, np.nan)


def stands_on_z(positions: FloatArray, layout: JointLayout) -> bool:
    """Return whether z points up, although y does by the custom of a format.

    That is so if the trunk is within 30 degrees of z in nine of ten frames, and the lowest joint is
    at z = 0 to a tenth of the body's height: who lies still along z is not on that floor.

    Args:
        positions: Array (T, V, 3).
        layout: The skeleton with V joints.
    """
    trunk = _measure_trunk(positions, layout)
    if trunk is None:
        return False
    is_upright = trunk[:, 2] > np.cos(np.deg2rad(30)) * np.linalg.norm(trunk, axis=1)
    heights = _sample_frames(positions)[:, :, 2]
    heights = heights[np.isfinite(heights).all(axis=1)]
    if is_upright.mean() < _MOSTLY or not len(heights):
        return False
    lowest, highest = np.median(heights.min(axis=1)), np.median(heights.max(axis=1))
    return bool(abs(lowest) < _ON_THE_FLOOR * (highest - lowest))


def guess_up(positions: FloatArray, layout: JointLayout) -> UpAxis:
    """Return the axis along which the head lies farthest from the pelvis, in the median frame.

    The neck or the thorax stands in for the head, and hips, knees or ankles for the pelvis, where a
    layout lacks them. Without either it is y, which points up in space and down in an image.

    Args:
        positions: Array (T, V, C).
        layout: The skeleton with V joints.
    """
    trunk = _measure_trunk(positions, layout)
    if trunk is None:
        return "-y" if positions.shape[2] == 2 else "+y"
    direction = np.median(trunk, axis=0)
    axis = int(np.abs(direction).argmax())
    return _AXES[axis][int(direction[axis] < 0)]


def _measure_trunk(positions: FloatArray, layout: JointLayout) -> FloatArray | None:
    """Return the vectors (frames, C) from the pelvis to the head; None if no frame has both."""
    parts = find_parts(layout)
    upper = next((parts[part] for part in _UPPER if part in parts), None)
    lower = next((choice for choice in _LOWER if all(part in parts for part in choice)), None)
    if upper is None or lower is None:
        return None
    sample = _sample_frames(positions)
    trunk = sample[:, upper] - sample[:, [parts[part] for part in lower]].mean(axis=1)
    trunk = trunk[np.isfinite(trunk).all(axis=1)]
    return trunk if len(trunk) else None


def round_rate(fps: float, tolerance: float, *, max_digits: int = 9) -> float:
    """Round a rate to the fewest decimals with which it differs by the tolerance at most.

    Args:
        fps: Frames per second as measured.
        tolerance: Largest relative difference.
        max_digits: Most decimals; the rate is left alone if they do not suffice.

    Example:
        >>> round_rate(1 / 0.008333, 0.002, max_digits=0), round_rate(29.97003, 1e-5)
        (120.0, 29.97)
    """
    if not math.isfinite(fps):
        return fps
    for digits in range(max_digits + 1):
        rounded = float(round(fps, digits))
        if abs(rounded - fps) <= tolerance * rounded:
            return rounded
    return fps


def parse_unit(text: str) -> Unit | None:
    """Return the unit that a text spells; None if it is unknown.

    Example:
        >>> parse_unit(" MM"), parse_unit("furlong")
        ('mm', None)
    """
    word = text.strip().lower()
    return next((unit for unit, spelled in _SPELLINGS.items() if word in spelled.split()), None)
