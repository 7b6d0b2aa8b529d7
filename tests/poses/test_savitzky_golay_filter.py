from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, savitzky_golay


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
