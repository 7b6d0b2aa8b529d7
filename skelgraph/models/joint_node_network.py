"""A network as a function of joints and bones, in the form that PyG's explainers call."""

from typing import cast

import torch
from torch import Tensor, nn

from skelgraph.layouts import JointLayout, resolve_layout
from skelgraph.models.spatial_temporal_network import SpatialTemporalNetwork
from skelgraph.nn import DenseSpatialPartitionConv, JointGraph


class JointNodeNetwork(nn.Module):
    """A network that is called on the joints of one clip and their edges, ``model(x, edge_index)``.

    ``torch_geometric.explain.Explainer`` calls models so, and masks nodes and edges. A node is a
    joint and holds all its frames, as inside the network; an edge joins two joints in all frames
    and all blocks. Weights are the network's own, and so are the logits.

    Args:
        network: A network with a graph, such as :class:`SSTGCN`, in evaluation mode.
        layout: The clip's skeleton, if the network takes any; by default the network's.

    Attributes:
        edge_index: ``(2, E)`` source and target joint of each edge, a joint's edge to itself
            included.
        edge_type: ``(E,)`` spatial subset of each edge.

    Shape:
        - x ``(V, T * C)``, as :meth:`to_nodes` makes it; edge_index ``(2, E)``; mask ``(V, T)``,
          True where a joint is present, or None
        - output logits ``(1, num_classes)``

    Raises:
        ValueError: If the network has weights of a joint, and the layout is not its own.

    Example:
        >>> from skelgraph.models import SSTGCN
        >>> model = JointNodeNetwork(SSTGCN(channels=(4, 4)).eval())
        >>> x = torch.zeros(20 * 10, 3)  # nodes of a clip of 20 frames, as SkeletonData has them
        >>> model(model.to_nodes(x), model.edge_index).shape
        torch.Size([1, 4])
    """

    edge_index: Tensor
    edge_type: Tensor

    def __init__(
        self, network: SpatialTemporalNetwork, layout: JointLayout | str | None = None
    ) -> None:
        super().__init__()
        skeleton = network.layout if layout is None else resolve_layout(layout)
        if skeleton != network.layout and not network.any_skeleton:
            raise ValueError(
                f"expected the layout {network.layout.name!r}, to whose joints the network's "
                f"weights belong, but got {skeleton.name!r}"
            )
        self.network = network
        self.num_joints = skeleton.num_joints
        self._graph = JointGraph.from_adjacencies([network.partition_of(skeleton)], [1])
        self.register_buffer("edge_index", self._graph.edge_index)
        self.register_buffer("edge_type", self._graph.edge_type)
        convs = (one for one in network.modules() if isinstance(one, DenseSpatialPartitionConv))
        # Explainers look for message passing among the modules.
        self.message_passing = nn.ModuleList(conv.form_on_edges() for conv in convs)
        self.train(network.training)  # explainers put a model back in its own mode

    def to_nodes(self, x: Tensor) -> Tensor:
        """Return frame-major nodes ``(T * V, C)``, as in ``SkeletonData.x``, as joints.

        It makes ``(V, T * C)`` of features, and ``(V, T)`` of a mask ``(T * V,)``.
        """
        frames = x.view(-1, self.num_joints, *x.shape[1:])  # (T, V, C)
        return frames.transpose(0, 1).flatten(1)

    def to_frames(self, values: Tensor) -> Tensor:
        """Return values of joints ``(V, T * C)``, such as a node mask, as ``(T, V, C)``."""
        return values.view(self.num_joints, -1, self.network.in_channels).transpose(0, 1)

    def forward(self, x: Tensor, edge_index: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the logits of a clip; see the class for shapes.

        Raises:
            ValueError: If the edges or the channels are not the network's.
        """
        V, C = self.num_joints, self.network.in_channels
        if edge_index.shape != self.edge_index.shape or not torch.equal(
            edge_index.to(self.edge_index.device), self.edge_index
        ):
            raise ValueError(
                "expected the edges of the network, which are its edge_index: bones have subsets "
                "and weights that other edges lack"
            )
        if x.dim() != 2 or x.size(0) != V or x.size(1) % C:
            raise ValueError(
                f"expected {V} joints with {C} channels in each frame, (joints, frames * channels),"
                f" but got {tuple(x.shape)}; see to_nodes"
            )
        clip = x.view(V, -1, C).permute(2, 1, 0).unsqueeze(0)  # (1, C, T, V)
        there = None if mask is None else mask.t().unsqueeze(0)
        embedding = self.network.embed_graph(clip, there, self._graph.to(x.device))
        return cast(Tensor, self.network.last_layer(embedding))
