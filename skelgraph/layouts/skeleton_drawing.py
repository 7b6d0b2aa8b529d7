"""Skeletons as lines and points on matplotlib's axes: what all figures of them share.

Colors are those of Okabe and Ito, which people with any color vision can tell apart.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGURE_SUFFIXES = (".png", ".pdf", ".svg")
"""Kinds of files that figures are written to."""
BLUE, GREEN, ORANGE, VERMILION, YELLOW = "#0072B2", "#009E73", "#E69F00", "#D55E00", "#F0E442"
DARK, PALE = "#444444", "#c4c4c4"
MANY_JOINTS = 45
"""Above this number, joints and lines are drawn finer."""


def color_sides(layout: JointLayout) -> list[str]:
    """Return a color per joint: vermilion on the person's left, blue on the right, else gray."""
    colors = [DARK] * layout.num_joints
    for left, right in layout.pairs:
        colors[left], colors[right] = VERMILION, BLUE
    return colors


def draw_edges(
    axes: "Axes",
    layout: JointLayout,
    pose: FloatArray,
    *,
    color: str | Sequence[str],
    width: float = 1.1,
) -> None:
    """Draw a skeleton's bones; added bones are dotted and extra edges dashed.

    The pose is the place of each joint, (V, 2); a bone with an end at NaN is left out. There is one
    color, or one for each joint, which its bone has too. The width is in points.
    """
    colors = [color] * layout.num_joints if isinstance(color, str) else color
    for child, parent in layout.bones:
        style = "dotted" if child in layout.added_bones else "solid"
        draw_line(axes, pose[[child, parent]], color=colors[child], width=width, style=style)
    for a, b in layout.extra_edges:
        draw_line(axes, pose[[a, b]], color=colors[a], width=0.6 * width, style="dashed")


def draw_line(
    axes: "Axes",
    points: FloatArray,
    *,
    color: str,
    width: float,
    style: str = "solid",
    above: bool = False,
) -> None:
    """Draw a line through points (n, 2), pale ones behind all others."""
    order = 4 if above else 2 if color != PALE else 1
    axes.plot(
        points[:, 0], points[:, 1], color=color, linewidth=width, linestyle=style, zorder=order
    )


def draw_joints(
    axes: "Axes",
    layout: JointLayout,
    pose: FloatArray,
    *,
    color: str | Sequence[str],
    scale: float = 1.0,
) -> None:
    """Draw a skeleton's joints as points: places (V, 2), one color or one for each joint."""
    size = scale * (14.0 if layout.num_joints <= MANY_JOINTS else 2.5)
    axes.scatter(pose[:, 0], pose[:, 1], s=size, c=color, zorder=3, linewidths=0)


def fit_axes(axes: "Axes", points: FloatArray) -> None:
    """Show all points (n, 2) with a margin, to scale and without a frame."""
    low, high = points.min(axis=0), points.max(axis=0)
    edge = 0.08 * float((high - low).max()) + 0.01
    size = (float(high[0] - low[0]) + 2 * edge, float(high[1] - low[1]) + 2 * edge)
    frame_axes(axes, (low + high) / 2, size)


def frame_axes(axes: "Axes", middle: FloatArray, size: tuple[float, float]) -> None:
    """Show a rectangle by its middle and size, to scale and without a frame."""
    half = np.array(size) / 2
    axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
    axes.set_ylim(middle[1] - half[1], middle[1] + half[1])
    axes.set_aspect("equal")
    axes.axis("off")
