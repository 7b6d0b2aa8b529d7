"""The estimator for scikit-learn, in scikit-learn's own tools."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict, cross_val_score

from skelgraph.movement import MovementClassifier, fit_feature_model, measure_motion
from skelgraph.poses import PoseSequence

Recordings = tuple[list[PoseSequence], list[str], list[str]]


@pytest.fixture(scope="module")
def recordings(draw: Callable[..., PoseSequence]) -> Recordings:
    """Bodies that sway slowly or fast, their labels and persons."""
    bodies, labels, people = [], [], []
    for seed in range(18):
        label = ("slow", "fast")[seed % 2]
        person = f"person {seed // 6}"
        body = draw(seed, num_frames=40, speed_hz={"slow": 0.6, "fast": 1.6}[label])
        bodies.append(replace(body, subject=person))
        labels.append(label)
        people.append(person)
    return bodies, labels, people


def test_it_is_cross_validated_by_person(recordings: Recordings) -> None:
    bodies, labels, people = recordings
    predicted = cross_val_predict(
        MovementClassifier(), bodies, labels, groups=people, cv=LeaveOneGroupOut()
    )
    assert (predicted == labels).mean() > 0.8
    train, test = next(LeaveOneGroupOut().split(bodies, labels, people))
    alone = MovementClassifier().fit([bodies[n] for n in train], [labels[n] for n in train])
    np.testing.assert_array_equal(alone.predict([bodies[n] for n in test]), predicted[test])
    scores = cross_val_score(
        MovementClassifier(),
        bodies,
        labels,
        groups=people,
        cv=LeaveOneGroupOut(),
        scoring="balanced_accuracy",
    )
    assert scores.shape == (3,)
    assert scores.mean() == pytest.approx((predicted == labels).mean())


def test_it_gives_probabilities_of_the_sorted_classes(recordings: Recordings) -> None:
    bodies, labels, people = recordings
    classifier = MovementClassifier(seed=3).fit(bodies, labels, groups=people)
    assert list(classifier.classes_) == ["fast", "slow"]
    probabilities = classifier.predict_proba(bodies)
    model, _ = fit_feature_model(
        [measure_motion(body) for body in bodies],
        [("fast", "slow").index(label) for label in labels],
        num_classes=2,
        groups=people,
        seed=3,
    )
    expected = model.predict_proba([measure_motion(body) for body in bodies])
    np.testing.assert_array_equal(probabilities, expected)
    assert classifier.score(bodies, labels) > 0.9


def test_groups_are_the_subjects_if_none_are_given(recordings: Recordings) -> None:
    bodies, labels, people = recordings
    given = MovementClassifier().fit(bodies, labels, groups=people)
    found = MovementClassifier().fit(bodies, labels)
    nobody = [replace(body, subject=None) for body in bodies]
    without = MovementClassifier().fit(nobody, labels)
    assert found.model_.sharpness == given.model_.sharpness
    assert without.model_.sharpness != given.model_.sharpness


def test_a_clone_has_the_parameters_and_no_fit() -> None:
    copy = clone(MovementClassifier(seed=5))
    assert copy.get_params() == {"seed": 5}
    with pytest.raises(NotFittedError, match="fit the classifier before it predicts"):
        copy.predict([])


def test_labels_that_do_not_fit_are_an_error(recordings: Recordings) -> None:
    bodies, labels, _ = recordings
    with pytest.raises(ValueError, match=r"got 18 samples and labels \(17,\)"):
        MovementClassifier().fit(bodies, labels[:-1])


def test_scikit_learn_is_imported_with_the_classifier_alone() -> None:
    code = "from skelgraph.movement import measure_motion, FeatureModel, fit_feature_model"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "skelgraph.movement.feature_model" in loaded
    assert not loaded & {"sklearn", "torch", "skelgraph.movement.classifier"}
