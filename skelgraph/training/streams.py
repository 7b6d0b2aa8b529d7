"""The stream that a network sees, and the augmentation of its training clips."""

from collections.abc import Iterator

from skelgraph.config import Channels, Stream, TrainConfig
from skelgraph.data import ClipTransform
from skelgraph.layouts import JointLayout
from skelgraph.training.preparation import MIN_FRAMES
from skelgraph.transforms import (
    AppendConfidence,
    Compose,
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
)


def make_stream(
    config: TrainConfig, layout: JointLayout, channels: Channels, *, longest: int | None = None
) -> Compose:
    """The transform from joint positions to what the network of a configuration sees.

    A number of frames comes after the stream: differences between frames are those of the clip's
    own frame rate, not of positions that were interpolated.

    Args:
        config: The configuration.
        layout: Skeleton of the clips.
        channels: What the network sees of a joint.
        longest: Frames of the dataset's longest clip, to which scrambled axes pad.

    Raises:
        ValueError: If axes are scrambled without a number of frames or a longest clip.
    """
    return Compose(list(_stream_steps(config, layout, channels, longest)))


def make_augmentation(
    config: TrainConfig, layout: JointLayout, channels: Channels, *, longest: int | None = None
) -> Compose:
    """The random changes of a recipe, made to joint positions, and then :func:`make_stream`."""
    steps = [
        *_augmentation_steps(config, layout),
        *_stream_steps(config, layout, channels, longest),
    ]
    return Compose(steps)


def count_channels(stream: Stream, channels: Channels) -> int:
    """How many numbers a network sees of a joint.

    Example:
        >>> count_channels("bone", "xyz"), count_channels("speed", "xyc")
        (3, 3)
    """
    return len(channels) if stream != "speed" else 2 + (channels == "xyc")


def _augmentation_steps(config: TrainConfig, layout: JointLayout) -> Iterator[ClipTransform]:
    recipe = config.resolve_recipe()
    if config.frames is None and recipe.crop_frames is not None:
        yield RandomCrop(recipe.crop_frames)
    if config.frames is not None and recipe.crop_share is not None:
        yield RandomPortion((recipe.crop_share, 1.0), min_frames=MIN_FRAMES)
    if recipe.mirror and layout.pairs:
        yield Mirror(layout)
    if recipe.rotation_degrees:
        yield RandomRotation(recipe.rotation_degrees)
    if recipe.scale:
        yield RandomScale((1 - recipe.scale, 1 + recipe.scale))


def _stream_steps(
    config: TrainConfig, layout: JointLayout, channels: Channels, longest: int | None
) -> Iterator[ClipTransform]:
    stream = config.single_stream
    if stream in ("bone", "bone-motion"):
        yield JointToBone(layout)
    if stream in ("joint-motion", "bone-motion"):
        yield ToMotion()
    if stream == "speed":
        yield ToSpeed()
    if config.frames is not None:
        yield ResampleFrames(config.frames)
    if config.axes == "scrambled":
        num_frames = longest if config.frames is None else config.frames
        if num_frames is None:
            raise ValueError("scrambled axes pad to the longest clip, but its length is not given")
        yield ScrambleAxes(num_frames)
    if channels == "xyc":
        yield AppendConfidence()
