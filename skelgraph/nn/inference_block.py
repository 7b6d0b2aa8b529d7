"""The block of ST-GCN and S-STGCN with everything constant after training folded into weights.

It equals :class:`~skelgraph.nn.SpatialTemporalBlock` in evaluation mode, in fewer passes: the
weights contain batch norms, the gate, the division by two, the edge importance and the scale of the
queries. Features keep the order of :mod:`skelgraph.nn.joint_major` from block to block, and the few
passes between the products work in place.
"""

from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn

from skelgraph.nn.joint_major import (
    convolve_frames,
    from_rows,
    keep_channels_last,
    mask_to_rows,
    project,
    to_rows,
)
from skelgraph.nn.joint_self_attention import AttentionProducts, JointSelfAttention, attend_in_rows
from skelgraph.nn.masking import FoldedNorm, fold_norm
from skelgraph.nn.spatial_conv import (
    DenseSpatialPartitionConv,
    GatedSpatialConv,
    mix_biases,
    weigh_present,
)
from skelgraph.nn.spatial_temporal_block import SpatialTemporalBlock
from skelgraph.nn.temporal_conv import TemporalConv

_FEW_FRAMES = 256


class InferenceBlock(nn.Module):
    """A :class:`~skelgraph.nn.SpatialTemporalBlock` with folded weights, for inference only.

    Args:
        block: The trained block; its weights are copied. A spatial layer other than
            :class:`~skelgraph.nn.GatedSpatialConv` and
            :class:`~skelgraph.nn.DenseSpatialPartitionConv` has no folded form and runs unchanged.
        dtype: Type of the weights and features.

    Shape:
        - rows ``(V, N, T, C_in)``, zero where masked; mask ``(N, T, V)`` or None
        - output ``(V, N, ceil(T / stride), C_out)`` and its mask
    """

    def __init__(self, block: SpatialTemporalBlock, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.spatial = _fold_spatial(block.spatial, block.spatial_norm, dtype)
        self.temporal = FoldedConv(block.temporal, block.temporal_norm, dtype)
        self.has_residual = block.has_residual
        self.residual: FoldedConv | None = None
        if block.residual is not None and block.residual_norm is not None:
            self.residual = FoldedConv(block.residual, block.residual_norm, dtype)

    def forward(self, rows: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Return features and mask after the block; see the class for shapes."""
        y = _rectify(self.spatial(rows, mask), mask)
        y = self.temporal(y)
        if self.has_residual:
            rows = self.temporal.window.take_middle(rows)  # (V, N, T, C): frames are third, too
            y += rows if self.residual is None else self.residual(rows)
        mask = self.temporal.window.carry(mask)
        return _rectify(y, mask), mask


class FoldedSpatialConv(nn.Module):
    """The spatial layer of S-STGCN or ST-GCN and the batch norm behind it."""

    def __init__(
        self,
        layer: GatedSpatialConv | DenseSpatialPartitionConv,
        norm: nn.BatchNorm2d,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        scale, shift = fold_norm(norm)
        self.input_norm: FoldedNorm | None = None
        self.attention: FoldedAttention | None = None
        if isinstance(layer, GatedSpatialConv):
            if layer.input_norm is not None:
                self.input_norm = FoldedNorm(layer.input_norm, dtype)
            if layer.attention is not None:
                scale = scale / 2
                gate = 1.0 if layer.gate is None else layer.gate.detach().double()
                self.attention = FoldedAttention(layer.attention, scale * gate, dtype)
            layer = layer.conv
        self.conv = FoldedPartitionConv(layer, scale, shift, dtype)

    def forward(self, rows: Tensor, mask: Tensor | None) -> Tensor:
        """Map ``(V, N, T, C_in)``, zero where masked, to ``(V, N, T, C_out)``."""
        if self.input_norm is not None:
            rows = _clear(self.input_norm(rows), mask)
        y: Tensor = self.conv(rows, mask)
        return y if self.attention is None else self.attention(y, rows, mask)


class PlainSpatialLayer(nn.Module):
    """A spatial layer without a folded form, unchanged, and the batch norm behind it.

    The layer gets ``(N, C_in, T, V)`` in single precision, as in its original block.
    """

    def __init__(self, layer: nn.Module, norm: nn.BatchNorm2d, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        self.layer = deepcopy(layer).float().requires_grad_(False).eval()
        self.norm = FoldedNorm(norm, torch.float32)

    def forward(self, rows: Tensor, mask: Tensor | None) -> Tensor:
        """Map ``(V, N, T, C_in)``, zero where masked, to ``(V, N, T, C_out)``."""
        features = to_rows(self.layer(from_rows(rows.float()), mask))
        normalized: Tensor = self.norm(features)
        return normalized.to(self.dtype)


def _fold_spatial(layer: nn.Module, norm: nn.BatchNorm2d, dtype: torch.dtype) -> nn.Module:
    if _has_folded_form(layer):
        return FoldedSpatialConv(
            cast("GatedSpatialConv | DenseSpatialPartitionConv", layer), norm, dtype
        )
    return PlainSpatialLayer(layer, norm, dtype)


def _has_folded_form(layer: nn.Module) -> bool:
    """Return whether the layer is exactly one of ours: a subclass may compute something else."""
    if type(layer) is not GatedSpatialConv:
        return type(layer) is DenseSpatialPartitionConv
    attention = layer.attention
    return type(layer.conv) is DenseSpatialPartitionConv and (
        attention is None or type(attention) is JointSelfAttention
    )


class FoldedConv(nn.Module):
    """A convolution over frames and the batch norm behind it."""

    weight: Tensor
    bias: Tensor

    def __init__(self, conv: TemporalConv, norm: nn.BatchNorm2d, dtype: torch.dtype) -> None:
        super().__init__()
        scale, shift = fold_norm(norm)
        self.window = conv.window
        weight = conv.weight.detach() * scale[:, None, None, None]
        self.register_buffer("weight", keep_channels_last(weight.to(dtype)))
        bias = shift if conv.bias is None else shift + conv.bias.detach() * scale
        self.register_buffer("bias", bias.to(dtype))

    def forward(self, rows: Tensor) -> Tensor:
        """Map ``(V, N, T, C_in)`` to ``(V, N, T_out, C_out)``."""
        return convolve_frames(rows, self.weight, self.bias, self.window)


class FoldedPartitionConv(nn.Module):
    """A :class:`~skelgraph.nn.DenseSpatialPartitionConv`, then a scale and a shift.

    A skeleton has few edges. So one product per joint multiplies the joint's neighbors, side by
    side, by the weights of their subsets, including the edge importance, and adds the bias. If
    there are few frames, these products are too small to be worth their calls: then all joints are
    multiplied at once and mixed afterwards.
    """

    adjacency: Tensor
    mix: Tensor
    subset_weight: Tensor
    bias: Tensor
    shift: Tensor
    full_bias: Tensor

    def __init__(
        self, conv: DenseSpatialPartitionConv, scale: Tensor, shift: Tensor, dtype: torch.dtype
    ) -> None:
        super().__init__()
        mix = conv.mix_matrix().detach().double()
        V, K = mix.size(1), conv.adjacency.size(0)
        bias = scale.new_zeros(K, conv.out_channels)
        if conv.linear.bias is not None:
            bias += conv.linear.bias.detach().view_as(bias) * scale
        full_bias = mix_biases(mix, bias, None).view(V, -1) + shift
        self.register_buffer("adjacency", conv.adjacency.clone())
        self.register_buffer("mix", mix.to(dtype))
        self.register_buffer("bias", bias.to(dtype))
        self.register_buffer("shift", shift.to(dtype))
        self.register_buffer("full_bias", full_bias.to(dtype))
        subset_weight = conv.subset_weight().detach().squeeze(3) * scale[:, None, None]
        self.register_buffer("subset_weight", subset_weight.permute(2, 1, 0).to(dtype).contiguous())
        self.neighbors = [
            subsets.any(dim=0).nonzero().flatten().tolist() for subsets in mix.view(V, K, V)
        ]
        for joint, neighbors in enumerate(self.neighbors):
            weight = torch.einsum(
                "kv,oik->vio", mix.view(V, K, V)[joint][:, neighbors], subset_weight
            )
            self.register_buffer(f"weight{joint}", weight.flatten(0, 1).to(dtype))

    def forward(self, rows: Tensor, mask: Tensor | None) -> Tensor:
        """Map ``(V, N, T, C_in)``, zero where masked, to ``(V, N, T, C_out)``."""
        bias = torch.zeros_like(self.full_bias) if mask is not None else self.full_bias
        if rows[0, :, :, 0].numel() < _FEW_FRAMES:
            y = self._multiply_and_mix(rows).add_(bias[:, None, None])
        else:
            y = self._multiply_neighbors(rows, bias)
        if mask is None:
            return y
        y += mix_biases(self.mix, self.bias, mask)
        return torch.addcmul(self.shift, y, weigh_present(self.adjacency, mask).to(y.dtype))

    def _multiply_and_mix(self, rows: Tensor) -> Tensor:
        """Multiply each subset, then sum over subsets and joints in one product."""
        V, N, T, C = rows.shape
        subsets = rows.view(1, V * N * T, C).expand(self.subset_weight.size(0), -1, -1)
        products = torch.bmm(subsets, self.subset_weight)
        mixed: Tensor = self.mix.view(V, -1) @ products.view(-1, N * T * products.size(2))
        return mixed.view(V, N, T, -1)

    def _multiply_neighbors(self, rows: Tensor, bias: Tensor) -> Tensor:
        V, N, T, _ = rows.shape
        flat, y = rows.flatten(1, 2), rows.new_empty(V, N * T, bias.size(1))
        for joint, neighbors in enumerate(self.neighbors):
            beside = torch.cat([flat[neighbor] for neighbor in neighbors], dim=1)
            weight = self.get_buffer(f"weight{joint}")
            torch.addmm(bias[joint], beside, weight, out=y[joint])
        return y.view(V, N, T, -1)


class FoldedAttention(nn.Module):
    """A :class:`~skelgraph.nn.JointSelfAttention`, then a scale."""

    inputs: Tensor
    output: Tensor
    scale: Tensor
    residual: Tensor | None
    residual_bias: Tensor | None

    def __init__(self, attention: JointSelfAttention, scale: Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self.query_norm = (
            None
            if isinstance(attention.query_norm, nn.Identity)
            else deepcopy(attention.query_norm).requires_grad_(False).to(dtype)
        )
        products = attention.products()
        self.num_heads = products.num_heads
        residual = residual_bias = None
        if isinstance(attention.residual, nn.Linear):
            residual = attention.residual.weight * scale[:, None]
            residual_bias = attention.residual.bias * scale
        for name, value in {
            "inputs": products.inputs,
            "output": products.output * scale[:, None],
            "scale": scale,
            "residual": residual,
            "residual_bias": residual_bias,
        }.items():
            folded = None if value is None else value.detach().to(dtype, copy=True)
            self.register_buffer(name, folded)

    def forward(self, y: Tensor, rows: Tensor, mask: Tensor | None) -> Tensor:
        """Return ``y + scale * attention(rows)``, ``(V, N, T, C_out)``; may overwrite y."""
        products = AttentionProducts(self.num_heads, self.inputs, self.output)
        query_rows = None if self.query_norm is None else self.query_norm(rows)
        heads = attend_in_rows(products, query_rows, rows, mask).to(y.dtype)
        y.flatten(0, 2).addmm_(heads.flatten(0, 2), self.output.t())
        if self.residual is None:
            return y.addcmul_(rows, self.scale)
        return y.add_(project(rows, self.residual, self.residual_bias))


def _rectify(rows: Tensor, mask: Tensor | None) -> Tensor:
    return _clear(rows.relu_(), mask)


def _clear(rows: Tensor, mask: Tensor | None) -> Tensor:
    return rows if mask is None else rows.mul_(mask_to_rows(mask))
