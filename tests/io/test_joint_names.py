from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io.joint_names import (
    find_catalogue_layout,
    layout_from_parents,
    pick_joints,
    settle_layout,
)
from skelgraph.layouts import (
    CATALOGUE,
    KINECT20,
    MPI23,
    NTU25,
    NTU25_PYSKL,
    UPPER10,
    XSENS23,
    JointLayout,
    find_pairs,
)

XSENS_NAMES = [
    *("Pelvis", "L5", "L3", "T12", "T8", "Neck", "Head"),
    *("RightShoulder", "RightUpperArm", "RightForeArm", "RightHand"),
    *("LeftShoulder", "LeftUpperArm", "LeftForeArm", "LeftHand"),
    *("RightUpperLeg", "RightLowerLeg", "RightFoot", "RightToe"),
    *("LeftUpperLeg", "LeftLowerLeg", "LeftFoot", "LeftToe"),
]


def parents_of(layout: JointLayout) -> dict[str, str | None]:
    return {
        joint: None if number == layout.center else layout.joints[layout.parents[number]]
        for number, joint in enumerate(layout.joints)
    }


def test_xsens_segments_are_xsens23_with_the_shoulder_as_collar() -> None:
    assert find_catalogue_layout(XSENS_NAMES) == XSENS23
    assert pick_joints(XSENS_NAMES, XSENS23, Path("a")) == list(range(23))


@pytest.mark.parametrize("layout", CATALOGUE.values(), ids=lambda layout: layout.name)
def test_a_layout_is_found_from_its_names_in_any_order_and_case(layout: JointLayout) -> None:
    # Names do not tell how the hands are wired; the wiring of most networks comes first.
    expected = NTU25 if layout is NTU25_PYSKL else layout
    for names in (layout.joints[::-1], [name.upper() for name in layout.joints]):
        assert find_catalogue_layout(names) == expected
    assert find_catalogue_layout(layout.joints[1:]) is None
    assert find_catalogue_layout([*layout.joints, "Prop1"]) is None


def test_the_names_of_the_kinect_sdk_are_kinect20() -> None:
    arm, leg = ("Shoulder", "Elbow", "Wrist", "Hand"), ("Hip", "Knee", "Ankle", "Foot")
    limbs = [f"{part}{side}" for way in (arm, leg) for side in ("Left", "Right") for part in way]
    names = ["HipCenter", "Spine", "ShoulderCenter", "Head", *limbs]
    assert find_catalogue_layout(names) == KINECT20
    assert pick_joints(names, KINECT20, Path("a")) == list(range(20))


def test_two_spellings_of_one_joint_are_not_taken_for_it() -> None:
    names = ["LeftWrist", "left_hand", "l_wrist"]
    wanted = JointLayout.from_parents("one", {"left wrist": None})
    with pytest.raises(FormatError, match="found no left wrist"):
        pick_joints(names, wanted, Path("a"))


def test_names_of_layouts_from_files() -> None:
    assert layout_from_parents(parents_of(MPI23), "bvh") is MPI23
    toe, wrist = (
        layout_from_parents(parents_of(MPI23) | {"Prop1": parent}, "bvh")
        for parent in ("LeftToe", "LeftWrist")
    )
    assert toe.name.startswith("mpi23+Prop1-")
    assert wrist.name.startswith("mpi23+Prop1-")
    assert toe.name != wrist.name
    assert toe.pairs == MPI23.pairs
    rewired = parents_of(UPPER10) | {"left_wrist": "left_shoulder"}
    assert layout_from_parents(rewired, "bvh").name.startswith("bvh-10-")


def test_pairs_need_one_joint_on_each_side() -> None:
    assert find_pairs(["LeftArm", "RightArm", "L_Arm"]) == []
    assert find_pairs(["LeftArm", "Head"]) == []
    assert find_pairs(["upper_arm_l", "Upper Arm R"]) == [("upper_arm_l", "Upper Arm R")]


def test_names_of_a_body_are_a_layout_and_others_are_points() -> None:
    limbs = ("Shoulder", "Elbow", "Wrist")
    names = ["Neck", *(f"{side}{limb}" for side in "LR" for limb in limbs)]
    body, numbers = settle_layout(names, None, Path("a"))
    assert (body.name[:7], body.joints, numbers) == ("body-7-", tuple(names), [*range(7)])
    assert not body.is_loose
    points, numbers = settle_layout(["tip", "tail"], None, Path("a"))
    assert (points.is_loose, points.joints, numbers) == (True, ("tip", "tail"), [0, 1])
    assert settle_layout(UPPER10.joints[::-1], None, Path("a")) == (UPPER10, [*range(9, -1, -1)])
    with pytest.raises(FormatError, match="of different names, but tip repeat"):
        settle_layout(["tip", "tip"], None, Path("a"))


def test_a_subject_before_an_underscore_is_no_part_of_the_names() -> None:
    parts = [f"{side}{part}" for side in "LR" for part in ("SJC", "EJC", "WJC")]
    body, numbers = settle_layout([f"Bob_{part}" for part in parts], None, Path("a"))
    assert (body.joints, numbers, body.is_loose) == (tuple(parts), [*range(6)], False)
    points, _ = settle_layout(["cup_a", "cup_b", "cup_c"], None, Path("a"))
    assert points.joints == ("cup_a", "cup_b", "cup_c")
