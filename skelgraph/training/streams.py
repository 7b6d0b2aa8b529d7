"""The stream that a network sees, and the augmentation of its training clips."""

from collections.abc import Sequence

from torch_geometric.transforms import BaseTransform, Compose

from skelgraph.layouts import JointLayout
from skelgraph.training.config import Channels, Stream
from skelgraph.training.recipes import Recipe
from skelgraph.transforms import (
    AppendConfidence,
    JointToBone,
    Mirror,
    RandomCrop,
    RandomRotation,
    RandomScale,
)


def make_stream(stream: Stream, layout: JointLayout, channels: Channels) -> Compose:
    """The transform from joint positions to what the network of a stream sees."""
    return Compose(_stream_steps(stream, layout, channels))


def make_augmentation(
    recipe: Recipe, layout: JointLayout, stream: Stream, channels: Channels
) -> Compose:
    """The random changes of a recipe, made to joint positions, and then the stream."""
    steps: list[BaseTransform] = []
    if recipe.crop_frames is not None:
        steps.append(RandomCrop(recipe.crop_frames))
    if recipe.mirror and layout.pairs:
        steps.append(Mirror(layout))
    if recipe.rotation_degrees:
        steps.append(RandomRotation(recipe.rotation_degrees))
    if recipe.scale:
        steps.append(RandomScale((1 - recipe.scale, 1 + recipe.scale)))
    return Compose([*steps, *_stream_steps(stream, layout, channels)])


def _stream_steps(
    stream: Stream, layout: JointLayout, channels: Channels
) -> Sequence[BaseTransform]:
    steps: list[BaseTransform] = [JointToBone(layout)] if stream == "bone" else []
    return [*steps, AppendConfidence()] if channels == "xyc" else steps
