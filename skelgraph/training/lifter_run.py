"""The files of a trained lifter."""

from pathlib import Path

import torch

from skelgraph.errors import RunError
from skelgraph.layouts import UPPER10
from skelgraph.models import KeypointLifter, TemporalLifter
from skelgraph.poses import LIFTER_KEYPOINTS
from skelgraph.training.checkpoints import load_weights
from skelgraph.training.lifter_config import LiftConfig
from skelgraph.training.run_directory import RunDirectory

LIFTER_KIND = "lifter"
"""What a lifter's ``config.json`` says of its kind."""


def load_lifter_run(path: str | Path) -> KeypointLifter:
    """The lifter that `skelgraph lift train` left in a run directory.

    Raises:
        RunError: If it is no run directory of a lifter, or the training did not end.
    """
    run = RunDirectory(path=Path(path))
    config = read_lifter_config(run)
    network = make_lifter_network(config)
    load_weights(network, run.checkpoint(config.checkpoint))
    return KeypointLifter(network=network)


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


def make_lifter_network(config: LiftConfig) -> TemporalLifter:
    """The network of a configuration, with new weights from PyTorch's generator."""
    return TemporalLifter(
        3,
        LIFTER_KEYPOINTS,
        UPPER10,
        filter_widths=config.filter_widths,
        channels=config.channels,
        dropout=config.dropout,
        causal=config.causal,
    )


def save_checkpoint(file: Path, contents: dict[str, object]) -> None:
    """Writes a checkpoint of tensors and plain types, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".part")
    try:
        torch.save(contents, partial)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
