"""Posture scalars of bodies whose posture is known."""

from collections.abc import Callable

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.movement import (
    differentiate,
    find_point_joints,
    list_posture_scalars,
    locate_body,
    mirror_body,
    posture_series,
)
from skelgraph.poses import PoseSequence

HEAD, LEFT_HAND, RIGHT_HAND = 3, 6, 9


def read_scalar(sequence: PoseSequence, name: str) -> np.ndarray:
    names = [one.name for one in list_posture_scalars(sequence.num_dimensions)]
    return posture_series(sequence)[:, names.index(name)]


def turn(body: PoseSequence, axis: int, angle: float) -> PoseSequence:
    """The body, turned about an axis through its pelvis."""
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    positions = body.positions.astype(float)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = positions.copy()
    turned[..., first] = cos * positions[..., first] - sin * positions[..., second]
    turned[..., second] = sin * positions[..., first] + cos * positions[..., second]
    return PoseSequence(positions=turned, layout=body.layout, fps=body.fps, unit="m")


@pytest.mark.parametrize("angle", [-0.3, 0.0, 0.4])
def test_a_tilted_trunk_has_that_pitch(make: Callable[..., PoseSequence], angle: float) -> None:
    tilted = turn(make(), 0, angle)
    np.testing.assert_allclose(read_scalar(tilted, "trunk_pitch"), angle, atol=1e-6)
    np.testing.assert_allclose(read_scalar(tilted, "trunk_roll"), 0, atol=1e-6)


def test_a_trunk_that_leans_to_the_left_has_that_roll(make: Callable[..., PoseSequence]) -> None:
    leaning = turn(make(), 2, -0.2)  # from up toward the person's left, +x
    np.testing.assert_allclose(read_scalar(leaning, "trunk_roll"), 0.2, atol=1e-6)
    np.testing.assert_allclose(read_scalar(leaning, "shoulder_roll"), -0.2, atol=1e-6)
    np.testing.assert_allclose(read_scalar(leaning, "trunk_pitch"), 0, atol=1e-6)


def test_shoulders_turned_to_the_right_have_that_yaw(make: Callable[..., PoseSequence]) -> None:
    turned = turn(make(), 1, -0.25)  # the left shoulder comes forward
    assert turned.positions[0, 4, 2] > 0
    np.testing.assert_allclose(read_scalar(turned, "shoulder_yaw"), 0.25, atol=1e-6)


def test_hands_are_measured_from_the_hips(make: Callable[..., PoseSequence]) -> None:
    body = make(moves={LEFT_HAND: np.array([0.1, 0.3, 0.2])})
    expected = {
        "left_hand_height": 0.3,
        "left_hand_forward": 0.25,
        "left_hand_lateral": 0.3,
        "right_hand_lateral": 0.2,
        "higher_hand_height": 0.3,
        "lower_hand_height": 0.0,
        "hand_distance": np.sqrt(0.5**2 + 0.3**2 + 0.2**2),
        "hand_asymmetry": np.sqrt(0.1**2 + 0.3**2 + 0.2**2),
        "head_height": 0.65,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(read_scalar(body, name), value, atol=1e-6, err_msg=name)


def test_the_mirror_image_exchanges_the_sides(draw: Callable[..., PoseSequence]) -> None:
    body = draw(0)
    positions = body.positions[:, UPPER10.mirror] * np.array([-1, 1, 1])
    mirrored = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m")
    for name, track in mirror_body(locate_body(body)).items():
        np.testing.assert_allclose(track, locate_body(mirrored)[name], atol=1e-6, err_msg=name)
    for name in ("height", "forward", "lateral"):
        np.testing.assert_allclose(
            read_scalar(mirrored, f"left_hand_{name}"),
            read_scalar(body, f"right_hand_{name}"),
            atol=1e-6,
        )
    for name in ("trunk_roll", "head_roll", "shoulder_yaw", "shoulder_roll"):
        np.testing.assert_allclose(read_scalar(mirrored, name), -read_scalar(body, name), atol=1e-6)
    for name in ("trunk_pitch", "hand_distance", "hand_asymmetry"):
        np.testing.assert_allclose(read_scalar(mirrored, name), read_scalar(body, name), atol=1e-6)


def test_an_image_has_the_scalars_without_depth(draw: Callable[..., PoseSequence]) -> None:
    body = draw(1)
    flat = PoseSequence(positions=body.positions[..., :2], layout=UPPER10, fps=30.0, unit="px")
    names = [one.name for one in list_posture_scalars(2)]
    assert len(names) == 12
    assert not {"trunk_pitch", "head_pitch", "shoulder_yaw", "left_hand_forward"} & set(names)
    depth_free = set(names) - {"hand_distance", "hand_asymmetry"}
    for name in depth_free:
        np.testing.assert_allclose(read_scalar(flat, name), read_scalar(body, name), atol=1e-6)


def test_a_gap_is_bridged_and_the_ends_are_held() -> None:
    positions = np.random.default_rng(0).normal(size=(7, 10, 3))
    positions[:, LEFT_HAND, 0] = [np.nan, 1, 2, np.nan, np.nan, 5, np.nan]
    positions[np.isnan(positions[:, LEFT_HAND, 0]), LEFT_HAND] = np.nan
    positions[:, RIGHT_HAND] = np.nan
    body = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m")
    points = locate_body(body)
    np.testing.assert_allclose(points["left_hand"][:, 0], [1, 1, 2, 3, 4, 5, 5])
    assert "right_hand" not in points
    assert np.isnan(read_scalar(body, "right_hand_height")).all()
    assert np.isfinite(read_scalar(body, "left_hand_height")).all()


def test_a_point_between_two_joints_is_their_mean() -> None:
    positions = np.random.default_rng(0).normal(size=(5, 17, 3))
    points = locate_body(PoseSequence(positions=positions, layout=COCO17, fps=30.0, unit="m"))
    joints = [COCO17.joints.index(f"{side}_hip") for side in ("left", "right")]
    np.testing.assert_allclose(points["hips"], positions[:, joints].mean(axis=1), atol=1e-6)


def test_a_layout_without_hands_is_an_error() -> None:
    parents = {"pelvis": None, "left_shoulder": "pelvis", "right_shoulder": "pelvis"}
    bust = JointLayout.from_parents("bust", parents)
    with pytest.raises(
        PoseError, match=r"layout 'bust': .* has no head and no left hand and no right hand"
    ):
        find_point_joints(bust)


def test_a_body_that_is_never_seen_is_an_error() -> None:
    positions = np.full((9, 10, 3), np.nan)
    positions[:, 0] = 0
    body = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m", name="ghost")
    with pytest.raises(PoseError, match=r"'ghost': .* all of them are missing in all 9 frames"):
        posture_series(body)


def test_derivatives_of_a_cubic_are_exact() -> None:
    time = np.arange(40) / 25
    series = np.stack([time**3, 2 * time, np.full(40, 3.0)], axis=1)
    first, second, third = (differentiate(series, 25.0, order) for order in (1, 2, 3))
    np.testing.assert_allclose(first[:, 0], 3 * time**2, atol=1e-9)
    np.testing.assert_allclose(first[:, 1:], np.repeat([[2.0, 0.0]], 40, axis=0), atol=1e-9)
    np.testing.assert_allclose(second[:, 0], 6 * time, atol=1e-7)
    np.testing.assert_allclose(third[:, 0], 6, atol=1e-5)


@pytest.mark.parametrize("num_frames", [1, 4, 5, 40])
def test_the_derivative_of_what_is_never_there_is_unknown(num_frames: int) -> None:
    series = np.arange(2.0 * num_frames).reshape(num_frames, 2)
    series[:, 1] = np.nan
    velocity = differentiate(series, 10.0)
    assert np.isnan(velocity[:, 1]).all()
    np.testing.assert_allclose(velocity[:, 0], 20 if num_frames >= 5 else 0, atol=1e-9)
