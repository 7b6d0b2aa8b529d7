"""A recording as a figure: the skeleton in a few frames, and which joints are there when.

Left is vermilion and right blue, seen from the front.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.layouts import (
    BLUE,
    FIGURE_SUFFIXES,
    VERMILION,
    YELLOW,
    JointLayout,
    color_sides,
    draw_edges,
    draw_joints,
)
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN, _STRIP_IN = 7.0, 2.1
_MOST_NAMES = 40
_ROW_IN = 0.085


def plot_sequence(sequence: PoseSequence, file: Path) -> None:
    """Draw a recording as a PNG, PDF or SVG.

    A joint that is missing in a frame is left out of its skeleton, and is a gap in its row below.

    Raises:
        PoseError: If the file is of another kind.
    """
    if file.suffix.lower() not in FIGURE_SUFFIXES:
        raise PoseError(f"{file}: expected a name that ends in {', '.join(FIGURE_SUFFIXES)}")
    # Imported here, since few who read a recording draw it.
    from matplotlib.figure import Figure

    rows_in = max(1.0, _ROW_IN * min(sequence.layout.num_joints, _MOST_NAMES))
    size = (_WIDTH_IN, _STRIP_IN + rows_in + 0.75)
    figure = Figure(figsize=size, dpi=200, layout="constrained")
    strip, rows = figure.subplots(2, 1, height_ratios=(_STRIP_IN, rows_in))
    draw_strip(strip, sequence)
    _name_sides(strip)
    _draw_presence(rows, sequence)
    what = f"{sequence.num_frames} frames, {sequence.fps:g} frames/s, layout {sequence.layout.name}"
    figure.suptitle(f"{sequence.name}: {what}", fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file)


def view_from_front(sequence: PoseSequence) -> FloatArray:
    """The recording as one sees it who stands before the person.

    Returns:
        Array (T, V, 2), to the right and up; images as they are, but with up positive. NaN where a
        joint is missing.
    """
    positions = sequence.positions.astype(np.float64)
    axis = "xyz".index(sequence.up[1])
    up = positions[:, :, axis] * (1 if sequence.up[0] == "+" else -1)
    level = np.delete(positions, axis, axis=2)
    if level.shape[2] == 1:
        return np.stack([level[:, :, 0], up], axis=2)
    across = level @ _direction_across(level, sequence.layout)
    return np.stack([across, up], axis=2)


def view_from_side(sequence: PoseSequence) -> FloatArray:
    """The recording in space as one sees it who stands at the person's right.

    Returns:
        Array (T, V, 2), forward and up. NaN where a joint is missing.

    Raises:
        PoseError: If it has no depth.
    """
    if sequence.num_dimensions != 3:
        raise PoseError(
            f"sequence {sequence.name!r}: expected three dimensions to look at from the side, but "
            f"it has {sequence.num_dimensions}"
        )
    positions = sequence.positions.astype(np.float64)
    axis = "xyz".index(sequence.up[1])
    up = np.eye(3)[axis] * (1 if sequence.up[0] == "+" else -1)
    level = np.delete(positions, axis, axis=2)
    left = np.insert(_direction_across(level, sequence.layout), axis, 0.0)
    return np.stack([positions @ np.cross(left, up), positions @ up], axis=2)


def _direction_across(level: FloatArray, layout: JointLayout) -> FloatArray:
    """The level direction (2,) from the person's right to the left; else that of most spread."""
    lefts, rights = np.array(layout.pairs, dtype=np.int64).reshape(-1, 2).T
    ways = (level[:, lefts] - level[:, rights]).reshape(-1, 2)
    ways = ways[np.isfinite(ways).all(axis=1)]
    if len(ways) and np.linalg.norm(ways.mean(axis=0)) > 0:
        direction: FloatArray = ways.mean(axis=0)
    else:
        there = level[np.isfinite(level).all(axis=2)]
        spread = np.ptp(there, axis=0) if len(there) else np.ones(2)
        direction = np.eye(2)[int(spread.argmax())]
    return direction / np.linalg.norm(direction)


def draw_strip(
    axes: "Axes",
    sequence: PoseSequence,
    *,
    num_shown: int = 7,
    spread: float = 0.0,
    width: float = 1.1,
) -> None:
    """Draw a recording as a row of skeletons, seen from the front, with their times below.

    Args:
        axes: Where to; they lose their frame.
        sequence: What is drawn.
        num_shown: Number of skeletons, evenly from the first to the last frame with a joint.
        spread: Least distance of a skeleton to the next, in heights of the tallest; without it as
            near as none touches another.
        width: Width of the bones in points.
    """
    layout, view = sequence.layout, view_from_front(sequence)
    seen = np.flatnonzero(sequence.present.any(axis=1))
    axes.axis("off")
    if not len(seen):
        axes.text(0.5, 0.5, "no joint is there in any frame", ha="center", transform=axes.transAxes)
        return
    picks = np.unique(np.linspace(0, len(seen) - 1, num_shown).round().astype(int))
    shown = view[seen[picks]]
    shown[:, :, 0] -= np.nanmedian(shown[:, :, 0], axis=1, keepdims=True)
    step = 1.15 * float(np.nanmax(shown[:, :, 0]) - np.nanmin(shown[:, :, 0])) or 1.0
    foot, top = float(np.nanmin(shown[:, :, 1])), float(np.nanmax(shown[:, :, 1]))
    step = max(step, spread * (top - foot))
    colors = color_sides(layout)
    for number, (frame, places) in enumerate(zip(seen[picks], shown, strict=True)):
        moved = places + np.array([number * step, 0.0])
        draw_edges(axes, layout, moved, color=colors, width=width)
        draw_joints(axes, layout, moved, color=colors, scale=0.3 * width**2)
        seconds = frame / sequence.fps
        axes.annotate(
            f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s",
            (number * step, foot),
            xytext=(0, -6),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=6,
        )
    axes.set_aspect("equal", adjustable="datalim")


def _name_sides(axes: "Axes") -> None:
    for side, color, height in (("left", VERMILION, 1.0), ("right", BLUE, 0.93)):
        axes.text(0, height, side, color=color, fontsize=6, va="top", transform=axes.transAxes)


def _draw_presence(axes: "Axes", sequence: PoseSequence) -> None:
    """A row for each joint: dark where it is there, or as sure as the detector is; else yellow."""
    from matplotlib.colors import LinearSegmentedColormap

    there = sequence.present
    surety = np.full(there.shape, 0.4) if sequence.confidence is None else sequence.confidence
    most = 1.0 if sequence.confidence is None else float(surety[there].max(initial=0.0)) or 1.0
    ends = ["#c9dcea", "#08306b"]
    shades = LinearSegmentedColormap.from_list("surety", ends).with_extremes(bad=YELLOW)
    rows = np.where(there, surety / most, np.nan).T
    V, T = rows.shape
    extent = (0.0, T / sequence.fps, V - 0.5, -0.5)
    axes.imshow(
        rows, aspect="auto", interpolation="nearest", cmap=shades, vmin=0, vmax=1, extent=extent
    )
    axes.set_xlabel("seconds", fontsize=6)
    axes.tick_params(labelsize=6, length=2)
    if V <= _MOST_NAMES:
        axes.set_yticks(range(V), sequence.layout.joints, fontsize=5)
    else:
        axes.set_ylabel("joint", fontsize=6)
    kind = "present" if sequence.confidence is None else "confidence: the darker the surer"
    missing = 1 - float(there.mean())
    axes.set_title(f"{kind}; yellow: missing ({missing:.1%})", fontsize=6)
