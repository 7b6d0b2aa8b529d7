"""A layout as a figure: its joints by name, the subsets of a root, and the temporal edges.

After figure 1 of Shi et al., Sensors 2021, 21, 205. The subsets differ in their marks as well as in
their colors.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skelgraph.errors import LayoutError
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.layouts.partition_strategies import partition
from skelgraph.layouts.rest_poses import rest_pose
from skelgraph.layouts.skeleton_drawing import (
    BLUE,
    DARK,
    FIGURE_SUFFIXES,
    GREEN,
    MANY_JOINTS,
    ORANGE,
    PALE,
    draw_edges,
    draw_joints,
    draw_line,
    fit_axes,
    frame_axes,
)
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SUBSETS = (
    ("root", GREEN, "o"),
    ("closer to the center", ORANGE, "^"),
    ("farther from it", BLUE, "s"),
)
_WIDTH_IN, _HEIGHT_IN = 3.5, 5.4
_NAMES_IN = (_WIDTH_IN, 3.1)
_LETTER_IN, _NAME_HEIGHT_IN = 0.042, 0.082
_FEW_POINTS = 6
_NUMBERED = re.compile(r"(.*?)_?(\d+)$")
_FRAME_SHIFT = np.array([0.62, 0.2])


def plot_layout(layout: JointLayout, file: Path, *, root_joint: str | None = None) -> None:
    """Draw a layout to a PNG, PDF or SVG, whose folder is made.

    Added bones are dotted and extra edges dashed; a ring is around the center. The three subsets of
    one joint are shown: without ``root_joint``, of the neighbor of the center that has the most
    neighbors itself.

    Raises:
        LayoutError: If the joint is unknown, or the file is of another kind.
    """
    root = _choose_root(layout) if root_joint is None else layout.index(root_joint)
    if file.suffix.lower() not in FIGURE_SUFFIXES:
        raise LayoutError(f"{file}: expected a name that ends in {', '.join(FIGURE_SUFFIXES)}")
    # Imported here, since few who use a layout draw it.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pose = rest_pose(layout)
    figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), dpi=300)
    FigureCanvasAgg(figure)
    height = _NAMES_IN[1] / _HEIGHT_IN
    names = figure.add_axes((0.0, 0.96 - height, 1.0, height))
    subsets = figure.add_axes((0.02, 0.04, 0.36, 0.3))
    frames = figure.add_axes((0.4, 0.04, 0.6, 0.3))
    _draw_names(names, layout, pose)
    _draw_subsets(subsets, layout, pose, root)
    _draw_frames(frames, layout, pose)
    figure.text(0.5, 0.97, f"{layout.name}: {layout.num_joints} joints", ha="center", size=8)
    marks = subsets.get_legend_handles_labels()
    figure.legend(*marks, loc="lower center", ncols=4, fontsize=5.5, frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)


def _choose_root(layout: JointLayout) -> int:
    neighbors = sorted(layout.graph.neighbors(layout.center))
    return max(neighbors, key=lambda joint: len(layout.graph[joint]), default=layout.center)


def _draw_names(axes: "Axes", layout: JointLayout, pose: FloatArray) -> None:
    draw_edges(axes, layout, pose, color=BLUE)
    draw_joints(axes, layout, pose, color=BLUE)
    _draw_ring(axes, pose[layout.center], 60 if layout.num_joints <= MANY_JOINTS else 30)
    labels = _labels(layout)
    name_width = 0.05 + _LETTER_IN * max(map(len, labels.values()))
    low, high = pose.min(axis=0), pose.max(axis=0)
    middle = (low + high) / 2
    aside = float((high - low)[0]) / 2 + 0.05
    inches = min(
        (_WIDTH_IN / 2 - name_width) / aside, 0.92 * _NAMES_IN[1] / float((high - low)[1] + 0.1)
    )
    width, height = (length / inches for length in _NAMES_IN)
    for sign in (-1, 1):
        mine = [joint for joint in labels if _side(pose - middle, joint, labels) == sign]
        mine.sort(key=lambda joint: -pose[joint, 1])
        bounds = (middle[1] - 0.47 * height, middle[1] + 0.47 * height)
        heights = _space_out(pose[mine, 1], _NAME_HEIGHT_IN / inches, bounds)
        for joint, up in zip(mine, heights, strict=True):
            end = np.array([middle[0] + sign * (width / 2 - name_width / inches), up])
            draw_line(axes, np.stack([pose[joint], end]), color=PALE, width=0.35)
            at = end + np.array([sign * 0.02 / inches, 0])
            align = "left" if sign > 0 else "right"
            axes.text(at[0], at[1], labels[joint], ha=align, va="center", fontsize=5.2)
    frame_axes(axes, middle, (width, height))


def _labels(layout: JointLayout) -> dict[int, str]:
    """The joints to be named; of many points that are numbered one stands for all."""
    names = layout.joints
    groups: dict[str, list[int]] = {}
    for joint, name in enumerate(names):
        found = _NUMBERED.fullmatch(name) if layout.num_joints > MANY_JOINTS else None
        groups.setdefault(found.group(1) if found else name, []).append(joint)
    labels: dict[int, str] = {}
    for stem, joints in groups.items():
        if len(joints) < _FEW_POINTS or layout.center in joints:
            labels |= {joint: f"{joint} {names[joint]}" for joint in joints}
        else:
            labels[joints[0]] = f"{joints[0]}-{joints[-1]} {stem}"
    return labels


def _side(pose: FloatArray, joint: int, labels: Mapping[int, str]) -> int:
    """-1 for a name in the column on the left, 1 for the right; those of the middle take turns."""
    across = float(pose[joint, 0])
    if abs(across) > 1e-6:
        return 1 if across > 0 else -1
    middle = [other for other in labels if abs(pose[other, 0]) <= 1e-6]
    middle.sort(key=lambda other: -pose[other, 1])
    return 1 if middle.index(joint) % 2 else -1


def _space_out(heights: FloatArray, gap: float, bounds: tuple[float, float]) -> FloatArray:
    """Heights of names, falling: near those wanted, apart enough to be read, within bounds."""
    placed: FloatArray = np.array(heights, dtype=np.float64)
    if len(placed) == 0:
        return placed
    low, high = bounds
    gap = min(gap, (high - low) / max(len(placed) - 1, 1))
    for _ in range(300):
        push = np.maximum(gap - (placed[:-1] - placed[1:]), 0) / 2
        placed[:-1] += push
        placed[1:] -= push
    placed[:] = np.minimum(placed, high - gap * np.arange(len(placed)))
    placed[:] = np.maximum(placed, low + gap * np.arange(len(placed))[::-1])
    return placed


def _draw_subsets(axes: "Axes", layout: JointLayout, pose: FloatArray, root: int) -> None:
    A = partition(layout)
    draw_edges(axes, layout, pose, color=PALE)
    draw_joints(axes, layout, pose, color=PALE, scale=0.5)
    members = [np.flatnonzero(A[subset, :, root]) for subset in range(3)]
    for joints, (name, color, mark) in zip(members, _SUBSETS, strict=True):
        x, y = pose[joints].T
        axes.scatter(x, y, s=18, color=color, marker=mark, label=name, zorder=5, linewidths=0)
    for joint in np.concatenate(members[1:]):
        draw_line(axes, pose[[root, joint]], color=DARK, width=0.9, above=True)
    _draw_ring(axes, pose[layout.center], 70)
    _draw_box(axes, pose[np.concatenate(members)])
    axes.set_title(f"subsets of {layout.joints[root]}", fontsize=6, pad=2)
    fit_axes(axes, pose)


def _draw_box(axes: "Axes", points: FloatArray) -> None:
    from matplotlib.patches import FancyBboxPatch

    low, high = points.min(axis=0) - 0.05, points.max(axis=0) + 0.05
    box = FancyBboxPatch(
        (low[0], low[1]),
        high[0] - low[0],
        high[1] - low[1],
        boxstyle="round,pad=0,rounding_size=0.03",
        fill=False,
        linestyle=(0, (4, 3)),
        linewidth=0.7,
        edgecolor=DARK,
    )
    axes.add_patch(box)


def _draw_frames(axes: "Axes", layout: JointLayout, pose: FloatArray) -> None:
    many = layout.num_joints > MANY_JOINTS
    shown = np.stack([pose + frame * _FRAME_SHIFT for frame in range(3)])
    for joint in range(layout.num_joints):
        draw_line(axes, shown[:, joint], color=GREEN, width=0.15 if many else 0.45)
    for moved, name in zip(shown, ("t", "t + 1", "t + 2"), strict=True):
        draw_edges(axes, layout, moved, color=BLUE, width=0.4 if many else 0.8)
        draw_joints(axes, layout, moved, color=BLUE, scale=0.4)
        x, y = float(moved[:, 0].mean()), float(moved[:, 1].min()) - 0.05
        axes.text(x, y, name, ha="center", va="top", fontsize=5.5)
    axes.set_title("spatial (blue) and temporal (green) edges", fontsize=6, pad=2)
    fit_axes(axes, shown.reshape(-1, 2))


def _draw_ring(axes: "Axes", point: FloatArray, size: float) -> None:
    x, y = point
    axes.scatter(
        x,
        y,
        s=size,
        facecolors="none",
        edgecolors="black",
        linewidths=0.8,
        zorder=6,
        label="center",
    )
