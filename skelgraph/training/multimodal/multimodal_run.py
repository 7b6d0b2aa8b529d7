"""Training and testing networks that hear and read: encoders alone, then what fuses them."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from skelgraph.config import TrainConfig
from skelgraph.data import derive_seed
from skelgraph.models import FusionNetwork, RecurrentEncoder, TextRecurrentEncoder
from skelgraph.runs import (
    RunDirectory,
    TrainResult,
    check_same_run,
    describe_run,
    describe_settings,
    describe_versions,
    load_weights,
    write_json,
)
from skelgraph.training import (
    FittingData,
    PreparedData,
    begin_run,
    finish_run,
    fit,
    make_dataset,
    make_fitting_data,
    test_and_finish,
    train_network,
)
from skelgraph.training.multimodal.encoders import (
    EncoderRun,
    check_encoder,
    encoder_config,
    list_encoders,
    make_multimodal,
    modality_of,
    read_encoder,
    read_encoders,
)
from skelgraph.training.multimodal.modality_scores import encode_clips, predict_subsets
from skelgraph.training.multimodal.multimodal_dataset import VectorDataset
from skelgraph.training.multimodal.speech import write_encoding

Report = Callable[[str], None]


def train_multimodal(
    config: TrainConfig,
    data: PreparedData,
    run: RunDirectory,
    *,
    resume: bool,
    show_progress: bool,
    title: str = "training",
    report: Report | None = None,
) -> TrainResult:
    """Trains a network that hears or reads, tests it once, and fills its run directory.

    ARE, TRE and MDRE are trained as a whole. SERN has two phases, as in section 4.2 of Shi et al.,
    Sensors 2021, 21, 205: its encoders are trained alone, each in a run directory below
    ``encoders/``, unless they are given as finished runs; then the layers that fuse their vectors
    are. A finished encoder is not trained again, and one that was stopped goes on.

    Args:
        config: The settings.
        data: The clips and their parts.
        run: The run directory.
        resume: Whether to go on with what is there.
        show_progress: Whether to show a progress bar on stderr.
        title: What stands before the bar.
        report: Called with a line for each encoder that is there already.

    Raises:
        RunError: If the run to be resumed had other settings, an encoder does not fit, or a
            training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    given = read_encoders(config.multimodal.encoders)
    for encoder in given.values():
        check_encoder(encoder, config, data)
    facts = {**describe_settings(config, data), "versions": describe_versions()}
    begin_run(run, facts, data, resume=resume)
    if config.uses_vectors:
        sources = _train_encoders(config, data, run, given, show_progress, report)
        title = "fusing"
    else:
        sources = given
    torch.manual_seed(derive_seed(config.seed))
    model = _make_network(config, data, sources)
    _write_network_facts(run, config, data, model, sources)
    begun = resume and run.checkpoint("last").is_file()
    fitting_data = _make_fitting_data(model, config, data)
    fit(model, fitting_data, config, run, resume=begun, show_progress=show_progress, title=title)
    load_weights(model, run.checkpoint(config.resolve_recipe().checkpoint))
    network = model.optimize_for_inference()
    if not isinstance(network, FusionNetwork):
        return test_and_finish(network, config, data, run)
    return _test_fusion(network, config, data, run)


def has_begun(run: RunDirectory, config: TrainConfig) -> bool:
    """Whether a network or any encoder of a run has been trained for an epoch or more."""
    places = [run, *(encoder_run(run, name) for name in list_encoders(config))]
    return any(place.checkpoint("last").is_file() for place in places)


def encoder_run(run: RunDirectory, name: str) -> RunDirectory:
    """The run directory of an encoder of a multimodal run."""
    return RunDirectory(path=run.path / "encoders" / name)


def _write_network_facts(
    run: RunDirectory,
    config: TrainConfig,
    data: PreparedData,
    model: nn.Module,
    sources: Mapping[str, EncoderRun],
) -> None:
    """Writes all with which the network can be made again but for its weights."""
    facts = {
        **describe_run(config, data, sum(p.numel() for p in model.parameters())),
        "encoders": {
            name: {"run": str(one.run.path.resolve()), "config": one.config.to_dict()}
            for name, one in sources.items()
        },
    }
    write_json(run.config_file, facts)
    if data.speech is not None:
        hears, reads = (one in config.modalities for one in ("audio", "text"))
        write_encoding(run, data.speech.encoding.of(hears=hears, reads=reads))


def _train_encoders(
    config: TrainConfig,
    data: PreparedData,
    run: RunDirectory,
    given: Mapping[str, EncoderRun],
    show_progress: bool,
    report: Report | None,
) -> dict[str, EncoderRun]:
    """The first phase: all encoders, those that are not given trained."""
    names = list_encoders(config)
    encoders: dict[str, EncoderRun] = {}
    for number, name in enumerate(names, start=1):
        title = f"{name} ({number} of {len(names)})"
        if name in given:
            encoders[name] = given[name]
            if report is not None:
                report(f"encoder {title}: that of {given[name].run.path}")
            continue
        place = encoder_run(run, name)
        one = encoder_config(config, name, place.path)
        own = data.having(modality_of(name))
        if place.metrics_file.is_file():
            check_same_run(place, describe_settings(one, own))
            if report is not None:
                report(f"encoder {title}: trained already")
        else:
            begun = place.checkpoint("last").is_file()
            train = train_multimodal if one.is_multimodal else train_network
            train(one, own, place, resume=begun, show_progress=show_progress, title=title)
        encoders[name] = read_encoder(place)
    return encoders


def _make_network(
    config: TrainConfig, data: PreparedData, sources: Mapping[str, EncoderRun]
) -> RecurrentEncoder | FusionNetwork:
    """The network with new weights, but for those of encoders that were trained before."""
    model = make_multimodal(
        config,
        {name: source.config for name, source in sources.items()},
        None if data.speech is None else data.speech.encoding,
        data.layout,
        data.channels,
        num_classes=len(data.classes),
    )
    vectors = None if data.speech is None else data.speech.vectors
    for module in model.modules():
        if isinstance(module, TextRecurrentEncoder) and vectors is not None:
            module.load_word_vectors(torch.from_numpy(vectors.matrix))
    if isinstance(model, FusionNetwork):
        for name, source in sources.items():
            rule = source.config.resolve_recipe().checkpoint
            load_weights(model.encoder(name), source.run.checkpoint(rule))
    return model.train()


def _make_fitting_data(model: nn.Module, config: TrainConfig, data: PreparedData) -> FittingData:
    """Clips; of frozen encoders their vectors, which are made once."""
    if not (isinstance(model, FusionNetwork) and model.frozen):
        return make_fitting_data(config, data)
    network = model.optimize_for_inference()
    train, val = (
        VectorDataset(encode_clips(network, make_dataset(config, data, part)))
        for part in ("train", "val")
    )
    return FittingData(
        train=train,
        val=val,
        labels=tuple(clip.label or "" for clip in data.part("train")),
        classes=data.classes,
        longest=1,
    )


def _test_fusion(
    network: FusionNetwork, config: TrainConfig, data: PreparedData, run: RunDirectory
) -> TrainResult:
    """Predicts the validation and the test part, the latter with each subset of modalities."""
    whole: dict[str, Any] = {}
    for part in ("val", "test"):
        batch = encode_clips(network, make_dataset(config, data, part))
        whole[part] = predict_subsets(network, batch, data.part(part), data.classes)
    *_, everything = whole["test"]
    return finish_run(
        config,
        data,
        run,
        whole["val"][everything],
        whole["test"][everything],
        subsets=whole["test"],
    )
