"""The network that a configuration names."""

from skelgraph.layouts import JointLayout
from skelgraph.models import (
    S_STGCN_CHANNELS,
    SSTGCN,
    ST_GCN_CHANNELS,
    STGCN,
    ClipNetwork,
    ResNet18,
)
from skelgraph.training.config import Channels, TrainConfig
from skelgraph.training.streams import count_channels


def make_model(
    config: TrainConfig, layout: JointLayout, channels: Channels, *, num_classes: int
) -> ClipNetwork:
    """Makes the network of a configuration.

    Args:
        config: Names the network and its options.
        layout: Skeleton of the clips.
        channels: What it sees of a joint.
        num_classes: Number of classes.

    Raises:
        LayoutError: If the center joint is unknown.
    """
    in_channels = count_channels(config.single_stream, channels)
    if config.model == "resnet18":
        return ResNet18(in_channels, num_classes, layout)
    center = None if config.center is None else layout.index(config.center)
    if config.model == "s-stgcn":
        return SSTGCN(
            in_channels,
            num_classes,
            layout,
            strategy=config.strategy,
            center=center,
            hop_distance=config.hop_distance,
            num_heads=config.num_heads,
            attention=config.attention,
            gate=config.gate,
        )
    return STGCN(
        in_channels,
        num_classes,
        layout,
        strategy=config.strategy,
        center=center,
        hop_distance=config.hop_distance,
        channels=ST_GCN_CHANNELS if config.model == "st-gcn" else S_STGCN_CHANNELS,
    )
