"""Choosing the frames of a clip: cropping, sampling, resampling in time."""

import torch
from torch import Tensor
from torch_geometric.transforms import BaseTransform

from skelgraph.data import SkeletonData


class RandomCrop(BaseTransform):
    """Keeps a random window of a clip; a clip that is not longer than it stays whole.

    Args:
        num_frames: Length of the window.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = _check_length(num_frames)

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The window."""
        T = int(data.num_frames)
        length = min(self.num_frames, T)
        return _keep_window(data, length, torch.rand(()))


class RandomPortion(BaseTransform):
    """Keeps a random window whose length is a random share of a clip's, after CTR-GCN.

    Args:
        shares: Smallest and largest share, above 0 and up to 1.
        min_frames: The window is no shorter, unless the clip is.
    """

    def __init__(self, shares: tuple[float, float] = (0.5, 1.0), min_frames: int = 1) -> None:
        if not 0 < shares[0] <= shares[1] <= 1:
            raise ValueError(
                f"expected a smallest and a largest share above 0 and up to 1, but got {shares}"
            )
        self.shares = shares
        self.min_frames = _check_length(min_frames)

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The window."""
        T = int(data.num_frames)
        smallest, largest = self.shares
        share = smallest + (largest - smallest) * float(torch.rand(()))
        length = min(max(round(share * T), self.min_frames, 1), T)
        return _keep_window(data, length, torch.rand(()))


class CenterCrop(BaseTransform):
    """Keeps the middle of a clip; a clip that is not longer stays whole.

    Args:
        num_frames: Length of the window.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = _check_length(num_frames)

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The window."""
        T = int(data.num_frames)
        length = min(self.num_frames, T)
        first = (T - length) // 2
        return _keep_frames(data, torch.arange(first, first + length))


class UniformSample(BaseTransform):
    """Divides a clip into segments of equal length and keeps one frame of each, as PYSKL does.

    A clip with fewer frames than segments is repeated from a random frame on. The frame rate
    becomes that of the segments.

    Args:
        num_frames: Number of segments.
        is_random: Whether frames are drawn; otherwise they are the middle ones of the segments, and
            a short clip is repeated from its first frame on.
    """

    def __init__(self, num_frames: int, is_random: bool = True) -> None:
        self.num_frames = _check_length(num_frames)
        self.is_random = is_random

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The frames kept."""
        T = int(data.num_frames)
        if self.num_frames > T:
            first = int(torch.rand(()) * T) if self.is_random else 0
            return _keep_frames(data, (first + torch.arange(self.num_frames)) % T)
        edges = torch.arange(self.num_frames + 1) * T // self.num_frames
        length = edges.diff()
        share = torch.rand(self.num_frames) if self.is_random else torch.tensor(0.5)
        # float32 times a length may round up to the length itself
        frames = edges[:-1] + torch.minimum((share * length).long(), length - 1)
        return _keep_frames(data, frames, fps=data.fps * self.num_frames / T)


class ResampleFrames(BaseTransform):
    """Resamples a clip in time to a number of frames, by linear interpolation.

    The first and the last frame stay; one frame is the middle of the clip. A joint is missing
    between two frames where it is missing in either, and has the lesser confidence of both. The
    frame rate changes so that the clip lasts as long as it did.

    Args:
        num_frames: Number of frames.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = _check_length(num_frames)

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The clip at the new number of frames."""
        last = int(data.num_frames) - 1
        fps = data.fps * (self.num_frames - 1) / last if self.num_frames > 1 and last else data.fps
        steps = torch.arange(self.num_frames, dtype=torch.float64)
        time = steps * last / (self.num_frames - 1) if self.num_frames > 1 else steps + last / 2
        before = time.floor().long()
        after = time.ceil().long()
        share = (time - before).to(data.x)[:, None, None]
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


def _keep_window(data: SkeletonData, length: int, place: Tensor) -> SkeletonData:
    """The window of a length that begins at a place from 0 (the earliest) to 1 (the latest)."""
    choices = int(data.num_frames) - length + 1
    first = min(int(place * choices), choices - 1)
    return _keep_frames(data, torch.arange(first, first + length))


def _keep_frames(data: SkeletonData, frames: Tensor, fps: float | None = None) -> SkeletonData:
    frames = frames.to(data.x.device)
    scores = data.scores
    kept = None if scores is None else scores[frames]
    return data.with_positions(data.positions[frames], data.present[frames], kept, fps=fps)
