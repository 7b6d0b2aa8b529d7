"""The partition of a skeleton's edges into the subsets of a spatial graph convolution.

Yan, Xiong, Lin, "Spatial Temporal Graph Convolutional Networks for Skeleton-Based Action
Recognition", AAAI 2018, section 3.3; Shi et al., Sensors 2021, 21, 205, section 4.1.1.
"""

from typing import get_args

import numpy as np

from skelgraph.config import HopDistance, Strategy, SubsetOrder
from skelgraph.errors import LayoutError
from skelgraph.layouts.joint_layout import JointLayout
from skelgraph.typing import BoolArray, Float32Array, IntArray


def partition(
    layout: JointLayout,
    strategy: Strategy = "spatial",
    *,
    center: int | None = None,
    hop_distance: HopDistance = "bfs",
    subset_order: SubsetOrder = "paper",
) -> Float32Array:
    r"""Adjacency of the skeleton, split into the subsets of a partition strategy.

    ``A[k, source, target]`` is the weight of the source joint's features in the mean that subset
    ``k`` contributes to the target joint. With :math:`\bar A = A + I` and the in-degrees on the
    diagonal of :math:`D`, the sum of the subsets is :math:`\bar A D^{-1}`: each of its columns sums
    to 1.

    - ``uniform``: one subset.
    - ``distance``: the joint itself; its neighbors.
    - ``spatial``: the joint itself; the sources closer to the center than the target (or equally
      far, which a tree does not have); the sources farther from it.

    Args:
        layout: The skeleton.
        strategy: How the edges are divided.
        center: Joint from which distances are counted; the layout's own where not given.
        hop_distance: ``"bfs"`` counts edges. ``"truncated"`` knows distances 0 and 1 and calls all
            farther joints equally far, as the released ST-GCN and S-STGCN do: most edges of an arm
            then count as ties.
        subset_order: Where ``"paper"`` has (root, closer, farther), ``"st-gcn"`` has
            (root, farther, closer), as the released ST-GCN; ties stay in the second.

    Returns:
        Array (K, V, V) with K = 1, 2 or 3.

    Raises:
        LayoutError: If an option is unknown or the center is no joint.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> A = partition(UPPER10)
        >>> A.shape, bool(np.allclose(A.sum(axis=(0, 1)), 1))
        ((3, 10, 10), True)
    """
    _check_choice("strategy", strategy, get_args(Strategy))
    _check_choice("hop_distance", hop_distance, get_args(HopDistance))
    _check_choice("subset_order", subset_order, get_args(SubsetOrder))
    center = layout.center if center is None else center
    if not 0 <= center < layout.num_joints:
        raise LayoutError(
            f"expected a center joint from 0 to {layout.num_joints - 1} for layout "
            f"{layout.name!r}, but got {center}"
        )
    root = np.eye(layout.num_joints, dtype=bool)
    neighbor: BoolArray = np.zeros_like(root)
    for a, b in (*layout.bones, *layout.extra_edges):
        neighbor[a, b] = neighbor[b, a] = True
    if strategy == "uniform":
        subsets = [root | neighbor]
    elif strategy == "distance":
        subsets = [root, neighbor]
    else:
        distance = _distances(layout, center, hop_distance)
        source, target = distance[:, None], distance[None, :]
        inner = source < target if subset_order == "paper" else source > target
        tie = source == target
        subsets = [root, neighbor & (inner | tie), neighbor & ~(inner | tie)]
    degree = (root | neighbor).sum(axis=0)
    return np.stack([subset / degree for subset in subsets]).astype(np.float32)


def _distances(layout: JointLayout, center: int, hop_distance: HopDistance) -> IntArray:
    distance = layout.distances_to(center)
    return np.minimum(distance, 2) if hop_distance == "truncated" else distance


def _check_choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise LayoutError(f"expected {option} to be one of {', '.join(choices)}, but got {value!r}")
