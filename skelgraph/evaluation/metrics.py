"""The numbers that a test part yields: recalls, UAR, WAR, and what guessing would yield.

Confusion matrices are (..., C, C) with the true class in the row and the predicted one in the
column.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from sklearn.metrics import confusion_matrix

from skelgraph.typing import IntArray


def check_numbers(name: str, numbers: Sequence[int] | IntArray, num_classes: int) -> IntArray:
    """The class numbers as an array (N,), once they are seen to be such.

    Raises:
        ValueError: If there are none, or one is no whole number from 0 to ``num_classes - 1``.
    """
    array = np.asarray(numbers)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"expected {name} (clips,) of at least one clip, but got {array.shape}")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"expected {name} as class numbers, but got {array.dtype}")
    if array.min() < 0 or array.max() >= num_classes:
        raise ValueError(
            f"expected {name} from 0 to {num_classes - 1}, but got {array.min()} to {array.max()}"
        )
    return array.astype(np.int64)


def check_pair(
    truth: Sequence[int] | IntArray, predicted: Sequence[int] | IntArray, num_classes: int
) -> tuple[IntArray, IntArray]:
    """Truth and prediction as arrays (N,) of class numbers.

    Raises:
        ValueError: If one is no array of class numbers or their lengths differ.
    """
    truth = check_numbers("true classes", truth, num_classes)
    predicted = check_numbers("predicted classes", predicted, num_classes)
    if len(truth) != len(predicted):
        raise ValueError(
            f"expected one prediction for each of {len(truth)} clips, but got {len(predicted)}"
        )
    return truth, predicted


def recalls(confusion: IntArray) -> npt.NDArray[np.float64]:
    """Recall of each class (..., C); NaN for a class that does not occur.

    Example:
        >>> recalls(np.array([[3, 1], [0, 0]])).tolist()
        [0.75, nan]
    """
    support = confusion.sum(axis=-1).astype(np.float64)
    support[support == 0] = np.nan
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return np.asarray(hits / support, dtype=np.float64)


def uar(confusion: IntArray) -> npt.NDArray[np.float64]:
    """Unweighted average recall (...,): the mean recall of the classes that occur."""
    return np.asarray(np.nanmean(recalls(confusion), axis=-1), dtype=np.float64)


def war(confusion: IntArray) -> npt.NDArray[np.float64]:
    """Weighted average recall (...,): the share of clips that are right."""
    hits = np.trace(confusion, axis1=-2, axis2=-1)
    return np.asarray(hits / confusion.sum(axis=(-2, -1)), dtype=np.float64)


Unit = Literal["subject", "recording", "clip"]
"""What is drawn as a whole when a test part is resampled."""


class Resampling(msgspec.Struct, frozen=True, kw_only=True):
    """What an interval resamples, and how many groups of clips there are of it."""

    unit: Unit
    groups: int


class PermutationFloor(msgspec.Struct, frozen=True, kw_only=True):
    """UAR of answers that know the subject, but not the class: labels permuted within subjects.

    Args:
        within: ``"subject"``, or ``"test part"`` if subjects are not known.
        mean: Mean UAR over the permutations.
        p95: UAR below which 95 % of them stay.
        p: Share of them that reach the real UAR.
    """

    within: Literal["subject", "test part"]
    mean: float
    p95: float
    p: float


class SubjectScores(msgspec.Struct, frozen=True, kw_only=True):
    """Clips, UAR, WAR and recalls of one subject; None of a class without clips."""

    n: int
    uar: float
    war: float
    per_class_recall: Mapping[str, float | None] = {}


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """How far the scores may be read as probabilities.

    Args:
        ece: Expected calibration error.
        nll: Mean negative log-likelihood of the true class.
        brier: Brier score: the mean squared distance from the true class, from 0 to 2.
        temperature: Temperature of the softmax, fitted on the validation part.
    """

    ece: float
    nll: float
    brier: float
    temperature: float = 1.0


class ClassificationMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Results on one test part; made by :func:`compute_metrics`.

    What has a default is added by :func:`skelgraph.evaluation.add_uncertainty`.

    Args:
        classes: Names of the classes, in the order of the logits.
        n: Number of clips.
        uar: Unweighted average recall: the mean of the recalls of the classes that occur.
        war: Weighted average recall: the share of clips that are right, the accuracy.
        per_class_recall: Recall of each class; None where the test part has no clip of it.
        confusion: Number of clips of each true class (row) and predicted class (column).
        chance: UAR of guessing evenly: one over the number of classes.
        majority_class: The most frequent class of the training part.
        majority_uar: UAR of always answering that class.
        majority_war: WAR of always answering that class.
        note: What a reader must know of these numbers; empty where there is nothing.
        uar_interval: 95 % interval of UAR.
        war_interval: 95 % interval of WAR.
        resampled: What these intervals resample.
        permutation_floor: UAR of answers that know the subject, but not the class.
        per_subject: Clips, UAR and WAR of each subject, where subjects are known.
        calibration: How far the scores may be read as probabilities.
    """

    classes: tuple[str, ...]
    n: int
    uar: float
    war: float
    per_class_recall: Mapping[str, float | None]
    confusion: tuple[tuple[int, ...], ...]
    chance: float
    majority_class: str
    majority_uar: float
    majority_war: float
    note: str = ""
    uar_interval: tuple[float, float] | None = None
    war_interval: tuple[float, float] | None = None
    resampled: Resampling | None = None
    permutation_floor: PermutationFloor | None = None
    per_subject: Mapping[str, SubjectScores] = {}
    calibration: Calibration | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the fields as lists, dictionaries, numbers and strings, ready for JSON."""
        contents: dict[str, object] = msgspec.json.decode(msgspec.json.encode(self))
        return contents

    @classmethod
    def from_dict(cls, contents: Mapping[str, Any]) -> "ClassificationMetrics":
        """Return the metrics that :meth:`to_dict` gave; further entries, as in a file, are ignored.

        Raises:
            ValueError: If a field is missing, or the matrix does not fit the classes.
        """
        try:
            metrics = msgspec.convert(dict(contents), cls)
        except msgspec.ValidationError as error:
            raise ValueError(f"expected metrics, but one is missing or wrong ({error})") from error
        size = len(metrics.classes)
        if np.shape(metrics.confusion) != (size, size):
            raise ValueError(f"expected a confusion matrix of {size} x {size} for {size} classes")
        return metrics


def name_recalls(confusion: IntArray, classes: Sequence[str]) -> dict[str, float | None]:
    """Return the recall of each class by its name; None of a class without clips."""
    return {
        name: None if np.isnan(recall) else float(recall)
        for name, recall in zip(classes, recalls(confusion), strict=True)
    }


def compute_metrics(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    classes: Sequence[str],
    *,
    train_labels: Sequence[int] | IntArray,
) -> ClassificationMetrics:
    """Compares predictions with the truth.

    UAR is the macro recall over the classes that occur in ``truth``, as the balanced accuracy of
    scikit-learn. To count an absent class as zero would blame the model for the split; a UAR of
    fewer classes is not comparable with one of all, though, so the note names the absent ones.

    Args:
        truth: True class number of each clip of the test part.
        predicted: Predicted class number of each.
        classes: Name of each class number.
        train_labels: Class number of each clip of the training part; they tell the majority class
            (the first of equally frequent ones).

    Raises:
        ValueError: If lengths differ, there is no clip, class names repeat, or a number is none of
            a class.

    Example:
        >>> metrics = compute_metrics([0, 0, 0, 1], [0, 0, 1, 1], ["joy", "rage"], train_labels=[0])
        >>> round(metrics.uar, 3), metrics.war, metrics.majority_war
        (0.833, 0.75, 0.75)
    """
    if len(set(classes)) != len(classes):
        raise ValueError(f"expected class names that differ, but got {', '.join(classes)}")
    truth, predicted = check_pair(truth, predicted, len(classes))
    trained = check_numbers("training labels", train_labels, len(classes))
    majority = int(np.bincount(trained).argmax())
    numbers = range(len(classes))
    confusion = confusion_matrix(truth, predicted, labels=numbers)
    guessed = confusion_matrix(truth, np.full_like(truth, majority), labels=numbers)
    per_class = name_recalls(confusion, classes)
    return ClassificationMetrics(
        classes=tuple(classes),
        n=len(truth),
        uar=float(uar(confusion)),
        war=float(war(confusion)),
        per_class_recall=per_class,
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
        chance=1 / len(classes),
        majority_class=classes[majority],
        majority_uar=float(uar(guessed)),
        majority_war=float(war(guessed)),
        note=_note([name for name, recall in per_class.items() if recall is None], len(classes)),
    )


def _note(absent: Sequence[str], num_classes: int) -> str:
    if not absent:
        return ""
    return (
        f"the test part has no clip of {', '.join(absent)}; UAR is the mean recall of the other "
        f"{num_classes - len(absent)} of {num_classes} classes"
    )
