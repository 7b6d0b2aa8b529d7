import copy
import pickle

import numpy as np
import pytest
from scipy.signal import butter, group_delay, sosfilt, sosfilt_zi

from skelgraph.errors import PoseError
from skelgraph.streaming import CausalLowPass, LowPassState
from skelgraph.typing import FloatArray


def run(smoother: CausalLowPass, frames: FloatArray, fps: float = 30.0) -> FloatArray:
    state = LowPassState()
    return np.stack([smoother.update(state, frame, 1 / fps) for frame in frames])


@pytest.mark.parametrize(
    ("order", "cutoff_hz", "fps"), [(1, 3, 25), (2, 6, 30), (3, 4, 60), (4, 12, 120)]
)
def test_at_a_constant_rate_it_is_the_butterworth_filter(
    order: int, cutoff_hz: float, fps: float
) -> None:
    frames = np.random.default_rng(0).normal(size=(80, 4, 3))
    sections = butter(order, cutoff_hz, fs=fps, output="sos")
    start = sosfilt_zi(sections)[:, :, None] * frames[0].reshape(-1)
    expected, _ = sosfilt(sections, frames.reshape(80, -1), axis=0, zi=start)
    smooth = run(CausalLowPass(cutoff_hz=cutoff_hz, order=order), frames, fps)
    np.testing.assert_allclose(smooth, expected.reshape(frames.shape), atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_slow_movement_lags_by_the_group_delay(order: int) -> None:
    smoother = CausalLowPass(cutoff_hz=6.0, order=order)
    _, delay = group_delay(butter(order, 6.0, fs=30.0), w=[1e-3], fs=30.0)
    assert smoother.lag_s(30.0) == pytest.approx(delay[0] / 30, rel=1e-4)
    ramp = np.arange(90.0)[:, None, None] * np.ones((1, 2))
    lag = ramp[-1, 0, 0] - run(smoother, ramp)[-1, 0, 0]  # in frames, since it moves 1 a frame
    assert lag / 30 == pytest.approx(smoother.lag_s(30.0), rel=1e-4)


def test_intervals_that_wander_follow_the_same_curve() -> None:
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.5, 1.5, 300)) / 120
    smoother, state = CausalLowPass(cutoff_hz=3.0), LowPassState()
    even_times = np.arange(int(times[-1] * 480)) / 480
    curve = lambda time_s: np.sin(2 * np.pi * 0.8 * time_s)  # noqa: E731
    even = run(smoother, curve(even_times)[:, None, None], 480)[:, 0, 0]
    uneven = [
        smoother.update(state, np.array([[curve(time_s)]]), interval_s)[0, 0]
        for time_s, interval_s in zip(times, np.diff(times, prepend=times[0]), strict=True)
    ]
    known = slice(100, 290)  # after both have settled
    expected = np.interp(times, even_times, even)
    np.testing.assert_allclose(np.array(uneven)[known], expected[known], atol=2e-3)


def test_a_missing_joint_is_forgotten_and_changes_no_other() -> None:
    frames = np.random.default_rng(0).normal(size=(20, 2, 3))
    gap = frames.copy()
    gap[8:11, 0] = np.nan
    smoother = CausalLowPass(cutoff_hz=6.0)
    smooth = run(smoother, gap)
    assert np.isnan(smooth[8:11, 0]).all()
    np.testing.assert_allclose(smooth[11:, 0], run(smoother, frames[11:])[:, 0])
    np.testing.assert_array_equal(smooth[:, 1], run(smoother, frames)[:, 1])


def test_a_rate_too_low_for_the_cutoff_is_not_filtered() -> None:
    frames = np.random.default_rng(0).normal(size=(9, 2, 3))
    smoother = CausalLowPass(cutoff_hz=6.0)
    np.testing.assert_array_equal(run(smoother, frames, fps=12.0), frames)
    assert smoother.lag_s(12.0) == 0


def test_a_state_can_be_copied_and_pickled() -> None:
    frames = np.random.default_rng(0).normal(size=(9, 2, 3))
    smoother, state = CausalLowPass(cutoff_hz=6.0), LowPassState()
    for frame in frames[:-1]:
        smoother.update(state, frame, 1 / 30)
    copies = [copy.deepcopy(state), pickle.loads(pickle.dumps(state))]
    expected = smoother.update(state, frames[-1], 1 / 30)
    for one in copies:
        np.testing.assert_array_equal(smoother.update(one, frames[-1], 1 / 30), expected)


@pytest.mark.parametrize(
    ("settings", "text"),
    [({"cutoff_hz": 0}, "cutoff above 0 Hz"), ({"cutoff_hz": 6, "order": 0}, "1 pole or more")],
)
def test_settings_out_of_range_are_errors(settings: dict[str, float], text: str) -> None:
    with pytest.raises(PoseError, match=text):
        CausalLowPass(**settings)
