import math

import numpy as np
import pytest
import torch
from torch import Tensor

from skelgraph.data import SkeletonData
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.transforms import Compose, JointToBone, Mirror, RandomRotation, ToMotion, ToSpeed

MISSING_AT_THE_END = torch.arange(12) < 11
INSIDE = (torch.arange(12) > 0) & MISSING_AT_THE_END


def make_circling(fps: float, radius: float, turns_hz: float) -> SkeletonData:
    """All joints on a circle about the vertical, two seconds long."""
    angle = 2 * math.pi * turns_hz * np.arange(round(2 * fps)) / fps
    place = radius * np.stack([np.cos(angle), np.zeros_like(angle), np.sin(angle)], axis=1)
    positions = np.repeat(place[:, None], 10, axis=1)
    return SkeletonData.nodes_from_sequence(
        PoseSequence(positions=positions, layout=UPPER10, fps=fps)
    )


def test_motion_is_the_difference_to_the_next_frame_per_second(clip: SkeletonData) -> None:
    motion = ToMotion()(clip)
    for t in range(12):
        for v in range(10):
            both = t < 11 and bool(clip.present[t, v] and clip.present[t + 1, v])
            assert bool(motion.present[t, v]) == both
            step = clip.positions[t + 1, v] - clip.positions[t, v] if both else torch.zeros(3)
            torch.testing.assert_close(motion.positions[t, v], 30 * step)


def test_speeds_are_there_where_three_frames_are(clip: SkeletonData) -> None:
    speeds = ToSpeed()(clip)
    for t in range(12):
        for v in range(10):
            frames = [frame for frame in (t - 1, t, t + 1) if 0 <= frame < 12]
            three = len(frames) == 3 and all(bool(clip.present[frame, v]) for frame in frames)
            assert bool(speeds.present[t, v]) == three
            if three:
                before, now, after = clip.positions[t - 1 : t + 2, v]
                velocity = 15 * (after - before)
                acceleration = 900 * (after - 2 * now + before)
                expected = torch.stack([velocity.norm(), acceleration.norm()])
                torch.testing.assert_close(speeds.positions[t, v], expected)


def test_uniform_motion_has_one_velocity_and_no_acceleration(clock: SkeletonData) -> None:
    motion, speeds = ToMotion()(clock), ToSpeed()(clock)
    assert torch.equal(motion.present, MISSING_AT_THE_END[:, None].expand(12, 10))
    assert (motion.positions[:-1] == 30).all()
    assert torch.equal(speeds.present, INSIDE[:, None].expand(12, 10))
    expected = torch.tensor([30 * math.sqrt(3), 0.0]).expand(10, 10, 2)
    torch.testing.assert_close(speeds.positions[1:-1], expected)


@pytest.mark.parametrize("fps", [60.0, 120.0])
def test_speeds_are_per_second_at_any_frame_rate(fps: float) -> None:
    speeds = ToSpeed()(make_circling(fps, radius=0.3, turns_hz=0.8))
    rate = 2 * math.pi * 0.8
    inside = speeds.positions[1:-1]
    assert inside[..., 0].numpy() == pytest.approx(0.3 * rate, rel=0.01)
    assert inside[..., 1].numpy() == pytest.approx(0.3 * rate**2, rel=0.01)


def test_no_rotation_and_no_place_changes_speeds(clip: SkeletonData) -> None:
    torch.manual_seed(0)
    turned = RandomRotation(180, tilt_degrees=180)(clip)
    moved = turned.with_positions(turned.positions + torch.tensor([1.0, -2.0, 3.0]), turned.present)
    speeds, other = ToSpeed()(clip), ToSpeed()(moved)
    assert torch.equal(other.mask, speeds.mask)
    torch.testing.assert_close(other.x, speeds.x, rtol=1e-4, atol=0.05)  # of up to 6000 m/s^2
    assert not torch.allclose(ToMotion()(moved).x, ToMotion()(clip).x)


def test_mirrored_speeds_are_those_of_the_other_side(clip: SkeletonData) -> None:
    swap = torch.as_tensor(UPPER10.mirror)
    mirrored = ToSpeed()(Mirror(UPPER10, p=1.0)(clip))
    speeds = ToSpeed()(clip)
    torch.testing.assert_close(mirrored.positions, speeds.positions[:, swap])
    assert torch.equal(mirrored.present, speeds.present[:, swap])


def test_motion_of_bones_is_bones_of_motion(clip: SkeletonData) -> None:
    bones = JointToBone(UPPER10)
    first: Tensor = Compose([bones, ToMotion()])(clip)
    second = Compose([ToMotion(), bones])(clip)
    assert torch.equal(first.mask, second.mask)
    torch.testing.assert_close(first.x, second.x, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("num_frames", [1, 2])
def test_clips_too_short_to_move_have_nothing(clip: SkeletonData, num_frames: int) -> None:
    short = clip.with_positions(clip.positions[:num_frames], clip.present[:num_frames])
    assert not ToSpeed()(short).mask.any()
    assert ToMotion()(short).mask.any() == (num_frames == 2)
