"""How sure a result is: intervals from resampling whole groups of clips."""

from collections.abc import Hashable, Sequence
from typing import Literal, get_args

import numpy as np

from skelgraph.evaluation.confusion import check_pair, uar, war
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
    truth, predicted = check_pair(truth, predicted, len(classes))
    if len(groups) != len(truth):
        raise ValueError(f"expected a group for each of {len(truth)} clips, but got {len(groups)}")
    if metric not in get_args(Metric):
        raise ValueError(f"expected a metric of {', '.join(get_args(Metric))}, but got {metric!r}")
    if samples < 1 or not 0 < level < 1:
        raise ValueError(
            f"expected 1 or more samples and a level between 0 and 1, but got {samples} and {level}"
        )
    numbers: dict[Hashable, int] = {}
    group_numbers = np.array([numbers.setdefault(group, len(numbers)) for group in groups])
    if len(numbers) < 2:
        raise ValueError(
            "an interval needs clips of two or more groups, but all are of one; resample by "
            "recording, or by clip where no recording is known"
        )
    confusions = np.zeros((len(numbers), len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusions, (group_numbers, truth, predicted), 1)
    rng = np.random.default_rng(seed)
    times_drawn = rng.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), samples)
    drawn = np.einsum("sg,gij->sij", times_drawn, confusions)
    values = uar(drawn) if metric == "uar" else war(drawn)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
