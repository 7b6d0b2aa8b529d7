"""The graph convolution over spatial subsets, on any graph."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric import EdgeIndex
from torch_geometric.index import index2ptr
from torch_geometric.nn import Linear, MessagePassing
from torch_geometric.typing import Adj, OptTensor, SparseTensor
from torch_geometric.utils import is_sparse, scatter, segment, to_edge_index

from skelgraph.nn.joint_major import combine_subsets
from skelgraph.nn.masking import is_on_host


class _Buckets(NamedTuple):
    """Edges ``(2, E)`` by the bucket ``(E,)`` that they add to: number K * target + type.

    An ``EdgeIndex`` tells that one pass may gather, weigh and sum. ``ptr`` has the first edge of
    each bucket, and E; None if the edges are not sorted.
    """

    edge_index: Tensor
    bucket: Tensor
    ptr: Tensor | None


class SpatialPartitionConv(MessagePassing):
    r"""Graph convolution whose weights depend on the subset that an edge belongs to.

    .. math::
        \mathbf{f}'_i = \sum_{k=1}^{K} \sum_{j \in \mathcal{N}_k(i)} a_{ji} \,
        M_k[v_j, v_i] \, (\mathbf{W}_k \mathbf{f}_j + \mathbf{b}_k)

    Equations (1) and (2) of Shi et al., Sensors 2021, 21, 205, on the edges of any graph, such as a
    batch of different skeletons. :class:`DenseSpatialPartitionConv` is its twin for a fixed
    skeleton and loads the same state dict.

    A node may hold a series, such as the frames of a joint. What enters a node is summed for each
    subset first and multiplied by its weights then. On a CPU one pass gathers, weighs and sums;
    elsewhere :func:`torch_geometric.utils.segment` sums messages, with torch-scatter if installed.

    Args:
        in_channels: Channels of each node; -1 to take them from the first input.
        out_channels: Channels of each node of the output.
        num_subsets: Number K of subsets.
        num_joints: Number V of joints to learn the importance :math:`M` of each pair of joints in
            each subset; ``forward`` then needs ``joint``. None for no importance.
        bias: Whether the transformation of each subset has a bias.
        normalize: Whether to divide an edge's weight by the sum of the weights of all edges that
            enter the node, in any subset; otherwise :math:`a_{ji}` is the weight itself.
        kwargs: Arguments of :class:`torch_geometric.nn.MessagePassing` but ``aggr``, which is the
            sum, and ``node_dim``, which is 0.

    Shape:
        - x ``(num_nodes, C_in)`` or ``(num_nodes, T, C_in)``
        - edge_index ``(2, E)`` from source to target, or a transposed sparse matrix ``adj_t`` whose
          values are edge types; edge_type ``(E,)`` in ``0..K-1``; edge_weight ``(E,)`` or None
          (ones); joint ``(num_nodes,)`` in ``0..V-1``
        - mask ``(num_nodes, T)``, True where a node is present, or None if all are. A sum over
          neighbors is rescaled by the share of those present, and x must be finite elsewhere.
        - output as x, with C_out channels

    Raises:
        ValueError: If ``joint`` or the edge types are missing, or an edge type or a joint on the
            CPU is out of range.

    Example:
        >>> conv = SpatialPartitionConv(3, 8, num_subsets=2)
        >>> edge_index = torch.tensor([[0, 1, 0], [0, 1, 1]])
        >>> conv(torch.randn(2, 3), edge_index, torch.tensor([0, 0, 1])).shape
        torch.Size([2, 8])
        >>> conv(torch.randn(2, 20, 3), edge_index, torch.tensor([0, 0, 1])).shape
        torch.Size([2, 20, 8])
    """

    SUPPORTS_FUSED_EDGE_INDEX = True
    edge_importance: nn.Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_subsets: int,
        num_joints: int | None = None,
        bias: bool = True,
        normalize: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(aggr="sum", node_dim=0, **kwargs)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.num_subsets = num_subsets
        self.num_joints = num_joints
        self.normalize = normalize
        self.linear: Linear | nn.Linear = Linear(in_channels, num_subsets * out_channels, bias=bias)
        importance = None if num_joints is None else torch.ones(num_subsets, num_joints, num_joints)
        self.register_parameter(
            "edge_importance", None if importance is None else nn.Parameter(importance)
        )

    def reset_parameters(self) -> None:
        """Reset all learnable parameters; every edge importance becomes 1."""
        super().reset_parameters()
        self.linear.reset_parameters()
        if self.edge_importance is not None:
            nn.init.ones_(self.edge_importance)

    def forward(
        self,
        x: Tensor,
        edge_index: Adj,
        edge_type: Tensor | None = None,
        edge_weight: Tensor | None = None,
        joint: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Convolve node features; see the class for shapes."""
        weights = self._initialized_weight(x), self.linear.bias, self.edge_importance
        return self.convolve(x, edge_index, edge_type, edge_weight, joint, mask, *weights)

    def convolve(
        self,
        x: Tensor,
        edge_index: Adj,
        edge_type: Tensor | None,
        edge_weight: Tensor | None,
        joint: Tensor | None,
        mask: Tensor | None,
        linear_weight: Tensor,
        linear_bias: Tensor | None,
        edge_importance: Tensor | None,
    ) -> Tensor:
        """Convolve node features with given weights, those of ``linear`` and the importance."""
        edge_index, edge_type = self._read_edges(edge_index, edge_type, edge_weight)
        num_nodes, target = x.size(0), edge_index[1 if self.flow == "source_to_target" else 0]
        weight = x.new_ones(edge_type.numel()) if edge_weight is None else edge_weight
        if self.normalize:
            weight = _divide_by_in_degree(weight, target, num_nodes)
        bucket = target * self.num_subsets + edge_type
        edges, order = self._sort(edge_index, bucket, x)
        if order is not None:
            edge_type, weight = edge_type[order], weight[order]
        important = weight
        if edge_importance is not None:
            pairs = self._find_pairs(edges.edge_index, joint, edge_importance.size(1))
            important = weight * edge_importance[edge_type, pairs[0], pairs[1]]

        rows = x if mask is None else x * mask.unsqueeze(-1).to(x.dtype)
        series = rows.unsqueeze(1) if x.dim() == 2 else rows.flatten(1, -2)
        sums = self._sum(edges, series.flatten(1), important)
        weights = linear_weight.view(self.num_subsets, self.out_channels, x.size(-1))
        f = combine_subsets(
            sums.view(num_nodes, self.num_subsets, series.size(1), series.size(2)),
            weights.permute(1, 2, 0).unsqueeze(3),
        )
        present = None if mask is None else mask.flatten(1).to(x.dtype)
        if linear_bias is not None:
            there = x.new_ones(num_nodes, 1) if present is None else present
            counts = self._sum(edges, there, important)
            counts = counts.view(num_nodes, self.num_subsets, there.size(1))
            f = f + counts.transpose(1, 2) @ linear_bias.view(self.num_subsets, -1)
        if present is not None:
            f = f * self._share_present(edges, weight, present)
        return f.view(*x.shape[:-1], self.out_channels)

    def message(self, x_j: Tensor, weight: Tensor) -> Tensor:
        """Return the weighted features of each edge's source, in the order of the edges."""
        return weight.unsqueeze(1) * x_j

    def aggregate(
        self, inputs: Tensor, bucket: Tensor, bucket_ptr: OptTensor, dim_size: int
    ) -> Tensor:
        """Sum the messages of each target and subset, ``(dim_size * K, channels)``."""
        if bucket_ptr is None:
            size = dim_size * self.num_subsets
            scattered: Tensor = scatter(inputs, bucket, dim=0, dim_size=size, reduce="sum")
            return scattered
        result: Tensor = segment(inputs, bucket_ptr, reduce="sum")
        return result

    def message_and_aggregate(
        self, edge_index: EdgeIndex, x: Tensor, weight: Tensor, bucket_ptr: Tensor
    ) -> Tensor:
        """Gather, weigh and sum in one pass, which writes no message."""
        source = edge_index.as_tensor()[0]
        return F.embedding_bag(
            source, x, bucket_ptr, mode="sum", per_sample_weights=weight, include_last_offset=True
        )

    def _read_edges(
        self, edge_index: Adj, edge_type: Tensor | None, edge_weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return plain edges and their checked types, of whatever PyG's layers take."""
        if isinstance(edge_index, SparseTensor) or is_sparse(edge_index):
            transposed, value = to_edge_index(edge_index)
            edge_index = transposed.flip(0)
            if edge_type is None and value.is_floating_point():
                raise ValueError(
                    "expected an adj_t whose values are the types of its edges, whole numbers, but "
                    f"they are {value.dtype}; pass edge_type beside it, or make them of torch.long"
                )
            edge_type = value.long() if edge_type is None else edge_type
        elif isinstance(edge_index, EdgeIndex):
            edge_index = edge_index.as_tensor()
        if edge_type is None:
            raise ValueError(
                "expected the type of each edge; pass edge_type, or an adj_t whose values are types"
            )
        for what, values in (("edge types", edge_type), ("edge weights", edge_weight)):
            if values is not None and values.shape != edge_index.shape[1:]:
                raise ValueError(
                    f"expected {edge_index.size(1)} {what}, one for each edge, but got "
                    f"{tuple(values.shape)}"
                )
        _check_range("edge type", edge_type, self.num_subsets)
        return edge_index, edge_type

    def _sort(
        self, edge_index: Tensor, bucket: Tensor, x: Tensor
    ) -> tuple[_Buckets, Tensor | None]:
        """Return the edges sorted by bucket, and their order.

        Nothing is sorted for an explanation, which has weights in the order given, or a compiler.
        """
        if self.explain or torch.compiler.is_compiling():
            return _Buckets(edge_index, bucket, None), None
        order = torch.argsort(bucket, stable=True)
        edge_index, bucket = edge_index[:, order], bucket[order]
        ptr = index2ptr(bucket, x.size(0) * self.num_subsets)
        if is_on_host(x) and self.flow == "source_to_target":
            size = (x.size(0), x.size(0))
            edge_index = EdgeIndex(edge_index, sort_order="col", sparse_size=size)
        return _Buckets(edge_index, bucket, ptr), order

    def _find_pairs(self, edge_index: Tensor, joint: Tensor | None, num_joints: int) -> Tensor:
        """Return the joint at the source and at the target of each edge, ``(2, E)``."""
        if joint is None:
            raise ValueError(
                "expected the joint number of each node, since the edge importance is learned per "
                "pair of joints; pass joint=data.joint or construct without num_joints"
            )
        _check_range("joint", joint, num_joints)
        ends = edge_index.as_tensor() if isinstance(edge_index, EdgeIndex) else edge_index
        return joint[ends if self.flow == "source_to_target" else ends.flip(0)]

    def _sum(self, edges: _Buckets, x: Tensor, weight: Tensor) -> Tensor:
        """Return weighted sums of ``(num_nodes, F)`` over the edges of each bucket."""
        result: Tensor = self.propagate(
            edges.edge_index,
            size=(x.size(0), x.size(0)),
            x=x,
            weight=weight.to(x.dtype),
            bucket=edges.bucket,
            bucket_ptr=edges.ptr,
        )
        return result

    def _share_present(self, edges: _Buckets, weight: Tensor, present: Tensor) -> Tensor:
        """Return the factor that keeps a mean over present neighbors a mean, ``(num_nodes, T, 1)``.

        It is 0 if the node or all its neighbors are missing.
        """
        total = self._sum(edges, torch.ones_like(present[:, :1]), weight)
        there = self._sum(edges, present, weight)
        shape = (len(present), self.num_subsets)
        total, there = (part.view(*shape, part.size(1)).sum(dim=1) for part in (total, there))
        is_missing = (there == 0) | (present == 0)
        share = total / there.masked_fill(is_missing, 1.0)  # no gradient comes from a 0 there
        return share.masked_fill(is_missing, 0.0).unsqueeze(2)

    def _initialized_weight(self, x: Tensor) -> Tensor:
        """Return the weight of the subsets, which a lazy layer draws at its first input."""
        linear = self.linear
        is_lazy = isinstance(linear.weight, nn.parameter.UninitializedParameter)
        if is_lazy and isinstance(linear, Linear):
            linear.initialize_parameters(linear, (x,))
            self.in_channels = x.size(-1)
        return linear.weight

    def __repr__(self) -> str:
        sizes = f"{self.in_channels}, {self.out_channels}, num_subsets={self.num_subsets}"
        return f"{type(self).__name__}({sizes})"


def _divide_by_in_degree(weight: Tensor, target: Tensor, num_nodes: int) -> Tensor:
    degree = weight.new_zeros(num_nodes).index_add_(0, target, weight)
    return weight / degree.masked_fill(degree == 0, 1.0)[target]


def _check_range(what: str, values: Tensor, size: int) -> None:
    if not is_on_host(values) or values.numel() == 0:
        return
    least, largest = int(values.min()), int(values.max())
    if least < 0 or largest >= size:
        raise ValueError(
            f"expected every {what} to be from 0 to {size - 1}, but got {least} to {largest}"
        )
