"""The network that a configuration names."""

from collections.abc import Mapping

from skelgraph.config import Channels, TrainConfig
from skelgraph.layouts import JointLayout
from skelgraph.models import (
    S_STGCN_CHANNELS,
    SERN,
    SSTGCN,
    ST_GCN_CHANNELS,
    STGCN,
    AudioRecurrentEncoder,
    ClipNetwork,
    DualRecurrentEncoder,
    FusionNetwork,
    RecurrentEncoder,
    ResNet18,
    TextRecurrentEncoder,
)
from skelgraph.training.multimodal import SpeechEncoding
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
        ValueError: If the network is none of skeletons alone.
        LayoutError: If the center joint is unknown.
    """
    if config.is_multimodal:
        raise ValueError(f"{config.model} is no network of skeletons alone")
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


def make_recurrent(
    config: TrainConfig, encoding: SpeechEncoding, *, num_classes: int
) -> RecurrentEncoder:
    """Makes the audio or the text encoder of a configuration.

    Args:
        config: Names the model and its options.
        encoding: How speech becomes what it takes.
        num_classes: Number of classes.

    Raises:
        ValueError: If there is no vocabulary for a text encoder.
    """
    settings = config.multimodal
    if config.model == "are":
        return AudioRecurrentEncoder(
            num_classes,
            hidden_channels=settings.hidden_channels,
            dropout=settings.audio_dropout,
        )
    if encoding.vocabulary is None:
        raise ValueError("a text encoder needs a vocabulary")
    return TextRecurrentEncoder(
        len(encoding.vocabulary),
        num_classes,
        embedding_size=encoding.embedding_size,
        hidden_channels=settings.hidden_channels,
        dropout=settings.text_dropout,
    )


def make_fusion(
    config: TrainConfig,
    encoders: Mapping[str, ClipNetwork | RecurrentEncoder],
    *,
    num_classes: int,
) -> FusionNetwork:
    """Makes the network that fuses the vectors of encoders.

    Args:
        config: Names the model and its options.
        encoders: By ``"audio"``, ``"text"`` and the names of streams.
        num_classes: Number of classes.

    Raises:
        ValueError: If an encoder of an MDRE is missing.
    """
    settings = config.multimodal
    audio, text = encoders.get("audio"), encoders.get("text")
    hears = audio if isinstance(audio, AudioRecurrentEncoder) else None
    reads = text if isinstance(text, TextRecurrentEncoder) else None
    if config.model == "mdre":
        if hears is None or reads is None:
            raise ValueError("an MDRE has an audio and a text encoder")
        return DualRecurrentEncoder(
            hears, reads, num_classes, modality_dropout=settings.modality_dropout
        )
    return SERN(
        hears,
        reads,
        {name: one for name, one in encoders.items() if isinstance(one, ClipNetwork)},
        num_classes,
        channels=settings.fusion_channels,
        activation=settings.activation,
        dropout=settings.fusion_dropout,
        modality_dropout=settings.modality_dropout,
        frozen=not settings.fine_tune,
    )
