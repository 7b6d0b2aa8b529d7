"""Training and testing one network on clips that are ready for it."""

import torch

from skelgraph.data import derive_seed
from skelgraph.training.checkpoints import load_weights
from skelgraph.training.config import TrainConfig
from skelgraph.training.fitting import fit
from skelgraph.training.inference import predict_sequences
from skelgraph.training.model_factory import make_model
from skelgraph.training.preparation import PreparedData, is_synthetic
from skelgraph.training.provenance import check_same_run, describe_run, write_run_facts
from skelgraph.training.results import (
    SYNTHETIC_NOTE,
    TrainResult,
    score_predictions,
    write_results,
)
from skelgraph.training.run_directory import RunDirectory, write_predictions
from skelgraph.training.streams import make_stream


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
    num_parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
    facts = describe_run(config, data, num_parameters)
    if resume:
        check_same_run(run, facts)
    else:
        write_run_facts(run, facts, data)
    fit(model, data, config, run, resume=resume, show_progress=show_progress, title=title)
    checkpoint = config.resolve_recipe().checkpoint
    load_weights(model, run.checkpoint(checkpoint))
    network = model.optimize_for_inference()
    stream = make_stream(config, data.layout, data.channels, longest=data.longest)
    validated, predictions = (
        predict_sequences(
            network,
            data.part(part),
            data.classes,
            stream,
            with_confidence=data.with_confidence,
        )
        for part in ("val", "test")
    )
    train_labels = [clip.label or "" for clip in data.part("train")]
    metrics = score_predictions(predictions, data.classes, train_labels)
    write_predictions(run.validation_file, validated)
    write_results(
        run,
        predictions,
        metrics,
        protocol=data.split.protocol,
        data_note=SYNTHETIC_NOTE if is_synthetic(config) else None,
    )
    return TrainResult(
        run=run, metrics=metrics, protocol=data.split.protocol, checkpoint=checkpoint
    )
