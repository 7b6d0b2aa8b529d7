"""A training of a lifter, from recordings in space to the tested run directory."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from skelgraph.config import FilmingSettings, LiftConfig, LifterRecipe
from skelgraph.data import Progress, derive_seed
from skelgraph.errors import RunError
from skelgraph.evaluation import Split
from skelgraph.lifting.keypoint_lifter import KeypointLifter
from skelgraph.lifting.lifter_data import (
    LifterData,
    LifterRecordings,
    prepare_lifter_data,
    read_recordings,
)
from skelgraph.lifting.lifter_data_module import LifterDataModule, WindowBatches
from skelgraph.lifting.lifter_evaluation import evaluate_lifter
from skelgraph.lifting.lifter_module import LifterModule
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.lifting.video_pose_lifter import (
    load_lifter_run,
    make_lifter_network,
    read_lifter_config,
)
from skelgraph.models import resolve_device
from skelgraph.runs import (
    LIFTER_KIND,
    RunDirectory,
    begin_run,
    find_run,
    load_weights,
    read_checkpoint,
    write_json,
)
from skelgraph.training import Loop, Shown, fit


@dataclass(frozen=True, kw_only=True)
class LiftResult:
    """The result of the training or the test of a lifter.

    The metrics are those of ``metrics.json``; see :func:`skelgraph.lifting.evaluate_lifter`.
    """

    run: RunDirectory
    metrics: dict[str, Any]
    protocol: str


def train_lifter(
    config: LiftConfig,
    *,
    resume: bool = False,
    show: Shown = "nothing",
    report: Callable[[str], None] = lambda line: None,
    read_progress: Progress | None = None,
) -> LiftResult:
    """Train and test a lifter as a configuration says, and leave a run directory.

    Args:
        config: The settings.
        resume: Whether to go on from the last checkpoint in the run directory.
        show: What is shown on stderr: ``"nothing"``, ``"progress"``, or ``"details"``.
        report: Called with each line that a user should read before the training.
        read_progress: Called with the numbers of files read and to read.

    Raises:
        SkelgraphError: If the data or the settings cannot be used, the run directory holds another
            run, or the training diverges.
        KeyboardInterrupt: If it is stopped; after the first epoch it can be resumed.
    """
    config.check_data()
    resolve_device(config.device)
    run = RunDirectory(path=config.out or default_lifter_path(config))
    _check_run_directory(run, resume=resume)
    data = prepare_lifter_data(
        config.data, config.split, fps=config.fps, seed=config.seed, progress=read_progress
    )
    report(_describe_data(data))
    torch.manual_seed(derive_seed(config.seed))
    network = make_lifter_network(config.network)
    facts = {
        "kind": LIFTER_KIND,
        "config": config.to_dict(),
        "protocol": data.split.protocol,
        "data": {"name": data.clips.name, "fingerprint": data.clips.fingerprint},
        "parameters": sum(p.numel() for p in network.parameters()),
    }
    begin_run(run, facts, _list_split(data), resume=resume)
    fit_lifter(
        network,
        data,
        run,
        config.recipe,
        config.filming,
        seed=config.seed,
        device=config.device,
        resume=resume,
        show=show,
    )
    lifter, (clips, protocol) = KeypointLifter(network=network), _choose_tested(data.split)
    metrics = {
        **evaluate_lifter(lifter, data, clips, config.filming, seed=config.seed),
        "checkpoint": config.recipe.checkpoint,
        "protocol": protocol,
    }
    write_json(run.metrics_file, metrics)
    return LiftResult(run=run, metrics=metrics, protocol=protocol)


def fit_lifter(
    network: TemporalLifter,
    data: LifterData,
    run: RunDirectory,
    recipe: LifterRecipe,
    filming: FilmingSettings,
    *,
    seed: int,
    device: str = "auto",
    resume: bool = False,
    show: Shown = "nothing",
) -> None:
    """Train a network by its recipe, and leave it with the weights that are to be tested.

    Raises:
        RunError: If the device is not available, or the training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    batches = WindowBatches(data, network, filming, recipe, seed=seed)
    module = LifterModule(network, recipe, num_windows=batches.num_windows, seed=seed)
    loop = Loop(epochs=recipe.epochs, device=device, resume=resume, show=show)
    fit(module, LifterDataModule(data, batches, seed=seed), run, loop)
    load_weights(network, run, recipe.checkpoint)


def evaluate_lifter_run(
    path: Path, data: LiftConfig | None = None, *, read_progress: Progress | None = None
) -> LiftResult:
    """Test a lifter again, on its own test part or on all clips of other data.

    Sampling rate, cameras, seed and filter are always those of the run.

    Raises:
        SkelgraphError: If it is not the run of a lifter, or the data cannot be used.
    """
    run = find_run(path)
    config = read_lifter_config(run)
    if data is None and not run.split_file.is_file():
        raise RunError(
            f"{run.path}: a model does not tell which clips did not train it, so that it has no "
            f"test part; name other recordings with --data"
        )
    lifter = load_lifter_run(run.path, device="auto" if data is None else data.device)
    fps, seed = config.fps, config.seed
    recordings: LifterRecordings
    if data is None:
        recordings = prepared = prepare_lifter_data(
            config.data, config.split, fps=fps, seed=seed, progress=read_progress
        )
        clips, protocol = _choose_tested(prepared.split)
    else:
        data.check_data()
        recordings = read_recordings(data.data, fps=fps, seed=seed, progress=read_progress)
        clips = list(range(len(recordings.bodies)))
        protocol = f"all clips of {recordings.clips.name}"
    metrics = evaluate_lifter(lifter, recordings, clips, config.filming, seed=seed)
    return LiftResult(run=run, metrics={**metrics, "protocol": protocol}, protocol=protocol)


def default_lifter_path(config: LiftConfig) -> Path:
    """Return a run directory named after the data and the seed.

    Example:
        >>> default_lifter_path(LiftConfig.of(dataset="mpi-ebed", test_subjects="NoVo")).as_posix()
        'runs/mpi-ebed-NoVo-lifter-0'
    """
    folder, subjects = config.data.folder, config.split.test_subjects
    source = folder.resolve().name if folder else config.data.dataset
    held_out = "-" + "-".join(subjects) if subjects else ""
    return Path("runs") / re.sub(r"[^\w.-]+", "_", f"{source}{held_out}-lifter-{config.seed}")


def _choose_tested(split: Split) -> tuple[list[int], str]:
    """Return the clips that are tested, and the protocol; without a test part, those of validation.

    They choose nothing if the last weights are taken, but their people are known.
    """
    if len(split.test):
        return split.test.tolist(), split.protocol
    return split.val.tolist(), f"{split.protocol}; tested on recordings of validation"


def _describe_data(data: LifterData) -> str:
    split, frames = data.split, sum(body.num_frames for body in data.bodies)
    return (
        f"{len(data.bodies)} clips of {data.clips.name}, {frames} frames; split {split.protocol}: "
        f"{len(split.train)} clips train, {len(split.val)} validate, {len(split.test)} test"
    )


def _list_split(data: LifterData) -> Iterator[tuple[str, ...]]:
    """Yield the rows of ``split.csv``."""
    for part in ("train", "val", "test"):
        for number in getattr(data.split, part).tolist():
            clip = data.clips.sequences[number]
            yield clip.name, part, clip.label or "", clip.subject or "", clip.recording or ""


def _check_run_directory(run: RunDirectory, *, resume: bool) -> None:
    """Check that a new run overwrites nothing, or that there is something to go on with."""
    if not resume:
        run.check_is_new()
        return
    if run.metrics_file.exists():
        raise RunError(f"{run.path}: the run has ended; there is nothing to go on with")
    run.check_has_begun()
    read_lifter_config(run)
    read_checkpoint(run.checkpoint("last"))
