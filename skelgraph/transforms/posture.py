"""Input streams with posture: joints beside the tilts, heights and distances of the whole body."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skelgraph.data import ClipT, ClipTransform, check_layout
from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.movement import (
    encode_posture,
    encode_posture_motion,
    find_motion_step,
    list_posture_scalars,
)
from skelgraph.typing import FloatArray


class _WithPosture(ClipTransform):
    """A transform that gives every joint the posture of the whole body as well.

    Args:
        layout: The clips' layout, or its name in the catalogue.
    """

    def __init__(self, layout: JointLayout | str) -> None:
        self.layout = resolve_layout(layout)

    def _read_positions(self, data: Any) -> FloatArray:
        """Return positions (T, V, C), NaN where missing."""
        check_layout(data, self.layout)
        positions = data.positions.double().cpu().numpy().copy()
        positions[~data.present.cpu().numpy()] = np.nan
        return np.asarray(positions)


class ToPosture(_WithPosture):
    """Append the posture scalars of the frame to the position of each joint.

    The scalars are those of :func:`skelgraph.movement.list_posture_scalars`, so that a clip in
    space gets 3 + 17 channels and one in an image 2 + 12.

    Raises:
        PoseError: If the layout has no trunk, head or hands.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with more channels."""
        scalars = _repeat(encode_posture(self._read_positions(data), self.layout), data.positions)
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
        positions = self._read_positions(data)
        joints, posture = encode_posture_motion(positions, self.layout, data.fps)
        motion = torch.from_numpy(joints).to(data.positions)
        channels = torch.cat([motion, _repeat(posture, data.positions)], dim=2)
        channels = channels * data.present[:, :, None]
        step = find_motion_step(data.fps)
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
