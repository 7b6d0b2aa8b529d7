from dataclasses import replace

import pytest

from skelgraph.errors import LayoutError
from skelgraph.layouts import (
    CATALOGUE,
    COCO17,
    MPI23,
    OPENPOSE18,
    UPPER10,
    JointLayout,
    get_layout,
    recognize_layout,
)


@pytest.mark.parametrize(
    ("name", "num_joints"),
    [
        ("upper10", 10),
        ("h36m17", 17),
        ("coco17", 17),
        ("openpose18", 18),
        ("xsens23", 23),
        ("mpi23", 23),
    ],
)
def test_the_catalogue_knows(name: str, num_joints: int) -> None:
    assert get_layout(name).name == name
    assert get_layout(name).num_joints == num_joints


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(LayoutError, match="no layout 'ntu99'; known are upper10, h36m17"):
        get_layout("ntu99")


def test_coco_edges_are_those_of_the_task_plus_none() -> None:
    # The COCO task's skeleton, 1-based; its links between eyes, shoulders and hips close cycles.
    task = """16-14 14-12 17-15 15-13 12-13 6-12 7-13 6-7 6-8 7-9 8-10 9-11 2-3 1-2 1-3 2-4 3-5
        4-6 5-7"""
    edges = {frozenset(int(end) - 1 for end in edge.split("-")) for edge in task.split()}
    assert {frozenset(edge) for edge in COCO17.graph.edges} == edges


def test_openpose_edges_are_those_of_st_gcn() -> None:
    links = """4-3 3-2 7-6 6-5 13-12 12-11 10-9 9-8 11-5 8-2 5-1 2-1 0-1 15-0 14-0 17-15 16-14"""
    edges = {frozenset(int(end) for end in edge.split("-")) for edge in links.split()}
    assert {frozenset(edge) for edge in OPENPOSE18.graph.edges} == edges


def test_a_layout_is_recognized_by_joints_and_bones() -> None:
    from_file = replace(MPI23, name="file", pairs=(), bones=tuple(reversed(MPI23.bones)))
    assert recognize_layout(from_file) is MPI23


def test_another_layout_stays_itself() -> None:
    other = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
    assert recognize_layout(other) is other
    bones = ((1, 0), (2, 0), *UPPER10.bones[2:])
    rewired = replace(UPPER10, bones=bones)
    assert recognize_layout(rewired) is rewired


def test_names_in_the_catalogue_are_the_layouts_names() -> None:
    assert all(layout.name == name for name, layout in CATALOGUE.items())
