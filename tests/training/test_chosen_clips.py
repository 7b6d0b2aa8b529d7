"""Named splits of archives."""

from dataclasses import replace

import numpy as np
import pytest

from skelgraph.config import SplitSettings
from skelgraph.data import ClipSet
from skelgraph.errors import SplitError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.training.chosen_clips import find_schemes, take_listed_clips
from skelgraph.training.preparation import split_clips


def make(splits: dict[str, list[int]], count: int = 8) -> ClipSet:
    rng = np.random.default_rng(0)
    return ClipSet(
        name="archive",
        fingerprint="0",
        sequences=tuple(
            PoseSequence(
                positions=rng.normal(size=(9, 10, 3)),
                layout=UPPER10,
                fps=30.0,
                name=f"clip {number}",
                label="ab"[number % 2],
                subject=f"S{number // 2}",
                recording=f"R{number}",
            )
            for number in range(count)
        ),
        splits={name: np.array(clips) for name, clips in splits.items()},
    )


TWO = {
    "xsub_train": [0, 1, 2, 3, 4, 5],
    "xsub_val": [6, 7],
    "xview_train": [0, 1, 2, 3],
    "xview_val": [4, 5],
}


@pytest.mark.parametrize(
    ("names", "schemes"),
    [
        (["train", "val", "test"], {"": {"train": "train", "val": "val", "test": "test"}}),
        (["Train", "dev"], {"": {"train": "Train", "val": "dev"}}),
        (["train1", "test1"], {"1": {"train": "train1", "test": "test1"}}),
        (["xset_train", "xset_val"], {"xset": {"train": "xset_train", "val": "xset_val"}}),
        (["all"], {}),
        (["train"], {}),
    ],
)
def test_names_of_parts(names: list[str], schemes: dict[str, dict[str, str]]) -> None:
    assert find_schemes(names) == schemes


def test_a_split_by_name_and_its_validation_part_is_tested() -> None:
    settings = SplitSettings.of(split="file", split_name="xsub")
    clips = take_listed_clips(make(TWO), settings)
    assert clips.parts == ("train",) * 6 + ("test",) * 2
    assert clips.notes == ("xsub_train trains, xsub_val tests",)
    split = split_clips(clips, settings, seed=0)
    assert split.test.tolist() == [6, 7]
    assert split.protocol.startswith("xsub, file: test as listed; validation by recording")


def test_clips_that_no_part_lists_are_left_out() -> None:
    clips = take_listed_clips(make(TWO), SplitSettings.of(split_name="xview"))
    assert [sequence.name for sequence in clips.sequences] == [f"clip {n}" for n in range(6)]
    assert clips.parts == ("train",) * 4 + ("test",) * 2
    assert "2 clips are in no part" in clips.notes
    assert clips.splits["xsub_val"].tolist() == []
    assert split_clips(clips, SplitSettings.of(split_name="xview"), seed=0).tests_views


def test_the_only_split_needs_no_name_and_three_parts_are_taken_as_they_are() -> None:
    parts = {"train": [0, 1, 2, 3], "val": [4, 5], "test": [6, 7]}
    clips = take_listed_clips(make(parts), SplitSettings())
    assert clips.parts == ("train",) * 4 + ("val",) * 2 + ("test",) * 2


def test_without_a_name_several_splits_are_left_alone_unless_one_is_wanted() -> None:
    assert take_listed_clips(make(TWO), SplitSettings()).parts is None
    with pytest.raises(SplitError, match="choose one with --split-name: xsub, xview"):
        take_listed_clips(make(TWO), SplitSettings.of(split="file"))


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        (TWO, "there is no split 'cross'; there are xsub, xview"),
        ({}, "there is no split 'cross'; the data have none by name"),
        ({"cross_train": [0, 1], "cross_val": [1]}, "'clip 1' is in two parts of a split"),
    ],
)
def test_splits_that_cannot_be(splits: dict[str, list[int]], message: str) -> None:
    with pytest.raises(SplitError, match=message):
        take_listed_clips(make(splits), SplitSettings.of(split_name="cross"))


def test_a_name_is_not_ignored_if_the_data_have_parts_of_their_own() -> None:
    listed = replace(make({}), parts=("train",) * 6 + ("test",) * 2)
    with pytest.raises(SplitError, match="leave out --split-name"):
        take_listed_clips(listed, SplitSettings.of(split="file", split_name="xsub"))
    assert take_listed_clips(listed, SplitSettings.of(split="file")) is listed
