"""The graph convolution over spatial subsets, dense on a fixed skeleton."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from skelgraph.nn.joint_graph import JointGraph
from skelgraph.nn.joint_major import from_rows, mix_joints, to_rows
from skelgraph.nn.joint_self_attention import JointSelfAttention
from skelgraph.nn.masking import MaskedBatchNorm, clear_masked

if TYPE_CHECKING:
    from skelgraph.nn.spatial_partition_conv import SpatialPartitionConv


class DenseSpatialPartitionConv(nn.Module):
    r"""Graph convolution over the spatial subsets of a fixed skeleton.

    .. math::
        \mathbf{f}_g = \sum_{k=1}^{K} \mathbf{f}_k (\mathbf{A}_k \otimes \mathbf{M}_k), \quad
        \mathbf{f} = \mathbf{W} \mathbf{f}_{in}

    Equations (1) and (2) of Shi et al., Sensors 2021, 21, 205. The dense twin of
    :class:`SpatialPartitionConv`, and the fast path if all clips have one skeleton. With a mask,
    the sum over neighbors is rescaled by the share of those present, so that a mean remains a mean.
    Masked entries must be finite.

    Args:
        in_channels: Channels of each joint.
        out_channels: Channels of each joint of the output.
        adjacency: Array ``(K, V, V)``, ``A[k, source, target]``, as
            :func:`skelgraph.layouts.partition` makes it. It is a buffer, but not in the state dict.
        bias: Whether the transformation of each subset has a bias.
        edge_importance: Whether to learn :math:`M`; otherwise it is 1.

    Shape:
        - x ``(N, C_in, T, V)``, mask ``(N, T, V)`` or None, output ``(N, C_out, T, V)``

    Raises:
        ValueError: If the adjacency is not ``(K, V, V)``.
    """

    adjacency: Tensor
    edge_importance: nn.Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        adjacency: Tensor,
        bias: bool = True,
        edge_importance: bool = True,
    ) -> None:
        super().__init__()
        if adjacency.dim() != 3 or adjacency.size(1) != adjacency.size(2):
            raise ValueError(
                f"expected an adjacency (subsets, joints, joints), but got {tuple(adjacency.shape)}"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.linear = nn.Linear(in_channels, adjacency.size(0) * out_channels, bias=bias)
        self._on_edges: tuple[SpatialPartitionConv] | None = None
        self.register_buffer("adjacency", adjacency.float(), persistent=False)
        self.register_parameter(
            "edge_importance",
            nn.Parameter(torch.ones(adjacency.shape)) if edge_importance else None,
        )

    def reset_parameters(self) -> None:
        """Reset all learnable parameters; every edge importance becomes 1."""
        self.linear.reset_parameters()
        if self.edge_importance is not None:
            nn.init.ones_(self.edge_importance)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        scale: float = 1.0,
        graph: JointGraph | None = None,
    ) -> Tensor:
        """Convolve joint features; see the class for shapes.

        With a graph, x and mask are those of its nodes, ``(1, C_in, T, nodes)`` and ``(1, T,
        nodes)``; :class:`SpatialPartitionConv` then runs on its edges, with these weights. The
        scale is a factor of the result; it is applied to the weights, which is cheaper.
        """
        if graph is not None:
            return self._convolve_edges(x, mask, graph, scale)
        rows = to_rows(clear_masked(x, mask))
        mix = self.mix_matrix().to(rows.dtype) * scale
        f_g = mix_joints(rows, mix, self.subset_weight())
        if self.linear.bias is not None:
            f_g = f_g + mix_biases(mix, self.linear.bias.view(-1, self.out_channels), mask)
        if mask is not None:
            f_g = f_g * weigh_present(self.adjacency, mask).to(f_g.dtype)
        return from_rows(f_g)

    def _convolve_edges(
        self, x: Tensor, mask: Tensor | None, graph: JointGraph, scale: float
    ) -> Tensor:
        f_g = self.form_on_edges().convolve(
            to_rows(x).squeeze(1),
            graph.edge_index,
            graph.edge_type,
            graph.edge_weight * scale,
            graph.joint,
            None if mask is None else mask.squeeze(0).t(),
            self.linear.weight,
            self.linear.bias,
            self.edge_importance,
        )
        return from_rows(f_g.unsqueeze(1))

    def form_on_edges(self) -> "SpatialPartitionConv":
        """Return the layer on edges, which has no weights of its own and draws none."""
        from skelgraph.nn.spatial_partition_conv import SpatialPartitionConv  # it needs PyG

        if self._on_edges is None:
            K = self.adjacency.size(0)
            layer = SpatialPartitionConv(-1, self.out_channels, K, bias=False, normalize=False)
            self._on_edges = (layer,)  # in a tuple, so that it is not registered
        return self._on_edges[0]

    def mix_matrix(self) -> Tensor:
        """Return the weight of each joint in each joint's subsets, ``(V * K, V)``."""
        A = self.adjacency
        if self.edge_importance is not None:
            A = A * self.edge_importance
        return A.permute(2, 0, 1).reshape(-1, A.size(1))

    def subset_weight(self) -> Tensor:
        """Return the transformation of each subset, ``(C_out, C_in, K, 1)``."""
        return self.linear.weight.view(-1, self.out_channels, self.in_channels, 1).permute(
            1, 2, 0, 3
        )

    def extra_repr(self) -> str:
        """Return the sizes for the printed form of the module."""
        return f"{self.in_channels}, {self.out_channels}, num_subsets={self.adjacency.size(0)}"


def mix_biases(mix: Tensor, bias: Tensor, mask: Tensor | None) -> Tensor:
    """Return the sum of the subsets' biases at each joint.

    Args:
        mix: ``(V * K, V)``, weight of each joint in each joint's subsets.
        bias: ``(K, C_out)``.
        mask: ``(N, T, V)``, or None.

    Returns:
        ``(V, 1, 1, C_out)`` without a mask; ``(V, N, T, C_out)``, from present joints, with one.
    """
    V, K = mix.size(1), bias.size(0)
    if mask is None:
        return (mix.sum(dim=1).view(V, K) @ bias).view(V, 1, 1, -1)
    N, T, _ = mask.shape
    present = mask.permute(2, 0, 1).reshape(V, N * T).to(mix.dtype)
    shares = (mix @ present).view(V, K, N * T).transpose(1, 2)
    return (shares @ bias).view(V, N, T, bias.size(1))


def weigh_present(adjacency: Tensor, mask: Tensor) -> Tensor:
    """Return the factor that rescales sums over present neighbors, so that means remain means.

    Args:
        adjacency: ``(K, V, V)``.
        mask: ``(N, T, V)``.

    Returns:
        ``(V, N, T, 1)``; 0 where the joint or all its neighbors are missing.
    """
    weights = adjacency.sum(dim=0)
    present = mask.to(weights.dtype) @ weights
    share = (weights.sum(dim=0) / present).masked_fill((present == 0) | ~mask, 0.0)
    return share.permute(2, 0, 1).unsqueeze(3)


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
        edge_importance: Whether the graph convolution learns the importance of each edge.

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
        edge_importance: bool = True,
    ) -> None:
        super().__init__()
        self.input_norm = MaskedBatchNorm(in_channels) if normalize_input else None
        self.conv = DenseSpatialPartitionConv(
            in_channels, out_channels, adjacency, edge_importance=edge_importance
        )
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

    def forward(
        self, x: Tensor, mask: Tensor | None = None, graph: JointGraph | None = None
    ) -> Tensor:
        """Return the gated sum of both parts; see the class for shapes.

        With a graph, x and mask are those of its nodes, ``(1, C_in, T, nodes)`` and ``(1, T,
        nodes)``: the convolution follows its edges, and each skeleton attends to itself.
        """
        if self.input_norm is not None:
            x = clear_masked(self.input_norm(x, mask), mask)
        edges = {} if graph is None else {"graph": graph}
        if self.attention is None:
            f_g: Tensor = self.conv(x, mask, **edges)
            return f_g
        r = x.new_ones(()) if self.gate is None else self.gate
        f_g = self.conv(x, mask, scale=0.5, **edges)
        f_out: Tensor = f_g + self._attend(self.attention, x, mask, graph, r / 2)
        return f_out

    @staticmethod
    def _attend(
        attention: JointSelfAttention,
        x: Tensor,
        mask: Tensor | None,
        graph: JointGraph | None,
        scale: Tensor,
    ) -> Tensor:
        if graph is None:
            f_a: Tensor = attention(x, mask, scale=scale)
            return f_a
        clips = zip(graph.split(x), graph.split_mask(mask), strict=True)
        return graph.join([attention(*clip, scale=scale) for clip in clips])
