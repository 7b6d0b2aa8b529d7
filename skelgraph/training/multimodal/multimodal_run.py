"""Training and testing networks of audio and text: encoders alone, then what fuses them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from skelgraph.config import NetworkPlan, TrainConfig
from skelgraph.data import Progress, derive_seed
from skelgraph.models import FusionNetwork, RecurrentEncoder, TextRecurrentEncoder
from skelgraph.runs import (
    RunDirectory,
    TrainResult,
    begin_run,
    check_same_run,
    describe_versions,
    load_weights,
    write_json,
)
from skelgraph.training import (
    FittingData,
    PreparedData,
    Shown,
    describe_data,
    describe_run,
    finish_run,
    fit_classifier,
    test_and_finish,
    train_network,
)
from skelgraph.training.multimodal.encoders import (
    EncoderRun,
    check_encoder,
    make_multimodal,
    modality_of,
    read_encoder,
    read_encoders,
)
from skelgraph.training.multimodal.modality_scores import encode_vectors, predict_subsets
from skelgraph.training.multimodal.multimodal_dataset import VectorDataset, make_dataset
from skelgraph.training.multimodal.speech import SpeechData, write_encoding
from skelgraph.training.multimodal.speech_preparation import prepare_speech

Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class MultimodalPlan:
    """Settings of a network of audio and text, and of each of its encoders."""

    network: NetworkPlan
    encoders: Mapping[str, NetworkPlan]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Training:
    """What all steps of a training share."""

    plan: MultimodalPlan
    data: PreparedData
    speech: SpeechData
    run: RunDirectory
    show: Shown
    report: Report


def train_multimodal(
    plan: MultimodalPlan,
    data: PreparedData,
    run: RunDirectory,
    *,
    resume: bool,
    show: Shown,
    report: Report,
    read_progress: Progress | None = None,
) -> TrainResult:
    """Train a network that takes audio or text, test it once, and fill its run directory.

    ARE, TRE and MDRE are trained as a whole. SERN has two phases, as in section 4.2 of Shi et al.,
    Sensors 2021, 21, 205: its encoders are trained alone, each in a run directory below
    ``encoders/``, unless they are given as finished runs; then the layers that fuse their vectors
    are. A finished encoder is not trained again, and one that was stopped goes on.

    Raises:
        RunError: If the run to be resumed had other settings, an encoder does not fit, or a
            training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    network = plan.network
    speech, notes = prepare_speech(
        data.clips,
        data.split,
        network.multimodal,
        network.modalities,
        seed=network.seed,
        progress=read_progress,
    )
    for line in (*describe_data(data, *speech.describe()), *(f"note: {note}" for note in notes)):
        report(line)
    training = _Training(plan=plan, data=data, speech=speech, run=run, show=show, report=report)
    given = read_encoders(network.multimodal.encoders)
    for encoder in given.values():
        check_encoder(encoder, network, data, speech)
    begin_run(run, describe_run(network, data), data.list_split(), resume=resume)
    sources = _train_encoders(training, given) if network.info.has_two_phases else given
    title = "fusing" if network.info.has_two_phases else "training"
    return _train_whole(training, network, sources, resume=resume, title=title)


def _train_whole(
    training: _Training,
    plan: NetworkPlan,
    sources: Mapping[str, EncoderRun],
    *,
    resume: bool,
    title: str,
) -> TrainResult:
    """Train and test a network whose encoders are trained already, or with it."""
    data, run = training.data, training.run
    torch.manual_seed(derive_seed(plan.seed))
    model = _make_network(training, plan, sources)
    _write_network_facts(training, plan, model, sources)
    fitting = _make_fitting_data(model, training, plan)
    begun = resume and run.checkpoint("last").is_file()
    fit_classifier(model, fitting, plan, run, resume=begun, show=training.show, title=title)
    network = model.optimize_for_inference()
    if isinstance(network, FusionNetwork):
        return _test_fusion(network, training, plan)
    val = make_dataset(plan, data, training.speech, "val")
    test = make_dataset(plan, data, training.speech, "test") if data.part("test") else None
    return test_and_finish(network, [val], [] if test is None else [test], plan, data, run)


def _write_network_facts(
    training: _Training, plan: NetworkPlan, model: nn.Module, sources: Mapping[str, EncoderRun]
) -> None:
    """Write all with which the network can be made again but for its weights."""
    facts = {
        **describe_run(plan, training.data, parameters=sum(p.numel() for p in model.parameters())),
        "versions": describe_versions(),
        "encoders": {
            name: {"run": str(one.run.path.resolve()), "config": one.config.to_dict()}
            for name, one in sources.items()
        },
    }
    write_json(training.run.config_file, facts)
    has_audio, has_text = (one in plan.modalities for one in ("audio", "text"))
    write_encoding(
        training.run, training.speech.encoding.of(has_audio=has_audio, has_text=has_text)
    )


def _train_encoders(training: _Training, given: Mapping[str, EncoderRun]) -> dict[str, EncoderRun]:
    """Run the first phase: train all encoders that are not given."""
    plans, report = training.plan.encoders, training.report
    encoders: dict[str, EncoderRun] = {}
    for number, (name, plan) in enumerate(plans.items(), start=1):
        title = f"{name} ({number} of {len(plans)})"
        if name in given:
            encoders[name] = given[name]
            report(f"encoder {title}: that of {given[name].run.path}")
            continue
        place, own = training.run.encoder(name), training.data.having(modality_of(name))
        if place.metrics_file.is_file():
            check_same_run(place, describe_run(plan, own))
            report(f"encoder {title}: trained already")
        else:
            begun = place.checkpoint("last").is_file()
            if plan.info.is_multimodal:
                begin_run(place, describe_run(plan, own), own.list_split(), resume=begun)
                part = _Training(
                    plan=training.plan,
                    data=own,
                    speech=training.speech,
                    run=place,
                    show=training.show,
                    report=report,
                )
                _train_whole(part, plan, {}, resume=begun, title=title)
            else:
                train_network(plan, own, place, resume=begun, show=training.show, title=title)
        encoders[name] = read_encoder(place)
    return encoders


def list_encoder_models(
    plans: Mapping[str, NetworkPlan], configs: Mapping[str, TrainConfig]
) -> dict[str, Any]:
    """Return model and multimodal settings of each encoder, those of its own run first."""
    return {
        name: (configs[name].model, configs[name].multimodal)
        if name in configs
        else (plan.model, plan.multimodal)
        for name, plan in plans.items()
    }


def _make_network(
    training: _Training, plan: NetworkPlan, sources: Mapping[str, EncoderRun]
) -> RecurrentEncoder | FusionNetwork:
    """Make the network with new weights, but for those of encoders that were trained before."""
    data = training.data
    configs = {name: source.config for name, source in sources.items()}
    model = make_multimodal(
        plan,
        list_encoder_models(training.plan.encoders, configs),
        training.speech.encoding,
        data.layout,
        data.channels,
        num_classes=len(data.classes),
    )
    vectors = training.speech.vectors
    for module in model.modules():
        if isinstance(module, TextRecurrentEncoder) and vectors is not None:
            module.load_word_vectors(torch.from_numpy(vectors.matrix))
    if isinstance(model, FusionNetwork):
        for name, source in sources.items():
            rule = source.config.resolve_recipe().checkpoint
            load_weights(model.encoder(name), source.run, rule)
    return model.train()


def _make_fitting_data(model: nn.Module, training: _Training, plan: NetworkPlan) -> FittingData:
    """Return clips, or for frozen encoders their vectors, which are computed once."""
    data, speech = training.data, training.speech
    frozen = isinstance(model, FusionNetwork) and model.frozen
    encoders = training.plan.encoders
    recipes = [encoders[name].recipe for name in plan.streams]
    augmentation = None if frozen or not recipes else recipes[0]
    train = make_dataset(plan, data, speech, "train", augmentation=augmentation)
    val = make_dataset(plan, data, speech, "val")
    labels = tuple(data.train_labels)
    if isinstance(model, FusionNetwork) and model.frozen:
        network = model.optimize_for_inference()
        return FittingData(
            train=VectorDataset(encode_vectors(network, train)),
            val=VectorDataset(encode_vectors(network, val)),
            labels=labels,
            classes=data.classes,
            longest=1,
        )
    return FittingData(train=train, val=val, labels=labels, classes=data.classes)


def _test_fusion(network: FusionNetwork, training: _Training, plan: NetworkPlan) -> TrainResult:
    """Predict the validation and the test part, the latter with each subset of modalities."""
    data = training.data
    whole: dict[str, Any] = {}
    for part in [name for name in ("val", "test") if data.part(name)]:
        dataset = make_dataset(plan, data, training.speech, part)
        batch = encode_vectors(network, dataset)
        whole[part] = predict_subsets(network, batch, data.part(part), data.classes)
    *_, everything = whole["val"]
    tested = whole.get("test", {everything: []})
    return finish_run(
        data,
        training.run,
        whole["val"][everything],
        tested[everything],
        checkpoint=plan.recipe.checkpoint,
        subsets=tested,
    )
