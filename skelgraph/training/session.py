"""Training a network on a dataset, from the recordings to the tested run directory."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from skelgraph.data import EMOTIVE_MOTION, Progress, derive_seed
from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.layouts import JointLayout
from skelgraph.poses import Preprocessing
from skelgraph.training.checkpoints import load_weights, read_checkpoint
from skelgraph.training.config import TrainConfig
from skelgraph.training.fitting import fit
from skelgraph.training.inference import predict_sequences
from skelgraph.training.model_factory import make_model
from skelgraph.training.preparation import PreparedData, is_synthetic, prepare
from skelgraph.training.provenance import check_same_run, describe_run, write_run_facts
from skelgraph.training.results import SYNTHETIC_NOTE, score_predictions, write_results
from skelgraph.training.run_directory import RunDirectory
from skelgraph.training.streams import make_stream


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a training came to.

    Args:
        run: Where its files are.
        metrics: Metrics of the test part, which was met once, after the training.
        protocol: How clips were divided.
        checkpoint: Rule that chose the tested weights.
    """

    run: RunDirectory
    metrics: ClassificationMetrics
    protocol: str
    checkpoint: str


def train(
    config: TrainConfig,
    *,
    resume: bool = False,
    show_progress: bool = False,
    report: Callable[[str], None] | None = None,
    read_progress: Progress | None = None,
) -> TrainResult:
    """Trains and tests a network as a configuration says, and leaves a run directory.

    Args:
        config: The settings.
        resume: Whether to go on from the last checkpoint in the run directory.
        show_progress: Whether to show a progress bar on stderr.
        report: Called with each line that a user should read before the training.
        read_progress: Called with the numbers of files read and to read.

    Raises:
        SkelgraphError: If the data or the settings cannot be used, or the run directory holds
            another run.
        KeyboardInterrupt: If it is stopped; after the first epoch it can be resumed.

    Example:
        >>> from skelgraph import TrainConfig, train
        >>> result = train(TrainConfig(stream="bone", epochs=1))  # doctest: +SKIP
    """
    run = RunDirectory(path=config.out or default_run_path(config))
    _check_run_directory(run, resume)
    data_note = SYNTHETIC_NOTE if is_synthetic(config) else None
    if report is not None and data_note is not None:
        report(f"data: {data_note}")
    data = prepare(config, read_progress, layout=_known_layout(run, config) if resume else None)
    if report is not None:
        for line in describe_data(data):
            report(line)
    torch.manual_seed(derive_seed(config.seed))
    model = make_model(config, data.layout, data.channels, num_classes=len(data.classes))
    facts = describe_run(config, data, model)
    if resume:
        check_same_run(run, facts)
    else:
        write_run_facts(run, facts, data)
    fit(model, data, config, run, resume=resume, show_progress=show_progress)
    checkpoint = config.resolve_recipe().checkpoint
    load_weights(model, run.checkpoint(checkpoint))
    predictions = predict_sequences(
        model.optimize_for_inference(),
        data.part("test"),
        data.classes,
        make_stream(config, data.layout, data.channels, longest=data.longest),
        with_confidence=data.with_confidence,
    )
    train_labels = [clip.label or "" for clip in data.part("train")]
    metrics = score_predictions(predictions, data.classes, train_labels)
    write_results(run, predictions, metrics, protocol=data.split.protocol, data_note=data_note)
    return TrainResult(
        run=run, metrics=metrics, protocol=data.split.protocol, checkpoint=checkpoint
    )


def default_run_path(config: TrainConfig) -> Path:
    """A run directory named after the data, the model, the stream and the seed.

    Example:
        >>> default_run_path(TrainConfig(stream="bone")).as_posix()
        'runs/emotive-motion-s-stgcn-bone-0'
    """
    source = config.data.resolve().name if config.data else config.dataset or EMOTIVE_MOTION
    held_out = "-" + "-".join(config.test_subjects) if config.test_subjects else ""
    name = f"{source}{held_out}-{config.model}-{config.stream}-{config.seed}"
    return Path("runs") / re.sub(r"[^\w.-]+", "_", name)


def describe_data(data: PreparedData) -> list[str]:
    """Lines that tell what is trained and tested on."""
    split, clips = data.split, data.clips
    people = {subject for subject in clips.subjects if subject is not None}
    who = f", {len(people)} subjects" if people else ""
    return [
        f"{len(clips)} clips of {clips.name}: {', '.join(data.classes)}{who}; layout "
        f"{data.layout.name}, {data.layout.num_joints} joints, {data.num_dimensions}D"
        + (" with confidence" if data.with_confidence else ""),
        f"split {split.protocol}: {len(split.train)} clips train, {len(split.val)} validate, "
        f"{len(split.test)} test",
        *(f"note: {note}" for note in data.notes),
    ]


def _known_layout(run: RunDirectory, config: TrainConfig) -> JointLayout | None:
    """The layout that a run began with, whose file may be gone."""
    if config.layout is None:
        return None
    return Preprocessing.from_dict(run.read_config().get("preprocessing", {})).layout


def _check_run_directory(run: RunDirectory, resume: bool) -> None:
    begun, ended = run.checkpoint("last").is_file(), run.metrics_file.exists()
    if resume:
        if ended:
            raise RunError(f"{run.path}: the run has ended; there is nothing to go on with")
        if not begun:
            raise RunError(f"{run.path}: nothing to resume, there is no checkpoints/last.ckpt")
        read_checkpoint(run.checkpoint("last"))
    elif begun or ended:
        advice = "" if ended else f", --resume {run.path} to go on with it"
        raise RunError(
            f"{run.path}: there is a run already; pass --out with another folder{advice}, or "
            f"delete it"
        )
