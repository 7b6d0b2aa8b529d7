"""The block of ST-GCN and S-STGCN as a graph for other runtimes than PyTorch.

Features are ``(N, T, V, C)``, so that all products but the attention's are those of long rows with
a constant matrix, and joints are mixed by a constant matrix from the left. What depends on the mask
alone is computed once for all blocks; without a mask there is none of it. There is no branch on
values or sizes: one exported graph serves any number of clips and frames.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.nn.frame_window import FrameWindow
from skelgraph.nn.inference_block import (
    FoldedAttention,
    FoldedConv,
    FoldedPartitionConv,
    FoldedSpatialConv,
    InferenceBlock,
)
from skelgraph.nn.minimal_filtering import FilteredConv, saves_products

_HAS_ATTENTION = hasattr(torch.onnx, "ops")
"""Whether PyTorch has ONNX's own operators: from version 2.8 on."""

_CLOSED = 1e9
"""What a missing joint's score lacks; finite, since a frame may have no joint at all."""


class FramePresence(NamedTuple):
    """What a mask does to the features of all blocks of a network.

    Args:
        weight: 1 for a present joint, else 0, ``(N, T, V, 1)``.
        share: What rescales sums over neighbors, so that means remain means, ``(N, T, V, 1)``.
        scores: What is added to attention scores, ``(N, T, V)``.
    """

    weight: Tensor
    share: Tensor
    scores: Tensor

    @classmethod
    def measure(cls, mask: Tensor, adjacency: Tensor) -> "FramePresence":
        """Return the presence of a mask ``(N, T, V)``, for an adjacency ``(K, V, V)``."""
        weights = adjacency.sum(dim=0)
        present = mask.to(weights.dtype)
        share = weights.sum(dim=0) / (present @ weights).clamp(min=1e-6)
        return cls(present.unsqueeze(3), share.unsqueeze(3), (present - 1) * _CLOSED)

    def carry(self, window: FrameWindow) -> "FramePresence":
        """Return the presence of the outputs of a convolution; see :meth:`FrameWindow.carry`."""
        if window.stride == 1 and not window.first:
            return self
        weight, share = (_skip(part.squeeze(3), window).unsqueeze(3) for part in self[:2])
        if window.first:
            blank = 1 - self.weight.squeeze(3).amax(dim=2, keepdim=True).transpose(1, 2)
            blank = F.max_pool1d(blank, window.size, window.stride)
            weight = weight * (1 - blank.transpose(1, 2)).unsqueeze(3)
        return FramePresence(weight, share, _skip(self.scores, window))


def _skip(x: Tensor, window: FrameWindow) -> Tensor:
    """Return the frames of (N, T, V) that the outputs of a convolution are about.

    A pooling's number of frames is the expression of a convolution's; a slice's is another one, and
    an exported graph could not add both.
    """
    middle = x[:, window.first : x.size(1) - window.first]
    return F.avg_pool1d(middle.transpose(1, 2), 1, window.stride).transpose(1, 2).contiguous()


def clear_missing(rows: Tensor, presence: FramePresence | None) -> Tensor:
    """Set the features of missing joints to zero; all are there without a presence."""
    return rows if presence is None else rows * presence.weight


class FrameMajorBlock(nn.Module):
    """A :class:`~skelgraph.nn.InferenceBlock` on ``(N, T, V, C)``, up to rounding.

    Args:
        block: The block; its weights are copied.

    Shape:
        - rows ``(N, T, V, C_in)``, zero where masked, and their presence, None if nothing is
        - output ``(N, T_out, V, C_out)`` and its presence

    Raises:
        ValueError: If its spatial layer has no folded form.
    """

    def __init__(self, block: InferenceBlock) -> None:
        super().__init__()
        spatial = block.spatial
        if not isinstance(spatial, FoldedSpatialConv):
            raise ValueError("expected a spatial layer of skelgraph, but got one of your own")
        self.input_norm = spatial.input_norm
        attention = spatial.attention
        beside = None if attention is None else attention.residual_bias
        self.graph = _GraphConv(spatial.conv, 0.0 if beside is None else beside)
        self.attention = None if attention is None else _Attention(attention)
        self.temporal: FrameConv | FilteredConv = FrameConv(block.temporal)
        self.has_residual = block.has_residual
        self.residual = None if block.residual is None else FrameConv(block.residual)

    def forward(
        self, rows: Tensor, presence: FramePresence | None
    ) -> tuple[Tensor, FramePresence | None]:
        """Return features and presence after the block; see the class for shapes."""
        inputs = rows
        if self.input_norm is not None:
            inputs = clear_missing(self.input_norm(rows), presence)
        y: Tensor = self.graph(inputs, presence)
        if self.attention is not None:
            y = y + self.attention(inputs, presence)
        y = clear_missing(y.relu(), presence)
        y = self.temporal(y)
        if presence is not None:
            presence = presence.carry(self.temporal.window)
        if self.has_residual:
            first = self.temporal.window.first
            middle = rows[:, first : rows.size(1) - first] if first else rows
            y = y + (middle if self.residual is None else self.residual(middle))
        return clear_missing(y.relu(), presence), presence


def filter_frames(network: nn.Module) -> None:
    """Make the blocks of a network convolve over frames by minimal filtering, where it is faster.

    A program of ``torch.export`` would be bound to clips of several tiles of frames then; graphs
    of ONNX are not.
    """
    for module in network.modules():
        if isinstance(module, FrameMajorBlock):
            conv = module.temporal
            if isinstance(conv, FrameConv) and saves_products(conv.weight, conv.window):
                module.temporal = FilteredConv(conv.weight, conv.bias, conv.window)


class _GraphConv(nn.Module):
    """The graph convolution, the batch norm behind it, and the bias of what is added to it."""

    mix: Tensor
    weight: Tensor
    bias: Tensor
    shift: Tensor
    full_bias: Tensor

    def __init__(self, conv: FoldedPartitionConv, bias: Tensor | float) -> None:
        super().__init__()
        K, _, out_channels = conv.subset_weight.shape
        self.num_subsets = K
        self.register_buffer("mix", conv.mix.clone())
        self.register_buffer("weight", conv.subset_weight.reshape(-1, out_channels).clone())
        self.register_buffer("bias", conv.bias.clone())
        self.register_buffer("shift", conv.shift + bias)
        self.register_buffer("full_bias", conv.full_bias + bias)

    def forward(self, rows: Tensor, presence: FramePresence | None) -> Tensor:
        N, T, V, C = rows.shape
        K = self.num_subsets
        neighbors = torch.matmul(self.mix, rows).reshape(N, T, V, K * C)
        y = torch.matmul(neighbors, self.weight)
        if presence is None:
            return y + self.full_bias
        shares = torch.matmul(self.mix, presence.weight).reshape(N, T, V, K)
        return (y + torch.matmul(shares, self.bias)) * presence.share + self.shift


class _Attention(nn.Module):
    """The attention over the joints of a frame, and the scale behind it; its bias is elsewhere."""

    query: Tensor
    key: Tensor
    value: Tensor
    output: Tensor
    residual: Tensor

    def __init__(self, attention: FoldedAttention) -> None:
        super().__init__()
        H = attention.num_heads
        self.num_heads = H
        self.query_norm = attention.query_norm
        weights = attention.inputs.view(H, 3, -1, attention.inputs.size(1)).permute(1, 0, 2, 3)
        query, key, value = (part.flatten(0, 1).t().contiguous() for part in weights)  # (C, H * d)
        self.register_buffer("query", query * math.log(2))  # scores are of powers of 2 when folded
        self.register_buffer("key", key)
        self.register_buffer("value", value)
        self.register_buffer("output", attention.output.t().contiguous())
        self.has_matrix = attention.residual is not None
        residual = attention.scale if attention.residual is None else attention.residual.t()
        self.register_buffer("residual", residual.contiguous())

    def forward(self, rows: Tensor, presence: FramePresence | None) -> Tensor:
        N, T, V, _ = rows.shape
        normed = rows if self.query_norm is None else self.query_norm(rows)
        query, key, value = (
            torch.matmul(x, weight).reshape(N * T, V, -1)
            for x, weight in ((normed, self.query), (rows, self.key), (rows, self.value))
        )
        if presence is None and _HAS_ATTENTION and torch.compiler.is_exporting():
            beside = self._attend_fused(query, key, value)
        else:
            beside = self._attend(query, key, value, presence)
        y = torch.matmul(beside.reshape(N, T, V, self.value.size(1)), self.output)
        if not self.has_matrix:
            return y + rows * self.residual
        return y + torch.matmul(rows, self.residual)

    def _attend_fused(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Attend by ONNX's own operator: no copy of the heads, no scores in memory."""
        H = self.num_heads
        return torch.onnx.ops.attention(
            query, key, value, q_num_heads=H, kv_num_heads=H, scale=1.0
        )[0]

    def _attend(
        self, query: Tensor, key: Tensor, value: Tensor, presence: FramePresence | None
    ) -> Tensor:
        query, key, value = (
            x.reshape(x.size(0), x.size(1), self.num_heads, -1).transpose(1, 2)
            for x in (query, key, value)
        )
        scores = torch.matmul(query, key.transpose(2, 3))  # (N * T, H, V, V)
        if presence is not None:
            scores = scores + presence.scores.flatten(0, 1)[:, None, None]
        return torch.matmul(scores.softmax(dim=3), value).transpose(1, 2)


class FrameConv(nn.Module):
    """The convolution over frames and the batch norm behind it."""

    weight: Tensor
    bias: Tensor

    def __init__(self, conv: FoldedConv) -> None:
        super().__init__()
        self.window = conv.window
        self.register_buffer("weight", conv.weight.contiguous())
        self.register_buffer("bias", conv.bias.clone())

    def forward(self, rows: Tensor) -> Tensor:
        """Convolve over frames ``(N, T, V, C)``."""
        window, padding = self.window, (self.window.left, 0)
        image = rows.permute(0, 3, 1, 2)  # (N, C, T, V)
        if window.left != window.right:
            image, padding = F.pad(image, (0, 0, window.left, window.right)), (0, 0)
        done = F.conv2d(image, self.weight, self.bias, stride=(window.stride, 1), padding=padding)
        return done.permute(0, 2, 3, 1).contiguous()
