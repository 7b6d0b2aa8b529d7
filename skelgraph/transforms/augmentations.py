"""Augmentation: random changes of a motion, the choice of frames, and chains of transforms."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skelgraph.data import ClipT, ClipTransform, check_layout
from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.typing import FloatArray


class Compose(ClipTransform):
    """Apply several transforms one after another.

    PyG's ``Compose`` does the same, but loads PyG.

    Args:
        transforms: The transforms, in their order.
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = tuple(transforms)

    def forward(self, data: ClipT) -> ClipT:
        """Return the transformed clip."""
        for transform in self.transforms:
            data = transform(data)
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.transforms)})"


class Mirror(ClipTransform):
    """Exchange left and right at random: change the sign of x, and swap the joints of each pair.

    Clips must be relative to a root joint, with x as their lateral axis. Joints and bones can both
    be mirrored.

    Args:
        layout: The clips' layout, or its name in the catalogue.
        p: Probability of mirroring a clip.

    Raises:
        LayoutError: If a clip is of another layout.
    """

    def __init__(self, layout: JointLayout | str, p: float = 0.5) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"expected a probability from 0 to 1, but got {p}")
        self.layout = resolve_layout(layout)
        self.p = p
        self._swap = torch.as_tensor(self.layout.mirror)

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip, mirrored or unchanged."""
        check_layout(data, self.layout)
        if float(torch.rand(())) >= self.p:
            return data
        swap = self._swap.to(data.positions.device)
        x = data.positions[:, swap]
        x[..., 0] = -x[..., 0]
        scores = data.scores
        return data.with_positions(
            x, data.present[:, swap], None if scores is None else scores[:, swap]
        )


class RandomRotation(ClipTransform):
    """Rotate a whole clip about the origin by random angles.

    A clip with three coordinates, of which y points up, is tilted about x and z and then turned
    about y. A clip with two coordinates is only tilted in its plane, since the third is unknown.

    Args:
        degrees: Largest turn about the vertical, in either direction.
        tilt_degrees: Largest tilt, in either direction.
    """

    def __init__(self, degrees: float, tilt_degrees: float = 0.0) -> None:
        if degrees < 0 or tilt_degrees < 0:
            raise ValueError(
                f"expected angles of 0 or more, but got {degrees} and {tilt_degrees} degrees"
            )
        self.degrees = degrees
        self.tilt_degrees = tilt_degrees

    def forward(self, data: ClipT) -> ClipT:
        """Return the rotated clip."""
        largest = torch.tensor([self.tilt_degrees, self.degrees, self.tilt_degrees])
        x, y, z = ((2 * torch.rand(3) - 1) * largest * (math.pi / 180)).tolist()
        if data.positions.shape[2] == 2:
            rotation = _rotation_about(2, z)[:2, :2]
        else:
            rotation = _rotation_about(1, y) @ _rotation_about(0, x) @ _rotation_about(2, z)
        turned = data.positions @ torch.from_numpy(rotation.T).to(data.positions)
        return data.with_positions(turned, data.present)


class RandomScale(ClipTransform):
    """Multiply a whole clip by one random factor.

    Args:
        scales: Smallest and largest factor.
    """

    def __init__(self, scales: tuple[float, float]) -> None:
        smallest, largest = scales
        if not 0 < smallest <= largest:
            raise ValueError(f"expected a smallest and a largest positive factor, but got {scales}")
        self.scales = scales

    def forward(self, data: ClipT) -> ClipT:
        """Return the scaled clip."""
        smallest, largest = self.scales
        factor = smallest + (largest - smallest) * float(torch.rand(()))
        return data.with_positions(data.positions * factor, data.present)


class JitterJoints(ClipTransform):
    """Add independent normal noise to each coordinate of each joint that is there.

    Args:
        std: Standard deviation, in the unit of the clip.
    """

    def __init__(self, std: float) -> None:
        if std < 0:
            raise ValueError(f"expected a standard deviation of 0 or more, but got {std}")
        self.std = std

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip with noise."""
        noise = self.std * torch.randn(data.positions.shape)
        return data.with_positions(data.positions + noise.to(data.positions), data.present)


def _rotation_about(axis: int, angle: float) -> FloatArray:
    """Return the matrix (3, 3) of a right-handed rotation about an axis by an angle in radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = cos
    matrix[first, second], matrix[second, first] = -sin, sin
    return matrix


class _ToLength(ClipTransform):
    """A transform to a number of frames."""

    def __init__(self, num_frames: int) -> None:
        self.num_frames = _check_length(num_frames)


class RandomCrop(_ToLength):
    """Keep a random window of a clip; a clip that is not longer than the window stays whole.

    Args:
        num_frames: Length of the window.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the window."""
        T = data.num_frames
        length = min(self.num_frames, T)
        return _keep_window(data, length, torch.rand(()))


class RandomPortion(ClipTransform):
    """Keep a random window whose length is a random share of a clip's, as in CTR-GCN.

    Args:
        shares: Smallest and largest share, above 0 and up to 1.
        min_frames: Minimum length of the window; a shorter clip stays whole.
    """

    def __init__(self, shares: tuple[float, float] = (0.5, 1.0), min_frames: int = 1) -> None:
        if not 0 < shares[0] <= shares[1] <= 1:
            raise ValueError(
                f"expected a smallest and a largest share above 0 and up to 1, but got {shares}"
            )
        self.shares = shares
        self.min_frames = _check_length(min_frames)

    def forward(self, data: ClipT) -> ClipT:
        """Return the window."""
        T = data.num_frames
        smallest, largest = self.shares
        share = smallest + (largest - smallest) * float(torch.rand(()))
        length = min(max(round(share * T), self.min_frames, 1), T)
        return _keep_window(data, length, torch.rand(()))


class CenterCrop(_ToLength):
    """Keep the middle of a clip; a clip that is not longer than the window stays whole.

    Args:
        num_frames: Length of the window.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the window."""
        T = data.num_frames
        length = min(self.num_frames, T)
        first = (T - length) // 2
        return _keep_frames(data, torch.arange(first, first + length))


class UniformSample(ClipTransform):
    """Divide a clip into segments of equal length and keep one frame of each, as in PYSKL.

    A clip with fewer frames than segments is repeated, starting at a random frame. The frame rate
    becomes that of the segments.

    Args:
        num_frames: Number of segments.
        is_random: Whether frames are drawn at random; otherwise the middle frame of each segment is
            kept, and a short clip is repeated from its first frame on.
    """

    def __init__(self, num_frames: int, is_random: bool = True) -> None:
        self.num_frames = _check_length(num_frames)
        self.is_random = is_random

    def forward(self, data: ClipT) -> ClipT:
        """Return the selected frames."""
        T = data.num_frames
        if self.num_frames > T:
            first = int(torch.rand(()) * T) if self.is_random else 0
            return _keep_frames(data, (first + torch.arange(self.num_frames)) % T)
        edges = torch.arange(self.num_frames + 1) * T // self.num_frames
        length = edges.diff()
        share = torch.rand(self.num_frames) if self.is_random else torch.tensor(0.5)
        # float32 times a length may round up to the length itself
        frames = edges[:-1] + torch.minimum((share * length).long(), length - 1)
        return _keep_frames(data, frames, fps=data.fps * self.num_frames / T)


class ResampleFrames(_ToLength):
    """Resample a clip in time to a number of frames, by linear interpolation.

    The first and the last frame stay; a single frame is the middle of the clip. Between two frames,
    a joint is missing if it is missing in either, and has the lower confidence of both. The frame
    rate changes so that the duration stays the same.

    Args:
        num_frames: Number of frames.
    """

    def forward(self, data: ClipT) -> ClipT:
        """Return the clip at the new number of frames."""
        last = data.num_frames - 1
        fps = data.fps * (self.num_frames - 1) / last if self.num_frames > 1 and last else data.fps
        steps = torch.arange(self.num_frames, dtype=torch.float64)
        time = steps * last / (self.num_frames - 1) if self.num_frames > 1 else steps + last / 2
        before = time.floor().long()
        after = time.ceil().long()
        share = (time - before).to(data.positions)[:, None, None]
        x, present = data.positions, data.present
        between = x[before] + share * (x[after] - x[before])
        scores = data.scores
        if scores is not None:
            scores = torch.minimum(scores[before], scores[after])
        return data.with_positions(between, present[before] & present[after], scores, fps=fps)


def _check_length(num_frames: int) -> int:
    if num_frames < 1:
        raise ValueError(f"expected a number of frames of 1 or more, but got {num_frames}")
    return num_frames


def _keep_window(data: ClipT, length: int, place: Tensor) -> ClipT:
    """Return the window of a length that starts at a place from 0 (first) to 1 (last)."""
    choices = data.num_frames - length + 1
    first = min(int(place * choices), choices - 1)
    return _keep_frames(data, torch.arange(first, first + length))


def _keep_frames(data: ClipT, frames: Tensor, fps: float | None = None) -> ClipT:
    frames = frames.to(data.positions.device)
    scores = data.scores
    kept = None if scores is None else scores[frames]
    return data.with_positions(data.positions[frames], data.present[frames], kept, fps=fps)
