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
from skelgraph.serving.fused_predictor import FusedPredictor
from skelgraph.serving.loading import load_run
from skelgraph.serving.multimodal_predictor import MultimodalPredictor, choose_modalities
from skelgraph.serving.predictor import Predictor, load_network

__all__ = [
    "EvaluationResult",
    "FilePredictions",
    "FusedPredictor",
    "MultimodalPredictor",
    "Predictor",
    "check_is_free",
    "choose_modalities",
    "evaluate_clips",
    "evaluate_test_part",
    "load_network",
    "load_run",
    "predict_files",
    "read_run_data",
    "write_evaluation",
    "write_prediction_file",
]
