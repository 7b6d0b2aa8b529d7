from pathlib import Path

import numpy as np
import pytest

from skelgraph.config import Strategy
from skelgraph.errors import LayoutError
from skelgraph.layouts import CATALOGUE, OPENPOSE18, UPPER10, JointLayout, partition

every_layout = pytest.mark.parametrize("layout", CATALOGUE.values(), ids=CATALOGUE)


@every_layout
@pytest.mark.parametrize(
    ("strategy", "num_subsets"), [("uniform", 1), ("distance", 2), ("spatial", 3)]
)
def test_columns_of_the_sum_are_means(
    layout: JointLayout, strategy: Strategy, num_subsets: int
) -> None:
    A = partition(layout, strategy)
    assert A.shape == (num_subsets, layout.num_joints, layout.num_joints)
    assert A.dtype == np.float32
    np.testing.assert_allclose(A.sum(axis=(0, 1)), 1, atol=1e-6)
    assert ((A > 0).sum(axis=0) <= 1).all()


@every_layout
def test_subsets_are_root_closer_and_farther_sources(layout: JointLayout) -> None:
    A = partition(layout)
    expected = np.zeros_like(A)
    for target in range(layout.num_joints):
        sources = [target, *layout.graph.neighbors(target)]
        for source in sources:
            closer = layout.distances[source] <= layout.distances[target]
            subset = 0 if source == target else 1 if closer else 2
            expected[subset, source, target] = 1 / len(sources)
    np.testing.assert_allclose(A, expected, atol=1e-7)


def test_distances_have_no_ties_in_a_tree() -> None:
    A = partition(UPPER10)
    both_ways = (A[1] > 0) & (A[1].T > 0)
    assert not both_ways.any()
    np.testing.assert_array_equal(A[1] > 0, A[2].T > 0)


def test_truncated_distances_call_the_arms_edges_ties() -> None:
    A = partition(UPPER10, hop_distance="truncated")
    both_ways = np.argwhere(np.triu((A[1] > 0) & (A[1].T > 0)))
    # Seven of nine, as SPEC 4.1 counts: all but (0, 1) and (1, 2).
    assert len(both_ways) == 7
    assert [5, 6] in both_ways.tolist()


def test_the_order_of_st_gcn_exchanges_closer_and_farther() -> None:
    paper, released = partition(UPPER10), partition(UPPER10, subset_order="st-gcn")
    np.testing.assert_array_equal(paper[[0, 2, 1]], released)


def test_a_renumbered_skeleton_has_the_renumbered_partition() -> None:
    order = [3, 9, 0, 5, 1, 8, 2, 7, 4, 6]
    number = {joint: place for place, joint in enumerate(order)}
    renumbered = JointLayout(
        name="renumbered",
        joints=tuple(UPPER10.joints[joint] for joint in order),
        bones=tuple((number[child], number[parent]) for child, parent in UPPER10.bones),
        center=number[UPPER10.center],
    )
    expected = partition(UPPER10)[:, order][:, :, order]
    np.testing.assert_array_equal(partition(renumbered), expected)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (
            "strategy",
            "radial",
            "strategy to be one of spatial, distance, uniform, but got 'radial'",
        ),
        ("hop_distance", "dfs", "hop_distance to be one of bfs, truncated"),
        ("subset_order", "agcn", "subset_order to be one of paper, st-gcn"),
        ("center", 10, "center joint from 0 to 9 for layout 'upper10', but got 10"),
    ],
)
def test_unknown_options_are_rejected(option: str, value: object, message: str) -> None:
    with pytest.raises(LayoutError, match=message):
        partition(UPPER10, **{option: value})  # type: ignore[arg-type]


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("key", "strategy"),
    [("A_unilabel", "uniform"), ("A_distance", "distance"), ("A_spatial", "spatial")],
)
def test_released_s_stgcn_has_the_same_adjacency(
    shared_data: Path, key: str, strategy: Strategy
) -> None:
    reference = np.load(shared_data / "reference" / "s-stgcn" / "expected.npz")[key]
    A = partition(UPPER10, strategy, center=2, hop_distance="truncated")
    np.testing.assert_array_equal(A, reference.astype(np.float32))


@pytest.mark.realdata
def test_released_st_gcn_has_the_same_adjacency(shared_data: Path) -> None:
    reference = np.load(shared_data / "reference" / "st-gcn" / "expected.npz")["A"]
    A = partition(OPENPOSE18, hop_distance="truncated", subset_order="st-gcn")
    np.testing.assert_allclose(A, reference, atol=1e-3)  # it was kept in half precision
