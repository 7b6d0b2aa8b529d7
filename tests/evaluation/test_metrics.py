import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score

from skelgraph.evaluation import ClassificationMetrics, compute_metrics

CLASSES = ("anger", "joy", "sadness", "neutral")


def test_a_case_worked_by_hand():
    truth = [0, 0, 0, 0, 1, 1, 2, 2, 2, 3]
    predicted = [0, 0, 1, 3, 1, 0, 2, 2, 2, 0]
    metrics = compute_metrics(truth, predicted, CLASSES, train_labels=[2, 0, 0, 1])
    assert metrics.per_class_recall == {"anger": 0.5, "joy": 0.5, "sadness": 1.0, "neutral": 0.0}
    assert metrics.uar == pytest.approx(0.5)
    assert metrics.war == pytest.approx(0.6)
    assert metrics.confusion == ((2, 1, 0, 1), (1, 1, 0, 0), (0, 0, 3, 0), (1, 0, 0, 0))
    assert metrics.n == 10
    assert metrics.classes == CLASSES
    assert metrics.chance == 0.25
    assert metrics.majority_class == "anger"
    assert metrics.majority_uar == pytest.approx(0.25)
    assert metrics.majority_war == pytest.approx(0.4)
    assert metrics.note == ""


@pytest.mark.parametrize("seed", range(5))
def test_recalls_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.arange(4), rng.integers(0, 4, 60)])
    predicted = np.where(rng.random(64) < 0.5, truth, rng.integers(0, 4, 64))
    metrics = compute_metrics(truth, predicted, CLASSES, train_labels=truth)
    assert metrics.uar == pytest.approx(balanced_accuracy_score(truth, predicted))
    assert metrics.war == pytest.approx(accuracy_score(truth, predicted))
    assert list(metrics.per_class_recall.values()) == pytest.approx(
        recall_score(truth, predicted, average=None).tolist()
    )


def test_an_absent_class_is_left_out_and_named():
    truth, predicted = [0, 0, 1, 1], [0, 3, 1, 1]
    metrics = compute_metrics(truth, predicted, CLASSES, train_labels=[3])
    assert metrics.per_class_recall == {"anger": 0.5, "joy": 1.0, "sadness": None, "neutral": None}
    assert metrics.uar == pytest.approx(0.75)
    assert metrics.uar == pytest.approx(
        recall_score(truth, predicted, average="macro", labels=[0, 1])
    )
    assert metrics.majority_uar == metrics.majority_war == 0.0
    assert metrics.note == (
        "the test part has no clip of sadness, neutral; "
        "UAR is the mean recall of the other 2 of 4 classes"
    )


def test_uar_counts_classes_and_war_counts_clips():
    metrics = compute_metrics([0] * 99 + [1], [0] * 100, ["many", "few"], train_labels=[0])
    assert metrics.uar == pytest.approx(0.5)
    assert metrics.war == pytest.approx(0.99)


def test_the_majority_is_that_of_the_training_part():
    metrics = compute_metrics([0, 0, 0, 1], [0, 0, 0, 1], ["joy", "rage"], train_labels=[1, 1, 0])
    assert metrics.majority_class == "rage"
    assert metrics.majority_war == pytest.approx(0.25)


def test_the_dictionary_survives_json():
    metrics = compute_metrics([0, 1], [0, 0], ["joy", "rage", "fear"], train_labels=[0])
    fields = json.loads(json.dumps(metrics.to_dict()))
    assert fields == metrics.to_dict()
    assert fields["confusion"] == [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert fields["per_class_recall"] == {"joy": 1.0, "rage": 0.0, "fear": None}


@pytest.mark.parametrize(
    ("truth", "predicted", "train_labels", "message"),
    [
        ([0, 1], [0], [0], "one prediction for each of 2 clips, but got 1"),
        ([], [], [0], "at least one clip"),
        ([0, 2], [0, 1], [0], "true classes from 0 to 1, but got 0 to 2"),
        ([0, 1], [0, -1], [0], "predicted classes from 0 to 1, but got -1 to 0"),
        ([0, 1], [0.2, 0.8], [0], "predicted classes as class numbers, but got float64"),
        ([0, 1], [0, 1], [], "training labels .* at least one clip"),
    ],
)
def test_numbers_that_name_no_class(truth, predicted, train_labels, message):
    with pytest.raises(ValueError, match=message):
        compute_metrics(truth, predicted, ["joy", "rage"], train_labels=train_labels)


def test_class_names_must_differ():
    with pytest.raises(ValueError, match="names that differ, but got joy, joy"):
        compute_metrics([0], [0], ["joy", "joy"], train_labels=[0])


def test_metrics_come_back_from_what_was_written():
    metrics = compute_metrics([0, 1, 1], [0, 1, 0], ["joy", "rage", "awe"], train_labels=[1])
    written = json.loads(json.dumps({**metrics.to_dict(), "protocol": "of a file"}))
    assert ClassificationMetrics.from_dict(written) == metrics
    del written["uar"]
    with pytest.raises(ValueError, match=r"one is missing or wrong .*uar"):
        ClassificationMetrics.from_dict(written)
    with pytest.raises(ValueError, match="a confusion matrix of 3 x 3 for 3 classes"):
        ClassificationMetrics.from_dict({**metrics.to_dict(), "confusion": [[1, 2]]})
