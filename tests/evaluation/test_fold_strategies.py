"""Folds of a cross-validation."""

from collections import Counter

import pytest

from skelgraph.errors import SplitError
from skelgraph.evaluation import Fold, default_fold_kind, make_folds

SUBJECTS = [f"Ses0{session}{sex}" for session in (1, 2, 3) for sex in "FM" for _ in range(4)]
LABELS = ["joy", "anger"] * 12
RECORDINGS = [str(number // 2 % 2) for number in range(24)]


def divide(kind, subjects=SUBJECTS, recordings=RECORDINGS, **settings) -> tuple[Fold, ...]:
    return make_folds(kind, labels=LABELS, subjects=subjects, recordings=recordings, **settings)


def test_each_subject_and_each_session_is_a_fold():
    assert [fold.name for fold in divide("subject")] == sorted(set(SUBJECTS))
    assert all(fold.test_subjects == (fold.name,) for fold in divide("subject"))
    assert divide("session") == tuple(
        Fold(name=f"Ses0{n}", test_subjects=(f"Ses0{n}F", f"Ses0{n}M")) for n in (1, 2, 3)
    )


@pytest.mark.parametrize("num_folds", [2, 3, 6])
def test_each_group_is_in_one_fold(num_folds):
    folds = divide("group", num_folds=num_folds, seed=3)
    assert [fold.name for fold in folds] == [str(n) for n in range(1, num_folds + 1)]
    tested = Counter(name for fold in folds for name in fold.test_subjects)
    assert tested == Counter(set(SUBJECTS))
    assert folds == divide("group", num_folds=num_folds, seed=3)


def test_recordings_are_groups_where_a_subject_is_not_known():
    subjects = [None, *SUBJECTS[1:]]
    assert default_fold_kind(subjects) == "group"
    folds = divide("group", subjects, num_folds=3)
    assert all(fold.test_subjects == () for fold in folds)
    tested = [name for fold in folds for name in fold.test_recordings]
    assert len(tested) == len(set(tested)) == 13
    assert {"0", "Ses01F/0", "Ses03M/1"} <= set(tested)
    assert default_fold_kind(SUBJECTS) == "subject"


def test_names_that_files_cannot_have_are_numbers():
    folds = divide("subject", ["a/b", "a_b", ".."] * 8)
    assert [(fold.name, fold.test_subjects) for fold in folds] == [
        ("1", ("..",)),
        ("2", ("a/b",)),
        ("3", ("a_b",)),
    ]
    assert [fold.name for fold in divide("subject", ["Ann B.", "Bob"] * 12)] == ["Ann_B.", "Bob"]


@pytest.mark.parametrize(
    ("kind", "facts", "message"),
    [
        ("subject", {"subjects": ["Ann"] * 24}, "two or more of them, but there is Ann only"),
        ("session", {"subjects": ["Ses01F", "Ses01M"] * 12}, "but there is Ses01 only"),
        ("session", {"subjects": ["Ann", "Bob"] * 12}, "but there is 'Ann'; choose another"),
        ("subject", {"subjects": [None] * 24}, "24 of 24 have none; add the column subject"),
        (
            "group",
            {"subjects": [None] * 24, "recordings": [None] * 24},
            "needs the recording of every clip, but 24 of 24 have none",
        ),
        ("group", {"num_folds": 7}, r"as there are subjects \(6: .*\), but got 7"),
    ],
)
def test_what_cannot_be_divided(kind, facts, message):
    with pytest.raises(SplitError, match=message):
        divide(kind, **facts)
