import numpy as np
import pytest

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.evaluation import (
    SharedContent,
    Split,
    TakeSpan,
    find_leaks,
    inspect_split,
    make_split,
    name_test_part,
)


def make(kind: SplitKind, val_kind: SplitKind) -> Split:
    """Clips 0 and 1 train, 2 validates, 3 tests."""
    return Split(
        train=np.array([0, 1]),
        val=np.array([2]),
        test=np.array([3]),
        kind=kind,
        val_kind=val_kind,
        protocol="",
    )


IN_TEST = "in the test part and also in training or validation"
IN_VAL = "in the validation part and also in training"


@pytest.mark.parametrize("kind", ["random", "subject", "file"])
@pytest.mark.parametrize("other", [0, 2])
def test_a_subject_on_both_sides_of_the_test_is_found(kind, other):
    subjects = ["Ann", "Bob", "Cyd", "Dan"]
    subjects[other] = "Dan"
    leaks = find_leaks(make(kind, "group"), subjects=subjects, recordings=None)
    assert leaks == [f"1 subject is {IN_TEST}: Dan"]


def test_a_split_by_recording_promises_nothing_of_subjects():
    split = make("group", "group")
    assert find_leaks(split, subjects=["Ann"] * 4, recordings=["1", "2", "3", "4"]) == []


@pytest.mark.parametrize("kind", ["random", "subject", "group", "file"])
def test_a_recording_on_both_sides_is_found(kind):
    split = make(kind, "group")
    assert find_leaks(split, subjects=None, recordings=["1", "2", "3", "2"]) == [
        f"1 recording is {IN_TEST}: 2"
    ]
    assert find_leaks(split, subjects=None, recordings=["1", "2", "1", "4"]) == [
        f"1 recording is {IN_VAL}: 1"
    ]


def test_equal_recording_names_of_two_subjects_are_no_leak():
    split = make("subject", "group")
    assert find_leaks(split, subjects=["Ann", "Ann", "Bob", "Cyd"], recordings=["1"] * 4) == []


def test_validation_shares_subjects_with_training_unless_it_is_by_subject():
    subjects = ["Ann", "Bob", "Bob", "Dan"]
    assert find_leaks(make("subject", "group"), subjects=subjects, recordings=None) == []
    assert find_leaks(make("subject", "subject"), subjects=subjects, recordings=None) == [
        f"1 subject is {IN_VAL}: Bob"
    ]


def test_a_random_split_leaks_and_names_some_of_many():
    subjects = [f"subject {number // 10}" for number in range(80)]
    split = make_split("random", labels=["joy", "anger"] * 40, subjects=subjects)
    (leak,) = find_leaks(split, subjects=subjects, recordings=None)
    assert leak.endswith("subject 0, subject 1, subject 2, subject 3, subject 4 and 2 more")


def test_unknown_facts_are_no_leak():
    split = make("random", "random")
    assert find_leaks(split, subjects=None, recordings=None) == []
    assert find_leaks(split, subjects=[None] * 4, recordings=[None] * 4) == []


def test_facts_must_fit_each_other():
    with pytest.raises(SplitError, match="one recording for each of 4 clips"):
        find_leaks(make("random", "random"), subjects=["Ann"] * 4, recordings=["1"] * 3)


NAMES = ("a", "b", "c", "d")


def share(first: int, second: int) -> SharedContent:
    return SharedContent(
        first=first, second=second, kind="overlap", mirrored=False, seconds=2, shift_s=1, error=0
    )


@pytest.mark.parametrize("kind", ["random", "mdre", "subject", "group", "file"])
def test_a_movement_on_two_sides_is_refused_in_any_split(kind):
    facts = {"subjects": [None] * 4, "recordings": [None] * 4, "names": NAMES}
    inspection = inspect_split(make(kind, "group"), **facts, shared=[share(0, 1), share(1, 3)])
    (leak,) = inspection.refused
    assert leak == (
        "2 clips are one recording by content, in the test part and training or validation: "
        "b and d (overlap, 2.0 s)"
    )
    with pytest.raises(SplitError, match=r"b and d .* pass --allow-leaks"):
        inspection.refuse_leaks()
    (leak,) = inspect_split(make(kind, "group"), **facts, shared=[share(1, 2)]).refused
    assert "in validation and training: b and c" in leak
    inspect_split(make(kind, "group"), **facts, shared=[share(0, 1)]).refuse_leaks()


def cut(*starts: int) -> list[TakeSpan]:
    """Clips of two seconds of one take."""
    return [TakeSpan(take="a", start=start, end=start + 60, fps=30.0) for start in starts]


@pytest.mark.parametrize("kind", ["random", "mdre", "subject", "group", "file"])
def test_clips_of_one_take_that_overlap_are_refused_in_any_split(kind):
    facts = {"subjects": [None] * 4, "recordings": [None] * 4, "names": NAMES}
    spans = cut(0, 100, 300, 145)
    inspection = inspect_split(make(kind, "group"), **facts, spans=spans, shared=[share(1, 3)])
    assert inspection.refused == (
        "2 clips of one take overlap in time, in the test part and training or validation: "
        "b and d (0.50 s)",
    )
    (leak,) = inspect_split(make(kind, "group"), **facts, spans=cut(0, 30, 45, 500)).refused
    assert leak == (
        "2 pairs of clips of one take overlap in time, in validation and training: "
        "a and c (0.50 s), b and c (1.50 s)"
    )


@pytest.mark.parametrize(("kind", "refused"), [("random", False), ("group", True), ("file", True)])
def test_clips_that_follow_each_other_may_be_divided_at_random_alone(kind, refused):
    facts = {"subjects": [None] * 4, "recordings": [None] * 4, "names": NAMES}
    inspection = inspect_split(make(kind, "group"), **facts, spans=cut(0, 100, 200, 260))
    (leak,) = inspection.leaks
    assert leak == (
        "2 clips of one take follow each other without a pause, in the test part and training or "
        "validation: c and d"
    )
    assert bool(inspection.refused) is refused
    inspection = inspect_split(make(kind, "random"), **facts, spans=cut(0, 500, 60, 900))
    (leak,) = inspection.leaks
    assert "in validation and training: a and c" in leak
    assert inspection.refused == ()


@pytest.mark.parametrize(
    ("kind", "subject", "recording"),
    [
        ("random", False, False),
        ("mdre", False, False),
        ("file", False, True),
        ("group", False, True),
        ("subject", True, True),
    ],
)
def test_names_are_refused_where_the_split_promises_others(kind, subject, recording):
    unknown, split = [None] * 4, make(kind, "group")
    people = inspect_split(
        split, subjects=["Ann", "Bob", "Cyd", "Ann"], recordings=unknown, names=NAMES
    )
    assert bool(people.refused) == subject
    assert people.tests == "known people and recordings"
    takes = inspect_split(split, subjects=unknown, recordings=["1", "2", "3", "1"], names=NAMES)
    assert bool(takes.refused) == recording
    assert takes.leaks == (f"1 recording is {IN_TEST}: 1",)


def test_what_a_result_may_be_called():
    ann, bob = ("Ann", "1"), ("Bob", "1")
    assert name_test_part([ann], [bob]) == "unseen people"
    assert name_test_part([ann], [bob, ("Ann", "2")]) == "unseen recordings of known people"
    assert name_test_part([ann], [bob, ann]) == "known people and recordings"
    assert name_test_part([ann], [("Ann", None)]) == "known people and recordings"
    assert name_test_part([ann, (None, "2")], [bob]) == "unknown: no subjects are given"
