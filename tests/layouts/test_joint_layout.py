import networkx as nx
import numpy as np
import pytest

from skelgraph.errors import LayoutError
from skelgraph.layouts import CATALOGUE, MPI23, UPPER10, JointLayout

every_layout = pytest.mark.parametrize("layout", CATALOGUE.values(), ids=CATALOGUE)

ARM = {"shoulder": None, "elbow": "shoulder", "wrist": "elbow"}


@every_layout
def test_bones_are_a_spanning_tree_directed_to_the_center(layout: JointLayout) -> None:
    tree = nx.Graph(list(layout.bones))
    assert nx.is_tree(tree)
    assert set(tree) == set(range(layout.num_joints))
    assert sorted([layout.center, *(child for child, _ in layout.bones)]) == sorted(tree)
    for child, _ in layout.bones:
        path = nx.shortest_path(tree, child, layout.center)
        assert layout.parents[child] == path[1]
    assert layout.parents[layout.center] == layout.center


@every_layout
def test_mirror_is_an_involution_that_maps_edges_to_edges(layout: JointLayout) -> None:
    assert layout.pairs
    mirror = layout.mirror
    np.testing.assert_array_equal(mirror[mirror], np.arange(layout.num_joints))
    bones = set(layout.bones)
    assert {(int(mirror[child]), int(mirror[parent])) for child, parent in bones} == bones
    edges = {frozenset(edge) for edge in layout.graph.edges}
    assert {frozenset(int(mirror[joint]) for joint in edge) for edge in edges} == edges


@every_layout
def test_pairs_are_left_then_right(layout: JointLayout) -> None:
    for left, right in layout.pairs:
        names = layout.joints[left].lower(), layout.joints[right].lower()
        if names[0].startswith("face_"):  # no side in its name; tested with the catalogue
            continue
        assert "left" in names[0]
        assert names[0].replace("left", "right") == names[1]


@every_layout
def test_depth_first_visits_each_joint_after_its_parent(layout: JointLayout) -> None:
    place = {joint: number for number, joint in enumerate(layout.depth_first)}
    assert sorted(place) == list(range(layout.num_joints))
    assert layout.depth_first[0] == layout.center
    assert all(place[parent] < place[child] for child, parent in layout.bones)


@every_layout
def test_distances_count_edges_and_neighbors_differ_by_one_in_a_tree(layout: JointLayout) -> None:
    assert layout.distances[layout.center] == 0
    tree = JointLayout(
        name="tree", joints=layout.joints, bones=layout.bones, center=layout.center
    ).distances
    assert all(tree[child] == tree[parent] + 1 for child, parent in layout.bones)
    assert (layout.distances <= tree).all()
    if not layout.extra_edges:
        np.testing.assert_array_equal(layout.distances, tree)


def test_upper10_is_the_graph_of_the_paper() -> None:
    assert UPPER10.joints[UPPER10.center] == "spinebase"
    np.testing.assert_array_equal(UPPER10.distances, [0, 1, 2, 3, 3, 4, 5, 3, 4, 5])
    np.testing.assert_array_equal(UPPER10.mirror, [0, 1, 2, 3, 7, 8, 9, 4, 5, 6])
    np.testing.assert_array_equal(UPPER10.parents, [0, 0, 1, 2, 2, 4, 5, 2, 7, 8])


def test_distances_use_the_extra_edges() -> None:
    ring = JointLayout.from_parents("ring", ARM, extra_edges=[("shoulder", "wrist")])
    np.testing.assert_array_equal(ring.distances, [0, 1, 1])
    np.testing.assert_array_equal(ring.parents, [0, 0, 1])


def test_layouts_are_equal_by_value_and_usable_as_keys() -> None:
    again = JointLayout.from_parents("arm", ARM)
    assert {JointLayout.from_parents("arm", ARM): 1}[again] == 1
    assert again != JointLayout.from_parents("other", ARM)


def test_a_single_joint_is_a_layout() -> None:
    point = JointLayout.from_parents("point", {"marker": None})
    assert point.depth_first == (0,)
    np.testing.assert_array_equal(point.distances, [0])


def test_index_finds_a_joint_or_lists_those_there_are() -> None:
    assert UPPER10.index("left_wrist") == 6
    with pytest.raises(LayoutError, match=r"'upper10' has no joint 'tail'; it has \['spinebase'"):
        UPPER10.index("tail")


def test_subset_hangs_a_joint_on_the_nearest_ancestor_that_stays() -> None:
    kept = [MPI23.index(joint) for joint in ("Hips", "Chest4", "Head", "LeftWrist", "RightWrist")]
    small = MPI23.subset(kept, "small")
    assert small.joints == ("Hips", "Chest4", "Head", "RightWrist", "LeftWrist")
    np.testing.assert_array_equal(small.parents, [0, 0, 1, 1, 1])
    assert small.pairs == ((4, 3),)


def test_subset_without_a_common_ancestor_is_an_error() -> None:
    wrists = [MPI23.index("LeftWrist"), MPI23.index("RightWrist")]
    with pytest.raises(LayoutError, match="expected one joint without a parent"):
        MPI23.subset(wrists, "wrists")


def test_from_parents_marks_added_bones() -> None:
    layout = JointLayout.from_parents("arm", ARM, added_bones=["wrist"])
    assert layout.added_bones == (2,)


@pytest.mark.parametrize(
    ("parents", "message"),
    [
        ({"a": None, "b": None}, r"expected one joint without a parent, but got \['a', 'b'\]"),
        ({"a": "b", "b": "a"}, r"expected one joint without a parent, but got \[\]"),
        ({"a": None, "b": "c"}, r"\['c'\] are named in a bone, edge or pair but are no joints"),
    ],
)
def test_from_parents_rejects(parents: dict[str, str | None], message: str) -> None:
    with pytest.raises(LayoutError, match=message):
        JointLayout.from_parents("odd", parents)


@pytest.mark.parametrize(
    ("bones", "message"),
    [
        (((1, 0),), r"expected 2 bones .* 'a', but got 1 and \['c'\] are not connected to it"),
        (((1, 0), (2, 1), (2, 0)), "got 3 and there is a cycle"),
        (((0, 1), (2, 1)), r"bone \('a', 'b'\) must be \(child, parent\) as seen from 'a'"),
        (((1, 0), (3, 0)), r"expected joint numbers from 0 to 2, but got \[3\]"),
        (((1, 0), (2, 2)), r"\['c'\] are not connected"),
    ],
)
def test_bones_that_are_no_tree_are_rejected(
    bones: tuple[tuple[int, int], ...], message: str
) -> None:
    with pytest.raises(LayoutError, match=message):
        JointLayout(name="odd", joints=("a", "b", "c"), bones=bones)


def test_repeated_names_and_doubly_paired_joints_are_rejected() -> None:
    with pytest.raises(LayoutError, match=r"must differ, but \['a'\] repeat"):
        JointLayout(name="odd", joints=("a", "a"), bones=((1, 0),))
    with pytest.raises(LayoutError, match="one left-right pair only"):
        JointLayout(
            name="odd", joints=("a", "b", "c"), bones=((1, 0), (2, 0)), pairs=((0, 1), (1, 2))
        )
