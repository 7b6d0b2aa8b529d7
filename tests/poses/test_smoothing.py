from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, freqz_sos, sosfiltfilt

from skelgraph.config import FilterName
from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence, low_pass, one_euro, resample, savitzky_golay, smooth
from skelgraph.poses.smoothing import _design
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


def test_low_pass_keeps_confidence_and_facts(holey: PoseSequence) -> None:
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


def along_x(values: list[float], *, fps: float = 20.0) -> PoseSequence:
    positions = np.zeros((len(values), 10, 3))
    positions[:, :, 0] = np.array(values)[:, None]
    return PoseSequence(positions=positions, layout=UPPER10, fps=fps)


def test_five_frames_have_the_weights_of_the_papers_table() -> None:
    """Savitzky and Golay 1964, table I: -3, 12, 17, 12, -3 of 35."""
    values = [4.0, 1.0, 7.0, 0.0, 2.0, 9.0, 3.0]
    smoothed = savitzky_golay(along_x(values), window_s=0.25).positions[:, 5, 0]
    for frame in (2, 3, 4):
        window = values[frame - 2 : frame + 3]
        expected = np.dot([-3, 12, 17, 12, -3], window) / 35
        assert smoothed[frame] == pytest.approx(expected, rel=1e-6)


def test_an_end_is_that_of_the_last_whole_window() -> None:
    values = [4.0, 1.0, 7.0, 0.0, 2.0]
    smoothed = savitzky_golay(along_x(values)).positions[:, 0, 0]
    fitted = np.polyval(np.polyfit(np.arange(5), values, 2), np.arange(5))
    np.testing.assert_allclose(smoothed, fitted, atol=1e-5)


@pytest.mark.parametrize(
    ("fps", "window_s", "frames"),
    [(25.0, 0.25, 7), (30.0, 0.25, 7), (30.0, 0.17, 5), (30.0, 7 / 30, 7), (50.0, 0.25, 13)],
)
def test_the_window_is_the_nearest_odd_number_of_frames(
    fps: float, window_s: float, frames: int
) -> None:
    pulse = [0.0] * 61
    pulse[30] = 1.0
    smoothed = savitzky_golay(along_x(pulse, fps=fps), window_s=window_s).positions[:, 0, 0]
    assert np.flatnonzero(smoothed).tolist() == list(range(30 - frames // 2, 31 + frames // 2))


def test_polynomials_up_to_the_degree_pass_exactly() -> None:
    time = np.arange(20.0)
    for degree in (0, 1, 2, 3):
        motion = along_x(list((0.1 * time) ** degree))
        smoothed = savitzky_golay(motion, window_s=0.35, degree=degree)
        np.testing.assert_allclose(smoothed.positions, motion.positions, atol=2e-6)


@pytest.mark.parametrize("num_frames", [1, 2, 3, 4])
def test_runs_that_a_polynomial_meets_exactly_are_left_alone(
    moving: PoseSequence, num_frames: int
) -> None:
    short = replace(moving, positions=moving.positions[:num_frames])
    np.testing.assert_array_equal(savitzky_golay(short).positions, short.positions)


@pytest.mark.parametrize("num_frames", [5, 6])
def test_a_short_run_gets_the_longest_window_that_fits(num_frames: int) -> None:
    values = [4.0, 1.0, 7.0, 0.0, 2.0, 5.0][:num_frames]
    smoothed = savitzky_golay(along_x(values), window_s=1.0).positions
    np.testing.assert_array_equal(smoothed, savitzky_golay(along_x(values)).positions)
    assert np.abs(smoothed[:, 0, 0] - values).max() > 1


@pytest.mark.parametrize("window_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_window_that_cannot_be_had_is_rejected(moving: PoseSequence, window_s: float) -> None:
    with pytest.raises(PoseError, match=f"expected a window above 0 s, but got {window_s:g} s"):
        savitzky_golay(moving, window_s=window_s)


def test_a_negative_degree_is_rejected(moving: PoseSequence) -> None:
    with pytest.raises(PoseError, match="expected a degree of 0 or more, but got -1"):
        savitzky_golay(moving, degree=-1)


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
