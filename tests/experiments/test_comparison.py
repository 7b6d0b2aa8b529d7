"""Runs that were tested on the same clips, compared."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from skelgraph.errors import RunError
from skelgraph.evaluation import (
    correct_holm,
    difference_interval,
    mcnemar_test,
    permutation_test,
    score_interval,
)
from skelgraph.experiments import compare_runs
from skelgraph.runs import Prediction, RunDirectory, score_predictions, write_json, write_results

CLASSES = ("joy", "rage", "awe")
NUM_CLIPS = 96
TRUTH = np.arange(NUM_CLIPS) % 3


def draw_answers(right: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(NUM_CLIPS) < right, TRUTH, rng.integers(0, 3, NUM_CLIPS))


@pytest.fixture
def write_run(tmp_path: Path) -> Callable[..., Path]:
    """Writes what a run leaves of some answers: config, metrics and predictions."""

    def write(
        name: str,
        answers: np.ndarray,
        *,
        num_subjects: int = 8,
        protocol: str = "subject: test all",
        classes: Sequence[str] = CLASSES,
        labels: np.ndarray = TRUTH,
        order: Sequence[int] = range(NUM_CLIPS),
    ) -> Path:
        place = RunDirectory(path=tmp_path / name)
        predictions = [
            Prediction(
                name=f"clip{clip:03}",
                label=classes[labels[clip]],
                prediction=classes[answers[clip]],
                probabilities={
                    one: 0.8 if k == answers[clip] else 0.1 for k, one in enumerate(classes)
                },
                subject=f"s{clip // 3 % num_subjects}",
            )
            for clip in order
        ]
        metrics = score_predictions(predictions, classes, classes)
        write_results(
            place,
            predictions,
            metrics,
            protocol=protocol,
            tests="unseen people",
            data_note="made up",
        )
        write_json(place.config_file, {"classes": list(classes)})
        return place.path

    return write


def test_a_pair_has_what_the_tests_give(write_run: Callable[..., Path]) -> None:
    first, second = draw_answers(0.9, 1), draw_answers(0.2, 2)
    runs = {
        "good": write_run("good", first),
        "poor": write_run("poor", second, order=range(NUM_CLIPS - 1, -1, -1)),
    }
    comparison = compare_runs(runs)
    groups = [f"s{clip // 3 % 8}" for clip in range(NUM_CLIPS)]
    (pair,), (good, poor) = comparison.pairs, comparison.runs
    scores = [balanced_accuracy_score(TRUTH, one) for one in (first, second)]
    assert (good.uar, poor.uar) == pytest.approx(scores)
    assert good.war - poor.war == pytest.approx(pair.war_difference)
    assert good.war == pytest.approx(accuracy_score(TRUTH, first))
    assert good.uar_interval == score_interval(TRUTH, first, 3, groups=groups)
    assert pair.uar_difference == pytest.approx(scores[0] - scores[1])
    assert pair.uar_interval == difference_interval(TRUTH, first, second, 3, groups=groups)
    assert pair.war_interval == difference_interval(
        TRUTH, first, second, 3, groups=groups, metric="war"
    )
    assert pair.p == permutation_test(TRUTH, first, second, 3, groups=groups) == pair.p_corrected
    counts = (pair.first_only, pair.second_only, pair.mcnemar_p)
    assert counts == mcnemar_test(TRUTH, first, second, 3)
    assert (comparison.unit, comparison.groups, comparison.exchanged) == ("subject", 8, "subject")
    assert comparison.notes == ("data: made up",)
    assert pair.differ
    assert pair.sentence.startswith("good and poor differ: UAR +")
    assert pair.sentence.endswith("corrected p 0.008.")
    written = json.loads(json.dumps(comparison.to_dict()))
    assert written["pairs"][0]["sentence"] == pair.sentence
    assert written["runs"][0]["uar_interval"] == list(good.uar_interval)


def test_equal_answers_cannot_be_told_apart(write_run: Callable[..., Path]) -> None:
    answers = draw_answers(0.5, 0)
    runs = {name: write_run(name, answers) for name in ("a", "b")}
    (pair,) = compare_runs(runs).pairs
    assert not pair.differ
    assert pair.uar_difference == 0
    assert pair.uar_interval[0] < 0 < pair.uar_interval[1]
    assert pair.p == pair.mcnemar_p == 1
    assert pair.sentence.startswith("a and b cannot be told apart: UAR +0.0 points (-")


def test_several_pairs_are_corrected(write_run: Callable[..., Path]) -> None:
    runs = {
        name: write_run(name, draw_answers(right, number))
        for number, (name, right) in enumerate([("a", 0.8), ("b", 0.5), ("c", 0.1)])
    }
    pairs = compare_runs(runs).pairs
    assert [(one.first, one.second) for one in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [one.p_corrected for one in pairs] == correct_holm([one.p for one in pairs])
    expected = correct_holm([one.mcnemar_p for one in pairs])
    assert [one.mcnemar_p_corrected for one in pairs] == expected


def test_few_subjects_are_not_exchanged_and_clips_alone_prove_nothing(
    write_run: Callable[..., Path],
) -> None:
    """Better on one of two people, and worse on the other."""
    first = np.where(np.arange(NUM_CLIPS) // 3 % 2 == 0, TRUTH, (TRUTH + 1) % 3)
    second = np.where(np.arange(NUM_CLIPS) % 4 == 1, TRUTH, (TRUTH + 2) % 3)
    runs = {
        name: write_run(name, answers, num_subjects=2)
        for name, answers in (("a", first), ("b", second))
    }
    comparison = compare_runs(runs)
    assert (comparison.unit, comparison.exchanged) == ("subject", "clip")
    assert comparison.notes[-1] == (
        "p is of exchanged clips: 2 subjects are too few for one below 0.05"
    )
    (pair,) = comparison.pairs
    assert pair.p < 0.05
    assert not pair.differ


def test_recordings_come_from_the_split(write_run: Callable[..., Path]) -> None:
    runs = {
        name: write_run(name, draw_answers(0.5, seed), num_subjects=1)
        for seed, name in enumerate(("a", "b"))
    }
    assert compare_runs(runs).unit == "clip"
    rows = ["name,part,label,subject,recording"]
    rows += [f"clip{clip:03},test,joy,s0,take{clip // 12}" for clip in range(NUM_CLIPS)]
    (runs["a"] / "split.csv").write_text("\n".join(rows) + "\n")
    comparison = compare_runs(runs)
    assert (comparison.unit, comparison.groups) == ("recording", 8)


def test_unlike_protocols_are_named(write_run: Callable[..., Path]) -> None:
    runs = {
        "a": write_run("a", TRUTH, protocol="group: some"),
        "b": write_run("b", TRUTH, protocol="subject: all"),
        "c": write_run("c", TRUTH, protocol="the test part, subject: all"),
    }
    assert compare_runs(runs).notes[0] == (
        "the runs were tested under different protocols (a: group: some; b: subject: all; "
        "c: subject: all)"
    )
    assert "protocols" not in compare_runs({"b": runs["b"], "c": runs["c"]}).notes[0]


def test_what_cannot_be_compared_is_named(write_run: Callable[..., Path]) -> None:
    first = write_run("first", TRUTH)
    with pytest.raises(RunError, match="two runs or more to compare, but got 1"):
        compare_runs({"first": first})
    fewer = write_run("fewer", TRUTH, order=range(1, NUM_CLIPS))
    with pytest.raises(RunError, match=r"fewer.predictions.csv: clip 'clip000' is missing"):
        compare_runs({"first": first, "fewer": fewer})
    labels = TRUTH.copy()
    labels[4] = 0
    other = write_run("other", TRUTH, labels=labels)
    with pytest.raises(RunError, match=r"other.*clip 'clip004' has the label 'joy', but 'rage'"):
        compare_runs({"first": first, "other": other})
    unlike = write_run("unlike", TRUTH, classes=("joy", "rage", "fear"))
    with pytest.raises(RunError, match=r"unlike: expected the classes joy, rage, awe .*rage, fear"):
        compare_runs({"first": first, "unlike": unlike})
    (first / "metrics.json").unlink()
    with pytest.raises(RunError, match=r"trained to its end, but it was stopped before"):
        compare_runs({"first": first, "fewer": fewer})


def test_the_answers_are_named_and_not_numbered(write_run: Callable[..., Path]) -> None:
    """Another order of the classes in a file changes nothing."""
    answers = draw_answers(0.6, 3)
    turned = (2 - TRUTH, 2 - answers)
    first = write_run("first", answers)
    second = write_run("second", turned[1], labels=turned[0], classes=CLASSES[::-1])
    (pair,) = compare_runs({"first": first, "second": second}).pairs
    assert pair.uar_difference == pair.first_only == pair.second_only == 0
