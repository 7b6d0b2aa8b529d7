"""Propose bones for points that have none: those between points that stay equally far apart."""

import numpy as np

from skelgraph.layouts import JointLayout, find_pairs, name_parents
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import FloatArray

_MOST_FRAMES = 200
_WEIGHT_OF_LENGTH = 0.1


def propose_layout(sequence: PoseSequence, name: str) -> JointLayout:
    """Return a layout of a recording's joints whose bones are read from the motion.

    The bones are the minimum spanning tree over pairs of joints, whose cost is the standard
    deviation of their distance and a tenth of its mean: what is rigid comes first, then what is
    near. A pair that is never seen together costs most. The center is the joint from which the
    farthest one is the fewest bones away.

    Args:
        sequence: The recording; up to 200 of its frames are used.
        name: Name of the layout.
    """
    from scipy.sparse.csgraph import minimum_spanning_tree  # few ask for it

    cost = measure_link_costs(sequence.positions[:: -(-len(sequence) // _MOST_FRAMES)])
    tree = minimum_spanning_tree(cost).tocoo()
    edges = [(int(a), int(b)) for a, b in zip(tree.row, tree.col, strict=True)]
    joints = sequence.layout.joints
    parents = name_parents(joints, _root(edges, len(joints)))
    return JointLayout.from_parents(name, parents, pairs=find_pairs(joints))


def measure_link_costs(positions: FloatArray) -> FloatArray:
    """Return what a bone between each two joints would cost, an array (V, V).

    It is the standard deviation of their distance and a tenth of its mean, in shares of the
    largest; a pair that is never seen together costs 2. Costs off the diagonal are more than 0.

    Args:
        positions: Array (T, V, C), NaN where a joint is missing.
    """
    V = positions.shape[1]
    count, total, squares = (np.zeros((V, V)) for _ in range(3))
    for frame in positions.astype(np.float64):
        distance = np.linalg.norm(frame[:, None] - frame[None], axis=2)
        there = np.isfinite(distance)
        distance = np.where(there, distance, 0.0)
        count += there
        total += distance
        squares += distance**2
    mean = total / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean**2, 0.0))
    cost = spread + _WEIGHT_OF_LENGTH * mean
    most = 1.0 + cost.max()
    cost[count == 0] = 2 * most
    scaled: FloatArray = cost / most + 1e-9  # a zero would be no edge
    return scaled


def _root(edges: list[tuple[int, int]], num_joints: int) -> list[int | None]:
    """Return each joint's parent in the tree, as seen from its center."""
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(num_joints))
    graph.add_edges_from(edges)
    center = min(nx.center(graph))
    parents: list[int | None] = [None] * num_joints
    for parent, child in nx.bfs_edges(graph, center):
        parents[child] = parent
    return parents
