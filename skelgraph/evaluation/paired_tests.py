"""Tests of two models on the same clips, and their correction if several pairs are tested."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest

from skelgraph.evaluation.metrics import check_pair
from skelgraph.typing import IntArray


def mcnemar_test(
    truth: Sequence[int] | IntArray,
    first: Sequence[int] | IntArray,
    second: Sequence[int] | IntArray,
    num_classes: int,
) -> tuple[int, int, float]:
    """Compare the accuracy of two models on the same clips by McNemar's exact test.

    It counts single clips as independent, whoever is in them: if those of a subject are alike, p is
    too small.

    Returns:
        Clips that the first model alone has right, those of the second, and the two-sided p.

    Raises:
        ValueError: If lengths differ, or a number is none of a class.

    Example:
        >>> mcnemar_test([0] * 6, [0] * 6, [1] * 6, 2)
        (6, 0, 0.03125)
    """
    true, ones = check_pair(truth, first, num_classes)
    _, others = check_pair(truth, second, num_classes)
    gained = int(((ones == true) & (others != true)).sum())
    lost = int(((ones != true) & (others == true)).sum())
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return gained, lost, p


def correct_holm(p_values: Sequence[float]) -> list[float]:
    """Return the p of several tests, corrected by Holm's step-down method (1979), in their order.

    The chance of any false finding among them stays below the level.

    Example:
        >>> correct_holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.arange(len(p_values), 0, -1) * np.asarray(p_values, dtype=np.float64)[order]
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in corrected]
