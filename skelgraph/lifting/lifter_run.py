"""The files of a trained lifter."""

from pathlib import Path

from skelgraph.config import LiftConfig, LifterNetworkSettings
from skelgraph.errors import RunError
from skelgraph.layouts import UPPER10
from skelgraph.lifting.keypoint_lifter import KeypointLifter
from skelgraph.lifting.lifter_keypoints import LIFTER_KEYPOINTS
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.models import resolve_device
from skelgraph.runs import LIFTER_KIND, RunDirectory, load_weights


def load_lifter_run(path: str | Path, device: str = "auto") -> KeypointLifter:
    """Return the lifter that `skelgraph lift train` left in a run directory.

    Args:
        path: The run directory.
        device: Where it computes: ``"cpu"``, ``"cuda"``, ..., or ``"auto"`` for a GPU if there is
            one.

    Raises:
        RunError: If it is not the run directory of a lifter, the training did not end, or the
            device is not available.
    """
    run = RunDirectory(path=Path(path))
    config = read_lifter_config(run)
    if not run.metrics_file.is_file():
        raise RunError(
            f"{run.path}: expected a lifter that was trained to its end, but it was stopped; go on "
            f"with: skelgraph lift train --resume {run.path}"
        )
    network = make_lifter_network(config.network)
    load_weights(network, run.checkpoint(config.recipe.checkpoint))
    return KeypointLifter(network=network.to(resolve_device(device)))


def read_lifter_config(run: RunDirectory) -> LiftConfig:
    """The settings of a lifter's run.

    Raises:
        RunError: If it is no run directory of a lifter.
    """
    facts = run.read_config()
    if facts.get("kind") != LIFTER_KIND:
        raise RunError(
            f"{run.path}: expected a run of `skelgraph lift train`, but it is one of another "
            f"network; it recognizes and does not lift"
        )
    return LiftConfig.from_dict(facts.get("config"))


def make_lifter_network(settings: LifterNetworkSettings) -> TemporalLifter:
    """Return the network of the settings, with new weights from PyTorch's generator."""
    return TemporalLifter(
        3,
        LIFTER_KEYPOINTS,
        UPPER10,
        filter_widths=settings.filter_widths,
        channels=settings.channels,
        dropout=settings.dropout,
        causal=settings.causal,
    )
