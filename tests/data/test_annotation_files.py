"""Annotations of takes, from the files of a tool to a dataset."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import ClipSet, make_dataset, read_folder
from skelgraph.errors import DatasetError
from skelgraph.io import write_npz
from skelgraph.layouts import KINECT20, UPPER10
from skelgraph.poses import PoseSequence

HEADER = "Observation id,Subject,Behavior,Start (s),Stop (s),Media file name\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two takes of ten seconds; the coordinates of a frame are its number."""
    folder = tmp_path / "recordings"
    (folder / "day").mkdir(parents=True)
    positions = np.arange(300.0)[:, None, None] * np.ones((300, 10, 3))
    take = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m", name="x")
    write_npz(folder / "take 1.npz", take)
    write_npz(folder / "day" / "body_take2.npz", replace(take, positions=positions + 1000))
    return folder


@pytest.fixture
def make(tmp_path: Path, source: Path) -> Callable[..., ClipSet]:
    def make_from(text: str, name: str = "events.csv", **options: object) -> ClipSet:
        file = tmp_path / "annotations" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return make_dataset(tmp_path / "made", source, annotations=file.parent, **options)

    return make_from


def labels(tmp_path: Path) -> list[str]:
    return (tmp_path / "made" / "labels.csv").read_text().splitlines()


EVENTS = HEADER + (
    "o1,Ann,walk,1,2.5,/v/take 1.mp4\n"
    "o1,,sit,2.5,4,/v/take 1.mp4\n"
    "o2,Bob,walk,0,1,/v/take2.avi\n"
    "o3,Bob,walk,0,1,/v/take3.avi\n"
)


def test_a_table_of_clips(tmp_path: Path, make) -> None:
    made = make(EVENTS)
    assert made.notes == ("1 annotations have no recording, left out: take3",)
    assert labels(tmp_path) == [
        "file,label,subject,recording,split,start,end",
        "take 1.npz,walk,Ann,take 1,,1,2.5",
        "take 1.npz,sit,,take 1,,2.5,4",
        "day/body_take2.npz,walk,Bob,day/body_take2,,0,1",
    ]
    clips = read_folder(tmp_path / "made", min_files_per_label=1)
    assert [clip.name for clip in clips.sequences] == [
        *("take 1@1s-2.5s", "take 1@2.5s-4s", "day/body_take2@0s-1s")
    ]
    assert [clip.positions[0, 0, 0] for clip in clips.sequences] == [30, 75, 1000]
    assert [clip.num_frames for clip in clips.sequences] == [45, 45, 30]
    assert sorted(file.name for file in (tmp_path / "made").rglob("*.npz")) == [
        *("body_take2.npz", "take 1.npz")
    ]


def test_annotations_that_overlap_are_a_note(make) -> None:
    made = make(HEADER + "o,,walk,1,3,take 1\no,,sit,2.5,4,take 1\n")
    assert made.notes == (
        "1 recordings have no annotation, left out: day/body_take2.npz",
        "2 clips of one take overlap in time: take 1@1s-3s and take 1@2.5s-4s (0.50 s)",
    )


def test_frames_keep_their_numbers_at_another_rate_and_layout(tmp_path: Path, make) -> None:
    made = make("take 1\nwalk: 30 59\nsit: 60 74\n", "list.txt", fps=60.0)
    assert labels(tmp_path)[1:] == [
        "take 1.npz,walk,,take 1,,30f,60f",
        "take 1.npz,sit,,take 1,,60f,75f",
    ]
    assert [clip.fps for clip in made.sequences] == [60, 60]
    assert [clip.positions[[0, -1], 0, 0].tolist() for clip in made.sequences] == [
        *([30, 59.5], [60, 74.5])
    ]


def test_an_end_shortly_after_the_take(tmp_path: Path, make) -> None:
    made = make(HEADER + "o,,walk,9,10.02,take 1\n")
    assert made.notes[1:] == (
        "take 1.npz (9s-10.02s): ends 0.033 s after the recording, and was cut there",
    )
    assert labels(tmp_path)[1:] == ["take 1.npz,walk,,take 1,,9,"]


def test_a_table_with_start_and_end(tmp_path: Path, make) -> None:
    make("file,label,start,end\nbody_take2.npz,walk,1,2\ntake 1.mp4,sit,30f,60f\n", "table.csv")
    assert [line.partition(",")[0] for line in labels(tmp_path)[1:]] == [
        *("day/body_take2.npz", "take 1.npz")
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            "o,,walk,0,1,x\n",
            r"no recording has the name of an annotated one; recordings are day/bod",
        ),
        (
            "o,,walk,9,12,take 1\n",
            r"1 of 1 clips cannot be used: take 1\.npz \(9s-12s\): expected a",
        ),
        ("o,,walk,5,4,take 1\n", "expected a start before the end"),
    ],
)
def test_what_has_no_clip(make, rows: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        make(HEADER + rows)


def test_clips_with_a_problem_may_be_skipped(make) -> None:
    made = make(HEADER + "o,,walk,9,12,take 1\no,,sit,1,2,take 1\n", skip_unreadable=True)
    assert len(made) == 1
    assert made.notes[-1].startswith("left out: take 1.npz (9s-12s): expected a clip within the")


def test_names_that_fit_several_recordings(make, source: Path) -> None:
    (source / "take 1.json").write_bytes((source / "take 1.npz").read_bytes())
    with pytest.raises(
        DatasetError, match=r"'take 1' is annotated, but several recordings have th"
    ):
        make(HEADER + "o,,walk,0,1,take 1\n")


def test_folders_and_files_without_annotations(make, tmp_path: Path, source: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"expected annotations of ELAN \(\.eaf\), BORIS .*, but"
    ):
        make("hello\n", "notes.txt")
    with pytest.raises(DatasetError, match=r"notes\.txt: expected annotations of ELAN"):
        make_dataset(tmp_path / "made", source, annotations=tmp_path / "annotations" / "notes.txt")
    with pytest.raises(DatasetError, match="there is no such file or folder"):
        make_dataset(tmp_path / "made", source, annotations=tmp_path / "gone")


def test_labels_with_start_and_end_write_each_take_once(source: Path, tmp_path: Path) -> None:
    (source / "labels.csv").write_text(
        "file,label,subject,split,start,end\n"
        "take 1.npz,walk,Ann,train,1,2\ntake 1.npz,sit,Ann,test,3,\n"
    )
    made = make_dataset(tmp_path / "made", source)
    assert made.notes == ("1 files are not in labels.csv: day/body_take2.npz",)
    assert made.parts == ("train", "test")
    assert labels(tmp_path)[1:] == [
        *("take 1.npz,walk,Ann,take 1,train,1,2", "take 1.npz,sit,Ann,take 1,test,3,")
    ]


def test_utkinect_needs_a_table_and_no_code(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "utkinect"
    if not source.is_dir():
        pytest.skip(f"no UTKinect-Action3D in {shared_data}")
    made = make_dataset(
        tmp_path / "made",
        source,
        annotations=source / "actionLabel.txt",
        layout=KINECT20,
        source_fps=30.0,
    )
    assert (len(made), len(made.classes), len(set(made.subjects))) == (199, 10, 10)
    assert len(set(made.recordings)) == 20
    walk = made.sequences[0]
    assert (walk.name, walk.subject, walk.num_frames) == ("joints_s01_e01@252f-391f", "s01", 70)
    table = np.loadtxt(source / "joints_s01_e01.txt")
    row = table[table[:, 0] == 254][-1]
    np.testing.assert_allclose(walk.positions[1].ravel(), row[1:], rtol=1e-6)
