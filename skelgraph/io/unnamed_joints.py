"""Files without names of joints: their layout by the number, and joints that are zeros."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.layouts import CATALOGUE, JointLayout
from skelgraph.poses import find_fitting_layout
from skelgraph.typing import FloatArray


def layout_of_count(
    num_joints: int,
    layout: JointLayout | None,
    path: Path,
    *,
    usual: str | None = None,
    positions: FloatArray | None = None,
) -> JointLayout:
    """Return the layout of a file's joints: the one given, else the only one with so many joints.

    If several layouts have this number, the one in whose order the positions (T, V, C) make a body
    is taken; if none does, the one that ``usual`` names as meant by the format.

    Raises:
        FormatError: If the given layout has another number of joints, or none is given and the
            number does not tell it.
    """
    if layout is not None:
        if layout.num_joints != num_joints:
            raise FormatError(
                f"{path}: expected {layout.num_joints} joints for layout {layout.name!r}, but got "
                f"{num_joints}"
            )
        return layout
    known = [other.name for other in CATALOGUE.values() if other.num_joints == num_joints]
    if len(known) > 1 and positions is not None and (fitting := find_fitting_layout(positions)):
        return fitting
    name = usual if usual in known else known[0] if len(known) == 1 else None
    if name is None:
        raise FormatError(
            f"{path}: the file has {num_joints} joints without names; pass the layout "
            f"({advise_layouts([num_joints])})"
        )
    return CATALOGUE[name]


def advise_layouts(numbers: Sequence[int]) -> str:
    """Return the option with the layouts of the catalogue that have one of the numbers of joints.

    Example:
        >>> advise_layouts((300, 20, 3)), advise_layouts([7])
        ('--layout kinect20 or msr20', '--layout FILE; none of the catalogue has so many joints')
    """
    known = [layout.name for layout in CATALOGUE.values() if layout.num_joints in numbers]
    if not known:
        return "--layout FILE; none of the catalogue has so many joints"
    return f"--layout {' or '.join(known)}"


def blank_zeros(positions: FloatArray, layout: JointLayout) -> FloatArray:
    """Return positions (T, V, C) with NaN for joints whose coordinates are all zero.

    Where positions are relative to the layout's center, the center is at zero whenever the body is
    there at all, and stays.

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
