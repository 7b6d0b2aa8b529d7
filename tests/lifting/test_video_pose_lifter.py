"""Keypoints are completed, normalized, lifted and turned as a loop by hand does it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skelgraph.errors import ExtractionError
from skelgraph.layouts import H36M17, UPPER10
from skelgraph.lifting import TemporalLifter, lift_sequence
from skelgraph.lifting.video_pose_lifter import complete
from skelgraph.poses import PoseSequence, camera_to_world, convert_layout
from tests.conftest import make_lifter

SIZE = (64.0, 48.0)


def with_gaps(sequence: PoseSequence, *gaps: tuple[slice, int | slice]) -> PoseSequence:
    positions = sequence.positions.copy()
    for frames, joints in gaps:
        positions[frames, joints] = np.nan
    return replace(sequence, positions=positions)


def test_joints_are_lifted_relative_to_the_root(
    keypoints: PoseSequence, lifter: TemporalLifter
) -> None:
    lifted = lift_sequence(keypoints, lifter, size_px=SIZE, space="camera")
    x = torch.from_numpy(keypoints.positions / 32 - np.array([1, 0.75], dtype=np.float32))
    expected = lifter.lift(x[None])[0].numpy()
    expected = expected - expected[:, :1]
    np.testing.assert_allclose(lifted.positions, expected, atol=1e-6)
    assert (lifted.layout, lifted.unit, lifted.up, lifted.fps) == (H36M17, "m", "-y", 25)
    assert lifted.name == "clip"
    assert not lifted.positions[:, 0].any()


def test_the_world_is_the_camera_turned(keypoints: PoseSequence, lifter: TemporalLifter) -> None:
    camera = lift_sequence(keypoints, lifter, size_px=SIZE, space="camera")
    world = lift_sequence(keypoints, lifter, size_px=SIZE)
    expected = camera_to_world(camera.positions, on_floor=False)
    np.testing.assert_allclose(world.positions, expected, atol=1e-6)
    assert world.up == "+z"
    down = camera_to_world(np.array([0.0, 1.0, 0.0]), on_floor=False)
    assert down[2] < -0.9  # y down of the camera is nearly z down of the world


def test_a_lifter_may_want_probabilities(keypoints: PoseSequence) -> None:
    lifter = make_lifter(3)
    lifted = lift_sequence(keypoints, lifter, size_px=SIZE, space="camera", average_flip=False)
    screen = keypoints.positions / 32 - np.array([1, 0.75], dtype=np.float32)
    x = np.concatenate([screen, np.full((40, 17, 1), 0.9, dtype=np.float32)], axis=2)
    expected = lifter.lift(torch.from_numpy(x)[None], average_flip=False)[0].numpy()
    np.testing.assert_allclose(lifted.positions, expected - expected[:, :1], atol=1e-6)


def test_long_recordings_are_lifted_piece_by_piece(
    keypoints: PoseSequence, lifter: TemporalLifter, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lift_sequence(keypoints, lifter, size_px=SIZE)
    monkeypatch.setattr("skelgraph.lifting.video_pose_lifter._CHUNK_FRAMES", 7)
    pieces = lift_sequence(keypoints, lifter, size_px=SIZE)
    np.testing.assert_allclose(pieces.positions, whole.positions, atol=1e-6)


def test_gaps_are_interpolated_and_held(keypoints: PoseSequence) -> None:
    gaps = with_gaps(
        keypoints, (slice(0, 3), 9), (slice(10, 13), 9), (slice(37, 40), 9), (slice(None), 16)
    )
    filled = complete(gaps)
    assert np.isfinite(filled).all()
    y, known = filled[:, 9, 1], keypoints.positions[:, 9, 1]
    assert y[:3].tolist() == [known[3]] * 3
    assert y[37:].tolist() == [known[36]] * 3
    for step, frame in enumerate((10, 11, 12), start=1):
        assert y[frame] == pytest.approx(known[9] + step / 4 * (known[13] - known[9]))
    np.testing.assert_array_equal(filled[:, 16], filled[:, 14])  # ankle never there: at the knee
    there = gaps.present
    np.testing.assert_array_equal(filled[there], gaps.positions[there])
    with pytest.raises(ExtractionError, match="nobody is there"):
        complete(with_gaps(keypoints, (slice(None), slice(None))))


def test_frames_without_anybody_stay_empty(keypoints: PoseSequence, lifter: TemporalLifter) -> None:
    absent = with_gaps(keypoints, (slice(5, 8), slice(None)))
    lifted = lift_sequence(absent, lifter, size_px=SIZE)
    assert lifted.present.all(axis=1).tolist() == [not 5 <= frame < 8 for frame in range(40)]
    assert lifted.confidence is not None
    assert lifted.confidence[5:8].max() == 0
    nobody = with_gaps(keypoints, (slice(None), slice(None)))
    with pytest.raises(ExtractionError, match="'clip': expected a person, but nobody is there"):
        lift_sequence(nobody, lifter, size_px=SIZE)


def test_what_was_not_seen_has_no_confidence(
    keypoints: PoseSequence, lifter: TemporalLifter
) -> None:
    hidden = with_gaps(keypoints, (slice(4, 9), 9))
    for sequence, sure in ((hidden, 0.9), (replace(hidden, confidence=None), 1.0)):
        lifted = lift_sequence(sequence, lifter, size_px=SIZE)
        upper = convert_layout(lifted, UPPER10)
        assert upper.confidence is not None
        wrist = upper.confidence[:, UPPER10.index("left_wrist")]
        assert wrist.tolist() == pytest.approx([0.0 if 4 <= n < 9 else sure for n in range(40)])
        assert (upper.confidence[:, UPPER10.center] == 1).all()
        assert upper.present.all()


def test_what_is_in_space_is_not_lifted(keypoints: PoseSequence, lifter: TemporalLifter) -> None:
    space = replace(keypoints, positions=np.zeros((40, 17, 3)))
    with pytest.raises(ExtractionError, match="it is in space already; leave out the lifter"):
        lift_sequence(space, lifter, size_px=SIZE)
