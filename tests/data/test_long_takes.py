"""Folder datasets whose clips are cut from long takes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import skelgraph.data.clip_reader
from skelgraph.data import read_folder
from skelgraph.errors import DatasetError
from skelgraph.io import Recording, open_recording, write_npz
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    """Two takes of ten seconds; the coordinates of a frame are its number."""
    folder = tmp_path / "takes"
    (folder / "day").mkdir(parents=True)
    positions = np.arange(300.0)[:, None, None] * np.ones((300, 10, 3)) + [0, 1, 0]
    take = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m")
    write_npz(folder / "a.npz", take)
    write_npz(folder / "day" / "b.npz", replace(take, positions=positions + 1000, start_s=2.0))
    return folder


@pytest.fixture
def label(takes: Path) -> Callable[..., None]:
    def write(*lines: str, header: str = "file,label,start,end") -> None:
        (takes / "labels.csv").write_text("\n".join((header, *lines)) + "\n")

    return write


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were opened."""
    names: list[str] = []

    def count(path: Path) -> Recording:
        names.append(path.name)
        return open_recording(path)

    monkeypatch.setattr(skelgraph.data.clip_reader, "open_recording", count)
    return names


def frames(clip: PoseSequence) -> tuple[int, int]:
    """The first and the last frame of a clip."""
    return int(clip.positions[0, 0, 0]), int(clip.positions[-1, 0, 0])


def test_clips_of_two_takes(takes: Path, label, opened: list[str]) -> None:
    label(
        *("day/b.npz,sit,2.5,3", "a.npz,walk,1.5,3", "day/b.npz,walk,60f,75f", "a.npz,sit,0:03,"),
        "a.npz,walk,,15f",
    )
    for _ in range(2):  # the second time from the cache
        clips = read_folder(takes)
        assert [clip.name for clip in clips.sequences] == [
            "day/b@2.5s-3s",
            "a@1.5s-3s",
            "day/b@60f-75f",
            "a@3s-end",
            "a@start-15f",
        ]
        assert [frames(clip) for clip in clips.sequences] == [
            *((1015, 1029), (45, 89), (1000, 1014), (90, 299), (0, 14))
        ]
        assert clips.labels == ("sit", "walk", "walk", "sit", "walk")
        assert clips.recordings == ("day/b", "a", "day/b", "a", "a")
        assert clips.notes == ()
        assert [clip.start_s for clip in clips.sequences] == [2.5, 1.5, 2, 3, 0]
        spans = [(span.take, span.start, span.end) for span in clips.spans if span]
        assert spans == [
            *(("day/b.npz", 75, 90), ("a.npz", 45, 90), ("day/b.npz", 60, 75)),
            *(("a.npz", 90, 300), ("a.npz", 0, 15)),
        ]
    assert opened == ["b.npz", "a.npz"]


def test_the_labels_file_may_name_recording_and_subject(takes: Path, label) -> None:
    header = "file,label,start_frame,end_frame,recording,subject"
    label("a.npz,walk,30,60,day 1,ann", "a.npz,walk,90,91,,bob", header=header)
    clips = read_folder(takes)
    assert clips.recordings == ("day 1", "a")
    assert clips.subjects == ("ann", "bob")
    assert [frames(clip) for clip in clips.sequences] == [(30, 59), (90, 90)]


def test_a_path_may_be_written_in_two_ways(takes: Path, label) -> None:
    label("a.npz,walk,0,2", "./a.npz,walk,1,3")
    assert {span.take for span in read_folder(takes).spans if span} == {"a.npz"}


def test_a_whole_file_beside_clips_of_it(takes: Path, label) -> None:
    label("a.npz,all,,", "day/b.npz,all,,", "a.npz,walk,0,1", "a.npz,walk,1,2")
    clips = read_folder(takes)
    assert [clip.name for clip in clips.sequences] == ["a", "day/b", "a@0s-1s", "a@1s-2s"]
    assert clips.recordings == (None, None, "a", "a")
    assert [span.end for span in clips.spans if span] == [300, 360, 30, 60]
    kept = clips.take([0, 3], note="some")
    assert [span.end for span in kept.spans if span] == [300, 60]


def test_files_without_a_range_have_no_spans(takes: Path, label) -> None:
    label("a.npz,all", "day/b.npz,all", header="file,label")
    assert read_folder(takes).spans == ()


def test_files_of_one_stem_keep_their_suffix_in_names(takes: Path, label) -> None:
    (takes / "a.json").write_bytes((takes / "a.npz").read_bytes())  # the content tells the format
    label("a.npz,walk,0,1", "a.json,walk,0,1", "a.json,walk,1,2")
    names = [clip.name for clip in read_folder(takes).sequences]
    assert names == ["a.npz@0s-1s", "a.json@0s-1s", "a.json@1s-2s"]


def test_persons_keep_the_number_that_they_have_in_the_take(
    takes: Path, label, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_two(recording: Recording, **options: object) -> list[PoseSequence]:
        ones = np.ones((300, 10, 3))
        late = ones.copy()
        late[:200] = np.nan
        return [
            PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
            for positions in (np.where(np.isnan(late), ones, np.nan), late, ones)
        ]

    monkeypatch.setattr(Recording, "read_with_hints", lambda self, **_: (read_two(self), ()))
    label("a.npz,walk,0,5", "a.npz,walk,7,9", "a.npz,walk,6,8")
    clips = read_folder(takes, person="all", use_cache=False)
    names = [clip.name.partition("@")[2] for clip in clips.sequences]
    assert names == ["0s-5s#1", "0s-5s#3", "7s-9s#2", "7s-9s#3", "6s-8s#1", "6s-8s#2", "6s-8s#3"]
    assert set(clips.recordings) == {"a"}
    assert [span.take for span in clips.spans if span][:3] == ["a.npz#1", "a.npz#3", "a.npz#2"]


def test_an_end_shortly_after_the_recording_is_a_note(takes: Path, label) -> None:
    label("a.npz,walk,0,10.02", "a.npz,walk,9,301f")
    clips = read_folder(takes)
    assert [frames(clip) for clip in clips.sequences] == [(0, 299), (270, 299)]
    assert clips.notes == (
        "1 files are not in labels.csv: day/b.npz",
        "a.npz: line 2 of the labels (0s-10.02s): ends 0.033 s after the recording, and was cut "
        "there",
        "a.npz: line 3 of the labels (9s-301f): ends 0.033 s after the recording, and was cut "
        "there",
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ("a.npz,walk,1,2", "a.npz,walk,9,12"),
            r"1 of 2 files .*a\.npz, line 3 of the labels",
        ),
        (("a.npz,walk,1,2", "a.npz,walk,10,"), "expected a clip within the recording, which goes"),
        (("a.npz,walk,2,1",), "line 2 ends at 1, which is not after its start 2"),
        (("a.npz,walk,5f,5f",), "line 2 ends at 5f, which is not after its start 5f"),
        (("a.npz,walk,soon,2",), r"line 2 has the start 'soon' instead of seconds \(12.5, 1:02.5"),
        (("a.npz,walk,1,2", "a.npz,sit,1,2.0"), r"'a.npz' is listed 2 times with 1s-2s"),
        (("a.npz,walk,,", "a.npz,sit,,"), "'a.npz' is listed 2 times"),
        (("a.npz,walk,1,2", "./a.npz,sit,1,2"), r"files are listed twice: .*a\.npz 1s-2s"),
        (
            ("gone.npz,walk,1,2", "gone.npz,walk,3,4", "a.npz,sit,0,1"),
            "1 of 2 files do not",
        ),
    ],
)
def test_what_is_no_clip(takes: Path, label, lines: tuple[str, ...], message: str) -> None:
    label(*lines)
    with pytest.raises(DatasetError, match=message):
        read_folder(takes, min_files_per_label=1)


def test_a_start_without_a_file_or_named_twice(takes: Path, label) -> None:
    label(",walk,1,2,hello", header="file,label,start,end,text")
    with pytest.raises(DatasetError, match="line 2 has a start or an end, but no file"):
        read_folder(takes)
    label("a.npz,walk,1,2,3", header="file,label,start,end,start_frame")
    with pytest.raises(DatasetError, match="repeats start"):
        read_folder(takes)


def test_a_damaged_take_is_one_problem(takes: Path, label, opened: list[str]) -> None:
    (takes / "a.npz").write_bytes(b"PK")
    label("a.npz,walk,1,2", "a.npz,walk,3,4", "day/b.npz,walk,3,4")
    with pytest.raises(DatasetError, match=r": 1 of 3 files cannot be used: a\.npz: "):
        read_folder(takes)
    assert opened == ["a.npz", "b.npz"]


def test_nobody_in_a_clip(takes: Path, label) -> None:
    positions = np.ones((90, 10, 3))
    positions[30:60] = np.nan
    write_npz(takes / "a.npz", PoseSequence(positions=positions, layout=UPPER10, fps=30.0))
    label("a.npz,walk,1,2", "a.npz,walk,2,3")
    with pytest.raises(DatasetError, match=r"line 2 of the labels \(1s-2s\): expected a person"):
        read_folder(takes)
