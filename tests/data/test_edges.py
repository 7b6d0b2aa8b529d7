from dataclasses import replace

import numpy as np
import pytest
import torch

from skelgraph.data import build_edges
from skelgraph.layouts import COCO17, UPPER10, JointLayout, partition

STRATEGIES = ["uniform", "distance", "spatial"]


def list_edges_by_loop(
    layout: JointLayout, num_frames: int, present: np.ndarray, strategy: str
) -> list[tuple[int, int, int, bool]]:
    A = partition(layout, strategy)
    V = layout.num_joints
    edges = []
    for t in range(num_frames):
        for k, s, v in zip(*np.nonzero(A), strict=True):
            if present[t, s] and present[t, v]:
                edges.append((t * V + s, t * V + v, k, False))
        edges += [
            (other * V + v, t * V + v, len(A), True)
            for other in (t - 1, t + 1)
            for v in range(V)
            if 0 <= other < num_frames and present[other, v] and present[t, v]
        ]
    return sorted(edges, key=lambda edge: (edge[1], edge[0]))


@pytest.mark.parametrize("layout", [UPPER10, COCO17], ids=lambda layout: layout.name)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_edges_equal_those_of_a_loop(layout: JointLayout, strategy: str, missing: float) -> None:
    present = np.random.default_rng(1).random((4, layout.num_joints)) >= missing
    edges = build_edges(layout, 4, mask=torch.from_numpy(present).reshape(-1), strategy=strategy)
    listed = list(
        zip(
            *edges.edge_index.tolist(),
            edges.edge_type.tolist(),
            edges.edge_is_temporal.tolist(),
            strict=True,
        )
    )
    assert listed == list_edges_by_loop(layout, 4, present, strategy)


def test_dividing_by_the_in_degree_gives_the_weights_of_the_partition() -> None:
    A = torch.from_numpy(partition(COCO17))
    edges = build_edges(COCO17, 1, temporal=False)
    source, target = edges.edge_index
    in_degree = target.bincount(minlength=17)
    assert torch.allclose(A[edges.edge_type, source, target], 1 / in_degree[target])
    assert len(source) == int((A > 0).sum())
    assert not edges.edge_is_temporal.any()


def test_options_reach_the_partition() -> None:
    types = build_edges(
        UPPER10, 1, center=2, hop_distance="truncated", subset_order="st-gcn", temporal=False
    ).edge_type
    A = partition(UPPER10, center=2, hop_distance="truncated", subset_order="st-gcn")
    assert types.bincount().tolist() == (A > 0).sum(axis=(1, 2)).tolist()
    assert (
        types.bincount().tolist()
        != build_edges(UPPER10, 1, temporal=False).edge_type.bincount().tolist()
    )


def test_a_single_frame_has_no_temporal_edges() -> None:
    assert not build_edges(UPPER10, 1).edge_is_temporal.any()


def test_a_joint_without_neighbors_keeps_its_self_loop() -> None:
    lone = replace(UPPER10, name="lone", joints=("only",), bones=(), pairs=())
    assert build_edges(lone, 1).edge_index.tolist() == [[0], [0]]


def test_a_mask_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"each of 2 \* 10 nodes, but got \(10,\)"):
        build_edges(UPPER10, 2, mask=torch.ones(10, dtype=torch.bool))
