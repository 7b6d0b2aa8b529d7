"""The datasets of a configuration's network: of skeletons, or of several modalities."""

from collections.abc import Sequence
from dataclasses import replace

from skelgraph.config import MultimodalSettings, Stream, TrainConfig
from skelgraph.data import SkeletonDataset
from skelgraph.poses import PoseSequence
from skelgraph.training.clip_dataset import ClipDataset, FittingData
from skelgraph.training.multimodal import MultimodalDataset
from skelgraph.training.prepared_data import PreparedData
from skelgraph.training.streams import make_augmentation, make_stream


def make_fitting_data(config: TrainConfig, data: PreparedData) -> FittingData:
    """What the network of a configuration is fitted to."""
    if not config.is_multimodal:
        one_length, crop = config.has_one_length, config.resolve_recipe().crop_frames
        longest = 1 if one_length else crop
    else:
        longest = None
    return FittingData(
        train=make_dataset(config, data, "train", augment=True),
        val=make_dataset(config, data, "val"),
        labels=tuple(clip.label or "" for clip in data.part("train")),
        classes=data.classes,
        longest=longest,
    )


def make_dataset(
    config: TrainConfig, data: PreparedData, part: str, *, augment: bool = False
) -> ClipDataset:
    """The clips of a part as the network of a configuration gets them.

    Args:
        config: The configuration.
        data: The clips and their parts.
        part: ``"train"``, ``"val"`` or ``"test"``.
        augment: Whether they have the recipe's random changes.
    """
    clips = data.part(part)
    if not config.is_multimodal:
        return _make_skeletons(config, data, clips, augment)
    numbers = [int(clip) for clip in getattr(data.split, part)]
    has_skeleton = [data.has_skeleton[clip] for clip in numbers]
    bodies = [clip for clip, there in zip(clips, has_skeleton, strict=True) if there]
    streams: dict[str, SkeletonDataset] = {
        name: _make_skeletons(skeleton_config(config, name), data, bodies, augment)
        for name in (config.skeleton_streams if bodies else ())
    }
    number = {label: y for y, label in enumerate(data.classes)}
    return MultimodalDataset(
        config.modalities,
        [number[clip.label or ""] for clip in clips],
        speech=None if data.speech is None else data.speech.take(numbers),
        streams=streams,
        has_skeleton=has_skeleton if streams else (),
        encoder=None if config.fuses_modalities else config.modalities[0],
    )


def skeleton_config(config: TrainConfig, stream: Stream) -> TrainConfig:
    """The configuration of a multimodal network's skeleton network alone."""
    return replace(config, model="s-stgcn", stream=stream, multimodal=MultimodalSettings())


def _make_skeletons(
    config: TrainConfig,
    data: PreparedData,
    clips: Sequence[PoseSequence],
    augment: bool,
) -> SkeletonDataset:
    make = make_augmentation if augment else make_stream
    return SkeletonDataset(
        clips,
        classes=data.classes,
        transform=make(config, data.layout, data.channels, longest=data.longest),
        seed=config.seed,
        with_confidence=data.with_confidence,
    )
