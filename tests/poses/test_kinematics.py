from dataclasses import replace

import numpy as np
import pytest

from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence, acceleration, speed, velocity
from skelgraph.typing import FloatArray


def along(x: FloatArray, fps: float = 20.0) -> PoseSequence:
    positions = np.zeros((len(x), 10, 3))
    positions[:, :, 0], positions[:, :, 1] = 3 * x[:, None], 4 * x[:, None]
    positions[np.isnan(x)] = np.nan
    return PoseSequence(positions=positions, layout=UPPER10, fps=fps)


def test_uniform_motion_has_constant_velocity_and_no_acceleration() -> None:
    sequence = along(np.arange(12) / 20)
    expected = np.broadcast_to([3.0, 4.0, 0.0], (12, 10, 3))
    np.testing.assert_allclose(velocity(sequence), expected, atol=1e-4)
    np.testing.assert_allclose(speed(sequence), 5.0, rtol=1e-5)
    np.testing.assert_allclose(acceleration(sequence), 0.0, atol=1e-3)


def test_free_fall_has_constant_acceleration() -> None:
    time_s = np.arange(12) / 20
    sequence = along(time_s**2 / 2)
    np.testing.assert_allclose(acceleration(sequence)[:, 0, 0], 3.0, atol=1e-3)
    np.testing.assert_allclose(velocity(sequence)[1:-1, 0, 0], 3 * time_s[1:-1], atol=1e-4)


def test_units_are_those_of_seconds() -> None:
    x = np.arange(6.0)
    np.testing.assert_allclose(velocity(along(x, 60.0)), 3 * velocity(along(x, 20.0)))
    x = np.arange(6.0) ** 2
    np.testing.assert_allclose(acceleration(along(x, 60.0)), 9 * acceleration(along(x, 20.0)))


def test_a_gap_does_not_spread() -> None:
    time_s = np.arange(12) / 20
    x = time_s**2 / 2
    x[5] = np.nan
    sequence = along(x)
    missing = [frame == 5 for frame in range(12)]
    assert np.isnan(velocity(sequence)).all(axis=(1, 2)).tolist() == missing
    assert np.isnan(acceleration(sequence)).all(axis=(1, 2)).tolist() == missing
    np.testing.assert_allclose(np.delete(acceleration(sequence), 5, axis=0)[:, 0, 1], 4, atol=1e-3)


def test_frames_without_neighbors_have_no_velocity() -> None:
    x = np.array([0.0, np.nan, 2.0, 3.0, np.nan, 5.0, 6.0, 7.0])
    sequence = along(x)
    moving = ~np.isnan(speed(sequence)[:, 0])
    assert moving.tolist() == [False, False, True, True, False, True, True, True]
    pushed = ~np.isnan(acceleration(sequence)[:, 0, 0])
    assert pushed.tolist() == [False, False, False, False, False, True, True, True]


@pytest.mark.parametrize("function", [velocity, speed, acceleration])
def test_one_frame_does_not_move(moving: PoseSequence, function: object) -> None:
    single = replace(moving, positions=moving.positions[:1])
    assert callable(function)
    assert np.isnan(function(single)).all()


@pytest.mark.parametrize("function", [velocity, acceleration])
def test_a_missing_joint_changes_no_other(
    moving: PoseSequence, holey: PoseSequence, function: object
) -> None:
    assert callable(function)
    always = holey.present.sum(axis=0) == 89  # all but the frame in which all are missing
    rows = [*range(68), *range(73, 90)]
    np.testing.assert_array_equal(
        function(holey)[rows][:, always], function(moving)[rows][:, always]
    )
