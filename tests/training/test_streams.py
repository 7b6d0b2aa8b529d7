"""What a network sees of a clip."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch

from skelgraph.config import Stream, TrainConfig
from skelgraph.config.choices import Channels
from skelgraph.config.recipes import PAPER, STRONG, Recipe
from skelgraph.data import MotionClip, SkeletonDataset
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.training.streams import count_channels, make_stream
from skelgraph.transforms import (
    Compose,
    JointToBone,
    ResampleFrames,
    ToMotion,
    ToPosture,
    ToPostureMotion,
    ToSpeed,
)

STREAMS = tuple(stream for stream in get_args(Stream) if stream != "features")


def make(config: TrainConfig, *, augment: bool = False, longest: int | None = None) -> Compose:
    """The transform of a configuration for clips of ten joints in space."""
    (stream,) = config.stream.names
    channels = config.stream.channels or "xyz"
    recipe = config.resolve_recipe() if augment else None
    return make_stream(
        stream, config.stream, UPPER10, channels, longest=longest, augmentation=recipe
    )


def make_clip(num_frames: int, dimensions: int = 3) -> PoseSequence:
    rng = np.random.default_rng(num_frames)
    positions = rng.normal(size=(num_frames, 10, dimensions))
    positions[rng.random((num_frames, 10)) < 0.1] = np.nan
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0, name="clip")


@pytest.mark.parametrize("channels", ["xy", "xyc", "xyz"])
@pytest.mark.parametrize("stream", STREAMS)
def test_channels_are_those_of_the_stream(stream: Stream, channels: Channels) -> None:
    clip = make_clip(20, 3 if channels == "xyz" else 2)
    if channels == "xyc":
        clip = replace(clip, confidence=np.ones((20, 10)))
    source = MotionClip.from_sequence(clip, with_confidence=channels == "xyc")
    seen = make(TrainConfig.of(stream=stream, frames=16, channels=channels))(source)
    assert seen.positions.shape == (16, 10, count_channels(stream, channels))


def test_each_stream_is_its_transform() -> None:
    source = MotionClip.from_sequence(make_clip(20))
    bones = JointToBone(UPPER10)
    expected = {
        "joint": source,
        "bone": bones(source),
        "joint-motion": ToMotion()(source),
        "bone-motion": ToMotion()(bones(source)),
        "speed": ToSpeed()(source),
        "posture": ToPosture(UPPER10)(source),
        "posture-motion": ToPostureMotion(UPPER10)(source),
    }
    assert tuple(expected) == STREAMS
    for stream, clip in expected.items():
        seen = make(TrainConfig.of(stream=stream))(source)
        assert torch.equal(seen.positions, clip.positions)
        assert torch.equal(seen.present, clip.present)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_clip_has_the_number_of_frames(stream: Stream) -> None:
    config = TrainConfig.of(stream=stream, frames=16)
    clips = [make_clip(num_frames) for num_frames in (8, 16, 200)]
    for transform in (make(config), make(config, augment=True)):
        for clip in SkeletonDataset(clips, transform=transform):
            assert clip.num_frames == 16
            assert clip.present.shape == (16, 10)
    seen = SkeletonDataset(clips, transform=make(config))[2]
    whole = make(config.change(frames=None))(MotionClip.from_sequence(clips[2]))
    expected = ResampleFrames(16)(whole)
    assert torch.equal(seen.positions, expected.positions)
    assert torch.equal(seen.present, expected.present)


@pytest.mark.parametrize(("frames", "expected"), [(None, 25), (16, 16)])
def test_scrambled_axes_are_padded_to_the_longest_clip(frames: int | None, expected: int) -> None:
    config = TrainConfig.of(axes="scrambled", frames=frames)
    clips = [make_clip(num_frames) for num_frames in (8, 25)]
    for augment in (False, True):
        transform = make(config, augment=augment, longest=25)
        for clip in SkeletonDataset(clips, transform=transform):
            assert clip.num_frames == expected
            assert clip.present.all()
    if frames is None:
        with pytest.raises(ValueError, match="its length is not given"):
            make(config)


def count_frames_seen(config: TrainConfig, recipe: Recipe, num_frames: int) -> set[int]:
    """Frames that windows of a clip whose coordinates are the time span, over 60 epochs."""
    positions = np.tile(np.arange(float(num_frames))[:, None, None], (1, 10, 3))
    clips = [PoseSequence(positions=positions, layout=UPPER10, fps=30.0)]
    dataset = SkeletonDataset(
        clips, transform=make_stream("joint", config.stream, UPPER10, "xyz", augmentation=recipe)
    )
    spans = set()
    for epoch in range(60):
        dataset.set_epoch(epoch)
        x = dataset[0].positions[:, 0, 1]  # turned about the vertical, scaled
        spans.add(round(float(x[-1] - x[0])) + 1)
    return spans


def test_training_windows_keep_the_tempo_of_whole_clips() -> None:
    """A window of 64 of 400 frames, resampled to 64, would look six times slower than the clip."""
    recipe = replace(STRONG, scale=0.0)
    assert count_frames_seen(TrainConfig(), recipe, 400) == {64}
    spans = count_frames_seen(TrainConfig.of(frames=64), recipe, 400)
    assert min(spans) >= 200
    assert max(spans) > 350
    assert count_frames_seen(TrainConfig.of(frames=64), PAPER, 400) == {400}


def test_a_training_clip_is_cut_to_the_frames_that_were_chosen() -> None:
    config = TrainConfig.of(model="s-stgcn-small", crop_frames=60)
    assert count_frames_seen(config, config.resolve_recipe(), num_frames=100) == {60}
    assert count_frames_seen(config, config.resolve_recipe(), num_frames=40) == {40}
