"""A class-balanced kernel ridge, and its scores of clips that it was fitted without."""

from collections.abc import Iterator, Sequence

import numpy as np

from skelgraph.typing import FloatArray, IntArray

_MOST_FOLDS = 10
_SHARPNESS = (0.2, 20.0)


def balance_classes(truth: IntArray, num_classes: int) -> FloatArray:
    """Return a weight for each clip, so that classes weigh alike; the mean weight is 1."""
    counts = np.bincount(truth, minlength=num_classes)
    weights = 1 / counts[truth]
    return np.asarray(weights / weights.mean())


def make_targets(truth: IntArray, num_classes: int) -> FloatArray:
    """Return the scores (n, C) that are fitted: 1 for the class of a clip, and else -1."""
    return np.asarray(2 * np.eye(num_classes)[truth] - 1)


def solve_ridge(
    kernel: FloatArray, truth: IntArray, num_classes: int, strength: float
) -> tuple[FloatArray, FloatArray]:
    """Return dual coefficients (n, C) and intercept (C,) of a class-balanced kernel ridge."""
    from scipy.linalg import solve

    weights = balance_classes(truth, num_classes)
    targets = make_targets(truth, num_classes)
    intercept = weights @ targets / weights.sum()
    roots = np.sqrt(weights)[:, None]
    system = kernel * roots * roots.T + strength * np.eye(len(truth))
    return roots * solve(system, roots * (targets - intercept), assume_a="pos"), intercept


def draw_inner_folds(truth: IntArray, groups: Sequence[str] | None) -> Iterator[IntArray]:
    """Yield the clips of each fold that is left out: whole groups if there are two or more."""
    from sklearn.model_selection import GroupKFold, StratifiedKFold

    empty = np.zeros(len(truth))
    num_groups = 0 if groups is None else len(set(groups))
    if num_groups >= 2:
        division = GroupKFold(n_splits=min(num_groups, _MOST_FOLDS)).split(empty, truth, groups)
    else:
        rarest = np.bincount(truth)[np.unique(truth)].min()
        folds = min(max(int(rarest), 2), 5)
        shuffled = StratifiedKFold(n_splits=folds, shuffle=True, random_state=0)
        division = shuffled.split(empty, truth) if rarest >= 2 else iter(())
    for _, fold in division:
        yield fold


def predict_held_out(
    kernel: FloatArray,
    truth: IntArray,
    num_classes: int,
    strength: float,
    folds: Sequence[IntArray],
) -> FloatArray:
    """Return the scores (n, C) of each clip by a ridge that was fitted without its fold."""
    scores = np.zeros((len(truth), num_classes))
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(truth)), fold)
        inner, across = kernel[np.ix_(rest, rest)], kernel[np.ix_(fold, rest)]
        mean = inner.mean(axis=0)
        dual, intercept = solve_ridge(
            inner - mean - mean[:, None] + mean.mean(), truth[rest], num_classes, strength
        )
        centered = across - across.mean(axis=1, keepdims=True) - mean + mean.mean()
        scores[fold] = centered @ dual + intercept
    return scores


def soften_scores(scores: FloatArray, sharpness: float) -> FloatArray:
    """Return the softmax (n, C) of scores times their sharpness."""
    from scipy.special import softmax

    return np.asarray(softmax(sharpness * scores, axis=1))


def fit_sharpness(scores: FloatArray, truth: IntArray, weights: FloatArray) -> float:
    """Return the factor of scores whose softmax has the least class-balanced cross-entropy."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    def cost(log_factor: float) -> float:
        logs = log_softmax(np.exp(log_factor) * scores, axis=1)
        return float(-(weights @ logs[np.arange(len(truth)), truth]))

    found = minimize_scalar(cost, bounds=tuple(np.log(_SHARPNESS)), method="bounded")
    return float(np.exp(found.x))
