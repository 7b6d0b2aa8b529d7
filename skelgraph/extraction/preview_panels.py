"""The panels of a preview: keypoints on the image, and the skeleton from the front and the side.

Left is vermilion and right blue, as in all figures of skeletons.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from skelgraph.layouts import (
    DARK,
    PALE,
    JointLayout,
    color_sides,
    draw_edges,
    draw_joints,
    draw_line,
)
from skelgraph.poses import PoseSequence, view_from_front, view_from_side
from skelgraph.typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Images = Mapping[int, npt.NDArray[np.uint8]]
"""Pixels (height, width, 3) of some frames, by their numbers."""

_IMAGE_MARGIN, _SKELETON_MARGIN = 0.2, 0.12
_LEAST_ASPECT = 0.65
_PAPER = "#f6f5f2"
_SCALE_M = 0.2
"""Length of the line that shows the scale, in meters."""


class Panel(Protocol):
    """One view of a person in every frame.

    ``title`` is shown above it, ``aspect`` is its width divided by its height.
    """

    title: str
    aspect: float

    def draw(self, axes: "Axes", frame: int) -> None:
        """Draw a frame on empty axes."""
        ...


class ImagePanel:
    """The keypoints, in pixels with y down, on the image; on paper if there is no video.

    All frames that are drawn fit in.
    """

    def __init__(
        self,
        sequence: PoseSequence,
        size_px: tuple[float, float] | None,
        images: Images,
        frames: Sequence[int],
    ) -> None:
        self.sequence = sequence
        self.images = images
        self.size_px = size_px
        self.title = "keypoints"
        low, high = _find_bounds(sequence.positions[frames], _IMAGE_MARGIN)
        if size_px is not None:
            low, high = np.maximum(low, 0.0), np.minimum(high, size_px)
            if (high <= low).any():  # all outside of the image
                low, high = np.zeros(2), np.array(size_px)
        self.low, self.high = low, high
        self.aspect = float((high[0] - low[0]) / (high[1] - low[1]))

    def draw(self, axes: "Axes", frame: int) -> None:
        """Draw the image and the keypoints."""
        if frame in self.images and self.size_px is not None:
            width, height = self.size_px
            axes.imshow(self.images[frame], extent=(0, width, height, 0), interpolation="bilinear")
        axes.set_facecolor(_PAPER)
        axes.set(xlim=(self.low[0], self.high[0]), ylim=(self.high[1], self.low[1]))
        axes.set(xticks=[], yticks=[], aspect="equal")
        for spine in axes.spines.values():
            spine.set_visible(False)
        pose, layout = self.sequence.positions[frame], self.sequence.layout
        draw_edges(axes, layout, pose, color="white", width=3.2)
        _draw_skeleton(axes, layout, pose, width=1.7)


class SkeletonPanel:
    """The skeleton from the front, or from the person's right, always at one scale.

    All frames that are drawn fit in.
    """

    def __init__(
        self, sequence: PoseSequence, frames: Sequence[int], *, side: bool = False
    ) -> None:
        self.sequence = sequence
        self.title = "from the right" if side else "from the front"
        view = view_from_side(sequence) if side else view_from_front(sequence)
        root = view[:, sequence.layout.center]
        moved = view - np.where(np.isnan(root), 0.0, root)[:, None]
        self.view = view if np.isnan(root).all() else moved
        self._fit(*_find_bounds(self.view[frames], _SKELETON_MARGIN))

    def share_scale(self, other: "SkeletonPanel") -> None:
        """Give this panel and another one the same scale, so that lengths can be compared."""
        half = np.maximum(self.high - self.low, other.high - other.low) / 2
        for panel in (self, other):
            middle = (panel.low + panel.high) / 2
            panel._fit(middle - half, middle + half)

    def _fit(self, low: FloatArray, high: FloatArray) -> None:
        self.low, self.high = low, high
        self.aspect = float((high[0] - low[0]) / (high[1] - low[1]))

    def draw(self, axes: "Axes", frame: int) -> None:
        """Draw the skeleton, and a line that shows the scale."""
        axes.set(xlim=(self.low[0], self.high[0]), ylim=(self.low[1], self.high[1]))
        axes.set(xticks=[], yticks=[], aspect="equal")
        axes.set_facecolor(_PAPER)
        for spine in axes.spines.values():
            spine.set_visible(False)
        if self.sequence.unit == "m":
            self._draw_scale(axes)
        _draw_skeleton(axes, self.sequence.layout, self.view[frame], width=2.0)

    def _draw_scale(self, axes: "Axes") -> None:
        gap = 0.05 * (self.high[1] - self.low[1])
        start = self.low + gap
        ends = start + np.array([[0.0, 0.0], [_SCALE_M, 0.0]])
        draw_line(axes, ends, color=PALE, width=1.4)
        axes.text(
            float(start[0] + _SCALE_M / 2),
            float(start[1] + 0.4 * gap),
            f"{100 * _SCALE_M:g} cm",
            fontsize=5,
            color=DARK,
            ha="center",
            va="bottom",
        )


def make_panels(
    keypoints: PoseSequence,
    skeleton: PoseSequence,
    size_px: tuple[float, float] | None,
    images: Images,
    frames: Sequence[int],
) -> list[Panel]:
    """Make the panels of a person.

    There is one of the image if the keypoints are in one, and one of the side if the skeleton has
    depth.
    """
    panels: list[Panel] = []
    if keypoints.num_dimensions == 2:
        panels.append(ImagePanel(keypoints, size_px, images, frames))
    front = SkeletonPanel(skeleton, frames)
    panels.append(front)
    if skeleton.num_dimensions == 3:
        side = SkeletonPanel(skeleton, frames, side=True)
        front.share_scale(side)
        panels.append(side)
    return panels


def _draw_skeleton(axes: "Axes", layout: JointLayout, pose: FloatArray, *, width: float) -> None:
    colors = color_sides(layout)
    draw_edges(axes, layout, pose, color=colors, width=width)
    draw_joints(axes, layout, pose, color=colors, scale=0.25 * width**2)


def _find_bounds(points: FloatArray, margin: float) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper corner (2,) of points (T, V, 2), with a margin; never narrow."""
    there = points[np.isfinite(points).all(axis=2)].astype(np.float64)
    if not len(there):
        return np.zeros(2), np.ones(2)
    low, high = there.min(axis=0), there.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    half = np.maximum(half, _LEAST_ASPECT * half.max()) + margin * half.max() + 1e-6
    return middle - half, middle + half
