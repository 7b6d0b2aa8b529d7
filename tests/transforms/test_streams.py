import math

import numpy as np
import pytest
import torch
from torch import Tensor

from skelgraph.data import ClipTransform, SkeletonData, SkeletonDataset, to_dense
from skelgraph.errors import DatasetError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.transforms import (
    AppendConfidence,
    CenterCrop,
    Compose,
    JitterJoints,
    JointToBone,
    Mirror,
    RandomCrop,
    RandomPortion,
    RandomRotation,
    RandomScale,
    ResampleFrames,
    ScrambleAxes,
    ToMotion,
    ToSpeed,
    UniformSample,
)

PARENTS = [0, 0, 1, 2, 2, 4, 5, 2, 7, 8]
"""As in utils/dataloader.py of the released S-STGCN."""


def test_a_bone_is_the_joint_minus_its_parent(clip: SkeletonData) -> None:
    bones = JointToBone(UPPER10)(clip)
    for t in range(12):
        for v in range(10):
            both = bool(clip.present[t, v] and clip.present[t, PARENTS[v]])
            assert bool(bones.present[t, v]) == both
            expected = clip.positions[t, v] - clip.positions[t, PARENTS[v]]
            assert torch.equal(bones.positions[t, v], expected if both else torch.zeros(3))
    assert (bones.positions[:, 0] == 0).all()
    assert torch.equal(bones.present[:, 0], clip.present[:, 0])


def test_bones_do_not_depend_on_the_place_of_the_person(clock: SkeletonData) -> None:
    assert (JointToBone("upper10")(clock).x == 0).all()


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


def make_clip(num_frames: int = 12, *, confidence: bool = True) -> PoseSequence:
    """A clip whose confidence can be told from its x: it is a tenth of it."""
    x = np.arange(1.0, num_frames * 10 + 1).reshape(num_frames, 10) / (num_frames * 10)
    positions = np.stack([10 * x, np.ones_like(x)], axis=2)
    positions[3, 4] = np.nan
    scores = np.where(np.isnan(positions[:, :, 0]), 0.3, x) if confidence else None
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0, confidence=scores)


@pytest.mark.parametrize(
    "transform",
    [
        Mirror(UPPER10, p=1.0),
        RandomRotation(30.0),
        JitterJoints(0.0),
        RandomScale((1.0, 1.0)),
        RandomCrop(5),
        RandomPortion((0.5, 0.8)),
        CenterCrop(5),
        UniformSample(6),
        UniformSample(20),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_the_confidence_stays_with_its_joint(transform: ClipTransform) -> None:
    clip = SkeletonData.nodes_from_sequence(make_clip(), with_confidence=True)
    done = transform(clip)
    assert done.scores is not None
    there = done.present
    torch.testing.assert_close(
        done.scores[there], done.positions[there][:, 0].abs() / 10, atol=1e-6, rtol=0
    )
    assert clip.scores is not None
    assert clip.scores.shape == (12, 10)


def test_between_two_frames_and_on_a_bone_it_is_the_lesser_one() -> None:
    clip = SkeletonData.nodes_from_sequence(make_clip(), with_confidence=True)
    scores = clip.scores
    assert scores is not None
    bones = JointToBone(UPPER10)(clip).scores
    parents = UPPER10.parents
    for joint in range(10):
        lesser = torch.minimum(scores[:, joint], scores[:, parents[joint]])
        torch.testing.assert_close(bones[:, joint], lesser)
    between = ResampleFrames(23)(clip).scores
    torch.testing.assert_close(between[::2], scores)
    torch.testing.assert_close(between[1::2], torch.minimum(scores[:-1], scores[1:]))


def test_it_becomes_a_channel_that_masks_do_not_see() -> None:
    steps = Compose([Mirror(UPPER10, p=1.0), AppendConfidence()])
    dataset = SkeletonDataset([make_clip(), make_clip(9)], transform=steps, with_confidence=True)
    x, mask = dataset.to_inputs(dataset.collate([dataset[0], dataset[1]]))
    assert x.shape == (2, 3, 12, 10)
    torch.testing.assert_close(x[:, 2][mask], x[:, 0][mask].abs() / 10, atol=1e-6, rtol=0)
    assert not x[:, 2][~mask].any()
    assert not mask[0, 3].all()


def test_a_confidence_above_one_is_cut() -> None:
    sequence = PoseSequence(
        positions=np.ones((3, 10, 2)), layout=UPPER10, fps=30.0, confidence=np.full((3, 10), 6.0)
    )
    clip = SkeletonData.nodes_from_sequence(sequence, with_confidence=True)
    done = AppendConfidence()(clip)
    assert done.x[:, 2].tolist() == [1.0] * 30
    assert "confidence" not in done
    assert "confidence" in clip


def test_a_clip_without_confidence_is_an_error() -> None:
    with pytest.raises(DatasetError, match="the clip: expected the confidence of each joint"):
        SkeletonData.nodes_from_sequence(make_clip(confidence=False), with_confidence=True)
    clip = SkeletonData.nodes_from_sequence(make_clip())
    assert clip.scores is None
    with pytest.raises(ValueError, match="expected confidences, but it has none"):
        AppendConfidence()(clip)
    scored = SkeletonData.nodes_from_sequence(make_clip(), with_confidence=True)
    with pytest.raises(ValueError, match=r"expected confidences \(T, V\) = \(4, 10\), but got"):
        scored.with_positions(scored.positions[:4], scored.present[:4])


def test_it_is_the_reshape_of_the_released_loader() -> None:
    """``view(3, -1, 10)`` on the memory of (T, 10, 3) that was padded with zeros."""
    positions = np.random.default_rng(0).normal(size=(7, 10, 3)).astype(np.float32)
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    x, mask = to_dense(ScrambleAxes(9)(SkeletonData.nodes_from_sequence(sequence)))
    padded = np.zeros((9, 10, 3), np.float32)
    padded[:7] = positions
    assert np.array_equal(x[0].numpy(), padded.reshape(3, 9, 10))
    assert mask.all()
    memory = padded.ravel()
    for c, t, v in [(0, 0, 1), (1, 2, 3), (2, 8, 9)]:
        assert x[0, c, t, v] == memory[c * 90 + t * 10 + v]
    assert x[0, 0, 0, :4].tolist() == [*positions[0, 0], positions[0, 1, 0]]
    assert (x[0, 2, 3:] == 0).all()  # 60 of 270 numbers are padding: the end of the last third
    assert (x[0, :2] != 0).all()


def test_missing_joints_are_zeros_that_speak(clip: SkeletonData) -> None:
    scrambled = ScrambleAxes(12)(clip)
    assert scrambled.mask.all()
    assert (scrambled.x == 0).sum() == 3 * (~clip.mask).sum()


def test_a_longer_clip_is_an_error(clip: SkeletonData) -> None:
    with pytest.raises(ValueError, match=r"'clip': expected at most 11 frames, .* but got 12"):
        ScrambleAxes(11)(clip)
