"""Files whose names tell label and subject, as those of MSR Action3D and NTU RGB+D."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import read_folder
from skelgraph.errors import DatasetError
from skelgraph.io import write_npz
from skelgraph.layouts import KINECT20
from skelgraph.poses import PoseSequence


@pytest.fixture
def msr(tmp_path: Path) -> Path:
    """Two subjects, two actions: a joint a line, x y z confidence."""
    rng = np.random.default_rng(0)
    for action in (1, 20):
        for subject in (1, 2):
            table = np.append(rng.normal(size=(12 * 20, 3)), np.ones((12 * 20, 1)), axis=1)
            np.savetxt(tmp_path / f"a{action:02}_s{subject:02}_e01_skeleton.txt", table)
    return tmp_path


def test_names_tell_label_subject_and_recording(msr: Path) -> None:
    clips = read_folder(msr, layout=KINECT20, fps=15.0)
    assert clips.labels == ("a01", "a01", "a20", "a20")
    assert clips.subjects == ("s01", "s02", "s01", "s02")
    assert clips.recordings[3] == "a20_s02_e01"
    assert [(clip.num_frames, clip.fps) for clip in clips.sequences] == [(12, 15)] * 4
    assert clips.notes[0] == (
        "label and subject are those in the names, such as a01 and s01 in a01_s01_e01_skeleton.txt"
    )


def test_other_files_beside_them_are_a_note(msr: Path) -> None:
    (msr / "about.txt").write_text("of no use")
    clips = read_folder(msr, layout=KINECT20, fps=15.0)
    assert len(clips) == 4
    assert clips.notes[1] == "1 files have no label in their name: about.txt"


def test_a_labels_file_is_believed_and_names_tell_the_subjects(msr: Path) -> None:
    lines = []
    for file in sorted(msr.glob("*.txt")):
        label = "high" if "a01" in file.name else "low"
        lines.append(f"{file.name},{label},{'train' if 's01' in file.name else 'test'}")
    (msr / "labels.csv").write_text("\n".join(["file,label,split", *lines]) + "\n")
    clips = read_folder(msr, layout=KINECT20, fps=15.0)
    assert clips.labels == ("high", "high", "low", "low")
    assert clips.subjects == ("s01", "s02", "s01", "s02")
    assert clips.parts == ("train", "test", "train", "test")


def test_names_of_ntu_of_any_format(tmp_path: Path) -> None:
    take = PoseSequence(positions=np.ones((5, 20, 3)), layout=KINECT20, fps=30.0)
    for name in ("S001C001P003R002A013", "S001C002P003R002A013"):
        write_npz(tmp_path / f"{name}.npz", take)
    clips = read_folder(tmp_path)
    assert clips.labels == ("A013", "A013")
    assert clips.subjects == ("P003", "P003")
    assert clips.recordings == ("S001P003R002A013",) * 2


def test_names_without_a_label_are_none(tmp_path: Path) -> None:
    take = PoseSequence(positions=np.ones((5, 20, 3)), layout=KINECT20, fps=30.0)
    write_npz(tmp_path / "s01_e01.npz", take)
    with pytest.raises(DatasetError, match=r"or names such as S001C002P003R002A013 or a01_s01_e01"):
        read_folder(tmp_path)
