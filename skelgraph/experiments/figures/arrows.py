"""Weights between joints as arrows on a skeleton, and of joints to themselves as discs."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from skelgraph.typing import FloatArray

_WIDEST, _THINNEST = 1.8, 0.4
_LARGEST, _SMALLEST = 28.0, 0.06
_BEND = 0.22


def choose_fineness(num_joints: int) -> float:
    """Return a factor of all sizes, so that many joints have room; 1 for ten joints or fewer."""
    return float(min(1.0, np.cbrt(10 / num_joints)))


def draw_arrow(
    axes: Axes, ends: FloatArray, *, color: Any, share: float, fineness: float = 1.0
) -> None:
    """Draws an arrow that bends, so that its opposite lies beside it.

    Args:
        axes: Where to.
        ends: Its start and end, (2, 2).
        color: Its color.
        share: Its width, of the widest.
        fineness: A factor of its width and head.
    """
    axes.add_patch(
        FancyArrowPatch(
            tuple(ends[0]),
            tuple(ends[1]),
            connectionstyle=f"arc3,rad={_BEND}",
            arrowstyle="-|>",
            mutation_scale=3.5 * fineness,
            shrinkA=1.5 * fineness,
            shrinkB=2.0 * fineness,
            color=color,
            linewidth=(_THINNEST + (_WIDEST - _THINNEST) * share) * fineness,
            zorder=3 + share,
            clip_on=False,
        )
    )


def draw_discs(
    axes: Axes, pose: FloatArray, *, colors: Any, shares: FloatArray, fineness: float = 1.0
) -> None:
    """Draws a disc at each place (V, 2), of a color and of an area that is a share (V,)."""
    areas = _LARGEST * fineness**2 * np.clip(shares, _SMALLEST, 1)
    axes.scatter(pose[:, 0], pose[:, 1], s=areas, c=colors, zorder=5, linewidths=0)
