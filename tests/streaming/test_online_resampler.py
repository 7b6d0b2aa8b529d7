from dataclasses import replace

import numpy as np
import pytest

from skelgraph.poses import PoseSequence, resample
from skelgraph.streaming import CleanFrame, OnlineResampler, ResamplerState
from skelgraph.typing import FloatArray


def run(
    sequence: PoseSequence, times: FloatArray, *, fps: float = 30.0, longest_pause_s: float = 0.5
) -> list[CleanFrame]:
    resampler = OnlineResampler(fps=fps, longest_pause_s=longest_pause_s)
    state, frames = ResamplerState(), []
    for number, time_s in enumerate(times):
        scores = None if sequence.confidence is None else sequence.confidence[number]
        frames += resampler.push(state, float(time_s), sequence.positions[number], scores)
    return frames


@pytest.mark.parametrize("source_fps", [30.0, 25.0, 29.97, 12.5, 15.0])
@pytest.mark.parametrize("start_s", [0.0, 1.7e9])
def test_a_constant_rate_gives_the_resampled_recording(
    filmed: PoseSequence, source_fps: float, start_s: float
) -> None:
    positions = filmed.positions.copy()
    positions[10:13, 4] = np.nan
    sequence = replace(filmed, positions=positions, fps=source_fps)
    expected = resample(sequence, 30.0)
    frames = run(sequence, start_s + np.arange(60) / source_fps)
    assert [frame.number for frame in frames] == list(range(expected.num_frames))
    tolerance = 1e-4 if start_s == 0 else 2e-2  # pixels; such a clock has digits of 0.2 us
    np.testing.assert_allclose(
        np.stack([frame.positions for frame in frames]), expected.positions, atol=tolerance
    )
    if start_s == 0:
        confidence = np.stack([frame.confidence for frame in frames])
        np.testing.assert_array_equal(confidence, expected.confidence)


def test_a_rate_that_wanders_is_interpolated_by_its_time_stamps(moving: PoseSequence) -> None:
    times = 5 + np.cumsum(np.random.default_rng(0).uniform(0.01, 0.08, 60))
    frames = run(moving, times)
    wanted = times[0] + np.arange(int((times[-1] - times[0]) * 30) + 1) / 30
    np.testing.assert_allclose([frame.time_s for frame in frames], wanted)
    for joint in range(10):
        for axis in range(3):
            np.testing.assert_allclose(
                [frame.positions[joint, axis] for frame in frames],
                np.interp(wanted, times, moving.positions[:, joint, axis]),
                atol=1e-6,
            )


def test_frames_come_once_the_later_neighbor_is_there(moving: PoseSequence) -> None:
    resampler, state = OnlineResampler(fps=30.0), ResamplerState()
    counts = [
        len(resampler.push(state, time_s, moving.positions[0], None))
        for time_s in (0.0, 0.03, 0.04, 0.14, 0.15)
    ]
    assert counts == [1, 0, 1, 3, 0]


def test_dropped_frames_are_bridged_and_long_pauses_are_empty(moving: PoseSequence) -> None:
    times = np.array([0.0, 0.2, 0.9, 1.0])
    frames = run(moving, times)
    is_empty = [bool(np.isnan(frame.positions).all()) for frame in frames]
    assert is_empty == [False] * 7 + [True] * 20 + [False] * 4
    np.testing.assert_array_equal(frames[27].positions, moving.positions[2])


def test_a_joint_is_missing_beside_a_frame_in_which_it_is(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[1, 3] = np.nan
    frames = run(replace(moving, positions=positions), np.arange(60) / 20)
    missing = [number for number, frame in enumerate(frames) if np.isnan(frame.positions[3, 0])]
    assert missing == [1, 2]
