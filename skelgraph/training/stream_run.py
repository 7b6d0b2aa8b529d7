"""Training of one stream, by a network or by a ridge on movement features."""

from dataclasses import replace

from skelgraph.config import NetworkPlan
from skelgraph.runs import RunDirectory, TrainResult
from skelgraph.training.callbacks import Shown
from skelgraph.training.feature_run import train_features
from skelgraph.training.network_run import train_network
from skelgraph.training.prepared_data import PreparedData


def train_stream(
    plan: NetworkPlan,
    data: PreparedData,
    run: RunDirectory,
    *,
    resume: bool,
    show: Shown,
    title: str = "training",
) -> TrainResult:
    """Train and test the model of one stream, and fill its run directory.

    Raises:
        RunError: If the run to be resumed had other settings, or the training diverges.
        KeyboardInterrupt: If it is stopped.
    """
    if plan.info.is_ridge:
        solved = replace(data, start=None)  # a ridge has no first weights
        return train_features(plan, solved, run, resume=resume)
    return train_network(plan, data, run, resume=resume, show=show, title=title)
