import warnings
from pathlib import Path

import pytest

from skelgraph.data import ClipSet, check_label_counts
from skelgraph.data.clip_set import read_each
from skelgraph.errors import DatasetError, FormatWarning
from skelgraph.poses import PoseSequence


def test_facts_of_the_clips_are_in_their_order(make_sequence) -> None:
    clips = ClipSet(
        name="two",
        sequences=(
            make_sequence(name="a", label="sad", recording="r1"),
            make_sequence(name="b", label="joy"),
        ),
        fingerprint="00",
        parts=("train", "test"),
    )
    assert len(clips) == 2
    assert clips.labels == ("sad", "joy")
    assert clips.classes == ("joy", "sad")
    assert clips.subjects == (None, None)
    assert clips.recordings == ("r1", None)


def test_wrong_clips_are_errors(make_sequence) -> None:
    labeled = make_sequence(name="a", label="sad")
    with pytest.raises(DatasetError, match="'d': expected at least one clip"):
        ClipSet(name="d", sequences=(), fingerprint="")
    with pytest.raises(DatasetError, match="there is none for b"):
        ClipSet(name="d", sequences=(labeled, make_sequence(name="b")), fingerprint="")
    with pytest.raises(DatasetError, match="names must differ, but a repeat"):
        ClipSet(name="d", sequences=(labeled, labeled), fingerprint="")
    with pytest.raises(DatasetError, match="for each of 1 clips, but got 2 parts"):
        ClipSet(name="d", sequences=(labeled,), fingerprint="", parts=("train", "test"))


def test_a_label_with_one_file_is_an_error() -> None:
    labels = ["joy", "joy", "sad", "calm", "calm"]
    with pytest.raises(DatasetError, match=r"here: .* at least 2 files .* fewer for 'sad' \(1\)"):
        check_label_counts(labels, minimum=2, where="here")
    check_label_counts(labels, minimum=1, where="here")


def test_warnings_about_files_become_notes_and_others_stay_warnings(
    make_sequence, tmp_path: Path
) -> None:
    def read(number: int) -> list[PoseSequence]:
        warnings.warn(f"{tmp_path}/{number}.bvh: cut", FormatWarning, stacklevel=1)
        if number:
            warnings.warn("the cache is full", UserWarning, stacklevel=1)
        return [make_sequence(name=str(number))]

    with pytest.warns(UserWarning, match="the cache is full"):
        result = read_each(tmp_path, [tmp_path / "0.bvh", tmp_path / "1.bvh"], read)
    assert result.notes == ("0.bvh: cut", "1.bvh: cut")
    assert len(result.sequences) == 2
