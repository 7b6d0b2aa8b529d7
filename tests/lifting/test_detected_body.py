from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import H36M17, MPI23, UPPER10, JointLayout, rest_pose
from skelgraph.lifting import (
    LIFTER_BODY,
    LIFTER_KEYPOINTS,
    KeypointOffsets,
    LifterData,
    exchange_arms,
    knows_nose,
    place_keypoints,
    prepare_body,
    vary_posture,
    vary_proportions,
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


SHOULDER, ELBOW, WRIST, THORAX = (
    LIFTER_BODY.index(name) for name in ("left_shoulder", "left_elbow", "left_wrist", "thorax")
)


@pytest.fixture
def body() -> PoseSequence:
    positions = np.random.default_rng(0).standard_normal((6, LIFTER_BODY.num_joints, 3))
    return PoseSequence(positions=positions, layout=LIFTER_BODY, fps=30.0, unit="m")


def lengths(body: PoseSequence) -> np.ndarray:
    bones = body.positions - body.positions[:, LIFTER_BODY.parents]
    return np.asarray(np.linalg.norm(bones, axis=2))


def test_bones_keep_their_lengths_and_the_pelvis_its_place(body: PoseSequence) -> None:
    varied = vary_posture(body, np.random.default_rng(0), lean_deg=20, arms_deg=30)
    np.testing.assert_allclose(lengths(varied), lengths(body), rtol=1e-4)
    legs = [LIFTER_BODY.index(name) for name in ("spinebase", "left_hip", "right_hip")]
    np.testing.assert_array_equal(varied.positions[:, legs], body.positions[:, legs])
    assert np.abs(varied.positions - body.positions).max() > 0.1


def test_leaning_turns_the_trunk_about_x_and_carries_the_arms_along(body: PoseSequence) -> None:
    generator, again = np.random.default_rng(3), np.random.default_rng(3)
    varied = vary_posture(body, generator, lean_deg=20, arms_deg=0)
    angle = np.deg2rad(20 * again.standard_normal())
    x, y, z = (body.positions[:, THORAX] - body.positions[:, 0]).T
    cosine, sine = np.cos(angle), np.sin(angle)
    expected = np.stack([x, cosine * y - sine * z, sine * y + cosine * z], axis=1)
    found = varied.positions[:, THORAX] - varied.positions[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    for joint, parent in ((ELBOW, SHOULDER), (WRIST, ELBOW)):
        np.testing.assert_allclose(
            varied.positions[:, joint] - varied.positions[:, parent],
            body.positions[:, joint] - body.positions[:, parent],
            atol=1e-5,
        )


def test_a_turned_arm_stays_an_arm(body: PoseSequence) -> None:
    # With one turn for the whole recording, angles between its frames stay.
    varied = vary_posture(body, np.random.default_rng(1), lean_deg=0, arms_deg=30)
    old, new = (one.positions[:, ELBOW] - one.positions[:, SHOULDER] for one in (body, varied))
    np.testing.assert_allclose(new @ new.T, old @ old.T, atol=1e-5)
    assert np.abs(new - old).max() > 0.05
    np.testing.assert_array_equal(varied.positions[:, SHOULDER], body.positions[:, SHOULDER])


def test_missing_joints_stay_missing_and_the_seed_decides(body: PoseSequence) -> None:
    positions = body.positions.copy()
    positions[2, WRIST] = np.nan
    body = replace(body, positions=positions)
    first, again, other = (
        vary_posture(body, np.random.default_rng(seed), lean_deg=10, arms_deg=15)
        for seed in (0, 0, 1)
    )
    assert np.argwhere(~first.present).tolist() == [[2, WRIST]]
    np.testing.assert_array_equal(first.positions, again.positions)
    assert np.nanmax(np.abs(first.positions - other.positions)) > 0.01


def test_without_variation_nothing_changes(body: PoseSequence) -> None:
    same = vary_posture(body, np.random.default_rng(0), lean_deg=0, arms_deg=0)
    np.testing.assert_allclose(same.positions, body.positions, atol=1e-5)


def test_exchanged_arms_point_as_the_others_and_keep_their_lengths(body: PoseSequence) -> None:
    positions = np.random.default_rng(1).standard_normal((4, LIFTER_BODY.num_joints, 3))
    other = replace(body, positions=positions)
    changed = exchange_arms(body, other, start=2)
    np.testing.assert_allclose(lengths(changed), lengths(body), rtol=1e-4)
    met = [2, 3, 3, 2, 1, 0]  # forward to the end, and back
    for child, parent in ((ELBOW, SHOULDER), (WRIST, ELBOW)):
        bone, lent = (
            one[:, child] - one[:, parent] for one in (changed.positions, other.positions[met])
        )
        turned = np.cross(bone, lent) / np.linalg.norm(lent, axis=1, keepdims=True)
        np.testing.assert_allclose(turned, 0, atol=1e-5)
        assert ((bone * lent).sum(axis=1) > 0).all()
    elbows_and_wrists = [
        LIFTER_BODY.index(f"{side}_{joint}")
        for side in ("left", "right")
        for joint in ("elbow", "wrist")
    ]
    for joint in set(range(LIFTER_BODY.num_joints)) - set(elbows_and_wrists):
        np.testing.assert_array_equal(changed.positions[:, joint], body.positions[:, joint])


def test_exchanged_arms_are_missing_where_the_others_are(body: PoseSequence) -> None:
    positions = body.positions.copy()
    positions[3, ELBOW] = np.nan
    changed = exchange_arms(body, replace(body, positions=positions), start=0)
    assert np.argwhere(~changed.present).tolist() == [[3, ELBOW], [3, WRIST]]
    positions = np.delete(changed.positions - body.positions, 3, axis=0)
    np.testing.assert_allclose(positions, 0, atol=1e-5)  # own arms, where they are known


def test_proportions_change_left_as_right(data: LifterData) -> None:
    body = data.bodies[0]
    varied = vary_proportions(body, np.random.default_rng(0), 0.1)
    factors = np.delete(bone_lengths(varied) / np.maximum(bone_lengths(body), 1e-9), 0)
    factors = np.insert(factors, 0, 1.0)
    for left, right in LIFTER_BODY.pairs:
        assert factors[left] == pytest.approx(factors[right], rel=1e-3)
    assert np.std(factors[[1, 2, 4, 5, 6]]) > 0.02
    assert vary_proportions(body, np.random.default_rng(0), 0) is body
