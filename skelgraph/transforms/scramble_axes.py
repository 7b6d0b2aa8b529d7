"""A defect of the released data loading, to measure its effect."""

import torch
from torch.nn import functional as F

from skelgraph.data import ClipT, ClipTransform


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
