"""Selection of frames: cropping, sampling, resampling in time."""

import torch
from torch import Tensor

from skelgraph.data import ClipT, ClipTransform


class RandomCrop(ClipTransform):
    """Keep a random window of a clip; a clip that is not longer than the window stays whole.

    Args:
        num_frames: Length of the window.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = _check_length(num_frames)

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


class CenterCrop(ClipTransform):
    """Keep the middle of a clip; a clip that is not longer than the window stays whole.

    Args:
        num_frames: Length of the window.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = _check_length(num_frames)

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


class ResampleFrames(ClipTransform):
    """Resample a clip in time to a number of frames, by linear interpolation.

    The first and the last frame stay; a single frame is the middle of the clip. Between two frames,
    a joint is missing if it is missing in either, and has the lower confidence of both. The frame
    rate changes so that the duration stays the same.

    Args:
        num_frames: Number of frames.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = _check_length(num_frames)

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
