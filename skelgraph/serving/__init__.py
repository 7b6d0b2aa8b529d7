"""Trained runs at work: prediction and evaluation."""

from skelgraph.serving.evaluation import (
    EvaluationResult,
    check_is_free,
    evaluate_clips,
    evaluate_test_part,
    read_run_data,
    write_evaluation,
)
from skelgraph.serving.files import FilePredictions, predict_files, write_prediction_file
from skelgraph.serving.predictor import Predictor, load_run

__all__ = [
    "EvaluationResult",
    "FilePredictions",
    "Predictor",
    "check_is_free",
    "evaluate_clips",
    "evaluate_test_part",
    "load_run",
    "predict_files",
    "read_run_data",
    "write_evaluation",
    "write_prediction_file",
]
