"""Predictions of several seeds, pooled."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph.evaluation import bootstrap_interval, compute_metrics
from skelgraph.experiments.pooled_row import PooledRow, pool_runs
from skelgraph.runs import Prediction, RunDirectory, write_json, write_predictions, write_rows

CLASSES = ("anger", "joy")


def write_run(
    path: Path, truth: list[int], predicted: list[int], subjects: list[str], recordings: list[str]
) -> RunDirectory:
    """A run directory as far as pooling needs it; one training clip of class 1."""
    run = RunDirectory(path=path)
    write_json(run.metrics_file, {"classes": list(CLASSES)})
    clips = [
        Prediction(
            name=f"clip{number}",
            label=CLASSES[label],
            prediction=CLASSES[answer],
            probabilities={name: float(name == CLASSES[answer]) for name in CLASSES},
            subject=subject,
        )
        for number, (label, answer, subject) in enumerate(
            zip(truth, predicted, subjects, strict=True)
        )
    ]
    write_predictions(run.predictions_file, clips)
    rows = [
        (one.name, "test", one.label, one.subject, recording)
        for one, recording in zip(clips, recordings, strict=True)
    ]
    columns = ("name", "part", "label", "subject", "recording")
    write_rows(run.split_file, columns, [*rows, ("other", "train", "joy", "zoe", "r")])
    return run


def make_row(
    tmp_path: Path, *, num_subjects: int, per_subject: int = 4, seed: int = 0
) -> PooledRow:
    """A row of two seeds with random answers; each subject has two recordings."""
    rng = np.random.default_rng(seed)
    number = num_subjects * per_subject
    subjects = [f"s{clip // per_subject:02}" for clip in range(number)]
    recordings = [f"r{clip % 2}" for clip in range(number)]
    truth = [clip // 2 % 2 for clip in range(number)]
    return pool_runs(
        {
            one: write_run(
                tmp_path / str(one),
                truth,
                rng.integers(0, 2, number).tolist(),
                subjects,
                recordings,
            )
            for one in (3, 5)
        }
    )


def test_metrics_are_those_of_all_answers_together(tmp_path: Path) -> None:
    row = make_row(tmp_path, num_subjects=3)
    answers = list(row.answers.values())
    assert len(answers) == row.metrics.n == 24
    expected = compute_metrics(
        [one.truth for one in answers],
        [one.predicted for one in answers],
        CLASSES,
        train_labels=[1],
    )
    assert row.metrics == expected
    assert list(row.uar_by_seed) == ["3", "5"]
    first = [one for one in answers if one.seed == 3]
    assert row.uar_by_seed["3"] == pytest.approx(
        np.mean(
            [
                np.mean([one.predicted == label for one in first if one.truth == label])
                for label in (0, 1)
            ]
        )
    )
    assert list(row.uar_by_subject) == ["s00", "s01", "s02"]
    # All subjects have as many clips of both classes, so that recalls are means of the subjects'.
    assert np.mean(list(row.uar_by_subject.values())) == pytest.approx(row.metrics.uar)


def test_ten_subjects_are_groups_and_fewer_are_not(tmp_path: Path) -> None:
    many, few = make_row(tmp_path / "a", num_subjects=10), make_row(tmp_path / "b", num_subjects=9)
    assert (many.unit, many.count_groups(many.unit)) == ("subject", 10)
    assert (few.unit, few.count_groups(few.unit)) == ("recording", 18)
    for row in (many, few):
        answers = list(row.answers.values())
        groups = [
            one.subject if row is many else f"{one.subject} {one.recording}" for one in answers
        ]
        expected = bootstrap_interval(
            [one.truth for one in answers],
            [one.predicted for one in answers],
            CLASSES,
            groups=groups,
            samples=2000,
        )
        assert row.interval("uar") == expected


def test_too_few_groups_to_exchange_are_exchanged_by_clip(tmp_path: Path) -> None:
    row = make_row(tmp_path, num_subjects=2)
    assert (row.unit, row.exchanged) == ("recording", "clip")
    assert make_row(tmp_path / "b", num_subjects=3).exchanged == "recording"


def test_clips_without_recording_stand_alone(tmp_path: Path) -> None:
    run = write_run(tmp_path, [0, 1, 0], [0, 1, 1], ["", "", ""], ["", "", ""])
    row = pool_runs({0: run})
    assert (row.unit, row.count_groups("clip")) == ("clip", 3)
    assert row.uar_by_subject == {}
    one = pool_runs({0: write_run(tmp_path / "one", [0], [0], [""], [""])})
    assert one.interval("uar") is None


def test_a_row_is_compared_on_the_clips_that_both_have(tmp_path: Path) -> None:
    names = ["s"] * 8
    recordings = [str(number) for number in range(8)]
    truth = [0, 1] * 4
    right = write_run(tmp_path / "right", truth, truth, names, recordings)
    wrong = write_run(tmp_path / "wrong", truth, [1, 0] * 4, names, recordings)
    both, one = pool_runs({0: right, 1: wrong}), pool_runs({0: wrong})
    assert both.compare(one) == (1.0, 2 / 2**8)
    assert one.compare(both) == (-1.0, 2 / 2**8)
    assert one.compare(one) == (0.0, 1.0)
