import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import SplitError
from skelgraph.evaluation import Split, default_split_kind, find_leaks, make_split

SUBJECTS = ("Ann", "Bob", "Cyd", "Dan", "Eve")
LABELS = ("anger", "joy", "sadness")


@pytest.fixture
def clips() -> dict[str, list[str]]:
    """Five subjects with four recordings each, of two clips of each of three labels."""
    rows = [
        (label, subject, recording)
        for subject in SUBJECTS
        for recording in ("1", "2", "3", "4")
        for label in LABELS
        for _ in range(2)
    ]
    return {
        "labels": [label for label, _, _ in rows],
        "subjects": [subject for _, subject, _ in rows],
        "recordings": [recording for _, _, recording in rows],
    }


def facts(values: list[str], numbers: np.ndarray) -> set[str]:
    return {values[number] for number in numbers}


def recordings(clips: dict[str, list[str]], numbers: np.ndarray) -> set[tuple[str, str]]:
    return {(clips["subjects"][number], clips["recordings"][number]) for number in numbers}


def assert_every_clip_once(split: Split, num_clips: int) -> None:
    together = np.concatenate([split.train, split.val, split.test])
    np.testing.assert_array_equal(np.sort(together), np.arange(num_clips))


@pytest.mark.parametrize("kind", ["random", "subject", "group"])
@pytest.mark.parametrize("seed", range(5))
def test_every_clip_is_in_one_part_and_every_label_in_each(clips, kind, seed):
    split = make_split(kind, **clips, seed=seed)
    assert_every_clip_once(split, 120)
    for part in (split.train, split.val, split.test):
        assert facts(clips["labels"], part) == set(LABELS)
    assert split.kind == kind
    assert f"seed {seed}" in split.protocol


@pytest.mark.parametrize("kind", ["random", "subject", "group"])
def test_the_seed_decides(clips, kind):
    def parts(seed: int) -> tuple[list[int], list[int]]:
        split = make_split(kind, **clips, seed=seed)
        return split.val.tolist(), split.test.tolist()

    assert parts(3) == parts(3)
    assert len({str(parts(seed)) for seed in range(5)}) > 1


def test_random_is_8_to_half_to_one_and_a_half_of_each_label():
    labels = ["joy"] * 200 + ["anger"] * 40
    split = make_split("random", labels=labels)
    assert Counter(labels[clip] for clip in split.test) == {"joy": 30, "anger": 6}
    assert Counter(labels[clip] for clip in split.val) == {"joy": 10, "anger": 2}
    assert "may be on both sides" in split.protocol
    assert split.val_kind == "random"


def test_random_keeps_the_shares_of_the_whole_where_labels_are_small():
    labels = [f"class {number // 9}" for number in range(9 * 40)]
    split = make_split("random", labels=labels)
    assert len(split.test) == pytest.approx(0.15 * 360, abs=1)
    assert len(split.val) == 40  # 0.05 * 360 = 18, but one clip of each label
    assert set(Counter(labels[clip] for clip in split.train).values()) <= {6, 7}


def test_random_with_the_papers_numbers():
    counts = {"anger": 1102, "joy": 1606, "sadness": 1081, "neutral": 1703}
    labels = [label for label, count in counts.items() for _ in range(count)]
    split = make_split("random", labels=labels)
    assert [len(split.train), len(split.val), len(split.test)] == [4393, 275, 824]


def test_random_with_few_clips_trains_and_tests_each_label():
    labels = ["joy"] * 2 + ["anger"] * 3
    split = make_split("random", labels=labels)
    assert Counter(labels[clip] for clip in split.train) == {"joy": 1, "anger": 1}
    assert Counter(labels[clip] for clip in split.test) == {"joy": 1, "anger": 1}


def test_random_needs_two_clips_of_a_label():
    with pytest.raises(SplitError, match="there is one only of joy; add recordings"):
        make_split("random", labels=["joy", "anger", "anger", "anger"])


def test_random_needs_clips_to_validate():
    with pytest.raises(SplitError, match="no validation clip is left"):
        make_split("random", labels=["joy", "joy", "anger", "anger"])


def test_named_subjects_are_held_out(clips):
    split = make_split("subject", **clips, test_subjects=["Bob"], val_subjects=["Eve", "Dan"])
    assert facts(clips["subjects"], split.test) == {"Bob"}
    assert facts(clips["subjects"], split.val) == {"Dan", "Eve"}
    assert facts(clips["subjects"], split.train) == {"Ann", "Cyd"}
    assert split.protocol == "subject: test Bob; validation Eve, Dan"
    assert split.val_kind == "subject"


@pytest.mark.parametrize("seed", range(5))
def test_validation_is_whole_recordings_of_subjects_that_train(clips, seed):
    split = make_split("subject", **clips, test_subjects=["Bob"], seed=seed)
    assert facts(clips["subjects"], split.test) == {"Bob"}
    assert not recordings(clips, split.val) & recordings(clips, split.train)
    assert len(split.val) == 12  # two recordings of six clips; 10 % of 96 clips is 9.6
    assert split.protocol == (
        f"subject: test Bob; validation by recording, about 10 % of the others, seed {seed}"
    )


def test_a_fifth_of_the_subjects_is_drawn_where_none_is_named(clips):
    split = make_split("subject", **clips)
    (subject,) = facts(clips["subjects"], split.test)
    assert split.protocol.startswith(f"subject: test {subject} (drawn, seed 0); ")
    tested = {
        subject
        for seed in range(20)
        for subject in facts(clips["subjects"], make_split("subject", **clips, seed=seed).test)
    }
    assert tested == set(SUBJECTS)


def test_drawn_test_subjects_are_not_those_that_validate(clips):
    for seed in range(10):
        split = make_split("subject", **clips, val_subjects=["Ann", "Bob"], seed=seed)
        assert facts(clips["subjects"], split.val) == {"Ann", "Bob"}


def test_a_subject_who_alone_shows_a_label_is_never_drawn(clips):
    clips["labels"] = [
        "fear" if subject == "Cyd" and label == "joy" else label
        for label, subject in zip(clips["labels"], clips["subjects"], strict=True)
    ]
    for seed in range(20):
        split = make_split("subject", **clips, seed=seed)
        assert "Cyd" not in facts(clips["subjects"], split.test)


def test_equal_recording_names_of_two_subjects_are_two_recordings():
    split = make_split(
        "subject",
        labels=["joy", "anger"] * 3,
        subjects=["Ann", "Ann", "Bob", "Bob", "Cyd", "Cyd"],
        recordings=["take 1"] * 6,
        test_subjects=["Cyd"],
    )
    assert_every_clip_once(split, 6)
    assert len(split.val) == 2


def test_clips_without_a_recording_validate_one_by_one_and_the_protocol_says_so(clips):
    split = make_split("subject", labels=clips["labels"], subjects=clips["subjects"])
    assert split.val_kind == "random"
    assert "validation by clip (recordings are not known)" in split.protocol


def test_group_tests_and_validates_whole_recordings(clips):
    split = make_split("group", **clips)
    sides = [recordings(clips, part) for part in (split.train, split.val, split.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 20
    assert len(split.test) == 18
    assert "whose subjects may also train" in split.protocol


def test_group_with_ten_recordings_that_hold_all_labels():
    labels = [f"style {number % 7}" for number in range(350)]
    actions = [f"action {number // 35}" for number in range(350)]
    split = make_split("group", labels=labels, recordings=actions)
    assert [len(split.train), len(split.val), len(split.test)] == [245, 35, 70]
    assert split.protocol.startswith("group: test recordings action ")
    assert "subjects" not in split.protocol


def test_group_leaves_a_label_of_one_recording_to_train():
    labels = ["joy", "anger"] * 4 + ["fear"]
    names = ["1", "1", "2", "2", "3", "3", "4", "4", "5"]
    for seed in range(10):
        split = make_split("group", labels=labels, recordings=names, seed=seed)
        assert 8 in split.train


def test_group_needs_the_recording_of_every_clip(clips):
    unknown = [None, *clips["recordings"][1:]]
    with pytest.raises(SplitError, match=r"1 of 120 have none .*clip 0.*labels file"):
        make_split("group", labels=clips["labels"], recordings=unknown)


def test_group_needs_recordings_that_can_be_spared():
    with pytest.raises(
        SplitError, match=r"leaves a label .*each in one recording only: anger, joy"
    ):
        make_split("group", labels=["joy", "anger"] * 2, recordings=["1", "2"] * 2)
    with pytest.raises(SplitError, match=r"for the test: expected 2 or more .* got 1"):
        make_split("group", labels=["joy", "anger"], recordings=["1", "1"])


def test_one_recording_cannot_both_train_and_validate():
    with pytest.raises(SplitError, match=r"for validation: .*got 1; .*name subjects for"):
        make_split(
            "subject",
            labels=["joy", "anger"] * 2,
            subjects=["Ann", "Ann", "Bob", "Bob"],
            recordings=["1"] * 4,
            test_subjects=["Ann"],
        )


def test_the_labels_file_decides():
    split = make_split(
        "file",
        labels=["joy"] * 6,
        parts=["train", "Dev", "validation", " valid", "val", "test"],
    )
    assert split.train.tolist() == [0]
    assert split.val.tolist() == [1, 2, 3, 4]
    assert split.test.tolist() == [5]
    assert split.protocol == "file: test and validation as listed"


def test_validation_is_taken_from_training_where_the_file_has_none(clips):
    parts = ["test" if subject == "Ann" else "train" for subject in clips["subjects"]]
    split = make_split("file", **clips, parts=parts)
    assert facts(clips["subjects"], split.test) == {"Ann"}
    assert not recordings(clips, split.val) & recordings(clips, split.train)
    assert split.val_kind == "group"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["train", "val", "tset"], r"clip 2 .*one of train, val, .* but got 'tset'"),
        (["train", "val", None], "clip 2 .* but got None"),
        (None, "part of each of 3 clips, but got none; add a column 'split'"),
        (["train", "test"], "part of each of 3 clips, but got 2"),
        (["train", "val", "val"], "no test clip is left"),
        (["test", "val", "val"], "no training clip is left"),
        (["test", "test", "test"], "no clip is left to train on"),
    ],
)
def test_parts_that_cannot_be_used(parts, message):
    with pytest.raises(SplitError, match=message):
        make_split("file", labels=["joy"] * 3, parts=parts)


@pytest.mark.parametrize(
    ("test_subjects", "val_subjects", "message"),
    [
        (["Zoe"], [], "there is no subject 'Zoe'; there are Ann, Bob, Cyd, Dan, Eve"),
        (["Ann"], ["Zoe"], "there is no subject 'Zoe'"),
        (["Ann", "Bob"], ["Bob"], "other subjects to validate than to test, but Bob is both"),
        (SUBJECTS, [], "no clip is left to train on"),
        (["Ann"], SUBJECTS[1:], "no training clip is left"),
        ([], SUBJECTS, "no subject is left to test"),
    ],
)
def test_subjects_that_cannot_be_held_out(clips, test_subjects, val_subjects, message):
    with pytest.raises(SplitError, match=message):
        make_split("subject", **clips, test_subjects=test_subjects, val_subjects=val_subjects)


def test_subjects_must_be_known_and_several(clips):
    with pytest.raises(SplitError, match="120 of 120 have none"):
        make_split("subject", labels=clips["labels"])
    with pytest.raises(SplitError, match="two or more subjects, but there is Ann only"):
        make_split("subject", labels=["joy"] * 3, subjects=["Ann"] * 3)


def test_a_label_must_have_a_clip_to_train_on(clips):
    clips["labels"][0] = "fear"  # the first clip is Ann's
    with pytest.raises(SplitError, match="'fear' has no clip to train on: 1 in the test part"):
        make_split("subject", **clips, test_subjects=["Ann"])


def test_a_label_that_no_draw_of_subjects_leaves_to_train():
    with pytest.raises(SplitError, match="whoever is drawn, some label has none"):
        make_split("subject", labels=["joy", "anger"], subjects=["Ann", "Bob"])


def test_subjects_are_named_for_a_split_by_subject_only(clips):
    with pytest.raises(SplitError, match="need the split 'subject', but it is 'group'"):
        make_split("group", **clips, test_subjects=["Ann"])


def test_other_input_that_makes_no_sense():
    with pytest.raises(
        SplitError,
        match="random, subject, group, file, mdre, none, xsub, xview, xset, but got 'actor'",
    ):
        make_split("actor", labels=["joy"])
    with pytest.raises(SplitError, match="expected clips to split, but got none"):
        make_split("random", labels=[])
    with pytest.raises(SplitError, match=r"one subject for each of 3 clips .* but got 2"):
        make_split("subject", labels=["joy"] * 3, subjects=["Ann", "Bob"])


@pytest.mark.parametrize(
    ("subjects", "names", "kind"),
    [
        (["Ann", "Bob"], None, "subject"),
        (["Ann", "Bob", None], ["1", "2", "3"], "group"),
        (["Ann"] * 3, ["1", "2", "3"], "group"),
        (["Ann"] * 3, ["1", "2", "2"], "random"),
        (None, ["1", "2", None], "random"),
        (None, None, "random"),
        ([], [], "random"),
    ],
)
def test_the_default_kind_is_the_most_honest_that_is_possible(subjects, names, kind):
    assert default_split_kind(subjects, names) == kind


def test_parts_cannot_be_written_to(clips):
    split = make_split("random", **clips)
    with pytest.raises(ValueError, match="read-only"):
        split.train[0] = 7


def test_a_split_shares_no_clip():
    with pytest.raises(SplitError, match="clip 1 is in the parts 2 times"):
        Split(
            train=np.array([0, 1]),
            val=np.array([2]),
            test=np.array([1]),
            kind="file",
            val_kind="file",
            protocol="file: as listed",
        )


@pytest.mark.realdata
def test_the_bandai_actions_split_by_recording(shared_data: Path):
    with (shared_data / "bandai-styles" / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [row["label"] for row in rows]
    actions = [row["recording"] for row in rows]
    assert default_split_kind(None, actions) == "group"
    split = make_split("group", labels=labels, recordings=actions)
    assert [len(split.train), len(split.val), len(split.test)] == [245, 35, 70]
    for part in (split.train, split.val, split.test):
        assert len(facts(labels, part)) == 7
    assert find_leaks(split, subjects=None, recordings=actions) == []


@pytest.mark.realdata
def test_validation_recordings_of_the_mpi_actors_differ_with_the_seed(shared_data: Path):
    names = sorted((shared_data / "mpi-ebed").glob("*/*.bvh"))
    labels = [path.parent.name for path in names]
    actor = re.compile("(AnBh|DiMi|LeSt|MaMa|NoVo|SiGl|Sinead)")
    subjects = [actor.search(path.stem)[1].replace("Sinead", "SiGl") for path in names]
    takes = [re.sub(r"(_\d+){4}_[A-Za-z]+$", "", path.stem) for path in names]
    parts = [
        make_split(
            "subject",
            labels=labels,
            subjects=subjects,
            recordings=takes,
            test_subjects=["NoVo"],
            seed=seed,
        )
        for seed in (0, 1)
    ]
    assert len(parts[0].test) == 76
    for split in parts:
        assert facts(labels, split.val) == {"Anger", "Joy", "Sadness", "Neutral"}
        assert len(split.val) == pytest.approx(47.5, abs=5)
        assert find_leaks(split, subjects=subjects, recordings=takes) == []
    assert parts[0].val.tolist() != parts[1].val.tolist()


def test_named_recordings_are_tested(clips):
    split = make_split("group", **clips, test_recordings=("Ann/2", "Bob/1"))
    assert recordings(clips, split.test) == {("Ann", "2"), ("Bob", "1")}
    assert_every_clip_once(split, 120)
    assert "test recordings Ann/2, Bob/1, whose subjects may also train" in split.protocol
    with pytest.raises(SplitError, match="there is no recording Ann/9; there are Ann/1, Ann/2"):
        make_split("group", **clips, test_recordings=("Ann/9",))
    with pytest.raises(SplitError, match="need the split 'group', but it is 'subject'"):
        make_split("subject", **clips, test_recordings=("Ann/1",))
    nobody = {**clips, "subjects": None}
    split = make_split("group", **nobody, test_recordings=("3",))
    assert facts(clips["recordings"], split.test) == {"3"}
    assert "may also train" not in split.protocol


def test_everybody_trains_without_a_test_part(clips):
    split = make_split("none", **clips, seed=1)
    assert split.test.size == 0
    assert_every_clip_once(split, 120)
    assert not recordings(clips, split.train) & recordings(clips, split.val)
    assert facts(clips["subjects"], split.train) == set(SUBJECTS)
    with pytest.raises(SplitError, match="no test clip is left"):
        Split(
            train=split.train,
            val=split.val,
            test=split.test,
            kind="group",
            val_kind="group",
            protocol="by hand",
        )
