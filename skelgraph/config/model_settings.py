"""The table of models, and the settings of the one that is trained."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from skelgraph.config.choices import MODALITIES, HopDistance, Modality, Strategy, Stream, Temporal
from skelgraph.config.setting import Option
from skelgraph.config.settings import Settings, list_settings
from skelgraph.errors import RunError

_GRAPH = ("strategy", "center", "hop_distance")
_TEMPORAL = ("temporal",)
_ATTENTION = ("num_heads", "attention", "gate")
_ENSEMBLE = ("members",)


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about a model, from which everything else about it is derived.

    Args:
        name: Name in ``--model``.
        factory: Where its class or function is, ``"package.module:Name"`` or ``"file.py:Name"``;
            imported when a network is made. One of skeletons alone is called with ``in_channels``,
            ``num_classes``, ``layout`` and its options.
        modalities: Modalities that it takes.
        options: Fields of :class:`ModelSettings` that it takes.
        recipes: Family of its recipes: networks of skeletons, small ones, a ridge on features,
            recurrent encoders, or layers that fuse the vectors of encoders.
        streams: Streams that it always has; empty if they are chosen.
        is_own: Whether it is a user's own network, whose code no run loads by itself.
    """

    name: str
    factory: str
    modalities: tuple[Modality, ...] = ("skeleton",)
    options: tuple[str, ...] = ()
    recipes: Literal["skeleton", "small", "features", "recurrent", "fusing"] = "skeleton"
    streams: tuple[Stream, ...] = ()
    is_own: bool = False

    @property
    def has_graph(self) -> bool:
        """Whether it has a graph of joints, whose edges are partitioned."""
        return "strategy" in self.options

    @property
    def is_multimodal(self) -> bool:
        """Whether it takes audio or text."""
        return self.modalities != ("skeleton",)

    @property
    def is_ridge(self) -> bool:
        """Whether it is no network but a ridge on movement features, solved in one step."""
        return self.recipes == "features"

    @property
    def has_encoders(self) -> bool:
        """Whether it fuses the vectors of several encoders."""
        return len(self.modalities) > 1

    @property
    def has_two_phases(self) -> bool:
        """Whether its encoders are trained before the layers that fuse them."""
        return self.recipes == "fusing"


_NETWORKS = "skelgraph.models"

MODELS: dict[str, ModelInfo] = {
    info.name: info
    for info in (
        ModelInfo(
            name="s-stgcn",
            factory=f"{_NETWORKS}:SSTGCN",
            options=_GRAPH + _ATTENTION + _TEMPORAL,
        ),
        ModelInfo(
            name="s-stgcn-small",
            factory=f"{_NETWORKS}:SmallSSTGCN",
            options=_GRAPH + _ATTENTION + _ENSEMBLE + _TEMPORAL,
            recipes="small",
        ),
        ModelInfo(name="st-gcn", factory=f"{_NETWORKS}:STGCN", options=_GRAPH + _TEMPORAL),
        ModelInfo(
            name="st-gcn-small", factory=f"{_NETWORKS}:small_st_gcn", options=_GRAPH + _TEMPORAL
        ),
        ModelInfo(name="s-stgcn-released", factory=f"{_NETWORKS}:released_s_stgcn"),
        ModelInfo(name="st-gcn-released", factory=f"{_NETWORKS}:released_st_gcn"),
        ModelInfo(name="resnet18", factory=f"{_NETWORKS}:ResNet18"),
        ModelInfo(
            name="features",
            factory="skelgraph.movement:FeatureModel",
            recipes="features",
        ),
        ModelInfo(
            name="are",
            factory=f"{_NETWORKS}:AudioRecurrentEncoder",
            modalities=("audio",),
            recipes="recurrent",
        ),
        ModelInfo(
            name="tre",
            factory=f"{_NETWORKS}:TextRecurrentEncoder",
            modalities=("text",),
            recipes="recurrent",
        ),
        ModelInfo(
            name="mdre",
            factory=f"{_NETWORKS}:DualRecurrentEncoder",
            modalities=("audio", "text"),
            recipes="recurrent",
        ),
        ModelInfo(
            name="sern",
            factory=f"{_NETWORKS}:SERN",
            modalities=MODALITIES,
            options=_GRAPH + _ATTENTION,
            recipes="fusing",
        ),
        ModelInfo(
            name="sern-2s",
            factory=f"{_NETWORKS}:SERN",
            modalities=MODALITIES,
            options=_GRAPH + _ATTENTION,
            recipes="fusing",
            streams=("joint", "bone"),
        ),
    )
}
"""All models by their names."""

FEATURES = "features"
"""The model, and the stream, of movement features."""

SKELETON_ENCODER = "s-stgcn"
"""The model of the skeleton encoders of SERN."""


def find_model(name: str) -> ModelInfo:
    """Return the facts about a model.

    One of your own is ``file.py:Network`` or ``package.module:Network``.

    Raises:
        RunError: If there is no such model.

    Example:
        >>> find_model("st-gcn").has_graph, find_model("mine.py:Net").is_own
        (True, True)
    """
    if name in MODELS:
        return MODELS[name]
    module, _, network = name.rpartition(":")
    if not (module and network.isidentifier()):
        raise RunError(
            f"expected model to be one of {tuple(MODELS)}, or file.py:Network or "
            f"package.module:Network for one of your own, but got {name!r}"
        )
    return ModelInfo(name=name, factory=name, is_own=True)


class ModelSettings(Settings, frozen=True, kw_only=True):
    """Settings of the network.

    Args:
        name: One of s-stgcn, s-stgcn-small (the mean of shallow ones, for few clips), st-gcn,
            st-gcn-small, s-stgcn-released and st-gcn-released (in the form of their authors' code,
            whose weights they take), resnet18 (of skeletons), features (a ridge on posture and
            movement, in seconds), are (of audio), tre (of text), mdre (of both), sern (of these and
            s-stgcn), sern-2s (of these and two, on joints and on bones); or a network of your own,
            file.py:Network.
        strategy: Partition of the skeleton's edges into subsets.
        center: Joint from which the partition counts distances.
        hop_distance: How it counts: by breadth-first search, or truncated as in the released codes.
        num_heads: Attention heads.
        attention: Self-attention part of S-STGCN.
        gate: Learned gate of S-STGCN (equation 9).
        members: Networks whose mean s-stgcn-small is.
        temporal: Frames that a convolution over frames sees: those around each, with zeros beyond
            the clip (centered, the paper's) or none (valid), or those up to it (causal, for answers
            without delay; see `skelgraph stream`).
    """

    name: Annotated[str, Option(key="model", metavar="NAME|FILE.py:NETWORK")] = "s-stgcn"
    strategy: Strategy = "spatial"
    center: Annotated[str | None, Option(default="the layout's center")] = None
    hop_distance: HopDistance = "bfs"
    num_heads: Annotated[Annotated[int, Meta(ge=1, le=1024)], Option(flag="--heads")] = 4
    attention: bool = True
    gate: bool = True
    members: Annotated[int, Meta(ge=1, le=64)] = 3
    temporal: Temporal = "centered"

    @property
    def info(self) -> ModelInfo:
        """Facts about the model."""
        return find_model(self.name)

    def check_together(self) -> None:
        """Check that the model takes the options that are given.

        Raises:
            RunError: If there is no such model, or it does not take one of them.
        """
        info = self.info
        if info.is_own and info.factory.partition(":")[0].endswith(".py"):
            file, _, network = info.factory.rpartition(":")
            msgspec.structs.force_setattr(self, "name", f"{Path(file).resolve()}:{network}")
        changed = set(self.list_changed()) - {"model"} - set(info.options)
        if changed & set(_ATTENTION):
            raise RunError(f"attention, gate and heads belong to s-stgcn, not to {self.name}")
        if changed & set(_TEMPORAL):
            raise RunError(
                f"temporal belongs to the networks of convolutions over frames, not to {self.name}"
            )
        if changed & set(_ENSEMBLE):
            raise RunError(f"members belong to s-stgcn-small, not to {self.name}")
        if changed:
            raise RunError(
                f"strategy, center and hop distance are of a graph; {self.name} has none"
            )

    def check_paths(self) -> None:
        """Check that the file of a network of one's own is there.

        Raises:
            RunError: If it is not.
        """
        file = self.name.rpartition(":")[0]
        if file.endswith(".py") and not Path(file).is_file():
            raise RunError(f"{file}: there is no such file; --model takes FILE.py:NETWORK")

    def options(self) -> dict[str, object]:
        """Return the options that the model takes, by the names of its arguments."""
        return {
            one.name: getattr(self, one.name)
            for one in list_settings(type(self))
            if one.name in self.info.options
        }
