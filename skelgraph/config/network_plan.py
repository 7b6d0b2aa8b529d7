"""What decides how each network of a configuration comes out of cleaned clips."""

from dataclasses import dataclass
from typing import Any

from skelgraph.config.choices import Modality, Stream
from skelgraph.config.data_settings import StreamSettings
from skelgraph.config.model_settings import SKELETON_ENCODER, ModelInfo, ModelSettings
from skelgraph.config.multimodal_settings import MultimodalSettings
from skelgraph.config.recipes import Recipe
from skelgraph.config.settings import list_settings
from skelgraph.config.train_config import FusionSettings, TrainConfig


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """Settings of one network, from the encoding of clips to its test.

    Args:
        model: Name and options of the model.
        modalities: Modalities that it takes.
        encoding: What it takes of a joint; several streams only if it has several skeleton
            encoders.
        recipe: How it is trained.
        multimodal: Settings of audio and text.
        seed: Seed of weights, order, augmentation and dropout.
        device: Where it computes.
        config: All settings as ``config.json`` holds them.
    """

    model: ModelSettings
    modalities: tuple[Modality, ...]
    encoding: StreamSettings
    recipe: Recipe
    multimodal: MultimodalSettings
    seed: int
    device: str
    config: dict[str, Any]

    @property
    def info(self) -> ModelInfo:
        """Facts about the model."""
        return self.model.info

    @property
    def stream(self) -> Stream:
        """The stream of a network that has one."""
        (stream,) = self.encoding.names
        return stream

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Streams of all its skeleton networks; empty if it takes no skeletons."""
        if "skeleton" not in self.modalities:
            return ()
        return self.info.streams or self.encoding.names

    @property
    def encoders(self) -> tuple[str, ...]:
        """Names of its encoders: audio, text, and its streams."""
        return (*(one for one in self.modalities if one != "skeleton"), *self.streams)

    def describe(self) -> dict[str, Any]:
        """Return its settings as ``config.json`` holds them."""
        return {"config": self.config, "recipe": self.recipe.to_dict()}


def plan_network(config: TrainConfig) -> NetworkPlan:
    """Return the plan of a configuration's network; of several streams, what they share."""
    return NetworkPlan(
        model=config.model,
        modalities=config.modalities,
        encoding=config.stream,
        recipe=config.resolve_recipe(),
        multimodal=config.multimodal,
        seed=config.seed,
        device=config.device,
        config=config.to_dict(),
    )


def plan_streams(config: TrainConfig) -> dict[Stream, NetworkPlan]:
    """Return the plan of each stream's network, to be trained alone."""
    alone = config.change(fusion=FusionSettings(), out=None)
    return {stream: plan_network(alone.change(stream=(stream,))) for stream in config.stream.names}


def plan_encoders(config: TrainConfig) -> dict[str, NetworkPlan]:
    """Return the plan of each encoder of a multimodal network, to be trained alone."""
    return {
        name: plan_network(configure_encoder(config, name))
        for name in plan_network(config).encoders
    }


def configure_encoder(config: TrainConfig, name: str) -> TrainConfig:
    """Return the configuration of one encoder of a multimodal network.

    Args:
        config: The network's.
        name: ``"audio"``, ``"text"`` or a stream.
    """
    if name in config.streams:
        return config.change(
            model=config.model.change(model=SKELETON_ENCODER),
            stream=config.stream.change(stream=(name,)),
            multimodal=MultimodalSettings(),
            out=None,
        )
    fusing = ("modalities", "encoders", "fine_tune", "fusion_channels", "activation")
    usual = {
        one.key: one.default
        for one in list_settings(MultimodalSettings)
        if one.name in (*fusing, "fusion_dropout", "modality_dropout")
    }
    return config.change(
        model=ModelSettings(name="are" if name == "audio" else "tre"),
        stream=config.stream.change(stream="joint"),
        multimodal=config.multimodal.change(**usual),
        out=None,
    )
