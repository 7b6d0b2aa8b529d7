"""The padded tensors that dense models take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from skelgraph.data.motion_clip import MotionClip
from skelgraph.errors import DatasetError

if TYPE_CHECKING:
    from skelgraph.data.skeleton_data import SkeletonData


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseBatch:
    """Clips of one layout, padded at the end to the longest.

    Args:
        x: (N, C, T, V) coordinates; 0 where a joint is missing and in the padding.
        mask: (N, T, V) bool, False there; None if nothing is missing and nothing is padded, so that
            a model needs no masking passes.
        y: (N,) number of each clip's class; None if the classes are not known.

    Example:
        >>> import numpy as np
        >>> from skelgraph.layouts import UPPER10
        >>> from skelgraph.poses import PoseSequence
        >>> clips = [
        ...     MotionClip.from_sequence(
        ...         PoseSequence(positions=np.ones((T, 10, 3)), layout=UPPER10, fps=30.0), y=0
        ...     )
        ...     for T in (4, 7)
        ... ]
        >>> batch = DenseBatch.from_clips(clips)
        >>> batch.x.shape, batch.mask.sum(dim=(1, 2)), batch.y
        (torch.Size([2, 3, 7, 10]), tensor([40, 70]), tensor([0, 0]))
        >>> DenseBatch.from_clips(clips[:1]).mask is None
        True
    """

    x: Tensor
    mask: Tensor | None = None
    y: Tensor | None = None

    @classmethod
    def from_clips(cls, clips: Sequence[MotionClip]) -> "DenseBatch":
        """Batch clips.

        Args:
            clips: At least one clip; all of one layout.

        Raises:
            DatasetError: If the clips have different layouts.
        """
        _check_layouts({clip.layout for clip in clips})
        x, mask = _pad([clip.positions for clip in clips], [clip.present for clip in clips])
        numbers = [clip.y for clip in clips if clip.y is not None]
        return cls(
            x=x,
            mask=None if bool(mask.all()) else mask,
            y=torch.tensor(numbers) if len(numbers) == len(clips) else None,
        )

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "DenseBatch":
        """Return the batch on a device."""
        mask, y = self.mask, self.y
        return DenseBatch(
            x=self.x.to(device, non_blocking=non_blocking),
            mask=None if mask is None else mask.to(device, non_blocking=non_blocking),
            y=None if y is None else y.to(device, non_blocking=non_blocking),
        )

    def pin_memory(self) -> "DenseBatch":
        """Return the batch in pinned memory, as loaders ask for it with ``pin_memory=True``."""
        return DenseBatch(
            x=self.x.pin_memory(),
            mask=None if self.mask is None else self.mask.pin_memory(),
            y=None if self.y is None else self.y.pin_memory(),
        )

    def __len__(self) -> int:
        return len(self.x)


def to_dense(batch: "SkeletonData") -> tuple[Tensor, Tensor]:
    """Return the coordinates and the mask of a batch of graphs, padded to the longest clip.

    Args:
        batch: A PyG ``Batch`` of clips of one layout, or one clip (N = 1).

    Returns:
        ``x`` (N, C, T, V), 0 where a joint is missing and in the padding, and ``mask`` (N, T, V)
        bool, False there.

    Raises:
        DatasetError: If the clips have different layouts.

    Example:
        >>> import numpy as np
        >>> from torch_geometric.data import Batch
        >>> from skelgraph.data import SkeletonData
        >>> from skelgraph.layouts import UPPER10
        >>> from skelgraph.poses import PoseSequence
        >>> clips = [
        ...     SkeletonData.nodes_from_sequence(
        ...         PoseSequence(positions=np.ones((T, 10, 3)), layout=UPPER10, fps=30.0)
        ...     )
        ...     for T in (4, 7)
        ... ]
        >>> x, mask = to_dense(Batch.from_data_list(clips))
        >>> x.shape, mask.shape, mask.sum(dim=(1, 2))
        (torch.Size([2, 3, 7, 10]), torch.Size([2, 7, 10]), tensor([40, 70]))
    """
    _check_layouts({batch.layout} if isinstance(batch.layout, str) else set(batch.layout))
    V, C = batch.num_joints, batch.x.shape[1]
    lengths = torch.as_tensor(batch.num_frames).view(-1).tolist()
    return _pad(batch.x.view(-1, V, C).split(lengths), batch.mask.view(-1, V).split(lengths))


def _check_layouts(layouts: set[str]) -> None:
    if len(layouts) != 1:
        raise DatasetError(
            f"expected a batch of clips of one layout, but got {', '.join(sorted(layouts))}: "
            f"convert them to one layout first"
        )


def _pad(positions: Sequence[Tensor], present: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return x (N, C, T, V) and mask (N, T, V) of clips (T, V, C) and (T, V)."""
    x = pad_sequence(list(positions), batch_first=True)  # (N, T, V, C)
    return x.permute(0, 3, 1, 2).contiguous(), pad_sequence(list(present), batch_first=True)
