"""Posture beside joints: what each joint gets, against the measures of the whole clip."""

import numpy as np
import pytest
import torch

from skelgraph.data import MotionClip
from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10, JointLayout, rest_pose
from skelgraph.movement import differentiate, posture_series
from skelgraph.poses import PoseSequence
from skelgraph.transforms import ToPosture, ToPostureMotion, count_posture_channels


def make_sequence(num_frames: int = 40, *, num_dimensions: int = 3) -> PoseSequence:
    """Return a body whose right wrist rises by 0.3 m/s."""
    pose = np.pad(rest_pose(UPPER10), ((0, 0), (0, 1)))[:, :3]  # flat, at depth 0
    positions = np.repeat(pose[None], num_frames, axis=0)
    positions[:, UPPER10.index("right_wrist"), 1] += 0.3 * np.arange(num_frames) / 30
    return PoseSequence(positions=positions[..., :num_dimensions], layout=UPPER10, fps=30.0)


@pytest.mark.parametrize("num_dimensions", [2, 3])
def test_each_joint_gets_the_posture_of_the_frame(num_dimensions: int) -> None:
    sequence = make_sequence(num_dimensions=num_dimensions)
    source = MotionClip.from_sequence(sequence)
    clip = ToPosture("upper10")(source)
    assert clip.positions.shape == (40, 10, count_posture_channels(num_dimensions, motion=False))
    assert torch.equal(clip.positions[..., :num_dimensions], source.positions)
    posture = torch.from_numpy(posture_series(sequence)).float()
    for joint in range(10):
        assert torch.allclose(clip.positions[:, joint, num_dimensions:], posture, atol=1e-6)


def test_motion_is_that_of_the_joint_and_of_the_posture() -> None:
    sequence = make_sequence()
    clip = ToPostureMotion(UPPER10)(MotionClip.from_sequence(sequence))
    assert (clip.fps, clip.positions.shape) == (15.0, (20, 10, 21))
    wrist = clip.positions[:, UPPER10.index("right_wrist")]
    assert torch.allclose(wrist[:, :4], torch.tensor([0.0, 0.3, 0.0, 0.3]), atol=1e-4)
    velocity = torch.from_numpy(differentiate(posture_series(sequence), 30.0)[::2]).float()
    assert torch.allclose(clip.positions[:, 0, 4:], velocity, atol=1e-4)


def test_a_missing_joint_is_zero_and_stays_missing() -> None:
    positions = make_sequence().positions.copy()
    positions[10:14, UPPER10.index("right_wrist")] = np.nan
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    clip = ToPostureMotion(UPPER10)(MotionClip.from_sequence(sequence))
    assert not clip.present[5:7, UPPER10.index("right_wrist")].any()
    assert (clip.positions[5:7, UPPER10.index("right_wrist")] == 0).all()
    assert bool(torch.isfinite(clip.positions).all())


def test_a_layout_without_hands_is_an_error() -> None:
    layout = JointLayout(name="stick", joints=("a", "b"), bones=((1, 0),), center=0, pairs=())
    clip = MotionClip.from_sequence(
        PoseSequence(positions=np.zeros((9, 2, 3)), layout=layout, fps=30.0)
    )
    with pytest.raises(PoseError, match="has no chest"):
        ToPosture(layout)(clip)
