from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.errors import PoseError
from skelgraph.poses import OneEuroFilter, PoseSequence, one_euro

FPS = 2 * np.pi
"""So that the share of a frame is 1 / (1 + 1 / cutoff)."""


def test_three_frames_by_hand() -> None:
    """Cutoffs of 1 Hz: the share is 1/2 at rest, and of the velocity."""
    smoother = OneEuroFilter(fps=FPS, min_cutoff_hz=1.0, beta=0.0)
    frames = [smoother.update(np.array([[x, 8.0]])) for x in (0.0, 4.0, 4.0)]
    assert [frame[0, 0] for frame in frames] == pytest.approx([0.0, 2.0, 3.0])
    assert [frame[0, 1] for frame in frames] == [8.0, 8.0, 8.0]


def test_speed_raises_the_cutoff_by_hand() -> None:
    """The joint is 5 units off: its filtered velocity is 5 pi, which beta makes 2 Hz more."""
    smoother = OneEuroFilter(fps=FPS, min_cutoff_hz=1.0, beta=2 / (5 * np.pi))
    smoother.update(np.zeros((2, 2)))
    moved = smoother.update(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(moved, [[3 * 3 / 4, 4 * 3 / 4], [0.0, 0.0]])  # 1 / (1 + 1 / 3)


def test_it_is_the_algorithm_of_the_source(moving: PoseSequence) -> None:
    """Algorithm 1 of Casiez et al. as a loop over one joint at a time."""

    def alpha(cutoff_hz: float) -> float:
        tau, period = 1 / (2 * np.pi * cutoff_hz), 1 / moving.fps
        return 1 / (1 + tau / period)

    smoothed = one_euro(moving, min_cutoff_hz=1.2, beta_per_m=3.0, velocity_cutoff_hz=0.8)
    for joint in range(10):
        x, dx = moving.positions[0, joint].astype(float), np.zeros(3)
        for frame in range(1, 90):
            new = moving.positions[frame, joint]
            dx = alpha(0.8) * (new - x) * moving.fps + (1 - alpha(0.8)) * dx
            share = alpha(1.2 + 3.0 * float(np.sqrt((dx**2).sum())))
            x = share * new + (1 - share) * x
            np.testing.assert_allclose(smoothed.positions[frame, joint], x, atol=1e-5)


def test_the_stream_is_the_sequence(holey: PoseSequence) -> None:
    smoother = OneEuroFilter(fps=holey.fps)
    frames = np.stack([smoother.update(frame) for frame in holey.positions])
    np.testing.assert_array_equal(one_euro(holey).positions, frames.astype(np.float32))
    smoother.reset()
    np.testing.assert_array_equal(smoother.update(holey.positions[0]), holey.positions[0])


def test_what_is_given_back_is_no_state(moving: PoseSequence) -> None:
    first, second = OneEuroFilter(fps=30.0), OneEuroFilter(fps=30.0)
    for frame in moving.positions[:5]:
        given = first.update(frame)
        expected = second.update(frame)
        np.testing.assert_array_equal(given, expected)
        given[:] = 99.0


def test_how_the_axes_lie_does_not_matter(moving: PoseSequence) -> None:
    turn = Rotation.from_euler("xyz", [20, 130, -60], degrees=True).as_matrix().T
    turned = one_euro(replace(moving, positions=moving.positions @ turn)).positions
    np.testing.assert_allclose(turned, one_euro(moving).positions @ turn, atol=1e-5)


@pytest.mark.parametrize(("unit", "size"), [("cm", 100.0), ("mm", 1000.0)])
def test_the_unit_does_not_matter(moving: PoseSequence, unit: Any, size: float) -> None:
    other = one_euro(replace(moving, positions=size * moving.positions, unit=unit))
    np.testing.assert_allclose(other.positions / size, one_euro(moving).positions, atol=1e-5)


def test_the_size_in_the_image_does_not_matter(holey: PoseSequence) -> None:
    """Measured at the first frame that shows a bone, so that nothing looks ahead."""
    flat = 300 * holey.positions[:, :, :2] + 500
    image = replace(holey, positions=flat, unit="px", confidence=None)
    large = one_euro(replace(image, positions=3 * image.positions)).positions
    np.testing.assert_allclose(large, 3 * one_euro(image).positions, rtol=1e-5)
    blank = replace(image, positions=np.r_[np.full((2, 10, 2), np.nan), image.positions])
    np.testing.assert_array_equal(one_euro(blank).positions[2:], one_euro(image).positions)
    nobody = replace(image, positions=np.full((3, 10, 2), np.nan))
    assert np.isnan(one_euro(nobody).positions).all()


def test_beta_lessens_the_lag_and_keeps_rest_calm() -> None:
    rng = np.random.default_rng(3)
    time_s = np.arange(300) / 30
    there = np.clip(time_s - 5, 0, 1)[:, None, None] * np.ones((300, 1, 3))
    noisy = there + rng.normal(0, 0.003, there.shape)

    def smooth(beta: float) -> np.ndarray:
        smoother = OneEuroFilter(fps=30.0, beta=beta)
        return np.stack([smoother.update(frame) for frame in noisy])

    slow, quick = smooth(0.0), smooth(10.0)
    assert np.abs(quick - there)[160:175].mean() < 0.4 * np.abs(slow - there)[160:175].mean()
    assert quick[60:140].std() < 0.6 * noisy[60:140].std()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fps": 0.0}, "expected a frame rate above 0 frames/s, but got 0"),
        ({"min_cutoff_hz": -1.0}, "expected a cutoff above 0 Hz, but got -1"),
        ({"velocity_cutoff_hz": np.nan}, "expected a cutoff of the velocity above 0 Hz, but got n"),
        ({"beta": -0.1}, r"expected a beta of 0 or more, but got -0\.1"),
    ],
)
def test_settings_out_of_range_are_rejected(settings: dict[str, float], message: str) -> None:
    with pytest.raises(PoseError, match=message):
        OneEuroFilter(**{"fps": 30.0, **settings})


def test_frames_of_another_shape_are_rejected() -> None:
    smoother = OneEuroFilter(fps=30.0)
    with pytest.raises(PoseError, match=r"expected a frame \(joints, coordinates\), but .*3"):
        smoother.update(np.zeros(3))
    smoother.update(np.zeros((4, 2)))
    with pytest.raises(PoseError, match=r"expected a frame \(4, 2\) as before, but got \(5, 2\)"):
        smoother.update(np.zeros((5, 2)))
