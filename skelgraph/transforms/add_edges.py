"""The edges of a graph whose dataset yields only nodes."""

from torch_geometric.transforms import BaseTransform

from skelgraph.config import HopDistance, Strategy, SubsetOrder
from skelgraph.data import MotionClip, SkeletonData, build_edges, check_layout
from skelgraph.layouts import JointLayout, resolve_layout


class AddEdges(BaseTransform):
    """Add the edges of the graph: the bones of each frame, and perhaps edges between frames.

    If a model needs edges, this is the last transform that changes frames or joints. A
    :class:`~skelgraph.data.MotionClip` becomes a graph first.

    Args:
        layout: The clips' layout, or its name in the catalogue.
        strategy: Partition strategy; with the next three as in :func:`skelgraph.data.build_edges`.
        center: Joint from which distances are counted; the layout's own by default.
        hop_distance: Definition of the distance.
        subset_order: Order of the spatial subsets.
        temporal: Whether to connect frames as well.

    Raises:
        LayoutError: If an option is unknown, or a clip has another layout.
    """

    def __init__(
        self,
        layout: JointLayout | str,
        *,
        strategy: Strategy = "spatial",
        center: int | None = None,
        hop_distance: HopDistance = "bfs",
        subset_order: SubsetOrder = "paper",
        temporal: bool = False,
    ) -> None:
        self.layout = resolve_layout(layout)
        self.strategy = strategy
        self.center = center
        self.hop_distance = hop_distance
        self.subset_order = subset_order
        self.temporal = temporal

    def forward(self, data: SkeletonData | MotionClip) -> SkeletonData:
        """Return the clip with ``edge_index``, ``edge_type`` and ``edge_is_temporal``."""
        check_layout(data, self.layout)
        graph = SkeletonData.from_clip(data) if isinstance(data, MotionClip) else data
        graph.edge_index, graph.edge_type, graph.edge_is_temporal = build_edges(
            self.layout,
            graph.num_frames,
            mask=graph.mask,
            strategy=self.strategy,
            center=self.center,
            hop_distance=self.hop_distance,
            subset_order=self.subset_order,
            temporal=self.temporal,
        )
        return graph
