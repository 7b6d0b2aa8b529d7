"""The common base of ST-GCN and S-STGCN: blocks, a masked mean, a linear classifier."""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from skelgraph.layouts import JointLayout
from skelgraph.models.clip_network import ClipNetwork
from skelgraph.models.inference_network import InferenceNetwork
from skelgraph.nn import (
    JointBatchNorm,
    MaskedBatchNorm,
    SpatialTemporalBlock,
    apply_mask,
    masked_mean,
)

DOWNSAMPLING_BLOCKS = (4, 7)
"""Numbers of the blocks with stride 2: the fifth and the eighth of ten."""

MakeSpatial = Callable[[int, int, Tensor], nn.Module]
"""Creates the spatial layer of a block from its channels in and out and the adjacency."""


class SpatialTemporalNetwork(ClipNetwork):
    """A stack of spatial-temporal blocks, the mean over frames and joints, and a classifier.

    The base of :class:`~skelgraph.models.STGCN` and :class:`~skelgraph.models.SSTGCN`, which choose
    the spatial layer. As in both papers' code, the first block has no residual, and the fifth and
    the eighth halve the number of frames. Masked entries influence neither the logits of any clip
    in the batch nor the statistics of a training step.

    Args:
        in_channels: Channels C of each joint.
        num_classes: Number of classes.
        layout: Skeleton of the input, with V joints.
        make_spatial: Creates the spatial layer of a block.
        adjacency: Partition of the skeleton's edges, (K, V, V).
        channels: Channels of the blocks.
        kernel_size: Frames Kt of the temporal convolutions.
        dropout: Dropout at the end of each block.
        drops_in_first: Whether the first block has dropout, too.
        input_norm: Whether to batch-normalize each coordinate of each joint first.
        downsampling_blocks: Numbers of the blocks that halve the number of frames.

    Shape:
        - x ``(N, C, T, V)`` or, with persons, ``(N, C, T, V, M)``
        - mask ``(N, T, V)`` or ``(N, T, V, M)``, True where a joint is present, or None if all are
        - output ``(N, num_classes)``, logits
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        layout: JointLayout,
        *,
        make_spatial: MakeSpatial,
        adjacency: Tensor,
        channels: Sequence[int],
        kernel_size: int,
        dropout: float,
        drops_in_first: bool,
        input_norm: bool,
        downsampling_blocks: Collection[int] = DOWNSAMPLING_BLOCKS,
    ) -> None:
        super().__init__(in_channels, num_classes, layout, embedding_channels=channels[-1])
        norm = JointBatchNorm(in_channels, layout.num_joints) if input_norm else None
        self.input_norm: JointBatchNorm | MaskedBatchNorm | None = norm
        self.blocks = nn.ModuleList(
            SpatialTemporalBlock(
                make_spatial(block_in, block_out, adjacency),
                block_in,
                block_out,
                stride=2 if number in downsampling_blocks else 1,
                kernel_size=kernel_size,
                dropout=dropout if number > 0 or drops_in_first else 0.0,
                residual=number > 0,
            )
            for number, (block_in, block_out) in enumerate(pairwise((in_channels, *channels)))
        )

    def reset_parameters(self) -> None:
        """Reset all learnable parameters."""
        for module in self.modules():
            if module is not self and callable(reset := getattr(module, "reset_parameters", None)):
                reset()

    def optimize_for_inference(self, dtype: torch.dtype = torch.float32) -> ClipNetwork:
        """Return a faster copy for inference, with all constants folded into the weights.

        Its logits are those of this network in evaluation mode, up to rounding. Other spatial
        layers than ours run unchanged; so does the whole network if a subclass changes its blocks
        or how it embeds clips.

        Args:
            dtype: Type in which its blocks compute: ``torch.bfloat16`` is even faster if the
                processor supports it, and rounds to three digits. A network that runs unchanged
                keeps its own type.

        Example:
            >>> from skelgraph.models import SSTGCN
            >>> SSTGCN().optimize_for_inference()(torch.zeros(2, 3, 20, 10)).shape
            torch.Size([2, 4])
        """
        changed = any(
            getattr(type(self), name) is not getattr(SpatialTemporalNetwork, name)
            for name in ("forward", "embed", "_embed_clips")
        )
        if changed or any(type(block) is not SpatialTemporalBlock for block in self.blocks):
            return super().optimize_for_inference()
        return InferenceNetwork(self, dtype)

    def _embed_clips(self, x: Tensor, mask: Tensor | None) -> Tensor:
        x = self._normalize_input(x, mask)
        for block in self.blocks:
            x, mask = block(x, mask)
        return masked_mean(x, mask)

    def _normalize_input(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return what the blocks take, zero where it is masked."""
        x = apply_mask(x, mask)
        return x if self.input_norm is None else apply_mask(self.input_norm(x, mask), mask)
