"""The file of a ridge on movement features; a prediction loads nothing else of the training."""

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from skelgraph.errors import RunError
from skelgraph.io import replace_whole
from skelgraph.movement import FeatureModel
from skelgraph.runs import RunDirectory


def save_feature_model(model: FeatureModel, run: RunDirectory) -> None:
    """Write the model of a run, whole or not at all."""
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    with replace_whole(run.features_file) as partial:
        save_file(model.to_arrays(), partial)


def load_feature_model(run: RunDirectory) -> FeatureModel:
    """Return the model of a run.

    Raises:
        RunError: If there is none, or it is damaged.
    """
    file = run.features_file
    if not file.is_file():
        raise RunError(f"{run.path}: there is no {file.relative_to(run.path)}; train it again")
    try:
        return FeatureModel.from_arrays(load_file(file))
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise RunError(f"{file}: expected a model of movement features ({error})") from error
