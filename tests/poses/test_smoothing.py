"""What holds of every filter, on motions that hypothesis thinks up."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skelgraph.config import FilterName
from skelgraph.errors import PoseError
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, low_pass, one_euro, savitzky_golay, smooth

FILTERS: tuple[FilterName, ...] = get_args(FilterName)
ARM = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder", "hand": "elbow"})
SOME = settings(max_examples=40, deadline=None, derandomize=True, database=None)

each_filter = pytest.mark.parametrize("name", FILTERS)


@st.composite
def motions(draw: st.DrawFn) -> PoseSequence:
    """Up to 40 frames of three joints in meters, some of them missing."""
    T, C = draw(st.integers(1, 40)), draw(st.sampled_from([2, 3]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    positions = rng.normal(0, draw(st.floats(0.001, 1.0)), (T, 3, C)).cumsum(axis=0)
    positions[rng.random((T, 3)) < draw(st.sampled_from([0.0, 0.1, 0.5]))] = np.nan
    fps = draw(st.sampled_from([25.0, 30.0, 50.0]))
    return PoseSequence(positions=positions, layout=ARM, fps=fps, unit="m")


@each_filter
@SOME
@given(motion=motions(), place=st.floats(-100, 100))
def test_rest_stays_rest(name: FilterName, motion: PoseSequence, place: float) -> None:
    still = replace(motion, positions=np.where(np.isnan(motion.positions), np.nan, place))
    np.testing.assert_allclose(smooth(still, name).positions, still.positions, rtol=1e-5)


@each_filter
@SOME
@given(motion=motions())
def test_the_place_does_not_matter(name: FilterName, motion: PoseSequence) -> None:
    """A gain of 1 for what does not change, whatever moves about it."""
    moved = smooth(replace(motion, positions=motion.positions + 8.0), name).positions
    np.testing.assert_allclose(moved, smooth(motion, name).positions + 8.0, atol=1e-4)


@SOME
@given(motion=motions(), speed_m_s=st.floats(-5, 5))
def test_uniform_motion_passes_savitzky_golay(motion: PoseSequence, speed_m_s: float) -> None:
    line = speed_m_s * np.arange(motion.num_frames)[:, None, None] / motion.fps
    uniform = replace(motion, positions=np.where(np.isnan(motion.positions), np.nan, line))
    np.testing.assert_allclose(smooth(uniform, "savgol").positions, uniform.positions, atol=1e-5)


@each_filter
@SOME
@given(motion=motions(), joint=st.integers(0, 2))
def test_missing_joints_stay_missing_and_change_no_other(
    name: FilterName, motion: PoseSequence, joint: int
) -> None:
    smoothed = smooth(motion, name)
    np.testing.assert_array_equal(smoothed.present, motion.present)
    positions = motion.positions.copy()
    positions[::3, joint] = np.nan
    others = [one for one in range(3) if one != joint]
    part = smooth(replace(motion, positions=positions), name)
    np.testing.assert_array_equal(part.positions[:, others], smoothed.positions[:, others])


@each_filter
@SOME
@given(motion=motions(), frame=st.integers(1, 39))
def test_a_gap_parts_two_recordings(name: FilterName, motion: PoseSequence, frame: int) -> None:
    whole = np.r_[motion.positions, motion.positions][: motion.num_frames + 1]
    frame = min(frame, len(whole) - 1)
    whole[frame] = np.nan
    smoothed = smooth(replace(motion, positions=whole), name).positions
    for part in (slice(0, frame), slice(frame + 1, None)):
        if len(whole[part]):
            apart = smooth(replace(motion, positions=whole[part]), name).positions
            np.testing.assert_array_equal(smoothed[part], apart)


@SOME
@given(motion=motions(), frame=st.integers(0, 39))
def test_the_causal_filter_never_looks_ahead(motion: PoseSequence, frame: int) -> None:
    seen = motion.positions[: frame + 1]
    part = smooth(replace(motion, positions=seen), "one-euro").positions
    np.testing.assert_array_equal(part, smooth(motion, "one-euro").positions[: frame + 1])


@pytest.mark.parametrize("name", ["butterworth", "savgol", "none"])
@SOME
@given(motion=motions())
def test_a_filter_without_lag_does_not_know_the_direction_of_time(
    name: FilterName, motion: PoseSequence
) -> None:
    """That is what zero phase means: nothing comes out earlier or later than it went in.

    At an end the Butterworth filter has seen one direction only, so that the motion is given more
    rest before and behind it than the filter remembers.
    """
    rest = np.zeros((60, 3, motion.num_dimensions))
    middle = np.nan_to_num(motion.positions)
    padded = replace(motion, positions=np.concatenate([rest, middle, rest]))
    backward = smooth(replace(padded, positions=padded.positions[::-1]), name).positions[::-1]
    np.testing.assert_allclose(backward, smooth(padded, name).positions, atol=2e-3)


def test_names_choose_filters_and_their_settings(moving: PoseSequence) -> None:
    for smoothed, expected in (
        (smooth(moving), low_pass(moving)),
        (smooth(moving, cutoff_hz=3.0, order=2), low_pass(moving, cutoff_hz=3.0, order=2)),
        (smooth(moving, "savgol"), savitzky_golay(moving)),
        (
            smooth(moving, "savgol", window_s=0.4, degree=3),
            savitzky_golay(moving, window_s=0.4, degree=3),
        ),
        (smooth(moving, "one-euro"), one_euro(moving)),
        (
            smooth(moving, "one-euro", min_cutoff_hz=2.0, beta_per_m=1.0),
            one_euro(moving, min_cutoff_hz=2.0, beta_per_m=1.0),
        ),
    ):
        np.testing.assert_array_equal(smoothed.positions, expected.positions)
    assert smooth(moving, "none") is moving


@each_filter
def test_confidence_and_facts_are_kept(name: FilterName, holey: PoseSequence) -> None:
    smoothed = smooth(holey, name)
    np.testing.assert_array_equal(smoothed.confidence, holey.confidence)
    assert (smoothed.name, smoothed.label, smoothed.fps) == ("walk", "joy", 30.0)


def test_an_unknown_filter_is_an_error(moving: PoseSequence) -> None:
    with pytest.raises(PoseError, match=r"expected a filter of \('butterworth'.*got 'kalman'"):
        smooth(moving, "kalman")  # type: ignore[arg-type]
