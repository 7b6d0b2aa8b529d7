"""A small S-STGCN for few clips: shallow members that agree, with heads hard to overfit."""

from copy import deepcopy
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.config import HopDistance, Strategy, Temporal
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.models.s_stgcn import SSTGCN
from skelgraph.nn import JointGraph, MaskedBatchNorm

if TYPE_CHECKING:
    from torch_geometric.data import Data


class SmallSSTGCN(SSTGCN):
    """An ensemble of single blocks of S-STGCN with a long temporal kernel and a regularized head.

    For a few hundred clips of a few people, where ten blocks learn the people: each channel of the
    input is batch normalized, a block has 64 channels, a temporal kernel of 15 frames and stride 2,
    and the classifier takes the square roots of mean activations, batch normalized, with dropout.
    What one such block makes of a person it never saw depends much on its random start; the mean
    logits of several are steadier. Members share nothing but the input's normalization, and each
    learns to classify by itself: in training the network returns the logits of each member.

    Args:
        in_channels: Channels of each joint.
        num_classes: Number of classes.
        layout: Skeleton of the input, or its name in the catalogue.
        strategy: Partition strategy of the graph.
        center: Joint from which the partition counts distances; None for the layout's center.
        num_heads: Attention heads.
        attention: Whether a block has self-attention.
        gate: Whether to learn the weight of the attention.
        hop_distance: Distance of the partition.
        any_skeleton: Whether to have no weight of a joint, so that a batch may mix skeletons.
        members: Number of blocks.
        channels: Channels of each.
        kernel_size: Frames of their temporal convolutions.
        dropout: Dropout in a block.
        head_dropout: Dropout before the classifier.
        temporal: Where the windows of the temporal convolutions lie.

    Shape:
        - x ``(N, C, T, V)``, mask ``(N, T, V)`` or None, output logits ``(N, num_classes)``; in
          training ``(N, members, num_classes)``

    Example:
        >>> SmallSSTGCN(in_channels=21).eval()(torch.zeros(2, 21, 20, 10)).shape
        torch.Size([2, 4])
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 4,
        layout: JointLayout | str = UPPER10,
        *,
        strategy: Strategy = "spatial",
        center: int | None = None,
        num_heads: int = 4,
        attention: bool = True,
        gate: bool = True,
        hop_distance: HopDistance = "bfs",
        any_skeleton: bool = False,
        members: int = 3,
        channels: int = 64,
        kernel_size: int = 15,
        dropout: float = 0.2,
        head_dropout: float = 0.6,
        temporal: Temporal = "centered",
    ) -> None:
        super().__init__(
            in_channels,
            num_classes,
            layout,
            strategy=strategy,
            center=center,
            num_heads=num_heads,
            attention=attention,
            gate=gate,
            dropout=dropout,
            kernel_size=kernel_size,
            channels=(channels,),
            input_norm=False,
            hop_distance=hop_distance,
            any_skeleton=any_skeleton,
            downsampling_blocks=(0,),
            temporal=temporal,
        )
        self.input_norm = MaskedBatchNorm(in_channels)
        (block,) = self.blocks
        self.blocks.extend(deepcopy(block) for _ in range(members - 1))
        self.embedding_channels = members * channels
        self.classifier = nn.Linear(self.embedding_channels, num_classes)
        self.head_norm = nn.BatchNorm1d(self.embedding_channels)
        self.head_dropout = nn.Dropout(head_dropout)
        self.reset_parameters()

    @property
    def members(self) -> int:
        """Number of blocks."""
        return len(self.blocks)

    def list_stages(self) -> list[list[nn.Module]]:
        """Return the input's norm with all members, which stand side by side, and the head."""
        assert self.input_norm is not None
        return [[self.input_norm, *self.blocks], [self.head_norm, self.last_layer]]

    def forward(self, x: "Tensor | Data", mask: Tensor | None = None) -> Tensor:
        """Return the mean logits of the members, or in training those of each; see the class."""
        if not self.training:
            return super().forward(x, mask)
        embedded, M = self.embed(x, mask) * self.members, self.members
        weight = self.last_layer.weight.view(self.num_classes, M, -1)
        logits = torch.einsum("nmc,kmc->nmk", embedded.view(len(embedded), M, -1), weight)
        return logits + self.last_layer.bias

    def _embed_clips(
        self, x: Tensor, mask: Tensor | None, graph: JointGraph | None = None
    ) -> Tensor:
        self._check_lengths(x, mask, graph)
        x = self._normalize_input(x, mask, graph)
        edges = () if graph is None else (graph,)
        members = [block(x, mask, *edges) for block in self.blocks]
        means = torch.cat([self._pool(y, there, graph) for y, there in members], dim=1)
        activations = torch.sqrt(means.clamp(min=0) + 1e-3)
        embedding: Tensor = self.head_dropout(self._normalize_head(activations))
        return embedding / self.members  # so that the classifier returns a mean

    def _normalize_head(self, activations: Tensor) -> Tensor:
        """Normalize by the batch in training; of one clip, by the running statistics."""
        norm = self.head_norm
        if not (self.training and len(activations) == 1):
            normalized: Tensor = norm(activations)
            return normalized
        return F.batch_norm(
            activations, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps
        )
