"""The first weights of a training's networks in its run directory, until all have begun.

A training of several streams that was stopped goes on with streams that have not begun; the source
may have moved or changed by then.
"""

import json
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from skelgraph.errors import RunError
from skelgraph.io import replace_whole
from skelgraph.runs import RunDirectory
from skelgraph.training.starting.known_people import TrainedOn
from skelgraph.training.starting.source import SourceNetwork, StartingPoint

_BETWEEN = "|"
"""Between the stream and the name of a weight; no stream's name has it."""


def keep_start(run: RunDirectory, start: StartingPoint) -> None:
    """Write the weights from which the networks of a run start."""
    weights = {
        f"{stream}{_BETWEEN}{name}": tensor.clone(memory_format=torch.contiguous_format)
        for stream, network in start.networks.items()
        for name, tensor in network.weights.items()
    }
    networks = {
        stream: {"where": one.where, "contents": one.contents, "model": one.model}
        for stream, one in start.networks.items()
    }
    run.path.mkdir(parents=True, exist_ok=True)
    with replace_whole(run.start_file) as partial:
        save_file(weights, partial, metadata={"networks": json.dumps(networks)})


def read_kept_start(run: RunDirectory) -> StartingPoint | None:
    """Return what a training that is resumed started from; None if from random weights.

    Raises:
        RunError: If its files are damaged.
    """
    contents: dict[str, Any] | None = run.read_config().get("start")
    if contents is None:
        return None
    try:
        return StartingPoint(
            source=str(contents["source"]),
            networks=_read_networks(run),
            digests=dict(contents["digests"]),
            streams=tuple(contents["streams"]),
            trained_on=tuple(map(TrainedOn.from_dict, contents["trained_on"])),
            leaks=tuple(map(str, contents["leaks"])),
        )
    except (KeyError, TypeError, ValueError, OSError, SafetensorError) as error:
        raise RunError(f"{run.path}: what it started from is damaged ({error})") from error


def _read_networks(run: RunDirectory) -> dict[str, SourceNetwork]:
    file = run.start_file
    if not file.is_file():
        return {}
    with safe_open(file, "pt") as opened:
        networks: dict[str, Any] = json.loads(opened.metadata()["networks"])
    weights = load_file(file)
    return {
        stream: SourceNetwork(
            **facts,
            weights={
                name.removeprefix(f"{stream}{_BETWEEN}"): tensor
                for name, tensor in weights.items()
                if name.startswith(f"{stream}{_BETWEEN}")
            },
        )
        for stream, facts in networks.items()
    }
