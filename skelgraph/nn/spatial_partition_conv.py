"""The graph convolution over spatial subsets, on any graph."""

import torch
from torch import Tensor, nn
from torch_geometric.index import index2ptr
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import segment

from skelgraph.nn.masking import is_on_host


class SpatialPartitionConv(MessagePassing):
    r"""Graph convolution whose weights depend on the subset that an edge belongs to.

    .. math::
        \mathbf{f}'_i = \sum_{k=1}^{K} \sum_{j \in \mathcal{N}_k(i)} a_{ji} \,
        M_k[v_j, v_i] \, (\mathbf{W}_k \mathbf{f}_j + \mathbf{b}_k)

    Equations (1) and (2) of Shi et al., Sensors 2021, 21, 205, on the edges of any graph, such as a
    batch of different skeletons. :class:`DenseSpatialPartitionConv` is its twin for a fixed
    skeleton and loads the same state dict.

    :func:`torch_geometric.utils.segment` sums the messages over edges sorted by target; it uses
    torch-scatter if that is installed.

    Args:
        in_channels: Channels of each node.
        out_channels: Channels of each node of the output.
        num_subsets: Number K of subsets.
        num_joints: Number V of joints to learn the importance :math:`M` of each pair of joints in
            each subset; ``forward`` then needs ``joint``. None for no importance.
        bias: Whether the transformation of each subset has a bias.
        normalize: Whether to divide an edge's weight by the sum of the weights of all edges that
            enter the node, in any subset; otherwise :math:`a_{ji}` is the weight itself.

    Shape:
        - x ``(num_nodes, C_in)``, edge_index ``(2, E)`` from source to target, edge_type ``(E,)``
          in ``0..K-1``, edge_weight ``(E,)`` or None (ones), joint ``(num_nodes,)`` in ``0..V-1``
        - output ``(num_nodes, C_out)``

    Raises:
        ValueError: If ``joint`` is missing, or an edge type or a joint on the CPU is out of range.

    Example:
        >>> conv = SpatialPartitionConv(3, 8, num_subsets=2)
        >>> edge_index = torch.tensor([[0, 1, 0], [0, 1, 1]])
        >>> conv(torch.randn(2, 3), edge_index, torch.tensor([0, 0, 1])).shape
        torch.Size([2, 8])
    """

    edge_importance: nn.Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_subsets: int,
        num_joints: int | None = None,
        bias: bool = True,
        normalize: bool = True,
    ) -> None:
        super().__init__(aggr="sum")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.num_subsets = num_subsets
        self.num_joints = num_joints
        self.normalize = normalize
        self.linear = nn.Linear(in_channels, num_subsets * out_channels, bias=bias)
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
        edge_index: Tensor,
        edge_type: Tensor,
        edge_weight: Tensor | None = None,
        joint: Tensor | None = None,
    ) -> Tensor:
        """Convolve node features; see the class for shapes."""
        for what, values in (("edge types", edge_type), ("edge weights", edge_weight)):
            if values is not None and values.shape != edge_index.shape[1:]:
                raise ValueError(
                    f"expected {edge_index.size(1)} {what}, one for each edge, but got "
                    f"{tuple(values.shape)}"
                )
        self._check_range("edge type", edge_type, self.num_subsets)
        order = torch.argsort(edge_index[1], stable=True)
        edge_index, edge_type = edge_index[:, order], edge_type[order]
        weight = x.new_ones(edge_type.numel()) if edge_weight is None else edge_weight[order]
        if self.normalize:
            weight = self._divide_by_in_degree(weight, edge_index[1], x.size(0))
        if self.edge_importance is not None:
            if joint is None:
                raise ValueError(
                    "expected the joint number of each node, since the edge importance is learned "
                    "per pair of joints; pass joint=data.joint or construct without num_joints"
                )
            self._check_range("joint", joint, self.edge_importance.size(1))
            source, target = joint[edge_index]
            weight = weight * self.edge_importance[edge_type, source, target]
        f = self.linear(x).view(x.size(0), self.num_subsets, self.out_channels)
        size = (x.size(0), x.size(0))
        result: Tensor = self.propagate(
            edge_index, size=size, f=f, edge_type=edge_type, weight=weight
        )
        return result

    def message(self, f: Tensor, edge_index_j: Tensor, edge_type: Tensor, weight: Tensor) -> Tensor:
        """Return the weighted features of the source in the edge's subset."""
        return weight.unsqueeze(1) * f[edge_index_j, edge_type]

    def aggregate(self, inputs: Tensor, index: Tensor, dim_size: int) -> Tensor:
        """Sum the messages of each target; the edges are sorted by target."""
        result: Tensor = segment(inputs, index2ptr(index, dim_size), reduce="sum")
        return result

    @staticmethod
    def _divide_by_in_degree(weight: Tensor, target: Tensor, num_nodes: int) -> Tensor:
        degree = weight.new_zeros(num_nodes).index_add_(0, target, weight)
        return weight / degree.masked_fill(degree == 0, 1.0)[target]

    @staticmethod
    def _check_range(what: str, values: Tensor, size: int) -> None:
        if not is_on_host(values) or values.numel() == 0:
            return
        least, largest = int(values.min()), int(values.max())
        if least < 0 or largest >= size:
            raise ValueError(
                f"expected every {what} to be from 0 to {size - 1}, but got {least} to {largest}"
            )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.in_channels}, {self.out_channels}, "
            f"num_subsets={self.num_subsets})"
        )
