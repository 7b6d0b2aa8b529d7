"""Training a network on a dataset, from the recordings to the tested run directory."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from skelgraph.config import TrainConfig
from skelgraph.data import EMOTIVE_MOTION, Progress
from skelgraph.errors import RunError
from skelgraph.layouts import JointLayout
from skelgraph.poses import Preprocessing
from skelgraph.runs import SYNTHETIC_NOTE, RunDirectory, TrainResult, read_checkpoint
from skelgraph.training.fusion import has_begun, train_streams
from skelgraph.training.multimodal import has_begun as multimodal_has_begun
from skelgraph.training.multimodal import train_multimodal
from skelgraph.training.network_run import train_network
from skelgraph.training.preparation import is_synthetic, prepare
from skelgraph.training.prepared_data import PreparedData


def train(
    config: TrainConfig,
    *,
    resume: bool = False,
    show_progress: bool = False,
    report: Callable[[str], None] | None = None,
    read_progress: Progress | None = None,
) -> TrainResult:
    """Trains and tests a network as a configuration says, and leaves a run directory.

    Several streams are trained one after the other, in run directories below it, and then fused; a
    stream that is finished is not trained again when the run is resumed.

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
    _check_run_directory(run, config, resume)
    if report is not None and is_synthetic(config):
        report(f"data: {SYNTHETIC_NOTE}")
    data = prepare(config, read_progress, layout=_known_layout(run, config) if resume else None)
    if report is not None:
        for line in describe_data(data):
            report(line)
    if config.is_multimodal:
        return train_multimodal(
            config, data, run, resume=resume, show_progress=show_progress, report=report
        )
    if len(config.streams) > 1:
        return train_streams(
            config, data, run, resume=resume, show_progress=show_progress, report=report
        )
    return train_network(config, data, run, resume=resume, show_progress=show_progress)


def default_run_path(config: TrainConfig) -> Path:
    """A run directory named after the data, the model, the stream and the seed.

    Example:
        >>> default_run_path(TrainConfig(stream="bone")).as_posix()
        'runs/emotive-motion-s-stgcn-bone-0'
    """
    source = config.data.resolve().name if config.data else config.dataset or EMOTIVE_MOTION
    held_out = "-" + "-".join(config.test_subjects) if config.test_subjects else ""
    stream = f"-{config.stream}" if _names_stream(config) else ""
    name = f"{source}{held_out}-{config.model}{stream}-{config.seed}"
    return Path("runs") / re.sub(r"[^\w.-]+", "_", name)


def _names_stream(config: TrainConfig) -> bool:
    """Whether a configuration has a choice of streams."""
    return "skeleton" in config.modalities and config.model != "sern-2s"


def describe_data(data: PreparedData) -> list[str]:
    """Lines that tell what is trained and tested on."""
    split, clips = data.split, data.clips
    people = {subject for subject in clips.subjects if subject is not None}
    who = f", {len(people)} subjects" if people else ""
    return [
        f"{len(clips)} clips of {clips.name}: {', '.join(data.classes)}{who}; "
        f"{'; '.join(_describe_modalities(data))}",
        f"split {split.protocol}: {len(split.train)} clips train, {len(split.val)} validate, "
        f"{len(split.test)} test",
        *(f"note: {note}" for note in data.notes),
    ]


def _describe_modalities(data: PreparedData) -> Iterator[str]:
    if "skeleton" in data.modalities:
        yield (
            f"layout {data.layout.name}, {data.layout.num_joints} joints, {data.num_dimensions}D"
            + (" with confidence" if data.with_confidence else "")
        )
    if data.speech is None:
        return
    encoding = data.speech.encoding
    if encoding.acoustic is not None:
        yield f"audio by {encoding.acoustic}"
    if encoding.vocabulary is not None:
        yield "transcripts"


def _known_layout(run: RunDirectory, config: TrainConfig) -> JointLayout | None:
    """The layout that a run began with, whose file may be gone."""
    if config.layout is None:
        return None
    return Preprocessing.from_dict(run.read_config().get("preprocessing", {})).layout


def _has_begun(run: RunDirectory, config: TrainConfig) -> bool:
    if config.is_multimodal:
        return multimodal_has_begun(run, config)
    if len(config.streams) > 1:
        return has_begun(run, config)
    return run.checkpoint("last").is_file()


def _check_run_directory(run: RunDirectory, config: TrainConfig, resume: bool) -> None:
    parts = "encoder" if config.fuses_modalities else "stream"
    several = len(config.streams) > 1 or config.fuses_modalities
    begun = _has_begun(run, config)
    ended = run.metrics_file.exists()
    if resume:
        if ended:
            raise RunError(f"{run.path}: the run has ended; there is nothing to go on with")
        if not begun:
            missing = f"checkpoint of any {parts}" if several else "checkpoints/last.ckpt"
            raise RunError(f"{run.path}: nothing to resume, there is no {missing}")
        if not several:
            read_checkpoint(run.checkpoint("last"))
    elif begun or ended:
        advice = "" if ended else f", --resume {run.path} to go on with it"
        raise RunError(
            f"{run.path}: there is a run already; pass --out with another folder{advice}, or "
            f"delete it"
        )
