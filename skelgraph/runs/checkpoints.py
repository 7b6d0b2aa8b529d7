"""Reading the weights of a run, without Lightning and without running code from the file."""

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from skelgraph.errors import RunError

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


def load_weights(model: nn.Module, checkpoint: Path) -> None:
    """Load a run's weights into its model and puts it in evaluation mode.

    Raises:
        RunError: If there is no checkpoint, it is damaged, or it does not fit the model.
    """
    weights: dict[str, Tensor] = {
        key.removeprefix(_PREFIX): value
        for key, value in read_checkpoint(checkpoint)["state_dict"].items()
        if key.startswith(_PREFIX)
    }
    expected = model.state_dict()
    unlike = sorted(
        key
        for key in expected.keys() | weights.keys()
        if key not in weights or key not in expected or weights[key].shape != expected[key].shape
    )
    if unlike:
        raise RunError(
            f"{checkpoint}: expected the weights of the model that config.json describes, but "
            f"{len(unlike)} of them are missing or of another shape, such as {unlike[0]!r}"
        )
    model.load_state_dict(weights)
    model.eval()
