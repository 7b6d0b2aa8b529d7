from dataclasses import replace

import numpy as np
import pytest

from skelgraph.lifting import LIFTER_BODY, LifterData, exchange_arms, vary_posture, vary_proportions
from skelgraph.poses import PoseSequence, bone_lengths

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
