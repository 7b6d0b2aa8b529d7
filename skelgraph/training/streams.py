"""The encoding stage: clips of a stream as a network takes them, and their augmentation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from skelgraph.config import Channels, Recipe, Stream, StreamSettings
from skelgraph.data import ClipTransform, MixedSkeletons, SkeletonDataset, Transform
from skelgraph.layouts import IDENTITY_CHANNELS, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunFacts
from skelgraph.training.clip_cleaning import MIN_FRAMES
from skelgraph.training.clip_dataset import FittingData
from skelgraph.transforms import (
    AppendConfidence,
    AppendIdentity,
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
    ToPosture,
    ToPostureMotion,
    ToSpeed,
    count_posture_channels,
)

if TYPE_CHECKING:  # its split brings scikit-learn, which prediction does without
    from skelgraph.training.prepared_data import PreparedData


def encode_part(
    data: "PreparedData",
    clips: Sequence[PoseSequence],
    stream: Stream,
    encoding: StreamSettings,
    *,
    seed: int,
    augmentation: Recipe | None = None,
    mirrored: bool = False,
) -> SkeletonDataset:
    """Return some clips of a training's data as the network of a stream takes them.

    Scrambled axes pad to the longest clip of the data. With an augmentation, clips get the random
    changes of that recipe; ``mirrored`` gives their mirror images.
    """
    transforms = {
        layout: make_stream(
            stream,
            encoding,
            layout,
            data.channels,
            longest=data.longest,
            augmentation=augmentation,
            mirrored=mirrored,
            own=data.transform,
        )
        for layout in data.layouts
    }
    return _find_kind(data.is_mixed)(
        clips,
        classes=data.classes,
        transform=_ByLayout(transforms),
        seed=seed,
        with_confidence=data.channels == "xyc",
    )


def encode_for_scoring(
    facts: RunFacts,
    clips: Sequence[PoseSequence],
    stream: Stream,
    encoding: StreamSettings,
    *,
    mirrored: bool = False,
    own: Transform | None = None,
) -> SkeletonDataset:
    """Return cleaned recordings, or their mirror images, as the network of a stream takes them."""
    transforms = {
        layout: make_stream(
            stream,
            encoding,
            layout,
            facts.channels,
            longest=facts.longest,
            mirrored=mirrored,
            own=own,
        )
        for layout in {clip.layout for clip in clips}
    }
    return _find_kind(facts.is_mixed)(
        clips, transform=_ByLayout(transforms), with_confidence=facts.channels == "xyc"
    )


def _find_kind(is_mixed: bool) -> type[SkeletonDataset]:
    return MixedSkeletons if is_mixed else SkeletonDataset


class _ByLayout(ClipTransform):
    """The transform of each layout."""

    def __init__(self, transforms: Mapping[JointLayout, Compose]) -> None:
        self.transforms = dict(transforms)
        self.only = next(iter(transforms.values())) if len(transforms) == 1 else None

    def forward(self, data: Any) -> Any:
        """Return the clip as the transform of its layout does."""
        transform = self.only or self.transforms[data.skeleton]
        return transform(data)


def list_views(recipe: Recipe, layouts: Iterable[JointLayout]) -> tuple[bool, ...]:
    """Return whether each view of a clip that is averaged is mirrored: one view, or both.

    A clip whose layout has no pairs of left and right is its own mirror image.
    """
    has_pairs = any(layout.pairs for layout in layouts)
    return (False, True) if recipe.average_mirrored and has_pairs else (False,)


def encode_for_fitting(
    data: "PreparedData", stream: Stream, encoding: StreamSettings, recipe: Recipe, *, seed: int
) -> FittingData:
    """Return the training and validation clips as the network of a stream is fitted to them."""
    train, val = data.part("train"), data.part("val")
    return FittingData(
        train=encode_part(data, train, stream, encoding, seed=seed, augmentation=recipe),
        val=encode_part(data, val, stream, encoding, seed=seed),
        labels=tuple(data.train_labels),
        classes=data.classes,
        longest=1 if encoding.has_one_length else recipe.crop_frames,
    )


def make_stream(
    stream: Stream,
    encoding: StreamSettings,
    layout: JointLayout,
    channels: Channels,
    *,
    longest: int | None = None,
    augmentation: Recipe | None = None,
    mirrored: bool = False,
    own: Transform | None = None,
) -> Compose:
    """Return the transform from joint positions to what the network of a stream takes.

    Random changes are made to joint positions. A number of frames comes after the stream:
    differences between frames are those of the clip's own frame rate, not of positions that were
    interpolated.

    Raises:
        ValueError: If axes are scrambled without a number of frames or a longest clip.
    """
    steps: list[Transform] = [*_stream_steps(stream, encoding, layout, channels, longest)]
    if own is not None:
        steps.append(own)
    if mirrored and layout.pairs:
        steps = [Mirror(layout, p=1.0), *steps]
    if augmentation is not None:
        steps = [*_augmentation_steps(augmentation, encoding, layout), *steps]
    return Compose(steps)


def count_channels(stream: Stream, channels: Channels, *, joint_identity: bool = False) -> int:
    """Return the number of input channels of a stream's network.

    Example:
        >>> count_channels("bone", "xyz"), count_channels("speed", "xyc")
        (3, 3)
    """
    if joint_identity:
        return count_channels(stream, channels) + IDENTITY_CHANNELS
    confidence, num_dimensions = channels == "xyc", 3 if channels == "xyz" else 2
    if stream in ("posture", "posture-motion"):
        motion = stream == "posture-motion"
        return count_posture_channels(num_dimensions, motion=motion) + confidence
    return 2 + confidence if stream == "speed" else len(channels)


def _augmentation_steps(
    recipe: Recipe, encoding: StreamSettings, layout: JointLayout
) -> Iterator[ClipTransform]:
    if encoding.frames is None and recipe.crop_frames is not None:
        yield RandomCrop(recipe.crop_frames)
    if encoding.frames is not None and recipe.crop_share is not None:
        yield RandomPortion((recipe.crop_share, 1.0), min_frames=MIN_FRAMES)
    if recipe.mirror and layout.pairs:
        yield Mirror(layout)
    if recipe.rotation_degrees:
        yield RandomRotation(recipe.rotation_degrees)
    if recipe.scale:
        yield RandomScale((1 - recipe.scale, 1 + recipe.scale))


def _stream_steps(
    stream: Stream,
    encoding: StreamSettings,
    layout: JointLayout,
    channels: Channels,
    longest: int | None,
) -> Iterator[ClipTransform]:
    if stream in ("bone", "bone-motion"):
        yield JointToBone(layout)
    if stream in ("joint-motion", "bone-motion"):
        yield ToMotion()
    if stream == "speed":
        yield ToSpeed()
    if stream == "posture":
        yield ToPosture(layout)
    if stream == "posture-motion":
        yield ToPostureMotion(layout)
    if encoding.frames is not None:
        yield ResampleFrames(encoding.frames)
    if encoding.axes == "scrambled":
        num_frames = longest if encoding.frames is None else encoding.frames
        if num_frames is None:
            raise ValueError("scrambled axes pad to the longest clip, but its length is not given")
        yield ScrambleAxes(num_frames)
    if channels == "xyc":
        yield AppendConfidence()
    if encoding.joint_identity:
        yield AppendIdentity(layout)
