"""The mean over frames and joints of what a network makes of a clip."""

from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from skelgraph.config import PoolingKind
from skelgraph.nn.masking import apply_mask, masked_mean


@dataclass(frozen=True)
class TemporalPooling:
    r"""The mean over present frames and joints: of all frames, of the last, or fading.

    ``"mean"`` is that of the paper. ``"window"`` has the last frames alone, and so follows someone
    whose emotion changes. ``"exponential"`` weighs a frame by :math:`2^{-a/h}`, with its age a and
    the half-life h. Frames are those of the features, after all strides; the last one is that of
    the array, so clips of a batch that are padded have to be pooled by the mean.

    Args:
        kind: Which frames count.
        frames: Frames of the window, or half-life in frames; None for the mean.

    Raises:
        ValueError: If the number of frames is none that the kind takes.

    Example:
        >>> x = torch.tensor([1.0, 2.0, 6.0]).view(1, 1, 3, 1)
        >>> [TemporalPooling(*one)(x, None).item() for one in (("mean",), ("window", 2))]
        [3.0, 4.0]
    """

    kind: PoolingKind = "mean"
    frames: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(PoolingKind):
            raise ValueError(
                f"expected a pooling of {get_args(PoolingKind)}, but got {self.kind!r}"
            )
        if (self.kind == "mean") != (self.frames is None):
            raise ValueError(
                "expected a number of frames of a window or a half-life, and none of the mean, "
                f"but got {self.frames} of {self.kind!r}"
            )
        if self.frames is not None and not self.frames > 0:
            raise ValueError(f"expected more than 0 frames, but got {self.frames}")
        if self.kind == "window" and self.frames != int(self.frames or 0):
            raise ValueError(f"expected a window of whole frames, but got {self.frames}")

    def __call__(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return the mean of each clip; zero where nothing is present.

        Shape:
            - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C)``
        """
        if self.frames is None:
            return masked_mean(x, mask)
        if self.kind == "window":
            W = int(self.frames)
            return masked_mean(x[:, :, -W:], None if mask is None else mask[:, -W:])
        N, _, T, V = x.shape
        ages = torch.arange(T - 1, -1, -1, device=x.device, dtype=x.dtype)
        weights = torch.exp2(-ages / self.frames).view(1, 1, T, 1)
        present = x.new_ones(N, T, V) if mask is None else mask.to(x.dtype)
        total = (present.unsqueeze(1) * weights).sum(dim=(2, 3))
        tiny = torch.finfo(x.dtype).tiny
        return (apply_mask(x, mask) * weights).sum(dim=(2, 3)) / total.clamp(min=tiny)
