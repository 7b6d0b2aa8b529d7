"""The encoders of a multimodal network: from which runs, and their networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from skelgraph.config import (
    Channels,
    Modality,
    ModelSettings,
    MultimodalSettings,
    NetworkPlan,
    TrainConfig,
)
from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout
from skelgraph.models import (
    SERN,
    AudioRecurrentEncoder,
    ClipNetwork,
    DualRecurrentEncoder,
    FusionNetwork,
    RecurrentEncoder,
    TextRecurrentEncoder,
    make_network,
)
from skelgraph.runs import RunDirectory
from skelgraph.training import PreparedData, count_channels, describe_run, find_modality
from skelgraph.training.multimodal.speech import SpeechData, SpeechEncoding, read_encoding

_SAME_BODIES = ("preprocessing", "channels")
_SAME_STREAM = ("frames", "axes")


@dataclass(frozen=True, kw_only=True)
class EncoderRun:
    """A finished run whose network is an encoder.

    Its name is ``"audio"``, ``"text"`` or its stream.
    """

    name: str
    run: RunDirectory
    config: TrainConfig
    facts: Mapping[str, Any]


def modality_of(encoder: str) -> Modality:
    """Return the modality of an encoder of that name."""
    return "audio" if encoder == "audio" else "text" if encoder == "text" else "skeleton"


def make_multimodal(
    plan: NetworkPlan,
    models: Mapping[str, tuple[ModelSettings, MultimodalSettings]],
    encoding: SpeechEncoding,
    layout: JointLayout,
    channels: Channels,
    *,
    num_classes: int,
) -> RecurrentEncoder | FusionNetwork:
    """Make the network of a plan that takes audio or text, with new weights.

    ``models`` holds the model and the multimodal settings of each encoder.
    """
    networks: dict[str, nn.Module] = {}
    for name in plan.encoders:
        model, settings = models[name]
        if modality_of(name) == "skeleton":
            (stream,) = (one for one in plan.streams if one == name)
            in_channels = count_channels(stream, channels)
            networks[name] = make_network(
                model, layout, in_channels=in_channels, num_classes=num_classes
            )
        else:
            networks[name] = make_recurrent(name, settings, encoding, num_classes=num_classes)
    if plan.info.has_encoders:
        return make_fusion(plan, networks, num_classes=num_classes)
    (alone,) = networks.values()
    assert isinstance(alone, RecurrentEncoder)
    return alone


def make_recurrent(
    name: str, settings: MultimodalSettings, encoding: SpeechEncoding, *, num_classes: int
) -> RecurrentEncoder:
    """Make the audio or the text encoder of some settings.

    Raises:
        ValueError: If there is no vocabulary for a text encoder.
    """
    if name == "audio":
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
    plan: NetworkPlan, encoders: Mapping[str, nn.Module], *, num_classes: int
) -> FusionNetwork:
    """Make the network that fuses the vectors of encoders.

    Raises:
        ValueError: If an encoder of an MDRE is missing.
    """
    settings = plan.multimodal
    audio, text = encoders.get("audio"), encoders.get("text")
    audio = audio if isinstance(audio, AudioRecurrentEncoder) else None
    text = text if isinstance(text, TextRecurrentEncoder) else None
    if not plan.info.has_two_phases:
        if audio is None or text is None:
            raise ValueError("an MDRE has an audio and a text encoder")
        return DualRecurrentEncoder(
            audio, text, num_classes, modality_dropout=settings.modality_dropout
        )
    return SERN(
        audio,
        text,
        {name: one for name, one in encoders.items() if isinstance(one, ClipNetwork)},
        num_classes,
        channels=settings.fusion_channels,
        activation=settings.activation,
        dropout=settings.fusion_dropout,
        modality_dropout=settings.modality_dropout,
        frozen=not settings.fine_tune,
    )


def read_encoders(runs: Sequence[Path]) -> dict[str, EncoderRun]:
    """Return the runs that are to be encoders, by the names of their places.

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
    """Return a finished run as an encoder.

    Raises:
        RunError: If it is not finished, or no network of one modality.
    """
    facts = run.read_recognizer_config()
    run.read_metrics()  # a run that did not end has none
    if "config" not in facts or "streams" in facts:
        raise RunError(f"{run.path}: expected the run of one network, but it is a fusion")
    config = TrainConfig.from_dict(facts["config"])
    info = config.model.info
    if info.has_encoders:
        raise RunError(
            f"{run.path}: expected the run of one modality, but it is of {info.name}; name the "
            f"runs of its encoders"
        )
    name = info.modalities[0] if info.is_multimodal else config.stream.text
    return EncoderRun(name=name, run=run, config=config, facts=facts)


def check_encoder(
    encoder: EncoderRun, plan: NetworkPlan, data: PreparedData, speech: SpeechData
) -> None:
    """Check that a run was trained on the same clips in the same parts, encoded in the same way.

    Raises:
        RunError: If it was not; it says what differs.
    """
    path, facts, ours = encoder.run.path, encoder.facts, describe_run(plan, data)
    wanted = plan.encoders
    if encoder.name not in wanted:
        raise RunError(
            f"{path}: expected a run of {', '.join(wanted)} for {plan.info.name}, but it is of "
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
        theirs, mine = encoder.config.stream, plan.encoding
        unlike += [key for key in _SAME_STREAM if getattr(theirs, key) != getattr(mine, key)]
        if unlike:
            raise RunError(f"{path}: expected the skeletons of this run, but {unlike} differ")
    else:
        has_audio = encoder.name == "audio"
        own = read_encoding(encoder.run).to_dict()
        needed = speech.encoding.of(has_audio=has_audio, has_text=not has_audio).to_dict()
        unlike = [key for key in own if own[key] != needed[key] and not _is_idle(key, has_audio)]
        if unlike:
            raise RunError(f"{path}: expected the {encoder.name} of this run, but {unlike} differ")


def _is_idle(key: str, has_audio: bool) -> bool:
    """Return whether a part of a speech encoding has no influence on an encoder."""
    return key == ("embedding_size" if has_audio else "max_mfcc_frames")


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
