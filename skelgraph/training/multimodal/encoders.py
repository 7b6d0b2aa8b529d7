"""The encoders of a multimodal network: which there are, of which settings, from which runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skelgraph.config import OWN_MODALITIES, Channels, Modality, MultimodalSettings, TrainConfig
from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout
from skelgraph.lifting import read_recognizer_config
from skelgraph.models import ClipNetwork, FusionNetwork, RecurrentEncoder
from skelgraph.runs import RunDirectory, describe_settings
from skelgraph.training import (
    PreparedData,
    make_fusion,
    make_model,
    make_recurrent,
    skeleton_config,
)
from skelgraph.training.multimodal.speech import SpeechEncoding, read_encoding
from skelgraph.training.multimodal.speech_preparation import find_modality

_OF_ENCODERS = (
    *("acoustic", "glove", "standardize", "max_mfcc_frames", "max_tokens"),
    *("hidden_channels", "embedding_size", "audio_dropout", "text_dropout"),
)
_SAME_BODIES = ("preprocessing", "channels")
_SAME_STREAM = ("frames", "axes")


@dataclass(frozen=True, kw_only=True)
class EncoderRun:
    """A finished run whose network is an encoder.

    Args:
        name: ``"audio"``, ``"text"`` or its stream.
        run: Where it lies.
        config: Its settings.
        facts: The contents of its ``config.json``.
    """

    name: str
    run: RunDirectory
    config: TrainConfig
    facts: Mapping[str, Any]


def list_encoders(config: TrainConfig) -> tuple[str, ...]:
    """Names of the encoders of a configuration's network."""
    spoken = tuple(one for one in config.modalities if one != "skeleton")
    return (*spoken, *config.skeleton_streams)


def modality_of(encoder: str) -> Modality:
    """The modality of an encoder of that name."""
    return "audio" if encoder == "audio" else "text" if encoder == "text" else "skeleton"


def encoder_config(config: TrainConfig, name: str, out: Path | None = None) -> TrainConfig:
    """The configuration of one encoder of a multimodal network, to be trained alone."""
    for stream in config.skeleton_streams:
        if stream == name:
            return replace(skeleton_config(config, stream), out=out)
    return replace(
        config,
        model="are" if name == "audio" else "tre",
        multimodal=_of_an_encoder(config.multimodal),
        stream="joint",
        strategy="spatial",
        center=None,
        hop_distance="bfs",
        num_heads=4,
        attention=True,
        gate=True,
        out=out,
    )


def _of_an_encoder(settings: MultimodalSettings) -> MultimodalSettings:
    """The settings without those of what fuses encoders."""
    return replace(
        MultimodalSettings(),
        **{name: getattr(settings, name) for name in _OF_ENCODERS},
    )


def make_encoder(
    config: TrainConfig,
    encoding: SpeechEncoding | None,
    layout: JointLayout,
    channels: Channels,
    *,
    num_classes: int,
) -> ClipNetwork | RecurrentEncoder:
    """The network of one encoder, with new weights."""
    if not config.is_multimodal:
        return make_model(config, layout, channels, num_classes=num_classes)
    if encoding is None:
        raise RunError(f"model {config.model} hears or reads, but there is no speech")
    return make_recurrent(config, encoding, num_classes=num_classes)


def read_encoders(runs: Sequence[Path]) -> dict[str, EncoderRun]:
    """The runs that are to be encoders, by the names of their places.

    Raises:
        RunError: If one is not finished, is no encoder, or two have one place.
    """
    found: dict[str, EncoderRun] = {}
    for path in runs:
        encoder = read_encoder(RunDirectory(path=path))
        if encoder.name in found:
            raise RunError(
                f"{path}: expected one run for each encoder, but {found[encoder.name].run.path} is "
                f"that of {encoder.name} already"
            )
        found[encoder.name] = encoder
    return found


def read_encoder(run: RunDirectory) -> EncoderRun:
    """A finished run as an encoder.

    Raises:
        RunError: If it is not finished, or no network of one modality.
    """
    facts = read_recognizer_config(run)
    run.read_metrics()  # a run that did not end has none
    if "config" not in facts or "streams" in facts:
        raise RunError(f"{run.path}: expected the run of one network, but it is a fusion")
    config = TrainConfig.from_dict(facts["config"])
    if config.fuses_modalities:
        raise RunError(
            f"{run.path}: expected the run of one modality, but it is of {config.model}; name the "
            f"runs of its encoders"
        )
    own = OWN_MODALITIES.get(config.model)
    name = str(config.single_stream) if own is None else own[0]
    return EncoderRun(name=name, run=run, config=config, facts=facts)


def check_encoder(encoder: EncoderRun, config: TrainConfig, data: PreparedData) -> None:
    """Checks that a run was trained on the same clips in the same parts, and sees them so.

    Raises:
        RunError: If it was not; it says what differs.
    """
    path, facts, ours = encoder.run.path, encoder.facts, describe_settings(config, data)
    wanted = list_encoders(config)
    if encoder.name not in wanted:
        raise RunError(
            f"{path}: expected a run of {', '.join(wanted)} for {config.model}, but it is of "
            f"{encoder.name}"
        )
    if facts.get("classes") != ours["classes"]:
        raise RunError(f"{path}: expected the classes {', '.join(ours['classes'])}, not others")
    if facts.get("data", {}).get("fingerprint") != ours["data"]["fingerprint"]:
        raise RunError(
            f"{path}: expected a run on the same data, but it was trained on "
            f"{facts.get('data', {}).get('name')!r} with other files or labels"
        )
    _check_parts(encoder, data)
    if modality_of(encoder.name) == "skeleton":
        unlike = [key for key in _SAME_BODIES if facts.get(key) != ours[key]]
        unlike += [
            key for key in _SAME_STREAM if getattr(encoder.config, key) != getattr(config, key)
        ]
        if unlike:
            raise RunError(f"{path}: expected the skeletons of this run, but {unlike} differ")
    elif data.speech is not None:
        hears = encoder.name == "audio"
        own = read_encoding(encoder.run).to_dict()
        mine = data.speech.encoding.of(hears=hears, reads=not hears).to_dict()
        unlike = [key for key in own if own[key] != mine[key] and not _is_idle(key, hears)]
        if unlike:
            raise RunError(f"{path}: expected the {encoder.name} of this run, but {unlike} differ")


def make_multimodal(
    config: TrainConfig,
    encoders: Mapping[str, TrainConfig],
    encoding: SpeechEncoding | None,
    layout: JointLayout,
    channels: Channels,
    *,
    num_classes: int,
) -> RecurrentEncoder | FusionNetwork:
    """The network of a configuration that hears or reads, with new weights.

    Args:
        config: The configuration.
        encoders: Configurations of encoders that are runs of their own; the others have the
            network's.
        encoding: How speech becomes what it takes.
        layout: Skeleton of the clips.
        channels: What skeleton networks see of a joint.
        num_classes: Number of classes.

    Raises:
        RunError: If there is no speech.
    """
    networks = {
        name: make_encoder(
            encoders.get(name) or encoder_config(config, name),
            encoding,
            layout,
            channels,
            num_classes=num_classes,
        )
        for name in list_encoders(config)
    }
    if config.fuses_modalities:
        return make_fusion(config, networks, num_classes=num_classes)
    (alone,) = networks.values()
    assert isinstance(alone, RecurrentEncoder)
    return alone


def _is_idle(key: str, hears: bool) -> bool:
    """Whether a part of a speech encoding has no influence on an encoder."""
    return key == ("embedding_size" if hears else "max_mfcc_frames")


def _check_parts(encoder: EncoderRun, data: PreparedData) -> None:
    there = find_modality(data.clips, modality_of(encoder.name))
    parts = {
        data.sequences[clip].name: (part, data.sequences[clip].label or "")
        for part in ("train", "val", "test")
        for clip in getattr(data.split, part)
        if there[clip]
    }
    theirs = {row["name"]: (row["part"], row["label"]) for row in encoder.run.read_split()}
    for name in [*parts, *theirs]:
        if parts.get(name) != theirs.get(name):
            ours, its = (one.get(name, ("no part", ""))[0] for one in (parts, theirs))
            raise RunError(
                f"{encoder.run.split_file}: clip {name!r} is in {its!r}, but in {ours!r} of this "
                f"run; encoders must not have been trained on clips that are tested here"
            )
