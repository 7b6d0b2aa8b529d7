"""The streams that describe how joints or bones move."""

import torch
from torch import Tensor

from skelgraph.data import ClipT, ClipTransform


class ToMotion(ClipTransform):
    """Replace each joint by its velocity, in units of length per second.

    The velocity is the difference to the next frame, times the frame rate. It is there if the joint
    is there in both frames, and thus missing in the last one. After :class:`JointToBone` it is the
    motion of bones. The motion streams of Shi et al., IEEE TIP 2020 (arXiv 1912.06971) use
    differences per frame instead.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the motion of the clip."""
        x, present = data.positions, data.present
        motion, is_there = torch.zeros_like(x), torch.zeros_like(present)
        motion[:-1] = (x[1:] - x[:-1]) * data.fps
        is_there[:-1] = present[1:] & present[:-1]
        return data.with_positions(motion, is_there)


class ToSpeed(ClipTransform):
    """Replace each joint by its speed and acceleration, two channels that no rotation changes.

    They are the length of the velocity, (x[t+1] - x[t-1]) / 2 times the frame rate, and of the
    acceleration, x[t+1] - 2 x[t] + x[t-1] times the square of the frame rate, in units of length
    per second and per second squared. Both are there if the joint is there in all three frames, and
    thus missing in the first and in the last one.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the speeds and accelerations of the clip, ``C = 2``."""
        x, present = data.positions, data.present
        magnitudes = x.new_zeros(*present.shape, 2)
        is_there = torch.zeros_like(present)
        before, now, after = x[:-2], x[1:-1], x[2:]
        magnitudes[1:-1, :, 0] = _length((after - before) * (data.fps / 2))
        magnitudes[1:-1, :, 1] = _length((after - 2 * now + before) * data.fps**2)
        is_there[1:-1] = present[:-2] & present[1:-1] & present[2:]
        return data.with_positions(magnitudes, is_there)


def _length(vectors: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return length
