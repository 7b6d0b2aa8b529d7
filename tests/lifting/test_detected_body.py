from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import H36M17, MPI23, UPPER10, JointLayout, rest_pose
from skelgraph.lifting import (
    LIFTER_BODY,
    LIFTER_KEYPOINTS,
    KeypointOffsets,
    knows_nose,
    place_keypoints,
    prepare_body,
)
from skelgraph.poses import PoseSequence, bone_lengths, convert_layout

MIDDLE = KeypointOffsets(
    nose_forward_m=(0.1, 0.1),
    nose_up_m=(0.02, 0.02),
    hip_widening=(1.5, 1.5),
    hip_up_m=(0.03, 0.03),
    shoulder_out_m=(0.01, 0.01),
    shoulder_up_m=(-0.02, -0.02),
)


def stand(layout: JointLayout = MPI23, num_frames: int = 4) -> PoseSequence:
    """A person in centimeters who faces +z."""
    flat = rest_pose(layout)
    left = layout.index(next(name for name in layout.joints if "left" in name.lower()))
    pose = np.column_stack([flat[:, 0] * np.sign(flat[left, 0]), flat[:, 1], np.zeros(len(flat))])
    return PoseSequence(
        positions=np.tile(170 * pose, (num_frames, 1, 1)), layout=layout, fps=30.0, unit="cm"
    )


def test_its_first_joints_are_upper10_in_meters() -> None:
    person = stand()
    body = prepare_body(person)
    assert (body.layout, body.unit, body.up) == (LIFTER_BODY, "m", "+y")
    assert LIFTER_BODY.joints[:10] == UPPER10.joints
    ten = convert_layout(person, UPPER10).positions / 100
    np.testing.assert_allclose(body.positions[:, :10], ten, atol=1e-5)
    for side in ("left", "right"):
        np.testing.assert_allclose(
            body.positions[0, LIFTER_BODY.index(f"{side}_hip")],
            person.positions[0, MPI23.index(f"{side.capitalize()}Hip")] / 100,
            atol=1e-5,
        )


def test_hips_that_a_layout_lacks_are_beside_the_pelvis() -> None:
    body = prepare_body(stand(UPPER10))
    left, right = (LIFTER_BODY.index(f"{side}_hip") for side in ("left", "right"))
    np.testing.assert_allclose(body.positions[:, left] - body.positions[:, 0], [[0.09, 0, 0]] * 4)
    np.testing.assert_allclose(body.positions[:, right] - body.positions[:, 0], [[-0.09, 0, 0]] * 4)


def test_keypoints_are_put_beside_the_joints_by_hand() -> None:
    body = prepare_body(stand())
    keypoints = place_keypoints(body, offsets=MIDDLE)
    assert keypoints.layout == LIFTER_KEYPOINTS

    def moved(joint: str) -> np.ndarray:
        placed = keypoints.positions[0, LIFTER_KEYPOINTS.index(joint)]
        return np.asarray(placed - body.positions[0, LIFTER_BODY.index(joint)])

    half = body.positions[0, LIFTER_BODY.index("left_hip"), 0] - body.positions[0, 0, 0]
    np.testing.assert_allclose(moved("nose"), [0, 0.02, 0.1], atol=1e-6)
    np.testing.assert_allclose(moved("left_shoulder"), [0.01, -0.02, 0], atol=1e-6)
    np.testing.assert_allclose(moved("right_shoulder"), [-0.01, -0.02, 0], atol=1e-6)
    np.testing.assert_allclose(moved("left_hip"), [half / 2, 0.03, 0], atol=1e-6)
    np.testing.assert_allclose(moved("right_wrist"), 0, atol=1e-6)


def test_a_nose_that_is_one_is_left_where_it_is() -> None:
    body = prepare_body(stand(H36M17))
    keypoints = place_keypoints(body, has_nose=True, offsets=MIDDLE)
    np.testing.assert_allclose(
        keypoints.positions[:, 0], body.positions[:, LIFTER_BODY.index("nose")], atol=1e-6
    )
    assert [knows_nose(layout) for layout in (H36M17, UPPER10, MPI23)] == [True, True, False]


def test_offsets_are_drawn_from_the_seed() -> None:
    body = prepare_body(stand(num_frames=40))
    first, again, other = (
        place_keypoints(body, np.random.default_rng(seed)).positions for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.005
    nose = np.diff(first[:, 0], axis=0)
    assert np.abs(nose).max() > 1e-4  # the head turns
    assert np.abs(nose).max() < 0.01
    np.testing.assert_allclose(np.diff(first[:, 1:], axis=0), 0, atol=1e-6)


def test_a_missing_joint_stays_missing() -> None:
    person = stand()
    positions = person.positions.copy()
    positions[2, MPI23.index("LeftWrist")] = np.nan
    keypoints = place_keypoints(prepare_body(replace(person, positions=positions)))
    missing = np.argwhere(~keypoints.present)
    assert missing.tolist() == [[2, LIFTER_KEYPOINTS.index("left_wrist")]]


def test_what_has_no_unit_is_said() -> None:
    with pytest.raises(PoseError, match="positions in m, cm or mm, but the unit is 'unknown'"):
        prepare_body(replace(stand(), unit="unknown", name="walk"))
    assert np.isfinite(bone_lengths(prepare_body(stand()))).all()
