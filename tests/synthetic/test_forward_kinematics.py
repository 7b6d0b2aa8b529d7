"""Joint angles to positions, on poses whose coordinates are known."""

import numpy as np
import pytest

from skelgraph.layouts import UPPER10
from skelgraph.synthetic.forward_kinematics import CHANNELS, Proportions, pose_upper_body

BODY = Proportions(
    lower_trunk=0.2,
    upper_trunk=0.3,
    neck=0.1,
    shoulder_width=0.2,
    shoulder_drop=0.0,
    upper_arm=0.3,
    forearm=0.25,
)


def pose(joint: str, heading_deg: float = 0.0, **angles_deg: float) -> list[float]:
    angles = np.array([[angles_deg.get(channel, 0.0) for channel in CHANNELS]])
    positions = pose_upper_body(angles, BODY, heading_deg)
    return (positions[0, UPPER10.index(joint)].round(6) + 0.0).tolist()


def test_all_angles_zero_is_upright_with_hanging_arms():
    assert pose("spinebase") == [0.0, 0.0, 0.0]
    assert pose("spine") == [0.0, 0.2, 0.0]
    assert pose("thorax") == [0.0, 0.5, 0.0]
    assert pose("left_shoulder") == [0.2, 0.5, 0.0]
    assert pose("left_wrist") == [0.2, -0.05, 0.0]
    assert pose("right_wrist") == [-0.2, -0.05, 0.0]
    assert pose("neck_nose")[2] > 0.05


@pytest.mark.parametrize(
    ("angles", "expected"),
    [
        ({"left_flexion": 90.0}, [0.2, 0.5, 0.55]),
        ({"left_abduction": 90.0}, [0.75, 0.5, 0.0]),
        ({"left_elbow": 90.0}, [0.2, 0.2, 0.25]),
        ({"left_elbow": 90.0, "left_rotation": 90.0}, [-0.05, 0.2, 0.0]),
        ({"left_flexion": 90.0, "left_elbow": 90.0}, [0.2, 0.75, 0.3]),
        ({"left_shoulder_raise": 90.0}, [0.0, 0.15, 0.0]),
        ({"trunk_pitch": 90.0}, [0.2, -0.55, 0.5]),
        ({"trunk_roll": 90.0}, [-0.5, -0.35, 0.0]),
        ({"trunk_yaw": 90.0}, [0.0, -0.05, -0.2]),
    ],
)
def test_each_angle_moves_the_wrist_as_its_name_says(angles, expected):
    assert pose("left_wrist", **angles) == pytest.approx(expected, abs=1e-6)


def test_equal_angles_of_both_arms_are_mirror_images():
    angles = np.zeros((1, len(CHANNELS)))
    angles[0, 7:] = [5.0, 40.0, 25.0, 15.0, 80.0] * 2
    positions = pose_upper_body(angles, BODY)[0]
    np.testing.assert_allclose(positions[UPPER10.mirror] * [-1, 1, 1], positions, atol=1e-12)


def test_the_heading_turns_the_whole_body():
    assert pose("left_wrist", heading_deg=90.0, left_elbow=90.0) == pytest.approx([0.25, 0.2, -0.2])


def test_the_head_nods_down_and_turns_to_the_left():
    assert pose("neck_nose", head_pitch=55.0) == pytest.approx([0.0, 0.5, 0.1])
    assert pose("neck_nose", head_pitch=55.0, head_yaw=90.0) == pytest.approx([0.1, 0.5, 0.0])


def test_bones_keep_their_lengths_at_any_angle():
    angles = np.random.default_rng(0).uniform(-180.0, 180.0, (50, len(CHANNELS)))
    positions = pose_upper_body(angles, BODY)
    bones = np.linalg.norm(positions - positions[:, UPPER10.parents], axis=2)
    expected = [0.0, 0.2, 0.3, 0.1, 0.2, 0.3, 0.25, 0.2, 0.3, 0.25]
    np.testing.assert_allclose(bones, np.tile(expected, (50, 1)), atol=1e-12)
