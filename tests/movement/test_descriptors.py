"""Descriptors of bodies whose movement is known."""

from collections.abc import Callable

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import CATALOGUE, UPPER10, JointLayout, get_layout
from skelgraph.movement import describe_movement, list_descriptors, measure_motion
from skelgraph.movement.descriptors import summarize_velocities
from skelgraph.poses import PoseSequence, align_heading

LEFT_HAND, RIGHT_HAND = 6, 9


def describe(sequence: PoseSequence) -> dict[str, float]:
    values = measure_motion(sequence).descriptors
    listed = list_descriptors(sequence.num_dimensions)
    return {one.name: value for one, value in zip(listed, values.tolist(), strict=True)}


def move_hands(num_frames: int, displacement: np.ndarray) -> dict[int, np.ndarray]:
    return {LEFT_HAND: displacement, RIGHT_HAND: displacement}


def test_a_hand_that_moves_uniformly_has_that_speed(make: Callable[..., PoseSequence]) -> None:
    speed_m_s = 0.3
    way = np.arange(90)[:, None] / 30 * np.array([0, 0, speed_m_s])
    body = describe(make(90, move_hands(90, way)))
    assert body["hands.speed_mean"] == pytest.approx(np.log(speed_m_s + 1e-3), abs=1e-5)
    assert body["hands.speed_p95"] == pytest.approx(np.log(speed_m_s + 1e-3), abs=1e-4)
    assert body["hands.acceleration_mean"] == pytest.approx(np.log(1e-3), abs=0.1)
    assert body["hands.speed_variation"] == pytest.approx(0, abs=1e-4)
    assert body["hands.below_0.2"] == 0
    assert body["hands.below_0.5"] == 1
    assert body["hand_forward.mean"] == pytest.approx(0.05 + 0.3 * 89 / 60, abs=1e-5)
    assert body["hands.speed_imbalance"] == pytest.approx(0, abs=1e-5)
    assert body["feet.speed_mean"] != body["feet.speed_mean"]  # the layout has no feet


def test_one_hand_that_moves_is_out_of_balance(make: Callable[..., PoseSequence]) -> None:
    way = np.arange(60)[:, None] / 30 * np.array([0.5, 0, 0])
    for hand in (LEFT_HAND, RIGHT_HAND):
        body = describe(make(60, {hand: way}))
        assert body["hands.speed_imbalance"] == pytest.approx(0.5 / 0.501, abs=1e-4)
        assert body["hands.speed_correlation"] == 0


@pytest.mark.parametrize("frequency_hz", [0.5, 1.0, 2.0])
def test_a_hand_that_swings_has_two_peaks_of_speed_a_swing(
    make: Callable[..., PoseSequence], frequency_hz: float
) -> None:
    time = np.arange(180)[:, None] / 30
    swing = 0.1 * np.sin(2 * np.pi * frequency_hz * time - 0.7) * np.array([0, 1, 0])
    body = describe(make(180, move_hands(180, swing)))
    assert body["hands.peak_rate"] == pytest.approx(2 * frequency_hz, abs=0.2)
    mean_speed = 0.1 * 4 * frequency_hz
    assert body["hands.speed_mean"] == pytest.approx(np.log(mean_speed), abs=0.1)
    assert body["hands.speed_correlation"] == pytest.approx(1)
    assert body["hands.rhythm"] == pytest.approx(np.cos(4 * np.pi * frequency_hz / 3), abs=0.25)


def test_a_still_body_is_still(make: Callable[..., PoseSequence]) -> None:
    motion = measure_motion(make())
    body = describe(make())
    np.testing.assert_allclose(motion.velocities, 0, atol=1e-9)
    for group in ("hands", "elbows", "head", "chest", "upper_body"):
        assert body[f"{group}.speed_mean"] == pytest.approx(np.log(1e-3), abs=1e-4)
        assert body[f"{group}.peak_rate"] == 0
        assert body[f"{group}.below_0.03"] == 1
    for name, value in body.items():
        if name.endswith((".spread", ".change")):
            assert value == pytest.approx(0, abs=1e-6), name


def test_a_body_that_speeds_up_and_bends_changes(make: Callable[..., PoseSequence]) -> None:
    way = np.zeros((120, 3))
    way[60:, 1] = np.arange(60) / 30
    body = describe(make(120, move_hands(120, way)))
    assert body["upper_body.speed_change"] > 3
    assert body["higher_hand_height.change"] == pytest.approx(59 / 60, abs=1e-5)
    assert body["trunk_pitch.change"] == pytest.approx(0, abs=1e-6)


def test_the_mirror_image_has_the_same_descriptors(draw: Callable[..., PoseSequence]) -> None:
    body = draw(3)
    positions = body.positions[:, UPPER10.mirror] * np.array([-1, 1, 1])
    image = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m")
    there, back = measure_motion(body), measure_motion(image)
    np.testing.assert_allclose(there.descriptors, back.descriptors, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(there.mirrored, back.velocities, atol=1e-5)
    np.testing.assert_allclose(there.velocities, back.mirrored, atol=1e-5)


def test_no_turn_about_the_vertical_changes_anything(draw: Callable[..., PoseSequence]) -> None:
    body = draw(4)
    cos, sin = np.cos(2.1), np.sin(2.1)
    rotation = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    turned = PoseSequence(positions=body.positions @ rotation.T, layout=UPPER10, fps=30.0, unit="m")
    here, there = (measure_motion(align_heading(one)) for one in (body, turned))
    np.testing.assert_allclose(here.descriptors, there.descriptors, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(here.velocities, there.velocities, atol=1e-4)


def test_a_clip_repeated_has_about_the_same_descriptors(
    make: Callable[..., PoseSequence],
) -> None:
    time = np.arange(240)[:, None] / 30
    swing = 0.2 * np.sin(2 * np.pi * time + 0.4) * np.array([1, 0.5, 0.2])
    body = make(240, {LEFT_HAND: swing, RIGHT_HAND: 0.5 * swing, 3: 0.1 * swing})
    half = PoseSequence(positions=body.positions[:120], layout=UPPER10, fps=30.0, unit="m")
    once, twice = describe(half), describe(body)
    for name, value in once.items():
        np.testing.assert_allclose(twice[name], value, atol=0.15, equal_nan=True, err_msg=name)


def test_an_image_is_measured_in_bones(draw: Callable[..., PoseSequence]) -> None:
    body = draw(5)
    flat = body.positions[..., :2]
    pixels = PoseSequence(positions=flat / 0.2, layout=UPPER10, fps=30.0, unit="px")
    meters = PoseSequence(positions=flat, layout=UPPER10, fps=30.0, unit="m")
    np.testing.assert_allclose(
        measure_motion(pixels).descriptors, measure_motion(meters).descriptors, rtol=1e-4, atol=1e-4
    )
    names = {one.name for one in list_descriptors(2)}
    assert names < {one.name for one in list_descriptors(3)}
    assert "trunk_pitch.mean" not in names


@pytest.mark.parametrize("num_dimensions", [2, 3])
@pytest.mark.parametrize("name", CATALOGUE)
def test_every_layout_is_measured(
    name: str, num_dimensions: int, pose_in: Callable[..., np.ndarray]
) -> None:
    layout = get_layout(name)
    pose = pose_in(layout, num_dimensions)
    positions = pose + np.random.default_rng(0).normal(0, 0.01, (20, *pose.shape))
    motion = measure_motion(PoseSequence(positions=positions, layout=layout, fps=30.0, unit="m"))
    assert motion.descriptors.shape == (len(list_descriptors(num_dimensions)),)
    assert np.isfinite(motion.velocities).all()
    assert motion.velocities.shape == (20, {2: 12, 3: 17}[num_dimensions])
    unknown = {
        one.name
        for one, value in zip(list_descriptors(num_dimensions), motion.descriptors, strict=True)
        if not np.isfinite(value)
    }
    assert all(name.startswith("feet.") for name in unknown)


@pytest.mark.parametrize("missing", [(6,), (6, 9), (0,), (3,), (2, 3), (4, 7)])
def test_what_is_never_seen_is_unknown_and_the_rest_is_measured(
    draw: Callable[..., PoseSequence], missing: tuple[int, ...]
) -> None:
    positions = draw(6).positions.copy()
    positions[:, list(missing)] = np.nan
    motion = measure_motion(PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m"))
    assert np.isnan(motion.descriptors).any()
    assert np.isfinite(motion.descriptors).sum() > 50
    assert not np.isinf(motion.descriptors).any()
    assert np.isnan(motion.velocities).any()


@pytest.mark.parametrize("num_frames", [1, 2, 3, 5])
def test_a_few_frames_are_measured(make: Callable[..., PoseSequence], num_frames: int) -> None:
    body = describe(make(num_frames))
    assert body["hands.speed_mean"] == pytest.approx(np.log(1e-3), abs=1e-4)
    assert body["upper_body.speed_change"] == pytest.approx(0, abs=1e-6)


def test_a_layout_without_hands_is_an_error(make: Callable[..., PoseSequence]) -> None:
    parents = {"pelvis": None, "left_shoulder": "pelvis", "right_shoulder": "pelvis"}
    bust = JointLayout.from_parents("bust", parents)
    body = PoseSequence(positions=np.zeros((9, 3, 3)), layout=bust, fps=30.0)
    with pytest.raises(PoseError, match="no head and no left hand and no right hand"):
        measure_motion(body)


def test_names_are_unlike_and_have_units() -> None:
    listed = list_descriptors(3)
    assert len({one.name for one in listed}) == len(listed) == 109
    assert all(one.unit and one.meaning for one in listed)
    points = {name: np.zeros((9, 3)) for name in ("head", "left_hand")}
    values = describe_movement(points, np.zeros((9, 17)), fps=30.0, num_dimensions=3)
    assert len(values) == len(listed)


def test_velocities_are_summarized_by_quantiles_spread_and_size() -> None:
    series = np.array([[-2.0, 0.0], [0.0, 0.0], [4.0, 0.0]])
    (summary,) = summarize_velocities([series])
    levels = np.linspace(0.05, 0.95, 10)
    np.testing.assert_allclose(summary[:20:2], np.interp(levels, [0, 0.5, 1], [-2, 0, 4]))
    np.testing.assert_allclose(summary[20:], [series[:, 0].std(), 0, 2, 0])
