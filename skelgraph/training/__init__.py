"""Training: configuration, recipes, the loop, the run directory.

What needs Lightning is loaded when it is first asked for: a trained run predicts without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from skelgraph.training.config import ModelName, Stream, TrainConfig
from skelgraph.training.data_check import DatasetReport, Finding, check_dataset, describe_clips
from skelgraph.training.lifter_config import LiftConfig
from skelgraph.training.multimodal_settings import MultimodalSettings
from skelgraph.training.prediction_file import read_predictions
from skelgraph.training.recipes import RECIPES, Recipe
from skelgraph.training.run_directory import Prediction, RunDirectory

if TYPE_CHECKING:
    from skelgraph.training.fused_run import fuse_runs
    from skelgraph.training.lifter_evaluation import (
        LIFTER_CONDITIONS,
        LIFTER_RESULTS,
        evaluate_lifter,
    )
    from skelgraph.training.lifter_run import load_lifter_run, read_lifter_config
    from skelgraph.training.lifter_session import (
        LiftResult,
        default_lifter_path,
        evaluate_lifter_run,
        train_lifter,
    )
    from skelgraph.training.results import TrainResult
    from skelgraph.training.session import default_run_path, train

__all__ = [
    "LIFTER_CONDITIONS",
    "LIFTER_RESULTS",
    "RECIPES",
    "DatasetReport",
    "Finding",
    "LiftConfig",
    "LiftResult",
    "ModelName",
    "MultimodalSettings",
    "Prediction",
    "Recipe",
    "RunDirectory",
    "Stream",
    "TrainConfig",
    "TrainResult",
    "check_dataset",
    "default_lifter_path",
    "default_run_path",
    "describe_clips",
    "evaluate_lifter",
    "evaluate_lifter_run",
    "fuse_runs",
    "load_lifter_run",
    "read_lifter_config",
    "read_predictions",
    "train",
    "train_lifter",
]

_HOMES = {
    "train_lifter": "skelgraph.training.lifter_session",
    "evaluate_lifter_run": "skelgraph.training.lifter_session",
    "default_lifter_path": "skelgraph.training.lifter_session",
    "LiftResult": "skelgraph.training.lifter_session",
    "read_lifter_config": "skelgraph.training.lifter_run",
    "evaluate_lifter": "skelgraph.training.lifter_evaluation",
    "LIFTER_CONDITIONS": "skelgraph.training.lifter_evaluation",
    "LIFTER_RESULTS": "skelgraph.training.lifter_evaluation",
    "load_lifter_run": "skelgraph.training.lifter_run",
    "TrainResult": "skelgraph.training.results",
    "default_run_path": "skelgraph.training.session",
    "fuse_runs": "skelgraph.training.fused_run",
    "train": "skelgraph.training.session",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
