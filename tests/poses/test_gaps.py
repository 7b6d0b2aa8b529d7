from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, drop_doubtful, fill_gaps
from skelgraph.poses.gaps import find_runs


def test_joints_below_the_threshold_are_missing(holey: PoseSequence) -> None:
    scores = np.full((90, 10), 0.5)
    scores[3:7, 2] = 0.09
    scores[8, 4] = 0.1
    sequence = replace(holey, confidence=scores)
    dropped = drop_doubtful(sequence, min_confidence=0.1)
    expected = holey.present.copy()
    expected[3:7, 2] = False
    np.testing.assert_array_equal(dropped.present, expected)
    np.testing.assert_array_equal(dropped.confidence, sequence.confidence)
    kept = dropped.present
    np.testing.assert_array_equal(dropped.positions[kept], holey.positions[kept])


def test_without_confidence_or_doubt_nothing_changes(moving: PoseSequence) -> None:
    assert drop_doubtful(moving, min_confidence=0.5) is moving
    sure = replace(moving, confidence=np.ones((90, 10)))
    assert drop_doubtful(sure, min_confidence=1.0) is sure


def test_a_recording_of_doubtful_joints_alone_is_an_error(holey: PoseSequence) -> None:
    with pytest.raises(PoseError, match=r"'walk': expected joints of .* 2 or more, .* is 0\.9; lo"):
        drop_doubtful(holey, min_confidence=2)


def uniform_with_gap(start: int, stop: int, *, fps: float = 30.0) -> PoseSequence:
    positions = np.arange(40.0)[:, None, None] * np.ones((40, 10, 3))
    positions[start:stop, 4] = np.nan
    return PoseSequence(positions=positions, layout=UPPER10, fps=fps)


def test_uniform_motion_is_filled_exactly() -> None:
    filled = fill_gaps(uniform_with_gap(10, 20))
    np.testing.assert_allclose(filled.positions[:, 4, 1], np.arange(40), rtol=1e-6)


def test_filled_joints_stay_between_the_ends_of_the_gap(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[31:43, 6] = np.nan
    filled = fill_gaps(replace(moving, positions=positions)).positions[30:44, 6]
    low, high = np.minimum(filled[0], filled[-1]), np.maximum(filled[0], filled[-1])
    assert (filled >= low - 1e-6).all()
    assert (filled <= high + 1e-6).all()


def test_filled_motion_is_near_the_true_one(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[50:53] = np.nan
    filled = fill_gaps(replace(moving, positions=positions)).positions
    np.testing.assert_allclose(filled[50:53], moving.positions[50:53], atol=0.01)


def test_joints_that_are_there_are_not_touched(holey: PoseSequence) -> None:
    filled = fill_gaps(holey)
    np.testing.assert_array_equal(filled.positions[holey.present], holey.positions[holey.present])


def test_long_gaps_and_gaps_at_the_ends_stay(holey: PoseSequence) -> None:
    filled = fill_gaps(holey)
    missing = np.zeros((90, 10), dtype=bool)
    missing[30:60, 6] = True
    missing[:5, 8] = True
    missing[85:, 8] = True
    np.testing.assert_array_equal(~filled.present, missing)


@pytest.mark.parametrize(("max_gap_s", "num_filled"), [(0.1, 3), (0.1 - 1e-6, 0), (0.0, 0)])
def test_a_gap_is_as_long_as_its_frames(max_gap_s: float, num_filled: int) -> None:
    sequence = uniform_with_gap(10, 13)
    filled = fill_gaps(sequence, max_gap_s=max_gap_s)
    assert filled.present[:, 4].sum() == 37 + num_filled


def test_any_length_of_gap_can_be_allowed() -> None:
    assert fill_gaps(uniform_with_gap(1, 39), max_gap_s=float("inf")).present.all()


def test_one_frame_on_each_side_is_enough() -> None:
    positions = np.array([2.0, np.nan, 6.0])[:, None, None] * np.ones((3, 10, 2))
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    assert fill_gaps(sequence).positions[:, 0, 0].tolist() == [2.0, 4.0, 6.0]


def test_a_joint_that_is_never_there_stays_missing(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[:, 5] = np.nan
    assert not fill_gaps(replace(moving, positions=positions)).present[:, 5].any()


def test_filled_joints_have_no_confidence(holey: PoseSequence) -> None:
    filled = fill_gaps(holey)
    assert filled.confidence is not None
    new = filled.present & ~holey.present
    assert new.any()
    assert (filled.confidence[new] == 0).all()
    np.testing.assert_array_equal(filled.confidence[~new], holey.confidence[~new])


def test_nothing_to_fill_is_the_same_recording(moving: PoseSequence) -> None:
    assert fill_gaps(moving) is moving


@pytest.mark.parametrize("max_gap_s", [-0.1, float("nan")])
def test_a_negative_longest_gap_is_rejected(moving: PoseSequence, max_gap_s: float) -> None:
    with pytest.raises(PoseError, match="longest gap of 0 s or more, but got"):
        fill_gaps(moving, max_gap_s=max_gap_s)


def test_runs_cover_what_is_there_once() -> None:
    present = np.random.default_rng(3).random((50, 6)) < 0.6
    covered = np.zeros_like(present, dtype=int)
    for (start, stop), joints in find_runs(present).items():
        covered[start:stop, joints] += 1
        assert not present[start - 1, joints].any() or start == 0
        assert stop == 50 or not present[stop, joints].any()
    np.testing.assert_array_equal(covered, present)


def test_runs_of_nothing() -> None:
    assert find_runs(np.zeros((4, 2), dtype=bool)) == {}
    assert find_runs(np.ones((4, 2), dtype=bool)) == {(0, 4): [0, 1]}
