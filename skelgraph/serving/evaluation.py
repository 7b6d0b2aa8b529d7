"""A trained run on labeled clips: its own test part again, or another dataset."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.data import ClipSet, Progress
from skelgraph.errors import DatasetError
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.poses import PoseSequence
from skelgraph.serving.predictor import Predictor
from skelgraph.training.preparation import read_clips, split_clips
from skelgraph.training.results import score_predictions, write_results
from skelgraph.training.run_directory import Prediction, RunDirectory


@dataclass(frozen=True, kw_only=True)
class EvaluationResult:
    """Metrics and predictions of a run on labeled clips.

    Args:
        metrics: The metrics.
        predictions: A prediction for each clip.
        protocol: Which clips they are.
    """

    metrics: ClassificationMetrics
    predictions: tuple[Prediction, ...]
    protocol: str


def evaluate_test_part(
    predictor: Predictor, *, progress: Progress | None = None
) -> EvaluationResult:
    """Tests a run on its own test part, read again from where it was.

    Args:
        predictor: The run.
        progress: Called with the numbers of files read and to read.

    Raises:
        DatasetError: If the data cannot be read, or has changed since the training.
    """
    clips = read_clips(predictor.config, progress)
    if clips.fingerprint != predictor.data_fingerprint:
        raise DatasetError(
            f"the data of {predictor.run.path} has changed since its training, so that its test "
            f"part is no longer known; pass --data to evaluate on all clips of a folder"
        )
    split = split_clips(clips, predictor.config)
    test = [clips.sequences[clip] for clip in split.test]
    return _evaluate(predictor, test, split.protocol)


def evaluate_clips(predictor: Predictor, clips: ClipSet) -> EvaluationResult:
    """Tests a run on all clips of a dataset; they should be none that it was trained on.

    Args:
        predictor: The run.
        clips: Clips whose labels are among the run's classes.

    Raises:
        DatasetError: If a label is none of the classes, or a clip cannot be used.
    """
    unknown = sorted(set(clips.labels) - set(predictor.classes))
    if unknown:
        raise DatasetError(
            f"dataset {clips.name!r}: expected the run's classes "
            f"{', '.join(predictor.classes)}, but got the labels {', '.join(unknown)}"
        )
    return _evaluate(predictor, clips.sequences, f"all {len(clips)} clips of {clips.name}")


def write_evaluation(result: EvaluationResult, folder: Path) -> None:
    """Writes ``metrics.json``, ``predictions.csv`` and the confusion matrix's figure."""
    write_results(
        RunDirectory(path=folder), result.predictions, result.metrics, protocol=result.protocol
    )


def _evaluate(
    predictor: Predictor, sequences: Sequence[PoseSequence], protocol: str
) -> EvaluationResult:
    predictions = predictor.predict_all(sequences)
    metrics = score_predictions(predictions, predictor.classes, predictor.train_labels)
    return EvaluationResult(metrics=metrics, predictions=tuple(predictions), protocol=protocol)
