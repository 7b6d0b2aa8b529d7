"""Edges for clips whose datasets yield nodes alone."""

from torch_geometric.transforms import BaseTransform

from skelgraph.config import HopDistance, Strategy, SubsetOrder
from skelgraph.data import SkeletonData, build_edges
from skelgraph.layouts import JointLayout
from skelgraph.transforms.layout_match import check_layout, resolve_layout


class AddEdges(BaseTransform):
    """Adds the edges of the spatio-temporal graph; the last transform, where a model needs edges.

    Args:
        layout: The clips' layout, or its name in the catalogue.
        strategy: Partition strategy; with the next three as in :func:`skelgraph.data.build_edges`.
        center: Joint from which distances are counted; the layout's own where not given.
        hop_distance: How they are counted.
        subset_order: Order of the spatial subsets.
        temporal: Whether to join frames.

    Raises:
        LayoutError: If an option is unknown, or a clip is of another layout.
    """

    def __init__(
        self,
        layout: JointLayout | str,
        *,
        strategy: Strategy = "spatial",
        center: int | None = None,
        hop_distance: HopDistance = "bfs",
        subset_order: SubsetOrder = "paper",
        temporal: bool = True,
    ) -> None:
        self.layout = resolve_layout(layout)
        self.strategy = strategy
        self.center = center
        self.hop_distance = hop_distance
        self.subset_order = subset_order
        self.temporal = temporal

    def forward(self, data: SkeletonData) -> SkeletonData:
        """The clip with ``edge_index``, ``edge_type`` and ``edge_is_temporal``."""
        check_layout(data, self.layout)
        data.edge_index, data.edge_type, data.edge_is_temporal = build_edges(
            self.layout,
            int(data.num_frames),
            mask=data.mask,
            strategy=self.strategy,
            center=self.center,
            hop_distance=self.hop_distance,
            subset_order=self.subset_order,
            temporal=self.temporal,
        )
        return data
