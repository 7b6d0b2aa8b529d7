"""The self-attention enhanced spatial graph convolution of Shi et al."""

import torch
from torch import Tensor, nn

from skelgraph.nn.joint_self_attention import JointSelfAttention
from skelgraph.nn.masking import MaskedBatchNorm, clear_masked
from skelgraph.nn.partition_conv import DenseSpatialPartitionConv


class GatedSpatialConv(nn.Module):
    r"""Spatial graph convolution and joint self-attention, weighted by a learned gate.

    .. math::  \mathbf{f}_{out} = \frac{\mathbf{f}_g + r \times \mathbf{f}_a}{2}

    Equation (9) of Shi et al., Sensors 2021, 21, 205, or equation (10) (r = 1) if there is no gate.
    The gate r is initialized to 1.

    Args:
        in_channels: Channels of each joint.
        out_channels: Channels of each joint of the output.
        adjacency: Array ``(K, V, V)``, ``A[k, source, target]``.
        num_heads: Number of attention heads.
        attention: Whether to add self-attention; otherwise the output is :math:`\mathbf{f}_g`.
        gate: Whether r is learned.
        attention_dropout: Dropout inside the attention part.
        normalize_input: Whether to batch-normalize the input of both parts, as the released code.
        normalize_query: Whether to layer-normalize the queries, as the released code does.

    Shape:
        - x ``(N, C_in, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C_out, T, V)``
    """

    gate: nn.Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        adjacency: Tensor,
        num_heads: int = 4,
        attention: bool = True,
        gate: bool = True,
        attention_dropout: float = 0.1,
        normalize_input: bool = False,
        normalize_query: bool = False,
    ) -> None:
        super().__init__()
        self.input_norm = MaskedBatchNorm(in_channels) if normalize_input else None
        self.conv = DenseSpatialPartitionConv(in_channels, out_channels, adjacency)
        self.attention = (
            JointSelfAttention(
                in_channels,
                out_channels,
                num_heads=num_heads,
                dropout=attention_dropout,
                normalize_query=normalize_query,
            )
            if attention
            else None
        )
        self.register_parameter(
            "gate", nn.Parameter(torch.ones(())) if attention and gate else None
        )

    def reset_parameters(self) -> None:
        """Reset all learnable parameters; the gate becomes 1."""
        self.conv.reset_parameters()
        if self.input_norm is not None:
            self.input_norm.reset_parameters()
        if self.attention is not None:
            self.attention.reset_parameters()
        if self.gate is not None:
            nn.init.ones_(self.gate)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the gated sum of both parts; see the class for shapes."""
        if self.input_norm is not None:
            x = clear_masked(self.input_norm(x, mask), mask)
        if self.attention is None:
            f_g: Tensor = self.conv(x, mask)
            return f_g
        r = x.new_ones(()) if self.gate is None else self.gate
        f_out: Tensor = self.conv(x, mask, scale=0.5) + self.attention(x, mask, scale=r / 2)
        return f_out
