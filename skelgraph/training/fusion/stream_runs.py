"""Training a network for each of several streams, and fusing their scores."""

from collections.abc import Callable, Mapping

from skelgraph.config import DEFAULT_FUSION, FusionSettings, NetworkPlan, Stream
from skelgraph.runs import RunDirectory, TrainResult, begin_run, check_same_run
from skelgraph.training import PreparedData, Shown, describe_run, train_stream
from skelgraph.training.fusion.fold_runs import train_folds
from skelgraph.training.fusion.fused_run import write_fusion
from skelgraph.training.fusion.stream_scores import read_stream
from skelgraph.training.ridge_joints import take_own_joints


def train_streams(
    plan: NetworkPlan,
    streams: Mapping[Stream, NetworkPlan],
    data: PreparedData,
    run: RunDirectory,
    *,
    fusion: FusionSettings,
    resume: bool,
    show: Shown,
    report: Callable[[str], None],
) -> TrainResult:
    """Train the network of each stream in a run directory of its own, then fuse them.

    All streams have the same clips in the same parts. A stream that is finished is not trained
    again, and one that was stopped goes on.

    Raises:
        RunError: If the run to be resumed had other settings, or a training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    facts = describe_run(plan, data)
    begin_run(run, facts, data.list_split(), resume=resume)
    for number, (stream, one) in enumerate(streams.items(), start=1):
        place, own = run.stream(stream), take_own_joints(one, data)
        title = f"{stream} ({number} of {len(streams)})"
        if place.metrics_file.is_file():
            check_same_run(place, describe_run(one, own))
            report(f"stream {title}: trained already")
        else:
            begun = place.checkpoint("last").is_file()
            train_stream(one, own, place, resume=begun, show=show, title=title)
        if fusion.folds:
            train_folds(one, own, place, fusion.folds, show=show, title=title)
    return write_fusion(
        run,
        [read_stream(run.stream(stream).path) for stream in streams],
        strategy=fusion.strategy or DEFAULT_FUSION,
        fit_on="out-of-fold" if fusion.folds else "validation",
        facts=facts,
    )
