import numpy as np
import pytest

from skelgraph.errors import LayoutError
from skelgraph.layouts import (
    CATALOGUE,
    COCO17,
    COCO133,
    H36M17,
    HALPE26,
    HALPE136,
    KINECT20,
    MEDIAPIPE33,
    MPI23,
    NTU25,
    NTU25_PYSKL,
    OPENPOSE18,
    OPENPOSE25,
    SMPL24,
    UPPER10,
    XSENS23,
    JointLayout,
    LayoutConversion,
    plan_conversion,
)

every_layout = pytest.mark.parametrize("layout", CATALOGUE.values(), ids=CATALOGUE)


@every_layout
def test_every_layout_gives_all_ten_joints(layout: JointLayout) -> None:
    conversion = plan_conversion(layout, UPPER10)
    assert conversion.missing == ()
    np.testing.assert_allclose(conversion.matrix.sum(axis=1), 1)
    assert conversion.matrix.shape == (10, layout.num_joints)


@every_layout
def test_a_layout_converts_to_itself_unchanged(layout: JointLayout) -> None:
    conversion = plan_conversion(layout, layout)
    np.testing.assert_array_equal(conversion.matrix, np.eye(layout.num_joints))
    assert conversion.describe() == ""


@every_layout
def test_left_stays_left(layout: JointLayout) -> None:
    matrix = plan_conversion(layout, UPPER10).matrix
    np.testing.assert_allclose(matrix[UPPER10.mirror][:, layout.mirror], matrix)


def sources_of(conversion: LayoutConversion) -> list[int]:
    """Number of the source joint that each target joint is."""
    assert not conversion.made_up
    return [next(iter(weights)) for weights in conversion.weights]


def test_mpi_joints_are_those_of_the_specification() -> None:
    assert list(plan_conversion(MPI23, UPPER10).taken.values()) == [
        "Hips",
        "Chest2",
        "Chest4",
        "Head",
        "LeftShoulder",
        "LeftElbow",
        "LeftWrist",
        "RightShoulder",
        "RightElbow",
        "RightWrist",
    ]


def test_xsens_arms_begin_at_the_upper_arm() -> None:
    taken = plan_conversion(XSENS23, UPPER10).taken
    assert taken["left_shoulder"] == "left_upper_arm"
    assert (taken["spine"], taken["thorax"]) == ("l3", "t8")


def test_h36m_joints_are_all_taken() -> None:
    conversion = plan_conversion(H36M17, UPPER10)
    assert conversion.made_up == {}
    assert conversion.taken["spinebase"] == "pelvis"
    assert sources_of(conversion) == [0, 7, 8, 9, 11, 12, 13, 14, 15, 16]


def test_another_joint_can_be_chosen() -> None:
    planned = plan_conversion(H36M17, UPPER10)
    assert planned.matrix[3].nonzero()[0].tolist() == [9]
    conversion = planned.with_joint("neck_nose", "head")
    assert sources_of(conversion) == [0, 7, 8, 10, 11, 12, 13, 14, 15, 16]
    assert conversion.matrix[3].nonzero()[0].tolist() == [10]
    assert sources_of(planned)[3] == 9
    with pytest.raises(LayoutError, match="layout 'upper10' has no joint 'head'"):
        planned.with_joint("head", "head")
    with pytest.raises(LayoutError, match="layout 'h36m17' has no joint 'nose'"):
        planned.with_joint("neck_nose", "nose")


def test_coco_reports_what_it_makes_up() -> None:
    conversion = plan_conversion(COCO17, UPPER10)
    assert conversion.made_up == {
        "spinebase": "0.5 left_hip + 0.5 right_hip",
        "spine": "0.25 left_hip + 0.25 right_hip + 0.25 left_shoulder + 0.25 right_shoulder",
        "thorax": "0.5 left_shoulder + 0.5 right_shoulder",
    }
    assert conversion.describe().startswith("spinebase made up as 0.5 left_hip")


def test_openpose_takes_the_neck_as_thorax() -> None:
    conversion = plan_conversion(OPENPOSE18, UPPER10)
    assert conversion.taken["thorax"] == "neck"
    assert conversion.made_up["spine"] == "0.25 left_hip + 0.25 right_hip + 0.5 neck"


@pytest.mark.parametrize(
    ("layout", "taken"),
    [
        (OPENPOSE25, {"spinebase": "mid_hip", "thorax": "neck", "neck_nose": "nose"}),
        (HALPE26, {"spinebase": "hip", "thorax": "neck", "neck_nose": "nose"}),
        (HALPE136, {"left_wrist": "left_wrist", "neck_nose": "nose"}),
        (NTU25, {"spinebase": "spine_base", "spine": "spine_mid", "thorax": "spine_shoulder"}),
        (KINECT20, {"spinebase": "hip_center", "spine": "spine", "thorax": "shoulder_center"}),
        (SMPL24, {"spinebase": "pelvis", "spine": "spine1", "thorax": "spine3"}),
        (MEDIAPIPE33, {"neck_nose": "nose", "right_elbow": "right_elbow"}),
    ],
    ids=lambda value: value.name if isinstance(value, JointLayout) else "",
)
def test_upper_bodies_of_sensors_and_estimators(layout: JointLayout, taken: dict[str, str]) -> None:
    conversion = plan_conversion(layout, UPPER10)
    assert conversion.taken.items() >= taken.items()
    assert {*conversion.taken, *conversion.made_up} == set(UPPER10.joints)


def test_the_two_wirings_of_the_hands_convert_to_each_other_unchanged() -> None:
    conversion = plan_conversion(NTU25, NTU25_PYSKL)
    np.testing.assert_array_equal(conversion.matrix, np.eye(25))


def test_whole_bodies_have_the_keypoints_of_coco() -> None:
    for layout in (HALPE26, HALPE136, COCO133, MEDIAPIPE33):
        conversion = plan_conversion(layout, COCO17)
        assert list(conversion.taken.values()) == list(COCO17.joints)


def test_a_joint_that_is_no_part_is_found_in_any_spelling() -> None:
    kinect_v2 = {"SpineBase": None, "LegLeft": "SpineBase", "ThumbLeft": "SpineBase"}
    source = JointLayout.from_parents("source", kinect_v2)
    wanted = JointLayout.from_parents("wanted", {"pelvis": None, "left_thumb": "pelvis"})
    assert plan_conversion(source, wanted).taken["left_thumb"] == "ThumbLeft"


def test_joints_that_cannot_be_had_are_reported() -> None:
    conversion = plan_conversion(UPPER10, H36M17)
    assert conversion.missing == (
        "right_hip",
        "right_knee",
        "right_ankle",
        "left_hip",
        "left_knee",
        "left_ankle",
    )
    assert conversion.describe().endswith("left_knee, left_ankle missing")
    assert not conversion.matrix[H36M17.index("left_knee")].any()


def test_unknown_joints_are_matched_by_their_names() -> None:
    racket = {"hips": None, "racket": "hips"}
    source = JointLayout.from_parents("source", {"Racket": None, "Hips": "Racket"})
    conversion = plan_conversion(source, JointLayout.from_parents("target", racket))
    assert conversion.taken == {"hips": "Hips", "racket": "Racket"}


def test_layouts_without_enough_in_common_are_rejected() -> None:
    hand = JointLayout.from_parents("hand", {"left_wrist": None, "thumb": "left_wrist"})
    message = (
        "'hand' cannot be converted to 'upper10': no joint found for spinebase, .*; its joints"
    )
    with pytest.raises(LayoutError, match=message):
        plan_conversion(hand, UPPER10)
