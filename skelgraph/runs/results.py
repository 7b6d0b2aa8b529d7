"""The result of a model on labeled clips: metrics, predictions, the confusion matrix's figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from skelgraph.errors import RunError
from skelgraph.evaluation import ClassificationMetrics, compute_metrics, plot_confusion
from skelgraph.runs.run_directory import Prediction, RunDirectory, write_json, write_predictions

SYNTHETIC_NOTE = (
    "the built-in generator of emotive motion, not recordings of people; "
    "no number from it is a result about people"
)
"""Said in the first line of a run on generated motion and in every result that it writes."""


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a training came to.

    Args:
        run: Where its files are.
        metrics: Metrics of the test part, which was met once, after the training.
        protocol: How clips were divided.
        checkpoint: Rule that chose the tested weights.
        compared: Of fused streams, the metrics of each stream and of each fusion; of fused
            modalities, those of each subset of them.
    """

    run: RunDirectory
    metrics: ClassificationMetrics
    protocol: str
    checkpoint: str
    compared: Mapping[str, ClassificationMetrics] = field(default_factory=dict)


def score_predictions(
    predictions: Sequence[Prediction], classes: Sequence[str], train_labels: Sequence[str]
) -> ClassificationMetrics:
    """Metrics of predictions for clips whose labels are known.

    Args:
        predictions: The predictions.
        classes: Names of the classes.
        train_labels: Labels of the training part, whose most frequent class is the baseline.
    """
    number = {name: index for index, name in enumerate(classes)}
    return compute_metrics(
        [number[one.label or ""] for one in predictions],
        [number[one.prediction] for one in predictions],
        classes,
        train_labels=[number[label] for label in train_labels],
    )


def write_results(
    run: RunDirectory,
    predictions: Sequence[Prediction],
    metrics: ClassificationMetrics,
    *,
    protocol: str,
    data_note: str | None = None,
    fusion: Mapping[str, Any] | None = None,
    modalities: Mapping[str, ClassificationMetrics] | None = None,
) -> None:
    """Writes ``predictions.csv``, ``figures/confusion.png`` and, last, ``metrics.json``.

    Args:
        run: Where they go.
        predictions: A row each.
        metrics: Their metrics.
        protocol: How the clips were divided.
        data_note: What must be said of the data with every number.
        fusion: Of fused streams, what each of them and each way to fuse them came to.
        modalities: What a network of several modalities came to with each subset of them, by its
            name; a clip that has none of a subset is not counted there.
    """
    write_predictions(run.predictions_file, predictions)
    plot_confusion(metrics, run.figures / "confusion.png", title=data_note)
    contents: dict[str, Any] = {**metrics.to_dict(), "protocol": protocol}
    if data_note is not None:
        contents["data_note"] = data_note
    if fusion is not None:
        contents["fusion"] = dict(fusion)
    if modalities:
        contents["modalities"] = {
            name: {"uar": one.uar, "war": one.war, "n": one.n} for name, one in modalities.items()
        }
    write_json(run.metrics_file, contents)


def read_results(run: RunDirectory) -> ClassificationMetrics:
    """The metrics in ``metrics.json``, of a run or an evaluation.

    Raises:
        RunError: If there are none: it was not finished; or if they are damaged.
    """
    contents = run.read_metrics()
    try:
        return ClassificationMetrics.from_dict(contents)
    except ValueError as error:
        raise RunError(f"{run.metrics_file}: {error}") from error
