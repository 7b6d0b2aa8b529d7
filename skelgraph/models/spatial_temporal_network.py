"""What ST-GCN and S-STGCN share: a stack of blocks, a masked pool, a linear classifier."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from skelgraph.layouts import JointLayout
from skelgraph.nn import JointBatchNorm, SpatialTemporalBlock, apply_mask, masked_mean

DOWNSAMPLING_BLOCKS = (4, 7)
"""Numbers of the blocks with stride 2 where there are ten: the fifth and the eighth."""

MakeSpatial = Callable[[int, int, Tensor], nn.Module]
"""Makes a block's spatial layer from its channels in and out and the adjacency."""


class SpatialTemporalNetwork(nn.Module):
    """A stack of spatial-temporal blocks, the mean over frames and joints, and a classifier.

    The base of :class:`~skelgraph.models.STGCN` and :class:`~skelgraph.models.SSTGCN`, which choose
    the spatial layer. As in both papers' code the first block has no residual, and the fifth and
    the eighth halve the frames. Entries that the mask leaves out have no influence: not on the
    logits of their clip, not on those of others in the batch, not on the statistics of a training
    step.

    Args:
        in_channels: Channels C of each joint.
        num_classes: Number of classes.
        layout: Skeleton of the input, with V joints.
        make_spatial: Makes the spatial layer of a block.
        adjacency: Partition of the skeleton's edges, (K, V, V).
        channels: Channels of the blocks.
        kernel_size: Frames Kt of the temporal convolutions.
        dropout: Dropout at the end of each block.
        drops_in_first: Whether the first block has it too.
        input_norm: Whether each coordinate of each joint is batch-normalized first.

    Shape:
        - x ``(N, C, T, V)`` or, with persons, ``(N, C, T, V, M)``
        - mask ``(N, T, V)`` or ``(N, T, V, M)``, True where a joint is there, or None
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
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.num_classes = num_classes
        self.layout = layout
        self.num_joints = layout.num_joints
        self.embedding_channels = channels[-1]
        self.input_norm = JointBatchNorm(in_channels, layout.num_joints) if input_norm else None
        self.blocks = nn.ModuleList(
            SpatialTemporalBlock(
                make_spatial(block_in, block_out, adjacency),
                block_in,
                block_out,
                stride=2 if number in DOWNSAMPLING_BLOCKS else 1,
                kernel_size=kernel_size,
                dropout=dropout if number > 0 or drops_in_first else 0.0,
                residual=number > 0,
            )
            for number, (block_in, block_out) in enumerate(pairwise((in_channels, *channels)))
        )
        self.classifier = nn.Linear(channels[-1], num_classes)

    def reset_parameters(self) -> None:
        """Draws all weights anew."""
        for module in self.modules():
            if module is not self and callable(reset := getattr(module, "reset_parameters", None)):
                reset()

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Logits of each clip; see the class for shapes."""
        logits: Tensor = self.classifier(self.embed(x, mask))
        return logits

    def embed(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """The vector of each clip before the classifier, ``(N, embedding_channels)``.

        Raises:
            ValueError: If channels, joints or the mask do not fit.
        """
        self._check(x, mask)
        if x.dim() == 5:
            return self._embed_persons(x, mask)
        x = apply_mask(x, mask)
        if mask is not None and bool(mask.all()):
            mask = None  # nothing is missing: the blocks need no masking passes
        if self.input_norm is not None:
            x = apply_mask(self.input_norm(x, mask), mask)
        for block in self.blocks:
            x, mask = block(x, mask)
        return masked_mean(x, mask)

    def _embed_persons(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Persons folded into the batch, their embeddings averaged over those who are there."""
        N, C, T, V, M = x.shape
        folded = x.permute(0, 4, 1, 2, 3).reshape(N * M, C, T, V)
        if mask is None:
            return self.embed(folded).view(N, M, -1).mean(dim=1)
        folded_mask = mask.permute(0, 3, 1, 2).reshape(N * M, T, V)
        present = folded_mask.flatten(1).any(dim=1)
        embedded = x.new_zeros(N * M, self.embedding_channels)
        if bool(present.any()):
            embedded[present] = self.embed(folded[present], folded_mask[present]).to(x.dtype)
        count = present.view(N, M).sum(dim=1, keepdim=True).clamp(min=1)
        return embedded.view(N, M, -1).sum(dim=1) / count

    def _check(self, x: Tensor, mask: Tensor | None) -> None:
        expected = f"(clips, {self.in_channels}, frames, {self.num_joints}[, persons])"
        fits = (
            x.dim() in (4, 5) and x.shape[1] == self.in_channels and x.shape[3] == self.num_joints
        )
        if not fits or x.shape[2] == 0:
            raise ValueError(f"expected x to be {expected}, but got {tuple(x.shape)}")
        if mask is not None and (
            mask.dtype != torch.bool or mask.shape != x.shape[:1] + x.shape[2:]
        ):
            raise ValueError(
                f"expected a boolean mask {tuple(x.shape[:1] + x.shape[2:])} for x "
                f"{tuple(x.shape)}, but got {mask.dtype} {tuple(mask.shape)}"
            )
