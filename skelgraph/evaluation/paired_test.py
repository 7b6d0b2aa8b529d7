"""Whether two models differ on the same clips by more than chance."""

from collections.abc import Hashable, Sequence
from itertools import product

import numpy as np

from skelgraph.evaluation.bootstrap import Metric
from skelgraph.evaluation.confusion import check_pair, uar, war
from skelgraph.typing import IntArray


def permutation_test(
    truth: Sequence[int] | IntArray,
    first: Sequence[int] | IntArray,
    second: Sequence[int] | IntArray,
    num_classes: int,
    *,
    groups: Sequence[Hashable],
    metric: Metric = "uar",
    samples: int = 9999,
    seed: int = 0,
) -> float:
    """Two-sided p of a paired permutation test by whole groups of clips.

    Were the models equal, it would be chance which of them gave which of two answers. So the
    answers of the two are exchanged in whole groups (the clips of a subject or recording are alike)
    and p is the share of exchanges after which the models differ at least as much as they do. All
    exchanges are tried where they are no more than ``samples``; else as many are drawn, and the
    real one counts as one more (Phipson and Smyth, "Permutation P-values Should Never Be Zero",
    2010). With few groups p cannot be small: it is at least 2 to the power of 1 - groups.

    Args:
        truth: True class number of each clip.
        first: Class number that one model predicts for each.
        second: Class number that the other predicts.
        num_classes: Number of classes.
        groups: Group of each clip.
        metric: ``"uar"`` or ``"war"``.
        samples: Most exchanges.
        seed: Seed of the draws.

    Raises:
        ValueError: If lengths differ, or a number is none of a class.

    Example:
        >>> permutation_test([0, 1, 0, 1], [0, 1, 0, 1], [1, 0, 1, 0], 2, groups=[1, 2, 3, 4])
        0.125
    """
    truth, first = check_pair(truth, first, num_classes)
    truth, second = check_pair(truth, second, num_classes)
    if len(groups) != len(truth):
        raise ValueError(f"expected a group for each of {len(truth)} clips, but got {len(groups)}")
    numbers: dict[Hashable, int] = {}
    places = np.array([numbers.setdefault(group, len(numbers)) for group in groups])
    ones, others = (
        _count_by_group(places, truth, predicted, num_classes) for predicted in (first, second)
    )
    rates = uar if metric == "uar" else war
    exact = 2 ** len(numbers) <= samples
    if exact:
        exchanged = np.array(list(product((0, 1), repeat=len(numbers))), dtype=np.int64)
    else:
        exchanged = np.random.default_rng(seed).integers(0, 2, (samples, len(numbers)))
    moved = np.einsum("sg,gij->sij", exchanged, others - ones)
    differences = np.abs(rates(ones.sum(0) + moved) - rates(others.sum(0) - moved))
    real = abs(float(rates(ones.sum(0)) - rates(others.sum(0))))
    hits = int((differences >= real - 1e-12).sum())
    return hits / len(exchanged) if exact else (hits + 1) / (len(exchanged) + 1)


def _count_by_group(
    places: IntArray, truth: IntArray, predicted: IntArray, num_classes: int
) -> IntArray:
    confusions = np.zeros((places.max() + 1, num_classes, num_classes), dtype=np.int64)
    np.add.at(confusions, (places, truth, predicted), 1)
    return confusions
