"""The spatial layer of S-STGCN and ST-GCN in few calls, for few frames at a time."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.nn import FoldedNorm, FrameMajorBlock, FramePresence

_FEW_FRAMES = 4
"""Frames up to which PyTorch's fused attention is faster than products one by one."""


def measure_presence(mask: Tensor, adjacency: Tensor) -> Tensor:
    """Return what a mask does to the features of each joint and frame.

    Channels are those of :class:`~skelgraph.nn.FramePresence`: weight, share and score.

    Shape:
        - mask ``(N, L, V)``, adjacency ``(K, V, V)``, output ``(N, L, V, 3)``
    """
    weight, share, scores = FramePresence.measure(mask, adjacency)
    return torch.cat([weight, share, scores.unsqueeze(3)], dim=3)


class StepSpatial(nn.Module):
    """What a :class:`~skelgraph.nn.FrameMajorBlock` does to each frame by itself, and its ReLU.

    For one person and one frame, a call costs more than what it computes. So the sums over
    neighbors, the heads of the attention and what stands beside them are joined, and multiplied by
    all their weights at once.

    Args:
        block: The block; its weights are copied.

    Shape:
        - rows ``(F, V, C_in)``, zero where missing; presence ``(F, V, 3)``
          (:func:`measure_presence`), or None if nothing is missing; output ``(F, V, C_out)``
    """

    mix: Tensor
    inputs: Tensor
    weight: Tensor
    bias: Tensor
    shift: Tensor
    scale: Tensor | None

    def __init__(self, block: FrameMajorBlock) -> None:
        super().__init__()
        graph, attention = block.graph, block.attention
        self.input_norm: FoldedNorm | None = block.input_norm
        self.query_norm: nn.Module | None = None
        self.num_subsets = graph.num_subsets
        self.in_channels = graph.weight.size(0) // graph.num_subsets
        self.num_heads, self.has_matrix = 0, False
        parts = [graph.weight]
        inputs, scale = graph.weight.new_zeros(self.in_channels, 0), None
        if attention is not None:
            self.num_heads, self.query_norm = attention.num_heads, attention.query_norm
            self.has_matrix = attention.has_matrix
            inputs = torch.cat([attention.query, attention.key, attention.value], dim=1)
            parts.append(attention.output)
            if attention.has_matrix:
                parts.append(attention.residual)
            else:
                scale = attention.residual.clone()
        self.register_buffer("mix", graph.mix.clone())  # (V * K, V)
        self.register_buffer("inputs", inputs)  # (C_in, 3 * H * d)
        self.register_buffer("weight", torch.cat([*parts, graph.bias]))
        self.register_buffer("bias", graph.full_bias.clone())  # (V, C_out)
        self.register_buffer("shift", graph.shift.clone())
        self.register_buffer("scale", scale)

    def forward(self, rows: Tensor, presence: Tensor | None) -> Tensor:
        """Return features of each frame; see the class for shapes."""
        if self.input_norm is not None:
            rows = self.input_norm(rows)
            rows = rows if presence is None else rows * presence[..., :1]
        y = self._multiply(rows, presence)
        if self.scale is not None:
            y.addcmul_(rows.flatten(0, 1), self.scale)
        y = y.relu_().view(rows.size(0), rows.size(1), y.size(1))
        return y if presence is None else y * presence[..., :1]

    def _multiply(self, rows: Tensor, presence: Tensor | None) -> Tensor:
        """Return the sum of all products with weights, (F * V, C_out)."""
        num_frames, V, C = rows.shape
        K, flat = self.num_subsets, rows.reshape(num_frames * V, C)
        parts = [self._mix(rows).reshape(num_frames * V, K * C)]
        if self.num_heads:
            parts.append(self._attend(rows, flat, presence))
        if self.has_matrix:
            parts.append(flat)
        if presence is None:
            bias = self.bias.expand(num_frames, *self.bias.shape).flatten(0, 1)
            features = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
            return torch.addmm(bias, features, self.weight[:-K])
        share = presence[..., 1].reshape(num_frames * V, 1)
        present = self._mix(presence[..., :1]).reshape(num_frames * V, K)
        parts = [parts[0] * share, *parts[1:], present * share]
        return torch.addmm(self.shift, torch.cat(parts, dim=1), self.weight)

    def _mix(self, rows: Tensor) -> Tensor:
        """Return the sums over the neighbors of each subset, (F, V * K, C)."""
        if rows.size(0) == 1:
            return torch.mm(self.mix, rows[0])
        return torch.matmul(self.mix, rows)

    def _attend(self, rows: Tensor, flat: Tensor, presence: Tensor | None) -> Tensor:
        """Return the heads side by side, (F * V, H * d)."""
        num_frames, V, _ = rows.shape
        if self.query_norm is None:
            products = torch.mm(flat, self.inputs)
        else:
            query, others = self.inputs.tensor_split([self.inputs.size(1) // 3], dim=1)
            query = torch.mm(self.query_norm(flat), query)
            products = torch.cat([query, torch.mm(flat, others)], dim=1)
        width = self.inputs.size(1) // (3 * self.num_heads)
        products = products.view(num_frames, V, 3, self.num_heads, width)
        query, key, value = products.permute(2, 0, 3, 1, 4).unbind(0)  # (F, H, V, d)
        scores = None if presence is None else presence[..., 2].reshape(num_frames, 1, 1, V)
        if num_frames <= _FEW_FRAMES and not torch.compiler.is_exporting():
            heads = F.scaled_dot_product_attention(query, key, value, scores, scale=1.0)
        else:
            heads = _attend_plainly(query, key, value, scores)
        return heads.transpose(1, 2).reshape(num_frames * V, self.num_heads * width)


def _attend_plainly(query: Tensor, key: Tensor, value: Tensor, scores: Tensor | None) -> Tensor:
    """Return the heads (F, H, V, d); a softmax over rows as short as a skeleton is slow."""
    products = torch.matmul(query, key.transpose(2, 3))
    if scores is not None:
        products = products + scores
    if torch.compiler.is_exporting():
        return torch.matmul(products.softmax(dim=3), value)
    weights = torch.exp(products - products.amax(dim=3, keepdim=True))
    return torch.matmul(weights, value) / weights.sum(dim=3, keepdim=True)
