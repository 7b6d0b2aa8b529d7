"""Formats that write a joint which was not found as zeros."""

import numpy as np

from skelgraph.layouts import JointLayout
from skelgraph.typing import FloatArray


def blank_zeros(positions: FloatArray, layout: JointLayout) -> FloatArray:
    """Return positions with NaN for joints whose coordinates are all zero.

    Where positions are relative to the layout's center, the center is at zero whenever the body is
    there at all, and stays.

    Args:
        positions: Array (T, V, C).
        layout: The skeleton with V joints.

    Example:
        >>> from skelgraph.layouts import JointLayout
        >>> arm = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
        >>> walk = np.array([[[0, 0], [1, 2]], [[0, 0], [0, 0]]], dtype=np.float32)
        >>> blank_zeros(walk, arm).tolist()
        [[[0.0, 0.0], [1.0, 2.0]], [[nan, nan], [nan, nan]]]
    """
    is_zero = (positions == 0).all(axis=2)
    absent = is_zero.all(axis=1)
    if not absent.all() and is_zero[~absent, layout.center].all():
        is_zero[~absent, layout.center] = False
    return np.where(is_zero[:, :, None], np.nan, positions)
