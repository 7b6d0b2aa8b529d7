"""The rest pose that some programs write before a recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.io import read_sequence
from skelgraph.layouts import UPPER10, rest_pose
from skelgraph.poses import PoseSequence, Preprocessing, drop_rest_pose

REST = np.pad(rest_pose(UPPER10), ((0, 0), (0, 1)))


def make_walk(num_frames: int = 40, *, seed: int = 0) -> PoseSequence:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.004, (num_frames, 10, 3)) + np.array([0, 0, 0.03])
    positions = REST + steps.cumsum(axis=0) + np.array([3.0, 0, 1])
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m")


def put_rest_before(sequence: PoseSequence) -> PoseSequence:
    positions = np.concatenate([REST[None], sequence.positions])
    confidence = np.linspace(0.5, 1, len(positions))[:, None].repeat(10, axis=1)
    return replace(sequence, positions=positions, confidence=confidence)


def test_it_is_left_out_with_its_confidence() -> None:
    walk = make_walk()
    cut = drop_rest_pose(put_rest_before(walk))
    np.testing.assert_allclose(cut.positions, walk.positions)
    assert cut.confidence is not None
    assert len(cut.confidence) == 40
    assert cut.start_s == pytest.approx(1 / 30)  # the clock is the recording's


def test_frames_between_it_and_the_recording_go_too() -> None:
    """A file of 120 frames/s that was resampled: the filter rings from the rest pose."""
    walk = make_walk()
    jump = walk.positions[0] - REST
    ringing = walk.positions[0] - np.array([1.0, 0.2, 0.06])[:, None, None] * jump
    positions = np.concatenate([ringing, walk.positions])
    cut = drop_rest_pose(replace(walk, positions=positions))
    np.testing.assert_allclose(cut.positions, walk.positions)


def test_joints_that_are_missing_tell_nothing() -> None:
    before = put_rest_before(make_walk())
    positions = before.positions.copy()
    positions[0, :4] = np.nan
    positions[20:25] = np.nan
    assert drop_rest_pose(replace(before, positions=positions)).num_frames == 40
    positions[0] = np.nan
    assert drop_rest_pose(replace(before, positions=positions)).num_frames == 41


@pytest.mark.parametrize("change", ["nothing", "a joint", "a later jump", "a stir", "too short"])
def test_recordings_are_left_alone(change: str) -> None:
    walk = make_walk()
    positions = walk.positions.copy()
    if change == "a joint":
        positions[0, 9] += 2
    elif change == "a later jump":
        positions[:20] += 1
        positions[0] -= 5
        positions[30:] += 4
    elif change == "a stir":
        positions[:] = positions[5]
        positions[0] += 0.02
    elif change == "too short":
        positions = put_rest_before(walk).positions[:14]
    sequence = replace(walk, positions=positions)
    assert drop_rest_pose(sequence) is sequence


def test_preprocessing_gives_the_same_with_and_without_it() -> None:
    walk = make_walk()
    preprocessing = Preprocessing(fps=30.0)
    plain = replace(put_rest_before(walk), confidence=None)
    np.testing.assert_allclose(
        preprocessing.apply(plain).positions, preprocessing.apply(walk).positions, atol=1e-6
    )


def test_real_files_have_it(shared_data: Path) -> None:
    """Xsens' export, with a rest pose; styles of Bandai Namco Research, without."""
    xsens = sorted((shared_data / "mpi-ebed" / "Anger").glob("*.bvh"))[:20]
    styles = sorted((shared_data / "bandai-styles").glob("*.bvh"))[:20]
    if not xsens or not styles:
        pytest.skip(f"there are no recordings in {shared_data}")
    for file in xsens:
        sequence = read_sequence(file)
        assert drop_rest_pose(sequence).num_frames == sequence.num_frames - 1
        again = replace(sequence, positions=sequence.positions[1:])
        assert drop_rest_pose(again) is again
    for file in styles:
        sequence = read_sequence(file)
        assert drop_rest_pose(sequence) is sequence
