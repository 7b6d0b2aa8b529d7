"""Reading the weights of a run, without Lightning and without running code from the file."""

import pickle
from pathlib import Path

import torch
from torch import nn

from skelgraph.errors import RunError

_PREFIX = "model."


def load_weights(model: nn.Module, checkpoint: Path) -> None:
    """Loads a run's weights into its model and puts it in evaluation mode.

    Raises:
        RunError: If there is no checkpoint, or it does not fit the model.
    """
    if not checkpoint.is_file():
        raise RunError(f"{checkpoint}: there is no such checkpoint; was the training stopped?")
    try:
        contents = torch.load(checkpoint, map_location="cpu", weights_only=True)
        weights = {
            key.removeprefix(_PREFIX): value
            for key, value in contents["state_dict"].items()
            if key.startswith(_PREFIX)
        }
        model.load_state_dict(weights)
    except (pickle.UnpicklingError, EOFError, RuntimeError, KeyError, TypeError) as error:
        raise RunError(
            f"{checkpoint}: expected the weights of the model that config.json describes, but "
            f"they cannot be loaded ({str(error).splitlines()[0]})"
        ) from error
    model.eval()
