from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import make_dataset, read_folder
from skelgraph.errors import DatasetError
from skelgraph.io import Recording, write_csv, write_npz
from skelgraph.layouts import COCO17, H36M17, UPPER10
from skelgraph.poses import PoseSequence, convert_layout


@pytest.fixture
def source(tmp_path: Path, make_sequence) -> Path:
    """Files of two formats and layouts, and a labels file elsewhere."""
    folder = tmp_path / "recordings"
    (folder / "deep").mkdir(parents=True)
    write_csv(folder / "a.csv", make_sequence(layout=COCO17, seed=1))
    write_npz(folder / "deep" / "b.npz", make_sequence(layout=H36M17, seed=2))
    np.savez(folder / "c.npz", make_sequence(layout=UPPER10, seed=3).positions)
    (tmp_path / "my_labels.csv").write_text(
        "file,label,subject,split\na.csv,joy,Ann,train\ndeep/b.npz,sad,Bob,test\n"
    )
    return folder


def test_clips_of_one_layout_with_labels(source: Path, tmp_path: Path, make_sequence) -> None:
    out = tmp_path / "made"
    made = make_dataset(out, source, labels=tmp_path / "my_labels.csv")
    assert made.notes == ("1 files are not in my_labels.csv: c.npz",)
    assert sorted(str(file.relative_to(out)) for file in out.rglob("*.*")) == [
        *("a.npz", "deep/b.npz", "labels.csv")
    ]
    clips = read_folder(out, min_files_per_label=1)
    assert clips.notes == ()
    assert clips.labels == ("joy", "sad")
    assert clips.subjects == ("Ann", "Bob")
    assert clips.parts == ("train", "test")
    assert {clip.layout for clip in clips.sequences} == {UPPER10}
    expected = convert_layout(make_sequence(layout=H36M17, seed=2), UPPER10)
    np.testing.assert_array_equal(clips.sequences[1].positions, expected.positions)


def test_layout_and_rate_by_choice(source: Path, tmp_path: Path) -> None:
    (source / "labels.csv").write_text("file,label\na.csv,joy\nc.npz,joy\n")
    made = make_dataset(
        tmp_path / "made", source, to=UPPER10, fps=60.0, layout=UPPER10, source_fps=15.0
    )
    assert len(made) == 2
    clips = read_folder(tmp_path / "made", min_files_per_label=1)
    assert [(clip.fps, clip.num_frames) for clip in clips.sequences] == [(60.0, 9), (60.0, 17)]


def test_each_person_is_a_file(
    source: Path, tmp_path: Path, make_sequence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_two(recording: Recording, **options: object) -> list[PoseSequence]:
        return [make_sequence(), make_sequence(seed=1)]

    monkeypatch.setattr(Recording, "read_with_hints", lambda self, **_: (read_two(self), ()))
    make_dataset(tmp_path / "made", source, labels=tmp_path / "my_labels.csv")
    monkeypatch.undo()
    clips = read_folder(tmp_path / "made", min_files_per_label=1)
    assert [clip.name for clip in clips.sequences] == ["a#1", "a#2", "deep/b#1", "deep/b#2"]
    assert clips.recordings == ("a", "a", "deep/b", "deep/b")


def test_nothing_is_overwritten_and_nothing_mixed(
    source: Path, tmp_path: Path, make_sequence
) -> None:
    with pytest.raises(DatasetError, match="recordings: expected a new or empty folder"):
        make_dataset(source, source, labels=tmp_path / "my_labels.csv")
    with pytest.raises(DatasetError, match=r"gone\.csv: expected a labels file, but there is none"):
        make_dataset(tmp_path / "made", source, labels=tmp_path / "gone.csv")
    flat = make_sequence(layout=H36M17, dimensions=2)
    write_npz(source / "deep" / "b.npz", replace(flat, unit="px"))
    with pytest.raises(DatasetError, match=r"1 are in 2D \(deep/b\) and 1 in 3D \(a\)"):
        make_dataset(tmp_path / "made", source, labels=tmp_path / "my_labels.csv")
    assert not (tmp_path / "made").exists()


def test_unreadable_files_stop_it_unless_they_may_be_left_out(source: Path, tmp_path: Path) -> None:
    (source / "a.csv").write_text("nothing\n")
    labels = tmp_path / "my_labels.csv"
    with pytest.raises(DatasetError, match=r"1 of 2 files cannot be used: a\.csv"):
        make_dataset(tmp_path / "made", source, labels=labels)
    made = make_dataset(tmp_path / "made", source, labels=labels, skip_unreadable=True)
    assert any(note.startswith("left out: a.csv") for note in made.notes)
    assert (tmp_path / "made" / "labels.csv").read_text().count("\n") == 2
