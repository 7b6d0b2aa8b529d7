"""Numbers that stand for a missing joint in files that have no empty cells."""

import warnings
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatWarning
from skelgraph.layouts import JointLayout
from skelgraph.typing import BoolArray, FloatArray

_CODES = (-999.0, -9999.0, -99999.0)
_TOLERANCE = 0.1
"""By what share a bone's length may differ."""


def blank_codes(positions: FloatArray, layout: JointLayout, path: Path) -> FloatArray:
    """Return positions (T, V, C) with NaN for joints that are zero or a code on all axes.

    The codes are -999, -9999 and -99999. If the center is at zero in all frames with a body,
    positions are relative to it, and it stays; so it does in a frame in which its bones are as
    long as in the others, as at the start of a walk from the origin. Positions in a plane are left
    alone.

    Warns:
        FormatWarning: If there are such joints.
    """
    if positions.shape[2] != len("xyz"):
        return positions
    is_code = np.any([(positions == code).all(axis=2) for code in _CODES], axis=0)
    is_missing = is_code | _find_zeros(np.where(is_code[:, :, None], np.nan, positions), layout)
    if not is_missing.any():
        return positions
    frame, joint = np.argwhere(is_missing)[0]
    value = positions[frame, joint, 0]
    warnings.warn(
        f"{path}: {int(is_missing.sum())} positions of joints are 0, -999 or the like on all axes, "
        f"and are taken as missing (the first is {layout.joints[joint]!r} in frame {frame}: "
        f"{value:g})",
        FormatWarning,
        stacklevel=4,
    )
    return np.where(is_missing[:, :, None], np.nan, positions)


def _find_zeros(positions: FloatArray, layout: JointLayout) -> BoolArray:
    """Return which joints (T, V) are at zero; none if all are, in all frames."""
    is_zero: BoolArray = (positions == 0).all(axis=2)
    is_elsewhere = np.isfinite(positions).all(axis=2) & ~is_zero
    if layout.num_joints == 1 or not is_elsewhere.any():
        return np.zeros_like(is_zero)
    present = is_elsewhere.any(axis=1)
    if is_zero[present, layout.center].all():
        is_zero[present, layout.center] = False
    else:
        is_zero[_has_usual_bones(positions, is_zero, layout), layout.center] = False
    return is_zero


def _has_usual_bones(positions: FloatArray, is_zero: BoolArray, layout: JointLayout) -> BoolArray:
    """Return in which frames (T,) the bones of the center are as long as where it is not zero."""
    children = [a if b == layout.center else b for a, b in layout.bones if layout.center in (a, b)]
    with np.errstate(over="ignore", invalid="ignore"):  # of damaged files
        bones = positions[:, children] - positions[:, [layout.center]]
        lengths = np.linalg.norm(bones, axis=2)  # (T, bones)
        lengths[is_zero[:, children]] = np.nan
        seen = lengths[~is_zero[:, layout.center]]
        is_usual: BoolArray = np.zeros(len(positions), dtype=bool)
        if children and np.isfinite(seen).any(axis=0).all():
            usual = np.nanmedian(seen, axis=0)
            is_usual = (abs(lengths - usual) <= _TOLERANCE * usual).all(axis=1)
    return is_usual
