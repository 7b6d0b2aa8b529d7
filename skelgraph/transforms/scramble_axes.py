"""The defect of a released data path, to measure what it costs."""

import torch
from torch.nn import functional as F
from torch_geometric.transforms import BaseTransform

from skelgraph.data import SkeletonData


class ScrambleAxes(BaseTransform):
    """Mixes frames, joints and coordinates as the released code of S-STGCN does.

    Its loader (``utils/dataloader.py`` of github.com/JiaqiShi/S-STGCN, since 2020-11-29) pads each
    array ``(T, V, C)`` with zeros to the longest clip and reads its memory as ``(C, T, V)``, where
    it should exchange the axes. Channel c thus holds the c-th part of the time, and neither frames
    nor joints are what they are called. Nothing is masked: what is missing or padded is a zero
    that speaks. Only for comparisons with results of that code.

    Args:
        num_frames: Frames that all clips are padded to.

    Raises:
        ValueError: If a clip is longer.
    """

    def __init__(self, num_frames: int) -> None:
        self.num_frames = num_frames

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The clip of ``num_frames`` frames with its axes scrambled."""
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
