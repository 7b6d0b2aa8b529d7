import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from skelgraph.evaluation import (
    ClassificationMetrics,
    add_uncertainty,
    compute_metrics,
    permutation_floor,
    score_interval,
)

CLASSES = ("anger", "joy", "rage")


def test_the_floor_is_that_of_permuted_labels() -> None:
    rng = np.random.default_rng(0)
    subjects = np.repeat(["a", "b", "c"], 20)
    shares = {"a": (0.8, 0.1, 0.1), "b": (0.1, 0.8, 0.1), "c": (0.2, 0.2, 0.6)}
    truth, predicted = (
        np.array([rng.choice(3, p=shares[one]) for one in subjects]) for _ in range(2)
    )
    scores = []
    for _ in range(1500):
        shuffled = truth.copy()
        for subject in "abc":
            rows = np.flatnonzero(subjects == subject)
            shuffled[rows] = rng.permutation(truth[rows])
        scores.append(balanced_accuracy_score(shuffled, predicted))
    floor = permutation_floor(truth, predicted, 3, subjects=subjects.tolist())
    assert floor.mean == pytest.approx(np.mean(scores), abs=0.01)
    assert floor.p95 == pytest.approx(np.quantile(scores, 0.95), abs=0.02)
    real = balanced_accuracy_score(truth, predicted)
    assert floor.p == pytest.approx(np.mean(np.array(scores) >= real - 1e-12), abs=0.05)
    assert floor.within == "subject"


def test_who_knows_the_subject_alone_is_no_better_than_the_floor() -> None:
    """Each subject has one class more often, and the model answers it always."""
    subjects = [0] * 20 + [1] * 20
    truth = [0] * 15 + [1] * 5 + [1] * 15 + [0] * 5
    floor = permutation_floor(truth, subjects, 2, subjects=subjects)
    assert floor.mean == floor.p95 == pytest.approx(0.75)
    assert floor.p == 1
    assert permutation_floor(truth, truth, 2, subjects=subjects).p == 0.001
    unknown = permutation_floor(truth, subjects, 2)
    assert unknown.within == "test part"
    assert unknown.mean == pytest.approx(0.5, abs=0.01)
    assert unknown.p < 0.05


def measure(**facts) -> ClassificationMetrics:
    truth, predicted = [0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0]
    metrics = compute_metrics(truth, predicted, CLASSES, train_labels=[0])
    return add_uncertainty(metrics, truth, predicted, **facts)


def test_each_subject_has_his_scores() -> None:
    metrics = measure(subjects=["Bo", "Bo", "Bo", "Al", "Al", None])
    assert list(metrics.per_subject) == ["Al", "Bo"]
    assert metrics.per_subject["Bo"].n == 3
    assert metrics.per_subject["Bo"].uar == balanced_accuracy_score([0, 0, 1], [0, 1, 1])
    assert metrics.per_subject["Bo"].war == accuracy_score([0, 0, 1], [0, 1, 1])
    assert metrics.resampled is not None
    assert (metrics.resampled.unit, metrics.resampled.groups) == ("clip", 6)


def test_the_groups_are_named_and_counted() -> None:
    subjects = ["a", "a", "b", "b", "b", "b"]
    metrics = measure(subjects=subjects)
    assert metrics.resampled is not None
    assert (metrics.resampled.unit, metrics.resampled.groups) == ("subject", 2)
    expected = score_interval([0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0], 3, groups=subjects)
    assert metrics.uar_interval == expected
    assert metrics.calibration is None
    metrics = measure(recordings=["1", "1", "2", "2", "3", "3"])
    assert metrics.resampled is not None
    assert (metrics.resampled.unit, metrics.resampled.groups) == ("recording", 3)
    assert metrics.per_subject == {}


def test_all_of_it_survives_json() -> None:
    scores = np.random.default_rng(0).dirichlet(np.ones(3), 6)
    metrics = measure(subjects=["a"] * 3 + ["b"] * 3, probabilities=scores, temperature=1.5)
    written = json.loads(json.dumps(metrics.to_dict()))
    assert ClassificationMetrics.from_dict(written) == metrics
    assert written["resampled"] == {"unit": "subject", "groups": 2}
    assert written["calibration"].keys() == {"ece", "nll", "brier", "temperature"}
    assert written["permutation_floor"].keys() == {"within", "mean", "p95", "p"}
    assert written["per_subject"]["a"].keys() == {"n", "uar", "war", "per_class_recall"}


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="a group for each of 2 clips, but got 1"):
        permutation_floor([0, 1], [0, 1], 2, subjects=["a"])
