"""The edges of spatio-temporal skeleton graphs, whose nodes are joints of single frames."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from skelgraph.config import HopDistance, Strategy, SubsetOrder
from skelgraph.layouts import JointLayout, partition
from skelgraph.typing import Float32Array, IntArray


class SkeletonEdges(NamedTuple):
    """Edges between the nodes of one clip, sorted by target and then by source.

    Args:
        edge_index: (2, E) numbers of the source (row 0) and target node.
        edge_type: (E,) spatial subset of each edge; the number of subsets for a temporal edge.
        edge_is_temporal: (E,) whether the edge connects two frames.
    """

    edge_index: Tensor
    edge_type: Tensor
    edge_is_temporal: Tensor


def build_edges(
    layout: JointLayout,
    num_frames: int,
    *,
    mask: Tensor | None = None,
    strategy: Strategy = "spatial",
    center: int | None = None,
    hop_distance: HopDistance = "bfs",
    subset_order: SubsetOrder = "paper",
    temporal: bool = False,
) -> SkeletonEdges:
    """Build the edges among the nodes (frame, joint) of a clip, numbered ``frame * V + joint``.

    The type of a spatial edge, which may be a self-loop, is its subset in
    :func:`skelgraph.layouts.partition`. Temporal edges connect a joint to itself in the previous
    and next frame and have type K, following the K spatial subsets; PyG's ``RGCNConv`` then needs
    ``num_relations=K + 1``. Edges with a missing end are left out, so that a mean over neighbors
    covers only joints that are there; a missing node has no edges, not even a self-loop.

    Args:
        layout: The skeleton with V joints.
        num_frames: Number of frames T.
        mask: (T*V,) bool, False where a joint is missing; by default all are there.
        strategy: Partition strategy.
        center: Joint from which distances are counted; the layout's own by default.
        hop_distance: See :func:`skelgraph.layouts.partition`.
        subset_order: See :func:`skelgraph.layouts.partition`.
        temporal: Whether to connect frames as well.

    Raises:
        LayoutError: If an option is unknown or the center is not a joint.
        ValueError: If the mask does not have one entry per node.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> edges = build_edges(UPPER10, num_frames=2, temporal=True)
        >>> edges.edge_index.shape[1]  # 2 * (10 self-loops + 2 * 9 bones) + 2 * 10
        76
    """
    A = partition(
        layout, strategy, center=center, hop_distance=hop_distance, subset_order=subset_order
    )
    template = _edges_of_a_frame(A, temporal)
    V, num_nodes = layout.num_joints, num_frames * layout.num_joints
    first_node = np.arange(num_frames)[:, None] * V
    source = (first_node + template[0]).ravel()
    target = (first_node + template[1]).ravel()
    edge_type = np.tile(template[2], num_frames)
    is_kept = (source >= 0) & (source < num_nodes)
    if mask is not None:
        if mask.shape != (num_nodes,):
            raise ValueError(
                f"expected a mask with an entry for each of {num_frames} * {V} nodes, but got "
                f"{tuple(mask.shape)}"
            )
        present = mask.cpu().numpy()
        is_kept &= present[target] & present[np.clip(source, 0, num_nodes - 1)]
    edge_index = torch.from_numpy(np.stack([source[is_kept], target[is_kept]]))
    kept_type = torch.from_numpy(edge_type[is_kept])
    return SkeletonEdges(edge_index, kept_type, kept_type == A.shape[0])


def _edges_of_a_frame(A: Float32Array, temporal: bool) -> IntArray:
    """Return the source, target and type (3, E) of the edges that end in frame 0.

    They are sorted by target, then source. A source in the previous frame has a negative number,
    and one in the next frame V or more.
    """
    K, V, _ = A.shape
    source, target = np.nonzero(A.sum(axis=0))
    edges = np.stack([source, target, A[:, source, target].argmax(axis=0)])
    if temporal:
        joint, types = np.arange(V), np.full(V, K)
        before, after = [joint - V, joint, types], [joint + V, joint, types]
        edges = np.concatenate([edges, np.stack(before), np.stack(after)], axis=1)
    return edges[:, np.lexsort((edges[0], edges[1]))]
