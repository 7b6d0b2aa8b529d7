"""The edges of a spatio-temporal skeleton graph, with the subset of each."""

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
        edge_is_temporal: (E,) whether the edge joins two frames.
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
    temporal: bool = True,
) -> SkeletonEdges:
    """Edges among the nodes (frame, joint) of a clip, numbered ``frame * V + joint``.

    Spatial edges, self-loops among them, have the subset of
    :func:`skelgraph.layouts.partition` as type. Temporal edges join a joint to itself in the frame
    before and after, and have type K, one above the K spatial subsets; PyG's ``RGCNConv`` then
    needs ``num_relations=K + 1``. An edge with a missing end is left out, so that a mean over
    neighbors is over those that are there: a missing node is alone and has no self-loop.

    Args:
        layout: The skeleton with V joints.
        num_frames: Number of frames T.
        mask: (T*V,) bool, False where a joint is missing; all are there where not given.
        strategy: Partition strategy.
        center: Joint from which distances are counted; the layout's own where not given.
        hop_distance: See :func:`skelgraph.layouts.partition`.
        subset_order: See :func:`skelgraph.layouts.partition`.
        temporal: Whether to join frames.

    Raises:
        LayoutError: If an option is unknown or the center is no joint.
        ValueError: If the mask does not have one entry for each node.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> edges = build_edges(UPPER10, num_frames=2)
        >>> edges.edge_index.shape[1]  # 2 * (10 self-loops + 2 * 9 bones) + 2 * 10
        76
    """
    A = partition(
        layout, strategy, center=center, hop_distance=hop_distance, subset_order=subset_order
    )
    template = _edges_of_a_frame(A, temporal)
    V, num_nodes = layout.num_joints, num_frames * layout.num_joints
    first = np.arange(num_frames)[:, None] * V
    source = (first + template[0]).ravel()
    target = (first + template[1]).ravel()
    edge_type = np.tile(template[2], num_frames)
    there = (source >= 0) & (source < num_nodes)
    if mask is not None:
        if mask.shape != (num_nodes,):
            raise ValueError(
                f"expected a mask with an entry for each of {num_frames} * {V} nodes, but got "
                f"{tuple(mask.shape)}"
            )
        present = mask.cpu().numpy()
        there &= present[target] & present[np.clip(source, 0, num_nodes - 1)]
    edge_index = torch.from_numpy(np.stack([source[there], target[there]]))
    kept_type = torch.from_numpy(edge_type[there])
    return SkeletonEdges(edge_index, kept_type, kept_type == A.shape[0])


def _edges_of_a_frame(A: Float32Array, temporal: bool) -> IntArray:
    """Source, target and type (3, E) of the edges that end in frame 0, sorted by target, source.

    A source in the frame before has a negative number, one in the frame after V or more.
    """
    K, V, _ = A.shape
    source, target = np.nonzero(A.sum(axis=0))
    edges = np.stack([source, target, A[:, source, target].argmax(axis=0)])
    if temporal:
        joint, types = np.arange(V), np.full(V, K)
        before, after = [joint - V, joint, types], [joint + V, joint, types]
        edges = np.concatenate([edges, np.stack(before), np.stack(after)], axis=1)
    return edges[:, np.lexsort((edges[0], edges[1]))]
