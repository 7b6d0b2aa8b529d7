"""Training: configuration, recipes, the loop, the run directory."""

from skelgraph.training.config import ModelName, Stream, TrainConfig
from skelgraph.training.recipes import RECIPES, Recipe
from skelgraph.training.run_directory import Prediction, RunDirectory
from skelgraph.training.train import TrainResult, default_run_path, train

__all__ = [
    "RECIPES",
    "ModelName",
    "Prediction",
    "Recipe",
    "RunDirectory",
    "Stream",
    "TrainConfig",
    "TrainResult",
    "default_run_path",
    "train",
]
