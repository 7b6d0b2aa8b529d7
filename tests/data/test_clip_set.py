import pytest

from skelgraph.data import ClipSet, check_label_counts
from skelgraph.errors import DatasetError


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
