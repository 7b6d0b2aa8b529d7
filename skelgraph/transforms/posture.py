"""Input streams with posture: joints beside the tilts, heights and distances of the whole body."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skelgraph.data import ClipT, ClipTransform, check_layout
from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.movement import differentiate, list_posture_scalars, locate_points, measure_posture
from skelgraph.poses import hold_positions
from skelgraph.typing import FloatArray

_RATE = 15.0
"""Frames per second of the streams of motion: what is faster is noise there."""


class _WithPosture(ClipTransform):
    """A transform that gives every joint the posture of the whole body as well.

    Args:
        layout: The clips' layout, or its name in the catalogue.
    """

    def __init__(self, layout: JointLayout | str) -> None:
        self.layout = resolve_layout(layout)

    def _measure(self, data: Any) -> tuple[FloatArray, FloatArray]:
        """Return positions (T, V, C), NaN where missing, and posture scalars (T, K)."""
        check_layout(data, self.layout)
        positions = data.positions.double().cpu().numpy().copy()
        positions[~data.present.cpu().numpy()] = np.nan
        points = locate_points(positions, self.layout)
        if not points:  # a window without any joint
            size = len(list_posture_scalars(positions.shape[2]))
            return positions, np.zeros((len(positions), size))
        return positions, np.nan_to_num(measure_posture(points, positions.shape[2]))


class ToPosture(_WithPosture):
    """Append the posture scalars of the frame to the position of each joint.

    The scalars are those of :func:`skelgraph.movement.list_posture_scalars`, so that a clip in
    space gets 3 + 17 channels and one in an image 2 + 12.

    Raises:
        PoseError: If the layout has no trunk, head or hands.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with more channels."""
        _, posture = self._measure(data)
        scalars = _repeat(posture, data.positions)
        return data.with_positions(torch.cat([data.positions, scalars], dim=2), data.present)


class ToPostureMotion(_WithPosture):
    """Replace each joint by its velocity, its speed, and the velocities of the posture scalars.

    A clip in space gets 3 + 1 + 17 channels, one in an image 2 + 1 + 12. Derivatives are those of
    local cubic polynomials over 0.3 s. A clip of 30 frames/s keeps every second frame.

    Raises:
        PoseError: If the layout has no trunk, head or hands.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the motion of the clip."""
        positions, posture = self._measure(data)
        velocity = differentiate(np.nan_to_num(hold_positions(positions)), data.fps)
        speed = np.linalg.norm(velocity, axis=2, keepdims=True)
        motion = torch.from_numpy(np.concatenate([velocity, speed], axis=2)).to(data.positions)
        scalars = _repeat(differentiate(posture, data.fps), data.positions)
        channels = torch.cat([motion, scalars], dim=2) * data.present[:, :, None]
        step = max(round(data.fps / _RATE), 1)
        scores = None if data.scores is None else data.scores[::step]
        fps = data.fps / step
        return data.with_positions(channels[::step], data.present[::step], scores, fps=fps)


def count_posture_channels(num_dimensions: int, *, motion: bool) -> int:
    """Return the channels of a joint after :class:`ToPosture` or :class:`ToPostureMotion`.

    Example:
        >>> count_posture_channels(3, motion=False), count_posture_channels(2, motion=True)
        (20, 15)
    """
    return num_dimensions + motion + len(list_posture_scalars(num_dimensions))


def _repeat(scalars: FloatArray, positions: Tensor) -> Tensor:
    """Return scalars (T, K) for every joint, (T, V, K)."""
    return torch.from_numpy(scalars).to(positions)[:, None].expand(-1, positions.shape[1], -1)
