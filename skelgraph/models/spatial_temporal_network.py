"""What ST-GCN and S-STGCN share: a stack of blocks, a masked pool, a linear classifier."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skelgraph.nn import JointBatchNorm, SpatialTemporalBlock, apply_mask, masked_mean


class SpatialTemporalNetwork(nn.Module):
    """A stack of spatial-temporal blocks, the mean over frames and joints, and a classifier.

    The base of :class:`~skelgraph.models.STGCN` and :class:`~skelgraph.models.SSTGCN`, which choose
    the blocks. Entries that the mask leaves out have no influence: not on the logits of their clip,
    not on those of others in the batch, not on the statistics of a training step.

    Args:
        in_channels: Channels C of each joint.
        num_joints: Joints V of the skeleton.
        blocks: The blocks in order.
        embedding_channels: Channels of the last block.
        num_classes: Number of classes.
        input_norm: Whether each coordinate of each joint is batch-normalized first.

    Shape:
        - x ``(N, C, T, V)`` or, with persons, ``(N, C, T, V, M)``
        - mask ``(N, T, V)`` or ``(N, T, V, M)``, True where a joint is there, or None
        - output ``(N, num_classes)``, logits
    """

    def __init__(
        self,
        in_channels: int,
        num_joints: int,
        blocks: Sequence[SpatialTemporalBlock],
        embedding_channels: int,
        num_classes: int,
        input_norm: bool,
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.num_joints = num_joints
        self.num_classes = num_classes
        self.embedding_channels = embedding_channels
        self.input_norm = JointBatchNorm(in_channels, num_joints) if input_norm else None
        self.blocks = nn.ModuleList(blocks)
        self.classifier = nn.Linear(embedding_channels, num_classes)

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
