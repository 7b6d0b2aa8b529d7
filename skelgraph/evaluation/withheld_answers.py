"""Answers that a classifier withholds: below a threshold on its highest probability it gives none.

Chow, "On optimum recognition error and reject tradeoff", IEEE Trans. Inf. Theory 16, 1970; El-Yaniv
and Wiener, "On the foundations of noise-free selective classification", JMLR 11, 2010.

Nothing heavy is imported with the file, since a model at work keeps what was counted.
"""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from skelgraph.typing import BoolArray, FloatArray, IntArray

TARGET = 2 / 3
"""Share of the answers that should be right, classes counted alike."""

LEAST_SHARE = 0.5
"""Least share of the clips that are answered, classes counted alike."""

_PLACES = 1000
"""A threshold is rounded down to a thousandth, so that what is printed is what is applied."""

_ROUNDING = 1e-9


class AnsweredClips(msgspec.Struct, frozen=True, kw_only=True):
    """How many clips were answered, and how often the answers were right.

    Args:
        predictions: Number of all predictions, answered or not.
        answered: Share of the clips that were answered.
        accuracy: Share of the answers that are right; None if there is none.
        uar: Mean recall of the classes among the answered clips; None if there is none.
        uar_of_all: Mean recall of the classes if all clips were answered.
        answered_per_class: Share of the clips of each class that were answered.
        recall_per_class: Recall of each class among the answered clips; None without any.
    """

    predictions: int
    answered: float
    accuracy: float | None
    uar: float | None
    uar_of_all: float
    answered_per_class: dict[str, float]
    recall_per_class: dict[str, float | None]


def choose_threshold(
    probabilities: FloatArray,
    truth: Sequence[int] | IntArray,
    *,
    target: float = TARGET,
    least_share: float = LEAST_SHARE,
) -> float:
    """Choose the highest probability below which a clip is not answered.

    It is the smallest threshold at which the share of right answers reaches the target, as long as
    the least share of the clips is answered; if none does both, the highest one at which this share
    is answered. In both shares each class weighs alike, however many clips it has. Fit it to clips
    of people who trained nothing.

    Args:
        probabilities: Calibrated scores (N, K) that add up to 1.
        truth: True class number of each clip.
        target: Share of the answers that should be right.
        least_share: Share of the clips that are answered at least.

    Returns:
        The threshold, rounded down to a thousandth; 0 if all clips are answered.

    Raises:
        ValueError: If there is no clip, or shapes or numbers do not fit.

    Example:
        >>> scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.45, 0.55]])
        >>> choose_threshold(scores, [0, 1, 1, 0], target=0.9)
        0.8
    """
    from skelgraph.evaluation.metrics import check_numbers  # with scikit-learn; as below

    probabilities = np.asarray(probabilities, dtype=np.float64)
    truth = check_numbers("true classes", truth, probabilities.shape[-1])
    if probabilities.shape != (len(truth), probabilities.shape[-1]):
        raise ValueError(f"expected scores of {len(truth)} clips, but got {probabilities.shape}")
    counts = np.bincount(truth)
    weights = 1 / (np.count_nonzero(counts) * counts[truth])
    order = np.argsort(-probabilities.max(axis=1), kind="stable")
    confidence = probabilities.max(axis=1)[order]
    hits = (probabilities.argmax(axis=1) == truth)[order]
    answered = np.cumsum(weights[order])
    right = np.cumsum(weights[order] * hits) / answered
    if right[-1] >= target - _ROUNDING:
        return 0.0
    is_last = np.append(confidence[1:] < confidence[:-1], True)  # equal ones are answered together
    enough = is_last & (answered >= least_share - _ROUNDING)
    reached = np.flatnonzero(enough & (right >= target - _ROUNDING))
    chosen = reached[-1] if len(reached) else np.flatnonzero(enough)[0]
    return math.floor(_PLACES * float(confidence[chosen]) + _ROUNDING) / _PLACES


def score_answered(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    answered: BoolArray,
    classes: Sequence[str],
) -> AnsweredClips:
    """Count which clips were answered, and how often the answers were right.

    Args:
        truth: True class number of each clip.
        predicted: Predicted class number of each.
        answered: Array (N,), True where the prediction was given as the answer.
        classes: Name of each class number.

    Raises:
        ValueError: If lengths or numbers do not fit.

    Example:
        >>> right_half = np.array([True, True, False, False])
        >>> score_answered([0, 1, 0, 1], [0, 1, 1, 0], right_half, ["joy", "rage"]).uar
        1.0
    """
    from skelgraph.evaluation.metrics import check_pair

    truth, predicted = check_pair(truth, predicted, len(classes))
    answered = np.asarray(answered, dtype=bool)
    if answered.shape != truth.shape:
        raise ValueError(f"expected {len(truth)} clips, answered or not, but got {answered.shape}")
    hits = truth == predicted
    present = np.unique(truth).tolist()
    recalls = {
        number: float(hits[answered & (truth == number)].mean())
        for number in np.unique(truth[answered]).tolist()
    }
    return AnsweredClips(
        predictions=len(truth),
        answered=float(answered.mean()),
        accuracy=float(hits[answered].mean()) if answered.any() else None,
        uar=float(np.mean(list(recalls.values()))) if recalls else None,
        uar_of_all=float(np.mean([hits[truth == number].mean() for number in present])),
        answered_per_class={
            classes[number]: float(answered[truth == number].mean()) for number in present
        },
        recall_per_class={classes[number]: recalls.get(number) for number in present},
    )
