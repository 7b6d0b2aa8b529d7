from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, freqz_sos, sosfiltfilt

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, low_pass
from skelgraph.poses.filtering import _design
from skelgraph.typing import FloatArray


def wave(frequency_hz: float, *, num_frames: int = 400, fps: float = 100.0) -> PoseSequence:
    swing = np.sin(2 * np.pi * frequency_hz * np.arange(num_frames) / fps)
    positions = swing[:, None, None] * np.ones((num_frames, 10, 3))
    return PoseSequence(positions=positions, layout=UPPER10, fps=fps)


def middle(sequence: PoseSequence) -> FloatArray:
    return sequence.positions[100:-100, 0, 0]


def test_slow_movement_passes_without_lag() -> None:
    slow = wave(1.0)
    np.testing.assert_allclose(middle(low_pass(slow)), middle(slow), atol=2e-3)


def test_fast_movement_is_removed() -> None:
    assert np.abs(middle(low_pass(wave(30.0)))).max() < 2e-3


@pytest.mark.parametrize("order", [2, 4, 8])
@pytest.mark.parametrize("cutoff_hz", [4.0, 30.0])
def test_the_amplitude_at_the_cutoff_falls_to_the_root_of_one_half(
    order: int, cutoff_hz: float
) -> None:
    sequence = wave(1.0)
    sections = _design(sequence, cutoff_hz, order)
    _, one_pass = freqz_sos(sections, worN=[cutoff_hz], fs=sequence.fps)
    np.testing.assert_allclose(np.abs(one_pass) ** 2, 1 / np.sqrt(2), rtol=1e-9)
    filtered = middle(low_pass(wave(cutoff_hz), cutoff_hz=cutoff_hz, order=order))
    expected = middle(wave(cutoff_hz)) / np.sqrt(2)
    np.testing.assert_allclose(filtered, expected, atol=5e-3)


@pytest.mark.parametrize("order", [2, 4, 6, 8, 10])
@pytest.mark.parametrize("cutoff_hz", [0.5, 6.0, 14.9])
@pytest.mark.parametrize("num_frames", [3, 40, 90])
def test_it_is_the_butterworth_filter_of_scipy(
    moving: PoseSequence, order: int, cutoff_hz: float, num_frames: int
) -> None:
    nyquist_hz = moving.fps / 2
    warped = np.tan(np.pi / 2 * cutoff_hz / nyquist_hz) * (np.sqrt(2) - 1) ** (-1 / order)
    sections = butter(order // 2, np.arctan(warped) * 2 / np.pi, output="sos")
    clip = replace(moving, positions=moving.positions[:num_frames])
    pad = min(int(np.ceil(4 * moving.fps / cutoff_hz)), num_frames - 1)
    expected = sosfiltfilt(sections, clip.positions.astype(np.float64), axis=0, padlen=pad)
    filtered = low_pass(clip, cutoff_hz=cutoff_hz, order=order)
    np.testing.assert_allclose(filtered.positions, expected, atol=1e-6)


def test_a_higher_order_is_steeper() -> None:
    left = [np.abs(middle(low_pass(wave(9.0), order=order))).max() for order in (2, 4, 8)]
    assert left[0] > left[1] > left[2]


def test_uniform_motion_and_rest_pass_exactly() -> None:
    positions = np.arange(60)[:, None, None] * np.ones((60, 10, 3)) / 30
    uniform = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    np.testing.assert_allclose(low_pass(uniform).positions, uniform.positions, atol=1e-5)
    rest = replace(uniform, positions=np.full((60, 10, 3), 0.7))
    np.testing.assert_allclose(low_pass(rest).positions, 0.7, atol=1e-6)


def test_time_reversal_commutes(moving: PoseSequence) -> None:
    backward = low_pass(replace(moving, positions=moving.positions[::-1]))
    np.testing.assert_allclose(backward.positions[::-1], low_pass(moving).positions, atol=1e-4)


def test_a_gap_is_filtered_as_two_recordings(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[40:45] = np.nan
    filtered = low_pass(replace(moving, positions=positions)).positions
    for part in (slice(0, 40), slice(45, 90)):
        apart = low_pass(replace(moving, positions=moving.positions[part])).positions
        np.testing.assert_array_equal(filtered[part], apart)
    assert np.isnan(filtered[40:45]).all()


def test_a_missing_joint_changes_no_other(moving: PoseSequence, holey: PoseSequence) -> None:
    whole, part = low_pass(moving), low_pass(holey)
    np.testing.assert_array_equal(part.present, holey.present)
    positions = moving.positions.copy()
    positions[10:50, 3] = np.nan
    others = [joint for joint in range(10) if joint != 3]
    filtered = low_pass(replace(moving, positions=positions)).positions
    np.testing.assert_array_equal(filtered[:, others], whole.positions[:, others])


@pytest.mark.parametrize("num_frames", [1, 2])
def test_runs_of_one_or_two_frames_are_left_alone(moving: PoseSequence, num_frames: int) -> None:
    short = replace(moving, positions=moving.positions[:num_frames])
    np.testing.assert_array_equal(low_pass(short).positions, short.positions)


@pytest.mark.parametrize("num_frames", [3, 4, 8, 9, 10, 11])
def test_short_runs_are_filtered(num_frames: int) -> None:
    zigzag = (-1.0) ** np.arange(num_frames)[:, None, None] * np.ones((num_frames, 10, 3))
    sequence = PoseSequence(positions=zigzag, layout=UPPER10, fps=30.0)
    filtered = low_pass(sequence).positions
    assert np.isfinite(filtered).all()
    roughness = [np.abs(np.diff(x, n=2, axis=0)).sum() for x in (filtered, zigzag)]
    assert roughness[0] < roughness[1] / 2


def test_confidence_and_facts_are_kept(holey: PoseSequence) -> None:
    filtered = low_pass(holey)
    np.testing.assert_array_equal(filtered.confidence, holey.confidence)
    assert (filtered.name, filtered.label, filtered.fps) == ("walk", "joy", 30.0)


@pytest.mark.parametrize("cutoff_hz", [15.0, 40.0, 0.0, -1.0, float("nan")])
def test_a_cutoff_that_cannot_be_had_is_rejected(moving: PoseSequence, cutoff_hz: float) -> None:
    message = (
        "sequence 'walk': expected a cutoff above 0 Hz and below half its 30 frames/s, but got"
    )
    with pytest.raises(PoseError, match=message):
        low_pass(moving, cutoff_hz=cutoff_hz)


@pytest.mark.parametrize("order", [0, 1, 3, -2])
def test_an_odd_order_is_rejected(moving: PoseSequence, order: int) -> None:
    with pytest.raises(PoseError, match=f"even filter order.*but got {order}"):
        low_pass(moving, order=order)
