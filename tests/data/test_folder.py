from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import read_folder
from skelgraph.errors import DatasetError
from skelgraph.io import READERS, Reader, Recording, write_npz
from skelgraph.poses import PoseSequence

FILES = ["joy/a.npz", "joy/deep/b.npz", "sad/a.npz", "sad/c.npz"]


@pytest.fixture
def by_folders(tmp_path: Path, write_clips) -> Path:
    root = tmp_path / "set"
    write_clips(root, FILES)
    return root


def write_labels(root: Path, *lines: str) -> None:
    (root / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_sub_folders_are_labels(by_folders: Path) -> None:
    clips = read_folder(by_folders)
    assert [clip.name for clip in clips.sequences] == ["joy/a", "joy/deep/b", "sad/a", "sad/c"]
    assert clips.labels == ("joy", "joy", "sad", "sad")
    assert clips.name == "set"
    assert clips.parts is None
    assert clips.notes == ()
    assert clips.subjects == clips.recordings == (None,) * 4
    assert [clip.num_frames for clip in clips.sequences] == [5] * 4


def test_hidden_and_foreign_files_are_not_clips(by_folders: Path, write_clips) -> None:
    write_clips(by_folders, [".git/x.npz", "joy/.hidden.npz", "beside.npz"])
    (by_folders / "sad" / "README.md").write_text("about")
    (by_folders / "sad" / "Readme.txt").write_text("about")
    (by_folders / "LICENSE.txt").write_text("about")
    clips = read_folder(by_folders)
    assert len(clips) == 4
    assert clips.notes == ("1 files beside the sub-folders have no label: beside.npz",)


def test_a_labels_file_goes_before_sub_folders(by_folders: Path) -> None:
    write_labels(
        by_folders,
        "file,label,subject,recording,split",
        "sad/c.npz,calm,Ann,r1,test",
        "joy/a.npz,calm,Bob,r2,train",
    )
    clips = read_folder(by_folders)
    assert [clip.name for clip in clips.sequences] == ["sad/c", "joy/a"]
    assert clips.labels == ("calm", "calm")
    assert clips.subjects == ("Ann", "Bob")
    assert clips.recordings == ("r1", "r2")
    assert clips.parts == ("test", "train")
    assert clips.notes == ("2 files are not in labels.csv: joy/deep/b.npz, sad/a.npz",)


def test_facts_in_a_file_hold_where_the_labels_file_is_silent(
    tmp_path: Path, make_sequence
) -> None:
    for name, subject in (("a", "Ann"), ("b", "Bob")):
        sequence = replace(make_sequence(), subject=subject, recording="own", label="other")
        write_npz(tmp_path / f"{name}.npz", sequence)
    write_labels(tmp_path, "file,label,subject", "a.npz,joy,", "b.npz,joy,Eve")
    clips = read_folder(tmp_path)
    assert clips.labels == ("joy", "joy")
    assert clips.subjects == ("Ann", "Eve")
    assert clips.recordings == ("own", "own")


def test_names_keep_the_suffix_where_they_would_repeat(by_folders: Path, make_sequence) -> None:
    from skelgraph.io import write_csv

    write_csv(by_folders / "joy" / "a.csv", make_sequence())
    names = {clip.name for clip in read_folder(by_folders).sequences}
    assert names == {"joy/a.csv", "joy/a.npz", "joy/deep/b", "sad/a", "sad/c"}


def test_each_person_of_a_file_is_a_clip_of_one_recording(
    by_folders: Path, make_sequence, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = np.full((5, 10, 3), np.nan)

    def read_two(recording: Recording, **options: object) -> list[PoseSequence]:
        one = make_sequence()
        return [one, replace(one, positions=nobody), make_sequence(seed=1)]

    monkeypatch.setattr(Recording, "read_with_hints", lambda self, **_: (read_two(self), ()))
    clips = read_folder(by_folders, person="all")
    assert [clip.name for clip in clips.sequences[:2]] == ["joy/a#1", "joy/a#2"]
    assert clips.recordings[:4] == ("joy/a", "joy/a", "joy/deep/b", "joy/deep/b")
    assert clips.notes == ("4 files hold several persons: each is a clip",)
    assert read_folder(by_folders, person="all").notes == clips.notes  # from the cache


def test_of_several_persons_the_main_one_or_one_of_a_number_is_the_clip(
    by_folders: Path, make_sequence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_two(recording: Recording, **options: object) -> list[PoseSequence]:
        large = make_sequence(seed=1)
        small = make_sequence(seed=2)
        return [small, replace(large, positions=3 * large.positions)]

    monkeypatch.setattr(Recording, "read_with_hints", lambda self, **_: (read_two(self), ()))
    clips = read_folder(by_folders)
    assert [clip.name for clip in clips.sequences] == ["joy/a", "joy/deep/b", "sad/a", "sad/c"]
    assert clips.recordings == (None,) * 4
    assert clips.notes == ("4 files hold several persons: the main one is taken",)
    np.testing.assert_array_equal(clips.sequences[0].positions, 3 * make_sequence(seed=1).positions)
    second = read_folder(by_folders, person=1)
    np.testing.assert_array_equal(second.sequences[0].positions, make_sequence(seed=2).positions)
    assert second.notes == ("4 files hold several persons: number 1 is taken",)
    with pytest.raises(DatasetError, match=r"4 of 4 .*: joy/a\.npz: .* a person 3, but .* has 2"):
        read_folder(by_folders, person=3)


@pytest.mark.parametrize("use_cache", [True, False])
def test_all_files_that_cannot_be_used_are_listed_at_once(
    by_folders: Path, make_sequence, use_cache: bool
) -> None:
    (by_folders / "joy" / "empty.npz").write_bytes(b"")
    nobody = replace(make_sequence(), positions=np.full((5, 10, 3), np.nan))
    write_npz(by_folders / "sad" / "nobody.npz", nobody)
    for _ in range(2):
        with pytest.raises(DatasetError, match=r"2 of 6 .* be used: joy/empty\.npz") as e:
            read_folder(by_folders, use_cache=use_cache)
        assert "sad/nobody.npz: expected a person, but no joint is there" in str(e.value)
    clips = read_folder(by_folders, skip_unreadable=True, use_cache=use_cache)
    assert len(clips) == 4
    assert [note.partition(":")[0] for note in clips.notes] == ["left out", "left out"]
    assert "joy/empty.npz" in clips.notes[0]


def test_skipping_must_leave_enough_files_of_each_label(by_folders: Path) -> None:
    (by_folders / "joy" / "a.npz").write_bytes(b"broken")
    with pytest.raises(DatasetError, match=r"at least 2 files .* 'joy' \(1\)"):
        read_folder(by_folders, skip_unreadable=True)
    assert len(read_folder(by_folders, skip_unreadable=True, min_files_per_label=1)) == 3


def test_nothing_readable_at_all_is_an_error_even_when_skipping(tmp_path: Path) -> None:
    (tmp_path / "joy").mkdir()
    for name in ("a", "b"):
        (tmp_path / "joy" / f"{name}.npz").write_bytes(b"broken")
    with pytest.raises(DatasetError, match="2 of 2 files cannot be used"):
        read_folder(tmp_path, skip_unreadable=True)


def test_a_folder_that_is_no_dataset_is_an_error(tmp_path: Path, write_clips) -> None:
    with pytest.raises(DatasetError, match="folder of a dataset, but there is none"):
        read_folder(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="folder of a dataset, but it is a file"):
        read_folder(tmp_path / "file")
    root = tmp_path / "set"
    root.mkdir()
    with pytest.raises(DatasetError, match=r"expected labels.csv .* but there are no readable"):
        read_folder(root)
    write_clips(root, ["a.npz", "b.npz"])
    with pytest.raises(DatasetError, match="but there are 2 files without labels"):
        read_folder(root)
    write_clips(root, ["train/joy/a.npz", "test/joy/a.npz"])
    with pytest.raises(DatasetError, match="test, train are named like the parts of a split"):
        read_folder(root)


def test_files_that_do_not_exist_are_counted(tmp_path: Path) -> None:
    write_labels(tmp_path, "file,label", *(f"{i}.npz,joy" for i in range(7)))
    with pytest.raises(
        DatasetError, match=r"7 of 7 files do not exist: 0.npz, .* 4.npz and 2 more; give"
    ):
        read_folder(tmp_path)


def test_a_file_under_two_names_is_listed_twice(by_folders: Path) -> None:
    write_labels(by_folders, "file,label", "joy/a.npz,joy", "joy/../joy/a.npz,joy")
    with pytest.raises(DatasetError, match=r"listed twice: .*a\.npz"):
        read_folder(by_folders)


def test_progress_counts_the_files(by_folders: Path) -> None:
    steps: list[tuple[int, int]] = []
    read_folder(by_folders, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_fingerprint_is_that_of_the_data_and_not_of_its_place(
    by_folders: Path, tmp_path: Path
) -> None:
    first = read_folder(by_folders).fingerprint
    moved = by_folders.rename(tmp_path / "moved")
    assert read_folder(moved).fingerprint == first
    (moved / "sad").rename(moved / "calm")
    assert read_folder(moved).fingerprint != first


@pytest.mark.realdata
def test_bandai_styles_is_a_folder_dataset(shared_data: Path) -> None:
    clips = read_folder(shared_data / "bandai-styles")
    assert len(clips) == 350
    assert {clips.labels.count(label) for label in clips.classes} == {50}
    assert len(clips.classes) == 7
    assert len(set(clips.recordings)) == 10
    assert len({clip.layout for clip in clips.sequences}) == 1


def test_the_labels_file_tells_the_frame_rate_of_a_file(tmp_path: Path, make_sequence) -> None:
    layout = make_sequence().layout
    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", make_sequence().positions)
    write_npz(tmp_path / "c.npz", make_sequence())
    write_labels(tmp_path, "file,label,fps", "a.npz,joy,15", "b.npz,joy,", "c.npz,joy,20")
    clips = read_folder(tmp_path, layout=layout, fps=50.0)
    assert [clip.fps for clip in clips.sequences] == [15.0, 50.0, 20.0]
    assert clips.notes == (
        "2 files do not name their joints: read as upper10",
        "1 files do not tell their frame rate: read at 50 frames/s; a column fps in labels.csv "
        "tells it",
    )
    assert read_folder(tmp_path, layout=layout, fps=50.0).notes == clips.notes  # from the cache


@pytest.fixture
def frames_reader(monkeypatch: pytest.MonkeyPatch, make_sequence) -> None:
    """A format of one file a frame: folders of ``.frame`` files."""

    def sniff(path: Path, head: bytes) -> bool:
        return path.is_dir() and any(path.glob("*.frame"))

    def read(path: Path, *, layout: object, fps: object) -> list[PoseSequence]:
        return [make_sequence(num_frames=len(list(path.glob("*.frame"))))]

    reader = Reader(
        name="frames",
        suffixes=(),
        sniff=sniff,
        read=read,
        description="frames",
        frame_suffix=".frame",
    )
    monkeypatch.setitem(READERS, "frames", reader)


@pytest.mark.usefixtures("frames_reader")
@pytest.mark.parametrize("by_labels", [True, False])
def test_a_folder_of_one_file_a_frame_is_one_clip(by_folders: Path, by_labels: bool) -> None:
    walk = by_folders / "joy" / "walk"
    walk.mkdir()
    for frame in range(3):
        (walk / f"{frame}.frame").write_text("x")
    if by_labels:
        write_labels(by_folders, "file,label", "joy/walk,joy", "joy/a.npz,joy")
    clips = read_folder(by_folders)
    (clip,) = (clip for clip in clips.sequences if clip.name == "joy/walk")
    assert (clip.num_frames, clip.label) == (3, "joy")
    (walk / "3.frame").write_text("x")
    assert read_folder(by_folders).fingerprint != clips.fingerprint
