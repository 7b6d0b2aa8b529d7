from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, resample


def uniform(num_frames: int, fps: float) -> PoseSequence:
    """1 m/s in each coordinate."""
    positions = np.arange(num_frames)[:, None, None] / fps * np.ones((num_frames, 10, 3))
    return PoseSequence(positions=positions, layout=UPPER10, fps=fps)


@pytest.mark.parametrize("fps", [60.0, 50.0, 30.0, 25.0, 24.0, 10.0, 29.97])
def test_uniform_motion_stays_uniform_motion(fps: float) -> None:
    new = resample(uniform(121, 120.0 / 4), fps)
    assert new.fps == fps
    np.testing.assert_allclose(new.positions[:, 2, 1], np.arange(new.num_frames) / fps, atol=5e-4)


@pytest.mark.parametrize(
    ("num_frames", "old", "new", "expected"),
    [(4, 30.0, 60.0, 7), (121, 120.0, 30.0, 31), (120, 120.0, 30.0, 30), (5, 25.0, 30.0, 5)],
)
def test_frames_lie_within_the_recording(
    num_frames: int, old: float, new: float, expected: int
) -> None:
    result = resample(uniform(num_frames, old), new)
    assert result.num_frames == expected
    assert (result.num_frames - 1) / new <= (num_frames - 1) / old + 1e-9


def test_the_same_rate_is_the_same_recording(holey: PoseSequence) -> None:
    assert resample(holey, holey.fps) is holey


def test_a_rate_written_with_other_digits_keeps_the_frames(holey: PoseSequence) -> None:
    odd = replace(holey, fps=1 / 0.033333)
    result = resample(odd, 30.0)
    assert result.fps == 30.0
    np.testing.assert_array_equal(result.positions, holey.positions)


def test_frames_that_meet_an_old_one_are_that_frame(holey: PoseSequence) -> None:
    result = resample(holey, 90.0)
    np.testing.assert_array_equal(result.positions[::3], holey.positions)
    np.testing.assert_array_equal(result.confidence[::3], holey.confidence)


def test_frames_beside_a_missing_one_are_missing() -> None:
    positions = np.ones((5, 10, 3))
    positions[2, 7] = np.nan
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=10.0)
    result = resample(sequence, 20.0)
    assert result.present[:, 7].tolist() == [
        True,
        True,
        True,
        False,
        False,
        False,
        True,
        True,
        True,
    ]
    assert result.present[:, :7].all()


def test_the_confidence_between_frames_is_the_least() -> None:
    confidence = np.tile([[0.9], [0.3], [0.6]], (1, 10))
    sequence = replace(uniform(3, 10.0), confidence=confidence)
    result = resample(sequence, 20.0)
    assert result.confidence is not None
    np.testing.assert_allclose(result.confidence[:, 0], [0.9, 0.3, 0.3, 0.3, 0.6], rtol=1e-6)


def test_a_lower_rate_does_not_alias() -> None:
    # 27 Hz would show as 3 Hz in every fourth of 120 frames a second.
    time_s = np.arange(600) / 120
    fast, slow = np.sin(2 * np.pi * 27 * time_s), np.sin(2 * np.pi * 2 * time_s)
    positions = (fast + slow)[:, None, None] * np.ones((600, 10, 3))
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=120.0)
    result = resample(sequence, 30.0)
    inner = slice(20, -20)
    np.testing.assert_allclose(result.positions[inner, 0, 0], slow[::4][inner], atol=5e-3)


def test_down_and_up_again_keeps_slow_movement(moving: PoseSequence) -> None:
    again = resample(resample(moving, 60.0), 30.0)
    assert again.num_frames == moving.num_frames
    np.testing.assert_allclose(again.positions[5:-5], moving.positions[5:-5], atol=2e-3)


def test_missing_joints_do_not_spread(holey: PoseSequence) -> None:
    result = resample(holey, 25.0)
    at = np.arange(result.num_frames) * 30 / 25
    before, after = np.floor(at + 1e-9).astype(int), np.ceil(at - 1e-9).astype(int)
    np.testing.assert_array_equal(result.present, holey.present[before] & holey.present[after])


def test_one_frame_stays_one() -> None:
    assert resample(uniform(1, 30.0), 12.0).num_frames == 1


@pytest.mark.parametrize("fps", [0.0, -5.0, float("nan"), float("inf")])
def test_a_rate_that_is_not_positive_is_rejected(moving: PoseSequence, fps: float) -> None:
    with pytest.raises(PoseError, match="positive frame rate to resample to, but got"):
        resample(moving, fps)
