"""The input streams of a network: bones, motion, confidence, and a defect of released code."""

import torch
from torch import Tensor
from torch.nn import functional as F

from skelgraph.data import ClipT, ClipTransform, check_layout
from skelgraph.layouts import JointLayout, identify_joints, resolve_layout


class JointToBone(ClipTransform):
    """Replace each joint by the vector from its parent joint to it.

    The center joint has no parent and gets the zero vector. A bone is missing if either of its ends
    is, and has the lower confidence of both. Shi et al., Sensors 2021, 21, 205, section 4.2.

    Args:
        layout: The clips' layout, or its name in the catalogue.

    Raises:
        LayoutError: If a clip is of another layout.
    """

    def __init__(self, layout: JointLayout | str) -> None:
        self.layout = resolve_layout(layout)
        self._parents = torch.as_tensor(self.layout.parents)

    def forward(self, data: ClipT) -> ClipT:
        """Return the bones of the clip."""
        check_layout(data, self.layout)
        x, present = data.positions, data.present
        parents = self._parents.to(x.device)
        scores = data.scores
        if scores is not None:
            scores = torch.minimum(scores, scores[:, parents])
        return data.with_positions(x - x[:, parents], present & present[:, parents], scores)


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


class AppendConfidence(ClipTransform):
    """Append each joint's confidence, at most 1, to its coordinates; 0 where it is missing.

    It comes after all transforms that turn, scale or mirror coordinates. The resulting clip has no
    confidence of its own.

    Raises:
        ValueError: If a clip has no confidence.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with one more channel."""
        scores = data.scores
        if scores is None:
            raise ValueError(f"clip {data.name!r}: expected confidences, but it has none")
        channel = scores.clamp(max=1).to(data.positions)[:, :, None]
        positions = torch.cat([data.positions, channel], dim=2)
        return data.without_scores().with_positions(positions, data.present)


class AppendIdentity(ClipTransform):
    """Append what each joint is to its numbers: distance to the center, side, region of the body.

    The numbers are those of :func:`skelgraph.layouts.identify_joints`, 0 where the joint is
    missing. A network of any skeleton, in which no weight belongs to a joint, tells joints by them.

    Args:
        layout: The clips' layout, or its name in the catalogue.

    Raises:
        LayoutError: If a clip is of another layout.
    """

    def __init__(self, layout: JointLayout | str) -> None:
        self.layout = resolve_layout(layout)
        self._identity = torch.from_numpy(identify_joints(self.layout))

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with more channels."""
        check_layout(data, self.layout)
        identity = self._identity.to(data.positions)[None].expand(data.num_frames, -1, -1)
        return data.with_positions(torch.cat([data.positions, identity], dim=2), data.present)


class ScrambleAxes(ClipTransform):
    """Mix up frames, joints and coordinates as the released code of S-STGCN does.

    Its loader (``utils/dataloader.py`` of github.com/JiaqiShi/S-STGCN, since 2020-11-29) pads each
    array ``(T, V, C)`` with zeros to the longest clip and reads its memory as ``(C, T, V)`` instead
    of permuting the axes. Channel c thus holds the c-th part of the time, and the frame and joint
    axes hold a mixture of everything. Nothing is masked: missing and padded entries are zeros that
    influence the result. Use it only for comparisons with results of that code.

    Args:
        num_frames: Number of frames to which all clips are padded.

    Raises:
        ValueError: If a clip is longer.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = num_frames

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with ``num_frames`` frames and scrambled axes."""
        T, V, C = data.positions.shape
        if self.num_frames < T:
            raise ValueError(
                f"clip {data.name!r}: expected at most {self.num_frames} frames, to which clips "
                f"with scrambled axes are padded, but got {T}"
            )
        padded = F.pad(data.positions, (0, 0, 0, 0, 0, self.num_frames - T))
        scrambled = padded.reshape(C, self.num_frames, V).permute(1, 2, 0)
        everything = torch.ones(self.num_frames, V, dtype=torch.bool, device=padded.device)
        return data.with_positions(scrambled, everything)
