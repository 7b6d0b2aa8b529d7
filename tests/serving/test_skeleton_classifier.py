"""The estimator for scikit-learn: a training as fit, and scikit-learn's own checks of it."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from unittest import SkipTest

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator
from sklearn.utils.validation import validate_data

from skelgraph import SkeletonClassifier, TrainConfig, load_run
from skelgraph.data import read_folder
from skelgraph.errors import RunError
from skelgraph.layouts import UPPER10, rest_pose
from skelgraph.movement import MovementClassifier
from skelgraph.poses import PoseSequence

Recordings = tuple[list[PoseSequence], list[str], list[str]]

SMALL = {"model": "s-stgcn-small", "stream": "posture-motion", "epochs": 1}


@pytest.fixture(scope="module")
def recordings(arm_swings: Path) -> Recordings:
    """The arm swings with their labels and persons."""
    clips = read_folder(arm_swings)
    return list(clips.sequences), list(clips.labels), [str(one) for one in clips.subjects]


def test_it_is_trained_as_the_command_does(recordings: Recordings, tmp_path: Path) -> None:
    bodies, labels, people = recordings
    nameless = [replace(one, name="", label=None, subject=None) for one in bodies]
    classifier = SkeletonClassifier(**SMALL, seed=3, out=tmp_path / "run")
    assert classifier.fit(nameless, labels, groups=people) is classifier
    assert classifier.classes_.tolist() == ["fast", "slow"]
    probabilities = classifier.predict_proba(bodies)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    predictor = load_run(tmp_path / "run")
    told = predictor.predict_all(bodies)
    np.testing.assert_allclose(
        probabilities, [[one.probabilities[name] for name in ("fast", "slow")] for one in told]
    )
    assert classifier.predict(bodies).tolist() == [one.prediction for one in told]
    config = TrainConfig.from_dict(predictor.run.read_config()["config"])
    assert (config.split.kind, config.seed, config.model.name) == ("none", 3, "s-stgcn-small")
    assert {row["subject"] for row in predictor.run.read_split()} == {"ann", "bob", "cid"}
    again = SkeletonClassifier(**SMALL, seed=3).fit(nameless, labels, groups=people)
    np.testing.assert_array_equal(again.predict_proba(bodies), probabilities)
    assert classifier.predict_proba([]).shape == (0, 2)


def test_it_is_cross_validated_and_searched_by_scikit_learn(recordings: Recordings) -> None:
    bodies, labels, people = recordings
    features = SkeletonClassifier(model="features")
    scores = cross_val_score(features, bodies, labels, groups=people, cv=LeaveOneGroupOut())
    assert scores.shape == (3,)
    assert scores.mean() > 0.9
    search = GridSearchCV(
        make_pipeline(FunctionTransformer(), features),
        {"skeletonclassifier__seed": [0, 1]},
        cv=LeaveOneGroupOut(),
    ).fit(bodies, labels, groups=people)
    assert search.best_score_ > 0.9
    assert search.predict(bodies).shape == (24,)


def test_labels_may_be_numbers(recordings: Recordings) -> None:
    bodies, labels, people = recordings
    numbers = np.array([10 if label == "slow" else 9 for label in labels])
    classifier = SkeletonClassifier(model="features").fit(bodies, numbers, groups=people)
    assert classifier.classes_.tolist() == [9, 10]  # the run sorts their texts: 10, 9
    assert (classifier.predict(bodies) == numbers).mean() > 0.9


def test_it_starts_from_a_run(recordings: Recordings, tmp_path: Path) -> None:
    bodies, labels, _ = recordings
    config = TrainConfig.of(num_heads=2, members=2, model="s-stgcn-small", stream="bone", epochs=1)
    source = SkeletonClassifier(config=config, out=tmp_path / "source").fit(bodies, labels)
    tuned = SkeletonClassifier(init_from=tmp_path / "source", freeze=1, epochs=1)
    tuned.fit(bodies, labels)
    before, after = (one.predictor_.model.state_dict() for one in (source, tuned))
    changed = {name for name in before if not (before[name] == after[name]).all()}
    assert changed
    assert all(name.startswith(("head_norm.", "classifier.")) for name in changed)
    with pytest.raises(RunError, match="freeze: of trained weights"):
        SkeletonClassifier(freeze=1).fit(bodies, labels)


def test_settings_that_are_not_given_are_those_of_the_config(
    recordings: Recordings, tmp_path: Path
) -> None:
    bodies, labels, _ = recordings
    config = TrainConfig.of(model="features", seed=5, device="cpu")
    SkeletonClassifier(config=config, out=tmp_path / "run").fit(bodies, labels)
    used = TrainConfig.from_dict(load_run(tmp_path / "run").run.read_config()["config"])
    assert (used.model.name, used.seed, used.device) == ("features", 5, "cpu")
    start = TrainConfig.of(init_from=str(tmp_path / "run"), freeze=1, layer_decay=0.5)
    kept = SkeletonClassifier(config=start, seed=1)._configure(tmp_path / "next")
    assert (kept.start.freeze, kept.start.layer_decay, kept.seed) == (1, 0.5, 1)
    other = SkeletonClassifier(model="st-gcn", freeze=0, config=start)._configure(tmp_path / "next")
    assert (other.start.freeze, other.stream.text) == (0, "joint")


def test_what_is_no_recording_is_told(recordings: Recordings) -> None:
    bodies, labels, _ = recordings
    classifier = SkeletonClassifier()
    with pytest.raises(NotFittedError, match="fit the classifier before it predicts"):
        classifier.predict(bodies)
    with pytest.raises(ValueError, match=r"expected recordings .* but got ndarray; read_sequence"):
        classifier.fit(np.zeros((4, 3)), ["a", "b", "a", "b"])
    with pytest.raises(ValueError, match=r"got 24 samples and labels \(23,\)"):
        classifier.fit(bodies, labels[:-1])
    with pytest.raises(ValueError, match="expected two classes or more, but got 1 class, a"):
        classifier.fit(bodies, ["a"] * 24)
    with pytest.raises(ValueError, match="a group for each of 24 recordings, but got 2"):
        classifier.fit(bodies, labels, groups=["ann", "bob"])


NEVER_FITTED = {
    *("check_estimator_cloneable", "check_estimator_tags_renamed", "check_valid_tag_types"),
    *("check_estimator_repr", "check_no_attributes_set_in_init", "check_mixin_order"),
    *("check_do_not_raise_errors_in_init_or_set_params", "check_get_params_invariance"),
    *("check_parameters_default_constructible", "check_set_params", "check_estimators_unfitted"),
}
"""Checks that fit nothing, which every estimator passes as it is."""


@pytest.mark.parametrize("kind", [SkeletonClassifier, MovementClassifier])
def test_the_checks_that_fit_no_table_pass(kind, monkeypatch: pytest.MonkeyPatch) -> None:
    class Claimed(kind):  # scikit-learn checks nothing of what takes no tables
        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.input_tags.two_d_array = True
            return tags

    outcomes = check_estimator(Claimed(), on_fail=None, on_skip=None)
    passed = {one["check_name"] for one in outcomes if one["status"] == "passed"}
    assert passed >= NEVER_FITTED


def sway(rows: np.ndarray) -> list[PoseSequence]:
    """A recording for each row of a table: how far joints sway is what its numbers say."""
    flat = rest_pose(UPPER10)
    rest = np.c_[flat, np.zeros(len(flat))]
    time = np.arange(24) / 30
    sequences = []
    for row in rows:
        sizes = np.tanh(np.resize(row, 30) / 10).reshape(10, 3)
        waves = np.sin(2 * np.pi * np.outer(time, np.linspace(0.5, 2, 30))).reshape(24, 10, 3)
        positions = rest + 0.2 * sizes * waves + 0.05 * sizes
        sequences.append(PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m"))
    return sequences


class TableClassifier(MovementClassifier):
    """The classifier on tables, whose rows become recordings."""

    def fit(self, X, y, groups=None):
        X, y = validate_data(self, X, y, dtype=np.float64)
        return super().fit(sway(X), y, groups)

    def predict_proba(self, X):
        self._check_fitted()
        return super().predict_proba(sway(validate_data(self, X, dtype=np.float64, reset=False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.no_validation = False
        return tags


TRAINS_ON_HUNDREDS = "check_classifiers_train"
"""Trains on 300 samples nine times, in three forms of memory, which becomes recordings alike."""


def test_scikit_learns_checks_pass_on_recordings_made_of_tables() -> None:
    passed = []
    for estimator, check in estimator_checks_generator(TableClassifier()):
        name = getattr(check, "func", check).__name__
        if name != TRAINS_ON_HUNDREDS:
            with suppress(SkipTest):  # of what is not installed, or not set up
                check(estimator)
                passed.append(name)
    assert len(passed) > 45


def test_a_clone_has_the_parameters_and_no_fit() -> None:
    classifier = SkeletonClassifier(model="st-gcn", epochs=3, init_from="emotion4", freeze=2)
    copy = clone(classifier)
    assert copy.get_params() == classifier.get_params()
    assert copy.set_params(seed=4).seed == 4


def test_the_package_offers_it_without_loading_scikit_learn() -> None:
    code = "import skelgraph\nassert 'SkeletonClassifier' in dir(skelgraph)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"sklearn", "torch", "numpy"} & set(done.stdout.split())
