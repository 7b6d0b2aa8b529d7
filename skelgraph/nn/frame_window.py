"""Which frames an output frame of a convolution over frames is made of."""

from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor
from torch.nn import functional as F

from skelgraph.config import Temporal


@dataclass(frozen=True)
class FrameWindow:
    """The frames that a convolution over frames sees, and which of them its output is about.

    ``"centered"`` windows reach half their size beyond the frame that they are about, into zeros at
    both ends of a clip, as in the paper. ``"causal"`` ones end with that frame, and only the past
    is zero. ``"valid"`` ones are centered, but none has a blank frame: one beyond the clip, or in
    which no joint is present. So outputs at the ends of a clip fall away, and frames that pad a
    clip of a batch change nothing.

    Args:
        size: Frames Kt of a window, odd.
        stride: Frames from one window to the next.
        temporal: Where it lies.

    Raises:
        ValueError: If the size is even, or there is no such place.

    Example:
        >>> window = FrameWindow(9, temporal="causal")
        >>> window.left, window.right, window.delay
        (8, 0, 0)
    """

    size: int
    stride: int = 1
    temporal: Temporal = "centered"

    def __post_init__(self) -> None:
        if self.size % 2 == 0:
            raise ValueError(f"expected an odd temporal kernel size, but got {self.size}")
        if self.temporal not in get_args(Temporal):
            raise ValueError(
                f"expected temporal to be one of {get_args(Temporal)}, but got {self.temporal!r}"
            )

    @property
    def left(self) -> int:
        """Frames of zeros before a clip."""
        if self.temporal == "valid":
            return 0
        return self.size - 1 if self.temporal == "causal" else self.size // 2

    @property
    def right(self) -> int:
        """Frames of zeros after a clip."""
        return self.size // 2 if self.temporal == "centered" else 0

    @property
    def delay(self) -> int:
        """Frames of a window after the one that it is about."""
        return 0 if self.temporal == "causal" else self.size // 2

    @property
    def first(self) -> int:
        """Number of the frame that the first output is about."""
        return self.size // 2 if self.temporal == "valid" else 0

    def pad(self, rows: Tensor) -> Tensor:
        """Add the zeros at both ends to features whose last axes are frames and channels."""
        return F.pad(rows, (0, 0, self.left, self.right)) if self.left or self.right else rows

    def check_length(self, frames: int) -> None:
        """Check that a window fits into a clip.

        Raises:
            ValueError: If it is valid and the clip is shorter.
        """
        if self.temporal == "valid" and frames < self.size:
            raise ValueError(
                f"expected at least {self.size} frames, which a convolution without padding sees, "
                f"but got {frames}"
            )

    def take_middle(self, x: Tensor) -> Tensor:
        """Return the frames (N, C, T, V) that outputs of stride 1 are about."""
        return x[:, :, self.first : x.size(2) - self.first] if self.first else x

    def carry(self, mask: Tensor | None) -> Tensor | None:
        """Return the mask of the outputs: that of the frames that they are about.

        Shape:
            - mask ``(N, T, V)``, output ``(N, T_out, V)``
        """
        if mask is None:
            return None
        if self.temporal == "valid" and self.size > 1:
            seen = mask.any(dim=2, keepdim=True).unfold(1, self.size, 1).all(dim=3)
            mask = mask[:, self.first : mask.size(1) - self.first] & seen
        if self.stride == 1:
            return mask
        strided = mask[:, :: self.stride]
        return strided.contiguous() if torch.compiler.is_exporting() else strided
