"""A confidence goes with its joint through every transform, and then becomes a channel."""

import numpy as np
import pytest
import torch

from skelgraph.data import ClipTransform, SkeletonData, SkeletonDataset
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
    UniformSample,
)


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
