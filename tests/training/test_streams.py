"""What a network sees of a clip."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch

from skelgraph.config import Stream, TrainConfig
from skelgraph.config.choices import Channels
from skelgraph.config.recipes import RECIPES, STRONG
from skelgraph.data import MotionClip, SkeletonDataset
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.training.streams import count_channels, make_augmentation, make_stream
from skelgraph.transforms import JointToBone, ResampleFrames, ToMotion, ToSpeed

STREAMS = get_args(Stream)


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
    seen = make_stream(TrainConfig(stream=stream, frames=16), UPPER10, channels)(source)
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
    }
    assert tuple(expected) == STREAMS
    for stream, clip in expected.items():
        seen = make_stream(TrainConfig(stream=stream), UPPER10, "xyz")(source)
        assert torch.equal(seen.positions, clip.positions)
        assert torch.equal(seen.present, clip.present)


@pytest.mark.parametrize("stream", STREAMS)
def test_every_clip_has_the_number_of_frames(stream: Stream) -> None:
    config = TrainConfig(stream=stream, frames=16)
    clips = [make_clip(num_frames) for num_frames in (8, 16, 200)]
    for transform in (
        make_stream(config, UPPER10, "xyz"),
        make_augmentation(config, UPPER10, "xyz"),
    ):
        for clip in SkeletonDataset(clips, transform=transform):
            assert clip.num_frames == 16
            assert clip.present.shape == (16, 10)
    seen = SkeletonDataset(clips, transform=make_stream(config, UPPER10, "xyz"))[2]
    whole = make_stream(replace(config, frames=None), UPPER10, "xyz")(
        MotionClip.from_sequence(clips[2])
    )
    expected = ResampleFrames(16)(whole)
    assert torch.equal(seen.positions, expected.positions)
    assert torch.equal(seen.present, expected.present)


@pytest.mark.parametrize(("frames", "expected"), [(None, 25), (16, 16)])
def test_scrambled_axes_are_padded_to_the_longest_clip(frames: int | None, expected: int) -> None:
    config = TrainConfig(axes="scrambled", frames=frames)
    clips = [make_clip(num_frames) for num_frames in (8, 25)]
    for make in (make_stream, make_augmentation):
        transform = make(config, UPPER10, "xyz", longest=25)
        for clip in SkeletonDataset(clips, transform=transform):
            assert clip.num_frames == expected
            assert clip.present.all()
    if frames is None:
        with pytest.raises(ValueError, match="its length is not given"):
            make_stream(config, UPPER10, "xyz")


def count_frames_seen(config: TrainConfig, num_frames: int) -> set[int]:
    """Frames that windows of a clip whose coordinates are the time span, over 60 epochs."""
    positions = np.tile(np.arange(float(num_frames))[:, None, None], (1, 10, 3))
    clips = [PoseSequence(positions=positions, layout=UPPER10, fps=30.0)]
    dataset = SkeletonDataset(clips, transform=make_augmentation(config, UPPER10, "xyz"))
    spans = set()
    for epoch in range(60):
        dataset.set_epoch(epoch)
        x = dataset[0].positions[:, 0, 1]  # turned about the vertical, scaled
        spans.add(round(float(x[-1] - x[0])) + 1)
    return spans


def test_training_windows_keep_the_tempo_of_whole_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of 64 of 400 frames, resampled to 64, would look six times slower than the clip."""
    recipe = replace(STRONG, scale=0.0)
    monkeypatch.setitem(RECIPES, "strong", recipe)
    assert count_frames_seen(TrainConfig(), 400) == {64}
    spans = count_frames_seen(TrainConfig(frames=64), 400)
    assert min(spans) >= 200
    assert max(spans) > 350
    assert count_frames_seen(TrainConfig(frames=64, recipe="paper"), 400) == {400}
