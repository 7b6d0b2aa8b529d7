"""Intervals of UAR and WAR, of one model and of the difference of two, that are never too narrow.

Two sources of doubt are joined, and each end is that of the wider one: which subjects (or
recordings) were tested, by a bootstrap over whole groups, and how few clips they have, by a
binomial interval. So no interval has zero width, not even that of a model without any error.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from scipy.special import ndtri, stdtrit

from skelgraph.evaluation.metrics import Unit, check_pair
from skelgraph.evaluation.significance import Metric, count_by_group
from skelgraph.typing import FloatArray, IntArray

Interval = tuple[float, float]

_FEWEST_SAMPLES = 100


def choose_groups(
    num_clips: int,
    subjects: Sequence[str | None] | None = None,
    recordings: Sequence[str | None] | None = None,
    *,
    least: int = 2,
) -> tuple[Unit, list[Hashable]]:
    """Return what is to be resampled, and the group of each clip.

    Subjects if all are known and there are ``least`` of them, else recordings, else single clips.
    A recording's name is unique only with its subject; a clip without one is a group of its own.

    Example:
        >>> choose_groups(3, ["Ann", "Ann", "Bob"])
        ('subject', ['Ann', 'Ann', 'Bob'])
        >>> choose_groups(3, ["Ann"] * 3, ["a", "a", "b"])
        ('recording', [('Ann', 'a'), ('Ann', 'a'), ('Ann', 'b')])
    """
    subjects = [None] * num_clips if subjects is None else subjects
    recordings = [None] * num_clips if recordings is None else recordings
    if all(subjects) and len(set(subjects)) >= least:
        return "subject", list(subjects)
    by_recording: list[Hashable] = [
        (subject, recording) if recording else clip
        for clip, (subject, recording) in enumerate(zip(subjects, recordings, strict=True))
    ]
    if any(recordings) and len(set(by_recording)) >= least:
        return "recording", by_recording
    return "clip", list(range(num_clips))


def score_interval(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    num_classes: int,
    *,
    groups: Sequence[Hashable],
    metric: Metric = "uar",
    samples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    r"""Return the interval of UAR or WAR, within 0 and 1.

    The percentile interval over whole groups is stretched about the estimate by
    :math:`\sqrt{G / (G - 1)}\, t_{G-1} / z` for :math:`G` groups, the factor of the expanded
    percentile interval (Hesterberg, "What Teachers Should Know About the Bootstrap", 2015): few
    groups vary less among themselves than those that were not tested, and intervals from them are
    too narrow (Cameron, Gelbach and Miller, 2008). It is applied to the ends and not to the level,
    since few groups have no tails. The binomial interval is Wilson's of each recall (1927), put
    together by the squares of their arms (Zou and Donner, 2008).

    Args:
        truth: True class number of each clip.
        predicted: Predicted class number of each.
        num_classes: Number of classes.
        groups: Group of each clip; :func:`choose_groups` finds it.
        metric: ``"uar"`` or ``"war"``.
        samples: Number of bootstrap samples.
        level: Confidence level.
        seed: Seed of the draws.

    Raises:
        ValueError: If lengths differ, or a number is none of a class.

    Example:
        >>> low, high = score_interval([0, 1] * 10, [0, 1] * 10, 2, groups=range(20))
        >>> round(low, 3), round(high, 3)
        (0.804, 1.0)
    """
    hits, support = _count_hits(truth, predicted, num_classes, groups)
    estimate = float(_rate(hits.sum(axis=0), support.sum(axis=0), metric))
    right, clips = hits.sum(axis=0), support.sum(axis=0)
    if metric == "war":  # one rate of all clips
        right, clips = right.sum(keepdims=True), clips.sum(keepdims=True)
    binomial = _join_classes(*_wilson(right, clips, level))
    drawn = _rate(*_draw(hits, support, samples=samples, seed=seed), metric)
    return _widest(estimate, drawn, len(hits), binomial, level, least=0.0)


def difference_interval(
    truth: Sequence[int] | IntArray,
    first: Sequence[int] | IntArray,
    second: Sequence[int] | IntArray,
    num_classes: int,
    *,
    groups: Sequence[Hashable],
    metric: Metric = "uar",
    samples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return the interval of the difference, first minus second, on the same clips.

    As :func:`score_interval`, with both models on the same draws of groups; the binomial interval
    is the adjusted one for paired proportions of Bonett and Price (2012).

    Raises:
        ValueError: If lengths differ, or a number is none of a class.
    """
    ours, support = _count_hits(truth, first, num_classes, groups)
    theirs, _ = _count_hits(truth, second, num_classes, groups)
    # Both rates are linear in the hits: their difference is the rate of the difference.
    hits = ours - theirs
    estimate = float(_rate(hits.sum(axis=0), support.sum(axis=0), metric))
    true, ones = check_pair(truth, first, num_classes)
    others = np.asarray(second)
    gained, lost = ((ones == true) & (others != true)), ((ones != true) & (others == true))
    more, less, clips = (
        np.bincount(true[rows], minlength=num_classes) for rows in (gained, lost, true >= 0)
    )
    if metric == "war":
        more, less, clips = (one.sum(keepdims=True) for one in (more, less, clips))
    paired = _join_classes(*_paired(more, less, clips, level))
    drawn = _rate(*_draw(hits, support, samples=samples, seed=seed), metric)
    return _widest(estimate, drawn, len(hits), paired, level, least=-1.0)


def format_score(value: float, interval: Interval | None) -> str:
    """Return a share as percent, with its interval behind it.

    Example:
        >>> format_score(0.4141, (0.35, 0.4812))
        '41.4% (35.0 to 48.1)'
    """
    if interval is None:
        return f"{value:.1%}"
    low, high = (100 * end for end in interval)
    return f"{value:.1%} ({low:.1f} to {high:.1f})"


def _count_hits(
    truth: Sequence[int] | IntArray,
    predicted: Sequence[int] | IntArray,
    num_classes: int,
    groups: Sequence[Hashable],
) -> tuple[IntArray, IntArray]:
    """Return the clips that are right and all clips, by group and true class, each (groups, K)."""
    confusions = count_by_group(truth, predicted, num_classes, groups)
    return np.diagonal(confusions, axis1=1, axis2=2), confusions.sum(axis=2)


def _rate(hits: IntArray, support: IntArray, metric: Metric) -> FloatArray:
    """Return UAR or WAR (...,) of the hits and clips of each class, (..., K)."""
    if metric == "war":
        return np.asarray(hits.sum(axis=-1) / support.sum(axis=-1))
    recalls = hits / np.where(support > 0, support, np.nan)
    return np.asarray(np.nanmean(recalls, axis=-1))


def _draw(
    hits: IntArray, support: IntArray, *, samples: int, seed: int
) -> tuple[IntArray, IntArray]:
    """Return the sums of hits and support over groups that are drawn with replacement.

    Groups with the same counts are drawn as one kind, which makes single clips cheap. Samples
    without one of the classes are left out if there are enough others: their UAR is of fewer
    classes.
    """
    num_groups, num_classes = hits.shape
    kinds, repeats = np.unique(np.hstack([hits, support]), axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(num_groups, repeats / num_groups, samples)
    drawn = np.rint(times.astype(np.float64) @ kinds)  # floats are multiplied faster
    counts = drawn.astype(np.int64).reshape(samples, 2, num_classes)
    complete = ((counts[:, 1] > 0) | (support.sum(axis=0) == 0)).all(axis=1)
    if complete.sum() >= _FEWEST_SAMPLES:
        counts = counts[complete]
    return counts[:, 0], counts[:, 1]


def _widest(
    estimate: float,
    drawn: FloatArray,
    num_groups: int,
    binomial: Interval,
    level: float,
    *,
    least: float,
) -> Interval:
    """Stretch the percentile interval for few groups, and take the wider arms of both."""
    tail = (1 + level) / 2
    low, high = np.quantile(drawn, [1 - tail, tail])
    G = num_groups
    stretch = np.sqrt(G / (G - 1)) * stdtrit(G - 1, tail) / ndtri(tail) if G > 1 else 1.0
    down = max(stretch * (estimate - low), estimate - binomial[0], 0.0)
    up = max(stretch * (high - estimate), binomial[1] - estimate, 0.0)
    return max(least, float(estimate - down)), min(1.0, float(estimate + up))


def _wilson(hits: IntArray, support: IntArray, level: float) -> tuple[FloatArray, ...]:
    """Return Wilson's interval and the rate, each of the shape of the counts."""
    z = ndtri((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = hits / support
        middle = (hits + z**2 / 2) / (support + z**2)
        arm = z / (support + z**2) * np.sqrt(hits * (1 - rate) + z**2 / 4)
    # At none or all hits the formula meets 0 or 1 only up to rounding.
    return np.minimum(middle - arm, rate), np.maximum(middle + arm, rate), rate


def _paired(
    gained: IntArray, lost: IntArray, support: IntArray, level: float
) -> tuple[FloatArray, ...]:
    """Return the interval of Bonett and Price, and the difference, of each class."""
    z = ndtri((1 + level) / 2)
    more, less = (gained + 1) / (support + 2), (lost + 1) / (support + 2)
    arm = z * np.sqrt((more + less - (more - less) ** 2) / (support + 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = (gained - lost) / np.where(support > 0, support, np.nan)
    return more - less - arm, more - less + arm, difference


def _join_classes(low: FloatArray, high: FloatArray, rate: FloatArray) -> Interval:
    """Return the interval of the mean of independent rates; a NaN is a class without clips."""
    there = np.isfinite(rate)
    mean, count = rate[there].mean(), there.sum()
    down = np.sqrt(((rate - low)[there] ** 2).sum()) / count
    up = np.sqrt(((high - rate)[there] ** 2).sum()) / count
    return float(mean - down), float(mean + up)
