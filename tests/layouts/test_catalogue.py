from dataclasses import replace
from itertools import pairwise

import pytest

from skelgraph.errors import LayoutError
from skelgraph.layouts import (
    AZURE32,
    CATALOGUE,
    COCO17,
    COCO133,
    HALPE26,
    HALPE136,
    KINECT20,
    MEDIAPIPE33,
    MPI23,
    NTU25,
    NTU25_PYSKL,
    OPENPOSE18,
    OPENPOSE25,
    OPENPOSE25B,
    OPENPOSE134,
    PANOPTIC19,
    POSETRACK17,
    SMPL24,
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
        ("openpose25", 25),
        ("halpe26", 26),
        ("halpe136", 136),
        ("coco133", 133),
        ("mediapipe33", 33),
        ("ntu25", 25),
        ("ntu25-pyskl", 25),
        ("kinect20", 20),
        ("smpl24", 24),
        ("xsens23", 23),
        ("mpi23", 23),
        ("openpose25b", 25),
        ("openpose134", 134),
        ("posetrack17", 17),
        ("azure32", 32),
        ("panoptic19", 19),
    ],
)
def test_the_catalogue_knows(name: str, num_joints: int) -> None:
    assert get_layout(name).name == name
    assert get_layout(name).num_joints == num_joints


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(LayoutError, match="no layout 'ntu99'; known are upper10, h36m17"):
        get_layout("ntu99")


def graph_of(layout: JointLayout) -> set[frozenset[int]]:
    return {frozenset(edge) for edge in layout.graph.edges}


def edges_of(text: str, *, first: int = 0) -> set[frozenset[int]]:
    return {frozenset(int(end) - first for end in edge.split("-")) for edge in text.split()}


def test_coco_edges_are_those_of_the_task_plus_none() -> None:
    # The COCO task's skeleton, 1-based; its links between eyes, shoulders and hips close cycles.
    task = """16-14 14-12 17-15 15-13 12-13 6-12 7-13 6-7 6-8 7-9 8-10 9-11 2-3 1-2 1-3 2-4 3-5
        4-6 5-7"""
    assert graph_of(COCO17) == edges_of(task, first=1)


def test_openpose_edges_are_those_of_st_gcn() -> None:
    links = """4-3 3-2 7-6 6-5 13-12 12-11 10-9 9-8 11-5 8-2 5-1 2-1 0-1 15-0 14-0 17-15 16-14"""
    assert graph_of(OPENPOSE18) == edges_of(links)


def test_body_25_edges_are_those_of_openpose() -> None:
    pairs = """1-8 1-2 1-5 2-3 3-4 5-6 6-7 8-9 9-10 10-11 8-12 12-13 13-14 1-0 0-15 15-17 0-16
        16-18 14-19 19-20 14-21 11-22 22-23 11-24"""
    assert graph_of(OPENPOSE25) == edges_of(pairs)
    assert OPENPOSE25.joints[OPENPOSE25.center] == "neck"
    assert OPENPOSE25.joints[19:] == (
        *("left_big_toe", "left_small_toe", "left_heel"),
        *("right_big_toe", "right_small_toe", "right_heel"),
    )


def test_body_25b_edges_are_those_of_openpose_plus_the_neck_of_the_nose() -> None:
    pairs = """0-1 0-2 1-3 2-4 5-7 6-8 7-9 8-10 5-11 6-12 11-13 12-14 13-15 14-16 15-19 19-20 15-21
        16-22 22-23 16-24 5-17 6-17 17-18 11-12"""
    assert graph_of(OPENPOSE25B) == edges_of(pairs) | edges_of("0-17")
    assert OPENPOSE25B.added_bones == (0,)
    assert OPENPOSE25B.joints[17:20] == ("upper_neck", "head_top", "left_big_toe")


def test_openpose_134_is_its_body_with_the_rest_of_coco_whole_body() -> None:
    assert OPENPOSE134.joints[:18] == OPENPOSE18.joints
    assert OPENPOSE134.joints[18:] == COCO133.joints[17:]
    assert graph_of(OPENPOSE134.subset(range(18), "body")) == graph_of(OPENPOSE18)


def test_posetrack_edges_are_those_that_mmpose_draws_plus_the_ears() -> None:
    drawn = "15-13 13-11 16-14 14-12 11-12 5-11 6-12 5-6 5-7 6-8 7-9 8-10 0-1 0-2 1-5 1-6"
    assert graph_of(POSETRACK17) == edges_of(drawn) | edges_of("0-3 0-4")
    assert POSETRACK17.added_bones == (3, 4)


def test_azure_parents_are_those_of_the_sensor() -> None:
    parents = [0, 0, 1, 2, 2, 4, 5, 6, 7, 8, 7, 2, 11, 12, 13, 14, 15, 14]
    parents += [0, 18, 19, 20, 0, 22, 23, 24, 3, 26, 26, 26, 26, 26]
    assert AZURE32.parents.tolist() == parents


def test_panoptic_edges_are_those_of_the_toolbox() -> None:
    edges = (
        "1-2 1-4 4-5 5-6 1-3 3-7 7-8 8-9 3-13 13-14 14-15 1-10 10-11 11-12 2-16 16-17 2-18 18-19"
    )
    assert graph_of(PANOPTIC19) == edges_of(edges, first=1)


HALPE_BODY = """0-1 0-2 1-3 2-4 5-18 6-18 5-7 7-9 6-8 8-10 17-18 18-19 19-11 19-12 11-13 12-14
    13-15 14-16 20-24 21-25 23-25 22-24 15-24 16-25"""


def test_halpe_edges_are_those_that_alphapose_draws_plus_the_face() -> None:
    assert graph_of(HALPE26) == edges_of(HALPE_BODY) | edges_of("0-17")
    assert HALPE26.added_bones == (0,)
    assert HALPE26.joints[:17] == COCO17.joints
    assert HALPE26.joints[17:20] == ("head", "neck", "hip")
    assert [HALPE26.joints[joint] for joint, _ in HALPE26.pairs[8:]] == [
        *("left_big_toe", "left_small_toe", "left_heel")
    ]


def test_halpe_136_draws_what_alphapose_draws_with_its_contours_closed() -> None:
    ways = [range(26, 43), range(43, 48), range(48, 53), range(53, 57), range(57, 62)]
    ways += [range(62, 68), range(68, 74), range(74, 86), range(86, 94)]
    for root in (94, 115):
        ways += [(root, *range(tip, tip + 4)) for tip in range(root + 1, root + 21, 4)]
    drawn = edges_of(HALPE_BODY) | {frozenset(edge) for way in ways for edge in pairwise(way)}
    closed = edges_of("62-67 68-73 74-85 86-93")
    added = {frozenset((joint, HALPE136.parents[joint])) for joint in HALPE136.added_bones}
    assert graph_of(HALPE136) == drawn | closed | added
    assert not added & drawn
    assert {int(HALPE136.parents[joint]) for joint in (94, 115)} == {9, 10}
    assert HALPE136.joints[26] == "face_0"
    assert HALPE136.joints[94] == "left_hand_0"
    assert HALPE136.joints[115] == "right_hand_0"


def test_the_face_is_mirrored_as_in_300_w() -> None:
    # Columns of points of a frontal face, from the person's right to the left.
    rows = """0-16 1-15 2-14 3-13 4-12 5-11 6-10 7-9 17-26 18-25 19-24 20-23 21-22 31-35 32-34
        36-45 37-44 38-43 39-42 41-46 40-47 48-54 49-53 50-52 59-55 58-56 60-64 61-63 67-65"""
    for layout, first in ((HALPE136, 26), (COCO133, 23)):
        face = {frozenset(pair) for pair in layout.pairs if first <= pair[0] < first + 68}
        assert face == edges_of(rows, first=-first)
        # The lower numbers of brows and jaw lie on the person's right.
        assert layout.mirror[first] == first + 16
        assert (first + 16, first) in layout.pairs


def test_coco_whole_body_edges() -> None:
    body = COCO133.subset(range(17), "body")
    assert graph_of(body) == graph_of(COCO17)
    assert COCO133.joints[:17] == COCO17.joints
    feet = {frozenset((joint, int(COCO133.parents[joint]))) for joint in range(17, 23)}
    assert feet == edges_of("15-17 15-18 15-19 16-20 16-21 16-22")
    assert [COCO133.joints[joint] for joint in (17, 22, 23, 91, 112)] == [
        *("left_big_toe", "right_heel", "face_0", "left_hand_0", "right_hand_0")
    ]
    assert {COCO133.joints[joint] for joint in COCO133.added_bones} >= {"face_0", "left_hand_0"}


def test_mediapipe_edges_are_its_connections_plus_what_joins_the_head() -> None:
    connections = """0-1 1-2 2-3 3-7 0-4 4-5 5-6 6-8 9-10 11-12 11-13 13-15 15-17 15-19 15-21 17-19
        12-14 14-16 16-18 16-20 16-22 18-20 11-23 12-24 23-24 23-25 24-26 25-27 26-28 27-29 28-30
        29-31 30-32 27-31 28-32"""
    ours = edges_of("0-9 0-10 0-11 0-12")
    assert graph_of(MEDIAPIPE33) == edges_of(connections) | ours
    added = {frozenset((joint, 0)) for joint in MEDIAPIPE33.added_bones}
    assert added == ours


NTU_BODY = "0-1 1-20 2-20 3-2 4-20 5-4 6-5 7-6 8-20 9-8 10-9 11-10 12-0 13-12 14-13 15-14 16-0"
NTU_LEG = "17-16 18-17 19-18"


@pytest.mark.parametrize(
    ("layout", "hands"),
    [(NTU25, "21-22 22-7 23-24 24-11"), (NTU25_PYSKL, "21-7 22-7 23-11 24-11")],
    ids=["ntu25", "ntu25-pyskl"],
)
def test_ntu_edges_with_either_hand(layout: JointLayout, hands: str) -> None:
    assert graph_of(layout) == edges_of(f"{NTU_BODY} {NTU_LEG} {hands}")
    assert layout.joints[layout.center] == "spine_shoulder"
    assert layout.joints[21:] == ("left_hand_tip", "left_thumb", "right_hand_tip", "right_thumb")


def test_kinect_edges_are_a_body_from_the_hips() -> None:
    links = "0-1 1-2 2-3 2-4 4-5 5-6 6-7 2-8 8-9 9-10 10-11 0-12 12-13 13-14 14-15 0-16"
    assert graph_of(KINECT20) == edges_of(f"{links} {NTU_LEG}")
    assert KINECT20.joints[KINECT20.center] == "hip_center"


def test_smpl_parents_are_those_of_the_body_model() -> None:
    parents = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
    assert SMPL24.parents.tolist() == parents
    assert SMPL24.joints[9] == "spine3"
    assert SMPL24.joints[13] == "left_collar"


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
