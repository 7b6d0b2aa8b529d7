"""Training a network for each of several streams, and fusing their scores."""

from collections.abc import Callable
from dataclasses import replace

from skelgraph.config import Stream, TrainConfig
from skelgraph.runs import (
    RunDirectory,
    TrainResult,
    check_same_run,
    describe_settings,
    describe_versions,
    write_run_facts,
)
from skelgraph.training import PreparedData, train_network
from skelgraph.training.fusion.fold_runs import train_folds
from skelgraph.training.fusion.fused_run import write_fusion
from skelgraph.training.fusion.stream_scores import read_stream


def train_streams(
    config: TrainConfig,
    data: PreparedData,
    run: RunDirectory,
    *,
    resume: bool,
    show_progress: bool,
    report: Callable[[str], None] | None = None,
) -> TrainResult:
    """Trains the network of each stream in a run directory of its own below ``streams/``, then
    fuses them.

    All streams see the same clips in the same parts. A stream that is finished is not trained
    again, and one that was stopped goes on.

    Args:
        config: The settings, with several streams.
        data: The clips and their parts.
        run: The run directory of the fusion.
        resume: Whether to go on with what is there.
        show_progress: Whether to show a progress bar on stderr.
        report: Called with a line for each stream that is finished already.

    Raises:
        RunError: If the run to be resumed had other settings, or a training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    facts = {**describe_settings(config, data), "versions": describe_versions()}
    if resume:
        check_same_run(run, facts)
    else:
        write_run_facts(run, facts, data)
    streams = config.streams
    for number, stream in enumerate(streams, start=1):
        place = stream_run(run, stream)
        one = replace(config, stream=stream, fusion=None, fusion_folds=0, out=place.path)
        title = f"{stream} ({number} of {len(streams)})"
        if place.metrics_file.is_file():
            check_same_run(place, describe_settings(one, data))
            if report is not None:
                report(f"stream {title}: trained already")
        else:
            begun = place.checkpoint("last").is_file()
            train_network(one, data, place, resume=begun, show_progress=show_progress, title=title)
        if config.fusion_folds:
            train_folds(
                one, data, place, config.fusion_folds, show_progress=show_progress, title=title
            )
    finished = [read_stream(stream_run(run, stream).path) for stream in streams]
    return write_fusion(
        run,
        finished,
        strategy=config.fusion or "concat",
        fit_on="out-of-fold" if config.fusion_folds else "validation",
        facts=facts,
    )


def stream_run(run: RunDirectory, stream: Stream) -> RunDirectory:
    """The run directory of one of several streams."""
    return RunDirectory(path=run.path / "streams" / stream)


def has_begun(run: RunDirectory, config: TrainConfig) -> bool:
    """Whether any stream of a run has been trained for an epoch or more."""
    return any(stream_run(run, stream).checkpoint("last").is_file() for stream in config.streams)
