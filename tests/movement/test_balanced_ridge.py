"""The class-balanced ridge against scikit-learn and against refitting by hand."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from skelgraph.movement.balanced_ridge import (
    balance_classes,
    draw_inner_folds,
    fit_sharpness,
    make_targets,
    predict_held_out,
    soften_scores,
    solve_ridge,
)

NUM_CLASSES = 3
STRENGTH = 0.7


def draw_features(seed: int = 0, num_features: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Features of unlike numbers of clips of each class."""
    truth = np.repeat([0, 1, 2], (4, 9, 14))
    features = np.random.default_rng(seed).normal(size=(len(truth), num_features))
    features[:, 0] += truth
    return features, truth


def test_classes_weigh_alike() -> None:
    _, truth = draw_features()
    weights = balance_classes(truth, NUM_CLASSES)
    assert weights.mean() == pytest.approx(1)
    sums = np.bincount(truth, weights)
    np.testing.assert_allclose(sums, sums[0])


def test_targets_are_one_for_the_class_and_minus_one_for_others() -> None:
    np.testing.assert_array_equal(make_targets(np.array([2, 0]), 3), [[-1, -1, 1], [1, -1, -1]])


def test_it_is_the_weighted_kernel_ridge_of_scikit_learn() -> None:
    features, truth = draw_features()
    kernel = features @ features.T
    dual, intercept = solve_ridge(kernel, truth, NUM_CLASSES, STRENGTH)
    weights = balance_classes(truth, NUM_CLASSES)
    theirs = KernelRidge(alpha=STRENGTH, kernel="precomputed")
    theirs.fit(kernel, make_targets(truth, NUM_CLASSES) - intercept, sample_weight=weights)
    np.testing.assert_allclose(kernel @ dual, theirs.predict(kernel), atol=1e-9)


@pytest.mark.parametrize("num_features", [3, 40])
def test_the_dual_solution_is_the_primal_one(num_features: int) -> None:
    features, truth = draw_features(num_features=num_features)
    dual, intercept = solve_ridge(features @ features.T, truth, NUM_CLASSES, STRENGTH)
    weights = balance_classes(truth, NUM_CLASSES)
    targets = make_targets(truth, NUM_CLASSES)
    np.testing.assert_allclose(intercept, np.average(targets, axis=0, weights=weights))
    primal = Ridge(alpha=STRENGTH, fit_intercept=False, tol=1e-12)
    primal.fit(features, targets - intercept, sample_weight=weights)
    np.testing.assert_allclose((features.T @ dual).T, primal.coef_, atol=1e-8)


def test_held_out_scores_are_those_of_refitting() -> None:
    features, truth = draw_features()
    folds = [np.arange(start, len(truth), 4) for start in range(4)]
    scores = predict_held_out(features @ features.T, truth, NUM_CLASSES, STRENGTH, folds)
    for fold in folds:
        rest = np.setdiff1d(np.arange(len(truth)), fold)
        center = features[rest].mean(axis=0)
        weights = balance_classes(truth[rest], NUM_CLASSES)
        targets = make_targets(truth[rest], NUM_CLASSES)
        intercept = np.average(targets, axis=0, weights=weights)
        ridge = Ridge(alpha=STRENGTH, fit_intercept=False, tol=1e-12)
        ridge.fit(features[rest] - center, targets - intercept, sample_weight=weights)
        expected = ridge.predict(features[fold] - center) + intercept
        np.testing.assert_allclose(scores[fold], expected, atol=1e-8)


def test_the_label_of_a_clip_has_no_part_in_its_own_score() -> None:
    features, truth = draw_features()
    folds = [np.arange(start, len(truth), 3) for start in range(3)]
    other = truth.copy()
    other[folds[0]] = (other[folds[0]] + 1) % NUM_CLASSES
    first, second = (
        predict_held_out(features @ features.T, one, NUM_CLASSES, STRENGTH, folds)
        for one in (truth, other)
    )
    np.testing.assert_array_equal(first[folds[0]], second[folds[0]])
    assert (first[folds[1]] != second[folds[1]]).any()


def test_folds_are_whole_groups() -> None:
    _, truth = draw_features()
    groups = [f"person {clip % 5}" for clip in range(len(truth))]
    folds = list(draw_inner_folds(truth, groups))
    assert len(folds) == 5
    assert sorted(np.concatenate(folds)) == list(range(len(truth)))
    assert all(len({groups[clip] for clip in fold}) == 1 for fold in folds)


@pytest.mark.parametrize("groups", [None, ["ann"] * 27])
def test_without_groups_folds_are_stratified(groups: list[str] | None) -> None:
    _, truth = draw_features()
    folds = list(draw_inner_folds(truth, groups))
    assert len(folds) == 4
    assert sorted(np.concatenate(folds)) == list(range(len(truth)))
    assert all((truth[fold] == 0).sum() == 1 for fold in folds)


def test_a_class_of_one_clip_leaves_no_folds() -> None:
    assert list(draw_inner_folds(np.array([0, 1, 1, 1]), None)) == []


def test_the_sharpness_has_the_least_cost() -> None:
    features, truth = draw_features()
    weights = balance_classes(truth, NUM_CLASSES)
    folds = [np.arange(start, len(truth), 4) for start in range(4)]
    scores = predict_held_out(features @ features.T, truth, NUM_CLASSES, STRENGTH, folds)

    def cost(sharpness: float) -> float:
        chosen = soften_scores(scores, sharpness)[np.arange(len(truth)), truth]
        return float(-(weights @ np.log(chosen)))

    best = fit_sharpness(scores, truth, weights)
    assert cost(best) < min(cost(0.95 * best), cost(1.05 * best))


def test_probabilities_add_up_to_one() -> None:
    probabilities = soften_scores(np.array([[1.0, -1.0], [800.0, 0.0]]), 3.0)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert probabilities[0, 0] == pytest.approx(1 / (1 + np.exp(-6)))
