"""Reading the weights of a run, without Lightning and without running code from the file."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from skelgraph.errors import RunError
from skelgraph.runs.run_directory import RunDirectory

_PREFIX = "model."


def read_checkpoint(checkpoint: Path) -> dict[str, Any]:
    """Return the contents of a checkpoint that a training wrote.

    Raises:
        RunError: If there is none, or it is damaged or something else.
    """
    if not checkpoint.is_file():
        raise RunError(f"{checkpoint}: there is no such checkpoint; was the training stopped?")
    damaged = RunError(
        f"{checkpoint}: expected a checkpoint of `skelgraph train`, but the file is damaged or "
        f"something else"
    )
    if not zipfile.is_zipfile(checkpoint):
        raise damaged
    try:
        contents = torch.load(checkpoint, map_location="cpu", weights_only=True)
    except Exception as error:  # torch has a dozen ways to fail on a damaged archive
        raise damaged from error
    if not (
        isinstance(contents, dict)
        and {"state_dict", "epoch"} <= contents.keys()
        and isinstance(contents["state_dict"], dict)
    ):
        raise damaged
    return contents


def load_weights(model: nn.Module, run: RunDirectory, rule: str) -> None:
    """Load the tested weights of a run or model folder into its model, in evaluation mode.

    Args:
        model: The network that its settings describe.
        run: A run directory with checkpoints, or a model folder with ``weights.safetensors``.
        rule: Which checkpoint a run tests, ``"best"`` or ``"last"``.

    Raises:
        RunError: If there are no weights, they are damaged, or they do not fit the model.
    """
    weights = read_weights(run, rule)
    check_weights(model, weights, run, rule)
    model.load_state_dict(weights)
    model.eval()


def check_weights(
    model: nn.Module, weights: Mapping[str, Tensor], run: RunDirectory, rule: str
) -> None:
    """Check that the weights of a run or model folder fit a model, by their names and shapes.

    The model may be on the meta device, where one of any size takes no memory.

    Raises:
        RunError: If they do not.
    """
    expected = model.state_dict()
    unlike = sorted(
        key
        for key in expected.keys() | weights.keys()
        if key not in weights or key not in expected or weights[key].shape != expected[key].shape
    )
    if unlike:
        file = run.weights_file if run.weights_file.is_file() else run.checkpoint(rule)
        raise RunError(
            f"{file}: expected the weights of the model that config.json describes, but "
            f"{len(unlike)} of them are missing or of another shape, such as {unlike[0]!r}"
        )


def read_weights(run: RunDirectory, rule: str) -> dict[str, Tensor]:
    """Return the tested weights of a run or model folder; see :func:`load_weights`.

    Raises:
        RunError: If there are none, or they are damaged.
    """
    file = run.weights_file
    if not file.is_file():
        return {
            key.removeprefix(_PREFIX): value
            for key, value in read_checkpoint(run.checkpoint(rule))["state_dict"].items()
            if key.startswith(_PREFIX)
        }
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise RunError(f"{file}: expected weights, but the file is damaged ({error})") from error
