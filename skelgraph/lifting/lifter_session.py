"""Training a lifter, from recordings in space to the tested run directory."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from skelgraph.config import LiftConfig
from skelgraph.data import Progress, derive_seed
from skelgraph.errors import RunError
from skelgraph.lifting.keypoint_lifter import KeypointLifter
from skelgraph.lifting.lifter_data import (
    LifterData,
    LifterRecordings,
    prepare_lifter_data,
    read_recordings,
)
from skelgraph.lifting.lifter_evaluation import evaluate_lifter
from skelgraph.lifting.lifter_fitting import LifterFit
from skelgraph.lifting.lifter_run import (
    load_lifter_run,
    load_lifter_weights,
    make_lifter_network,
    read_lifter_config,
)
from skelgraph.runs import (
    LIFTER_KIND,
    SPLIT_COLUMNS,
    RunDirectory,
    describe_versions,
    write_json,
    write_rows,
)


@dataclass(frozen=True, kw_only=True)
class LiftResult:
    """What the training or the test of a lifter came to.

    Args:
        run: The run directory.
        metrics: What ``metrics.json`` holds; see
            :func:`skelgraph.training.evaluate_lifter`.
        protocol: How the recordings were divided.
    """

    run: RunDirectory
    metrics: dict[str, Any]
    protocol: str


def train_lifter(
    config: LiftConfig,
    *,
    resume: bool = False,
    show_progress: bool = False,
    report: Callable[[str], None] | None = None,
    read_progress: Progress | None = None,
) -> LiftResult:
    """Trains and tests a lifter as a configuration says, and leaves a run directory.

    Args:
        config: The settings.
        resume: Whether to go on from the last checkpoint in the run directory.
        show_progress: Whether to show a progress bar on stderr.
        report: Called with each line that a user should read before the training.
        read_progress: Called with the numbers of files read and to read.

    Raises:
        SkelgraphError: If the data or the settings cannot be used, the run directory holds another
            run, or the training diverges.
        KeyboardInterrupt: If it is stopped; after the first epoch it can be resumed.
    """
    config.check_data()
    run = RunDirectory(path=config.out or default_lifter_path(config))
    _check_place(run, resume=resume)
    data = _prepare(config, read_progress)
    torch.manual_seed(derive_seed(config.seed))
    network = make_lifter_network(config.network)
    facts = _describe(config, data, sum(p.numel() for p in network.parameters()))
    if report is not None:
        report(_describe_data(data))

    def validate(lifter: KeypointLifter) -> float:
        once, clips = config.filming.change(cameras=1), data.split.val.tolist()
        found = evaluate_lifter(lifter, data, clips, once, seed=config.seed, conditions=("true",))
        return float(found["true"]["mpjpe_mm"])

    fit = LifterFit(network, data, config, run, validate)
    if resume:
        _check_same(run, facts)
        fit.resume()
    else:
        _write_facts(run, facts, data)
    with _epoch_progress(config.recipe.epochs, fit.epoch, show_progress) as advance:
        while fit.epoch < config.recipe.epochs:
            row = fit.run_epoch()
            advance(f"loss {row[2]:.4f}  val MPJPE {row[3]:.1f} mm")
    return _test(run, data, config)


def evaluate_lifter_run(
    path: Path, *, data: LiftConfig | None = None, read_progress: Progress | None = None
) -> LiftResult:
    """Tests a lifter again: on its own test part, or on all clips of other data.

    Args:
        path: The run directory.
        data: Settings that name other data; frame rate, cameras, seed and filter are the run's.
        read_progress: Called with the numbers of files read and to read.

    Raises:
        SkelgraphError: If it is no lifter's run, or the data cannot be used.
    """
    run = RunDirectory(path=path)
    config = read_lifter_config(run)
    lifter = load_lifter_run(path)
    recordings: LifterRecordings
    if data is None:
        recordings = prepared = _prepare(config, read_progress)
        clips, protocol = prepared.split.test.tolist(), prepared.split.protocol
    else:
        data.check_data()
        recordings = read_recordings(
            data.data, fps=config.fps, seed=config.seed, progress=read_progress
        )
        clips = list(range(len(recordings.bodies)))
        protocol = f"all clips of {recordings.clips.name}"
    metrics = evaluate_lifter(lifter, recordings, clips, config.filming, seed=config.seed)
    return LiftResult(run=run, metrics={**metrics, "protocol": protocol}, protocol=protocol)


def default_lifter_path(config: LiftConfig) -> Path:
    """A run directory named after the data and the seed.

    Example:
        >>> default_lifter_path(LiftConfig.of(dataset="mpi-ebed", test_subjects="NoVo")).as_posix()
        'runs/mpi-ebed-NoVo-lifter-0'
    """
    folder, subjects = config.data.folder, config.split.test_subjects
    source = folder.resolve().name if folder else config.data.dataset
    held_out = "-" + "-".join(subjects) if subjects else ""
    return Path("runs") / re.sub(r"[^\w.-]+", "_", f"{source}{held_out}-lifter-{config.seed}")


def _prepare(config: LiftConfig, progress: Progress | None) -> LifterData:
    return prepare_lifter_data(
        config.data, config.split, fps=config.fps, seed=config.seed, progress=progress
    )


def _test(run: RunDirectory, data: LifterData, config: LiftConfig) -> LiftResult:
    """The test part's metrics, which are met once and written."""
    lifter, clips = load_lifter_weights(run, config), data.split.test.tolist()
    metrics = {
        **evaluate_lifter(lifter, data, clips, config.filming, seed=config.seed),
        "checkpoint": config.recipe.checkpoint,
        "protocol": data.split.protocol,
    }
    write_json(run.metrics_file, metrics)
    return LiftResult(run=run, metrics=metrics, protocol=data.split.protocol)


def _describe(config: LiftConfig, data: LifterData, num_parameters: int) -> dict[str, Any]:
    return {
        "kind": LIFTER_KIND,
        "config": config.to_dict(),
        "protocol": data.split.protocol,
        "data": {"name": data.clips.name, "fingerprint": data.clips.fingerprint},
        "parameters": num_parameters,
        "versions": describe_versions(),
    }


def _describe_data(data: LifterData) -> str:
    split, frames = data.split, sum(body.num_frames for body in data.bodies)
    return (
        f"{len(data.bodies)} clips of {data.clips.name}, {frames} frames; split {split.protocol}: "
        f"{len(split.train)} clips train, {len(split.val)} validate, {len(split.test)} test"
    )


def _write_facts(run: RunDirectory, facts: dict[str, Any], data: LifterData) -> None:
    write_json(run.config_file, facts)
    rows = []
    for part in ("train", "val", "test"):
        for number in getattr(data.split, part).tolist():
            clip = data.clips.sequences[number]
            rows.append([clip.name, part, clip.label, clip.subject or "", clip.recording or ""])
    write_rows(run.split_file, SPLIT_COLUMNS, rows)


def _check_place(run: RunDirectory, *, resume: bool) -> None:
    begun, ended = run.checkpoint("last").is_file(), run.metrics_file.exists()
    if resume and ended:
        raise RunError(f"{run.path}: the run has ended; there is nothing to go on with")
    if resume and not begun:
        raise RunError(f"{run.path}: nothing to resume, there is no checkpoints/last.ckpt")
    if not resume and (begun or ended):
        raise RunError(
            f"{run.path}: there is a run already; pass --out with another folder, go on with it by "
            f"--resume {run.path} if it was stopped, or delete it"
        )


def _check_same(run: RunDirectory, facts: dict[str, Any]) -> None:
    before = run.read_config()
    for key in ("kind", "protocol", "data"):
        if before.get(key) != facts[key]:
            raise RunError(
                f"{run.path}: the run began with another {key}; to go on with it would mix two "
                f"trainings"
            )


@contextmanager
def _epoch_progress(total: int, done: int, shown: bool) -> Iterator[Callable[[str], None]]:
    """A progress bar over epochs on stderr; called with the latest scores after each."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("training"),
        BarColumn(bar_width=24),
        TextColumn("epoch {task.completed:.0f}/{task.total}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[scores]}"),
        console=Console(stderr=True),
        disable=not shown,
    )
    task = bar.add_task("training", total=total, completed=done, scores="")
    with bar:
        yield lambda scores: bar.update(task, advance=1, scores=scores)
