"""How many frames an output of a network sees, and how long it waits for them."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

from skelgraph.errors import DatasetError
from skelgraph.nn.frame_window import FrameWindow
from skelgraph.nn.masking import is_on_host


@dataclass(frozen=True)
class TemporalGeometry:
    """Numbers of input frames that tell how a network of convolutions over frames can stream.

    Args:
        receptive_field: Frames that an output is made of.
        delay_frames: Frames after the one that an output is about: it waits for them.
        warmup_frames: Frames of a clip up to the first output.
        stride: Frames from one output to the next.

    Example:
        >>> TemporalGeometry.of([FrameWindow(9), FrameWindow(9, stride=2)])
        TemporalGeometry(receptive_field=17, delay_frames=8, warmup_frames=9, stride=2)
    """

    receptive_field: int
    delay_frames: int
    warmup_frames: int
    stride: int

    @property
    def fewest_frames(self) -> int:
        """Frames without which a clip has no output: those of one, if nothing is padded."""
        return self.receptive_field if self.warmup_frames == self.receptive_field else 1

    def check_clips(self, frames: int, masks: Iterable[Tensor | None]) -> None:
        """Check that each clip has an output.

        Args:
            frames: Frames of the clips.
            masks: Masks ``(N, T, V)`` of all of them, where a clip of a batch may be shorter.

        Raises:
            DatasetError: If one is too short for windows without padding.
        """
        fewest = self.fewest_frames
        for mask in masks if fewest > 1 else ():
            if mask is not None and is_on_host(mask):
                seen = mask.any(dim=2).sum(dim=1)
                frames = min([frames, *seen[seen > 0].tolist()])
        if frames < fewest:
            raise DatasetError(
                f"expected clips of at least {fewest} frames, which a network without padding "
                f"(temporal valid) sees at once, but got one of {frames}; take longer clips or "
                f"crops, or temporal centered or causal"
            )

    @classmethod
    def of(cls, windows: Iterable[FrameWindow]) -> "TemporalGeometry":
        r"""Return the geometry of convolutions one after another.

        A convolution of windows of :math:`K_l` frames behind strides :math:`s_1 ... s_{l-1}` adds
        :math:`(K_l - 1) \prod_i s_i` frames to the receptive field.
        """
        field, delay, first, stride = 1, 0, 0, 1
        for window in windows:
            field += (window.size - 1) * stride
            delay += window.delay * stride
            first += window.first * stride
            stride *= window.stride
        return cls(field, delay, first + delay + 1, stride)
