"""Significance of a result: a bootstrap and a paired test that resample whole groups of clips."""

from collections.abc import Hashable, Sequence
from itertools import product
from typing import Literal, get_args

import numpy as np

from skelgraph.evaluation.metrics import check_pair, uar, war
from skelgraph.typing import IntArray

Metric = Literal["uar", "war"]


def bootstrap_interval(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    classes: Sequence[str],
    *,
    groups: Sequence[Hashable],
    metric: Metric = "uar",
    samples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile interval of UAR or WAR from a cluster bootstrap.

    Clips of one subject, or cut from one recording, are alike; drawing them one by one would make
    the interval too narrow. Whole groups are drawn with replacement instead (Davison and Hinkley,
    "Bootstrap Methods and their Application", 1997, section 3.8). A sample without a class counts
    the classes that it has.

    Args:
        truth: True class number of each clip.
        predicted: Predicted class number of each.
        classes: Name of each class number.
        groups: Group of each clip: its subject, or its subject and recording.
        metric: ``"uar"`` or ``"war"``.
        samples: Number of bootstrap samples.
        level: Share of the samples inside the interval.
        seed: Seed of the draws.

    Returns:
        Lower and upper end.

    Raises:
        ValueError: If lengths differ, there are fewer than two groups, or an option is out of
            range.

    Example:
        >>> bootstrap_interval([0, 1, 0, 1], [0, 1, 0, 1], ["joy", "rage"], groups=[1, 1, 2, 2])
        (1.0, 1.0)
    """
    if metric not in get_args(Metric):
        raise ValueError(f"expected a metric of {', '.join(get_args(Metric))}, but got {metric!r}")
    if samples < 1 or not 0 < level < 1:
        raise ValueError(
            f"expected 1 or more samples and a level between 0 and 1, but got {samples} and {level}"
        )
    confusions = count_by_group(truth, predicted, len(classes), groups)
    num_groups = len(confusions)
    if num_groups < 2:
        raise ValueError(
            "an interval needs clips of two or more groups, but all are of one; resample by "
            "recording, or by clip where no recording is known"
        )
    rng = np.random.default_rng(seed)
    times_drawn = rng.multinomial(num_groups, np.full(num_groups, 1 / num_groups), samples)
    drawn = np.einsum("sg,gij->sij", times_drawn, confusions)
    values = uar(drawn) if metric == "uar" else war(drawn)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


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
    ones, others = (
        count_by_group(truth, predicted, num_classes, groups) for predicted in (first, second)
    )
    hits, others_hits = (np.diagonal(one, axis1=1, axis2=2) for one in (ones, others))
    support = ones.sum(axis=(0, 2))  # of each class, the same for both
    exact = 2 ** len(ones) <= samples
    if exact:
        exchanged = np.array(list(product((0, 1), repeat=len(ones))), dtype=np.int64)
    else:
        exchanged = np.random.default_rng(seed).integers(0, 2, (samples, len(ones)))
    # UAR and WAR are linear in the hits, and an exchange turns the sign of a group's difference.
    occurs = support > 0
    weights = occurs / np.maximum(support, 1) / occurs.sum()
    shares = (hits - others_hits) @ (weights if metric == "uar" else occurs / support.sum())
    differences = np.abs((1 - 2 * exchanged) @ shares)
    as_large = int((differences >= abs(shares.sum()) - 1e-12).sum())
    return as_large / len(exchanged) if exact else (as_large + 1) / (len(exchanged) + 1)


def count_by_group(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    num_classes: int,
    groups: Sequence[Hashable],
) -> IntArray:
    """Return a confusion matrix per group, (groups, K, K)."""
    truth, predicted = check_pair(truth, predicted, num_classes)
    if len(groups) != len(truth):
        raise ValueError(f"expected a group for each of {len(truth)} clips, but got {len(groups)}")
    numbers: dict[Hashable, int] = {}
    group_numbers = np.array([numbers.setdefault(group, len(numbers)) for group in groups])
    confusions = np.zeros((len(numbers), num_classes, num_classes), dtype=np.int64)
    np.add.at(confusions, (group_numbers, truth, predicted), 1)
    return confusions
