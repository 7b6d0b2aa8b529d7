"""Calibration: whether clips with a score of 70 % are right in 70 % of all cases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skelgraph.evaluation.metrics import Calibration, check_numbers
from skelgraph.evaluation.temperature import LEAST_PROBABILITY
from skelgraph.typing import FloatArray, IntArray

NUM_BINS = 15

_FEWEST_IN_BIN = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class ReliabilityBins:
    """Clips in bins by their confidence, the score of the predicted class.

    Args:
        confidence: Mean confidence of each bin.
        accuracy: Share of its clips that are right.
        counts: Number of its clips.
    """

    confidence: FloatArray
    accuracy: FloatArray
    counts: IntArray


def bin_by_confidence(
    probabilities: FloatArray, truth: Sequence[int] | IntArray, *, num_bins: int = NUM_BINS
) -> ReliabilityBins:
    """Divide clips into bins of equally many (or one more), from the least confident to the most.

    Such bins are as precise as each other, while of those of equal width most would be empty
    (Nguyen and O'Connor, 2015). There are fewer bins if one would have fewer than 10 clips, since
    the accuracy of a few clips is far from any confidence.

    Args:
        probabilities: Scores (N, K) that add up to 1.
        truth: True class number of each clip.
        num_bins: Most bins.

    Raises:
        ValueError: If shapes do not fit, a score is no probability, or there is no bin.
    """
    probabilities, truth = _check(probabilities, truth)
    if num_bins < 1:
        raise ValueError(f"expected 1 or more bins, but got {num_bins}")
    confidence = probabilities.max(axis=1)
    hits = probabilities.argmax(axis=1) == truth
    order = np.argsort(confidence, kind="stable")
    bins = np.array_split(order, max(1, min(num_bins, len(order) // _FEWEST_IN_BIN)))
    return ReliabilityBins(
        confidence=np.array([confidence[one].mean() for one in bins]),
        accuracy=np.array([hits[one].mean() for one in bins]),
        counts=np.array([len(one) for one in bins]),
    )


def expected_calibration_error(
    probabilities: FloatArray, truth: Sequence[int] | IntArray, *, num_bins: int = NUM_BINS
) -> float:
    """Return the mean distance of confidence and accuracy over bins of equally many clips.

    ECE of Naeini et al. (2015) and Guo et al. (2017), on the bins of :func:`bin_by_confidence`.
    With few clips it is above zero by chance, even if the scores are right.

    Raises:
        ValueError: As :func:`bin_by_confidence`.

    Example:
        >>> sure = np.array([[0.9, 0.1]] * 4)
        >>> round(expected_calibration_error(sure, [0, 0, 0, 1], num_bins=1), 3)
        0.15
    """
    bins = bin_by_confidence(probabilities, truth, num_bins=num_bins)
    shares = bins.counts / bins.counts.sum()
    return float((shares * np.abs(bins.confidence - bins.accuracy)).sum())


def measure_calibration(
    probabilities: FloatArray, truth: Sequence[int] | IntArray, *, temperature: float = 1.0
) -> Calibration:
    """Return ECE, negative log-likelihood and Brier score of scores (N, K).

    They are rounded to the six decimals that ``predictions.csv`` keeps, and no likelihood counts as
    less than its last digit. The temperature is passed on; the scores have it already.

    Raises:
        ValueError: As :func:`bin_by_confidence`.
    """
    probabilities, truth = _check(probabilities, truth)
    own = probabilities[np.arange(len(truth)), truth]
    distance = probabilities - np.eye(probabilities.shape[1])[truth]
    return Calibration(
        ece=round(expected_calibration_error(probabilities, truth), 6),
        nll=round(float(-np.log(np.maximum(own, LEAST_PROBABILITY)).mean()), 6),
        brier=round(float((distance**2).sum(axis=1).mean()), 6),
        temperature=temperature,
    )


def _check(
    probabilities: FloatArray, truth: Sequence[int] | IntArray
) -> tuple[FloatArray, IntArray]:
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if probabilities.ndim != 2:
        raise ValueError(f"expected scores (clips, classes), but got {probabilities.shape}")
    truth = check_numbers("true classes", truth, probabilities.shape[1])
    if len(truth) != len(probabilities):
        raise ValueError(f"expected scores of {len(truth)} clips, but got {len(probabilities)}")
    if not ((probabilities >= 0) & (probabilities <= 1 + 1e-9)).all():
        raise ValueError("expected scores from 0 to 1, but some are not")
    return probabilities, truth
