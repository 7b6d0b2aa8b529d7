"""Training and testing one network on clips that are ready for it."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from skelgraph.config import TrainConfig
from skelgraph.data import derive_seed
from skelgraph.runs import (
    SYNTHETIC_NOTE,
    Prediction,
    RunDirectory,
    TrainResult,
    check_same_run,
    describe_run,
    load_weights,
    score_predictions,
    write_predictions,
    write_results,
    write_run_facts,
)
from skelgraph.training.datasets import make_dataset, make_fitting_data
from skelgraph.training.fitting import fit
from skelgraph.training.inference import predict_clips
from skelgraph.training.model_factory import make_model
from skelgraph.training.preparation import is_synthetic
from skelgraph.training.prepared_data import PreparedData


def train_network(
    config: TrainConfig,
    data: PreparedData,
    run: RunDirectory,
    *,
    resume: bool,
    show_progress: bool,
    title: str = "training",
) -> TrainResult:
    """Trains the network of one stream, tests it once, and fills its run directory.

    Beside the test part's predictions it leaves those of the validation part, to which a fusion is
    fitted: the network was not trained on them.

    Args:
        config: The settings.
        data: The clips and their parts.
        run: The run directory.
        resume: Whether to go on from the last checkpoint there.
        show_progress: Whether to show a progress bar on stderr.
        title: What stands before the bar.

    Raises:
        RunError: If the run to be resumed had other settings, or the training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    torch.manual_seed(derive_seed(config.seed))
    model = make_model(config, data.layout, data.channels, num_classes=len(data.classes))
    begin_run(run, describe_run(config, data, count_parameters(model)), data, resume=resume)
    fitting_data = make_fitting_data(config, data)
    fit(model, fitting_data, config, run, resume=resume, show_progress=show_progress, title=title)
    load_weights(model, run.checkpoint(config.resolve_recipe().checkpoint))
    return test_and_finish(model.optimize_for_inference(), config, data, run)


def count_parameters(model: nn.Module) -> int:
    """How many weights of a network are trained."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def begin_run(
    run: RunDirectory, facts: Mapping[str, Any], data: PreparedData, *, resume: bool
) -> None:
    """Writes what a run is made with, or checks that the run to be resumed began so.

    Raises:
        RunError: If it did not.
    """
    if resume:
        check_same_run(run, facts)
    else:
        write_run_facts(run, facts, data)


def test_and_finish(
    network: nn.Module, config: TrainConfig, data: PreparedData, run: RunDirectory
) -> TrainResult:
    """Predicts the validation and the test part, and writes the results."""
    validated, predictions = (
        predict_clips(network, make_dataset(config, data, part), data.part(part), data.classes)
        for part in ("val", "test")
    )
    return finish_run(config, data, run, validated, predictions)


def finish_run(
    config: TrainConfig,
    data: PreparedData,
    run: RunDirectory,
    validated: Sequence[Prediction],
    predictions: Sequence[Prediction],
    *,
    subsets: Mapping[str, Sequence[Prediction]] | None = None,
) -> TrainResult:
    """Scores the predictions of a trained network and writes them.

    Args:
        config: The settings.
        data: The clips and their parts.
        run: The run directory.
        validated: Of the validation part.
        predictions: Of the test part.
        subsets: Of the test part with fewer modalities, by the name of what was left.
    """
    train_labels = [clip.label or "" for clip in data.part("train")]
    metrics = score_predictions(predictions, data.classes, train_labels)
    compared = {
        name: score_predictions(ones, data.classes, train_labels)
        for name, ones in (subsets or {}).items()
    }
    write_predictions(run.validation_file, validated)
    write_results(
        run,
        predictions,
        metrics,
        protocol=data.split.protocol,
        data_note=SYNTHETIC_NOTE if is_synthetic(config) else None,
        modalities=compared,
    )
    return TrainResult(
        run=run,
        metrics=metrics,
        protocol=data.split.protocol,
        checkpoint=config.resolve_recipe().checkpoint,
        compared=compared,
    )
