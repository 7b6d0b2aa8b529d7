"""The plan of each network of a training, derived from its settings."""

from dataclasses import dataclass
from typing import Any

from skelgraph.config.choices import Modality, Stream
from skelgraph.config.data_settings import StreamSettings
from skelgraph.config.model_settings import FEATURES, SKELETON_ENCODER, ModelInfo, ModelSettings
from skelgraph.config.multimodal_settings import FusionSettings, MultimodalSettings
from skelgraph.config.recipes import Recipe, RecipeSettings
from skelgraph.config.settings import list_settings
from skelgraph.config.start_settings import StartSettings
from skelgraph.config.train_config import TrainConfig


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """Settings of one network, from the encoding of clips to its test.

    ``config`` holds all settings as ``config.json`` does. Several streams need several skeleton
    encoders.
    """

    model: ModelSettings
    modalities: tuple[Modality, ...]
    encoding: StreamSettings
    recipe: Recipe
    start: StartSettings
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
        start=config.start,
        multimodal=config.multimodal,
        seed=config.seed,
        device=config.device,
        config=config.to_dict(),
    )


def plan_streams(config: TrainConfig) -> dict[Stream, NetworkPlan]:
    """Return the plan of each stream's network, to be trained alone."""
    alone = config.change(fusion=FusionSettings(), out=None)
    return {
        stream: plan_network(_configure_stream(alone, stream)) for stream in config.stream.names
    }


def _configure_stream(config: TrainConfig, stream: Stream) -> TrainConfig:
    if stream != FEATURES:
        return config.change(stream=(stream,))
    return config.change(
        model=ModelSettings(name=FEATURES),
        stream=StreamSettings(names=(FEATURES,)),
        start=StartSettings(),
        recipe=RecipeSettings(),
    )


def plan_encoders(config: TrainConfig) -> dict[str, NetworkPlan]:
    """Return the plan of each encoder of a multimodal network, to be trained alone."""
    return {
        name: plan_network(configure_encoder(config, name))
        for name in plan_network(config).encoders
    }


def configure_encoder(config: TrainConfig, name: str) -> TrainConfig:
    """Return the configuration of one encoder of a multimodal network."""
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
