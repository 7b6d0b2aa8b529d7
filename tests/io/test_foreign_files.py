"""Files that are no recordings of bodies: one sentence each, with a way to a skeleton."""

import json
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import open_recording

HAND = [{"x": 0.1 * joint, "y": 0.2, "z": 0.0} for joint in range(21)]
MOT = "Coordinates\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\ntime\tpelvis_tilt\n"
LONGEST = 300


def refuse(path: Path) -> str:
    """Return the one sentence with which a file is refused."""
    with pytest.raises(FormatError) as caught:
        open_recording(path).read(fps=30.0)
    sentence = str(caught.value)
    assert len(sentence) < LONGEST + len(str(path.parent))
    assert "\n" not in sentence
    return sentence.replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("talk.mp4", b"\0\0\0\x18ftypmp42" + bytes(50), "skelgraph extract talk.mp4 --out talk.np"),
        ("talk.dat", b"\x1aE\xdf\xa3" + bytes(50), "this is a video"),
        ("talk.csv", b"RIFF\0\0\0\0AVI LIST", "this is a video"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "this is an image"),
        ("a.txt", b"\xff\xd8\xff\xe0", "this is an image"),
        ("a.mp3", b"ID3\x04", "this is sound"),
        ("a.mat", b"MATLAB 5.0 MAT-file, Platform", "this is a MATLAB file"),
        ("a.bin", b"MATLAB 7.3 MAT-file, Platform", "this is a MATLAB file"),
        ("a.hdf", b"\x89HDF\r\n\x1a\n" + bytes(50), "expected an HDF5 file, but it is damaged"),
        ("gait.mot", (MOT + "0.0\t1.0\n").encode(), "angles or forces of OpenSim"),
        ("gait.csv", (MOT + "0.0\t1.0\n").encode(), "give the markers"),
        ("grf.mot", b"time\tground_force_vx\n0.0\t1.0\n", "angles or forces of OpenSim"),
        ("body.osim", b'<?xml version="1.0"?>\n<OpenSimDocument Version="4">', "set-up of OpenSim"),
        ("a.fbx", b"Kaydara FBX Binary  \0", "export its animation as BVH"),
        ("a.pdf", b"%PDF-1.5", "a document and no recording"),
        ("a.xlsx", b"PK\x03\x04", "save the sheet as CSV"),
        ("a.zip", b"PK\x03\x04", "unpack it"),
        ("a.pt", b"PK\x03\x04", "weights of a network"),
        ("a.parquet", b"PAR1", "a table in binary form"),
        ("a.xyz", b"walked to the door", "begins with 'walked to the door'; the nearest"),
        ("a.xyz", b"\x01\0\x02", "binary data of no known format; the nearest"),
        ("a.xyz", b"", "the file is empty"),
    ],
)
def test_what_a_file_is(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused = refuse(tmp_path / name)
    assert refused.startswith(f"{name}: ")
    assert sentence in refused


@pytest.mark.parametrize(
    "content",
    [
        [{"landmarks": HAND}] * 3,
        [{"pose_landmarks": [HAND]}] * 3,
        [[[0.1, 0.2, 0.3]] * 21] * 3,
        {"frames": [{"hand_landmarks": [HAND], "handedness": ["Left"]}]},
        [{"multi_hand_landmarks": [HAND]}] * 3,
    ],
)
def test_hands_alone(tmp_path: Path, content: object) -> None:
    (tmp_path / "hands.json").write_text(json.dumps(content))
    assert "the 21 landmarks of hands and no body" in refuse(tmp_path / "hands.json")


def test_a_table_of_hands_alone(tmp_path: Path) -> None:
    file = tmp_path / "hands.csv"
    file.write_text(",".join(f"{axis}{joint}" for joint in range(21) for axis in "xyz") + "\n1\n")
    assert "the 21 landmarks of hands and no body" in refuse(file)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"name": "ann", "fps": 30}, ("keys 'name', 'fps'", "form is skelgraph's JSON (keys")),
        ({"skeleton": 1, "n": 2}, ("keys 'skeleton', 'n'", "form is Kinetics-skeleton (keys data")),
        ([{"score": 1, "box": [1]}], ("a list of 1, the first of them an object", "AlphaPose")),
        ([1, 2], ("a list of 2", "or write CSV with columns <joint>_x")),
    ],
)
def test_json_of_no_form(tmp_path: Path, content: object, parts: tuple[str, str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    refused = refuse(tmp_path / "a.json")
    assert all(part in refused for part in parts)


def test_a_folder_of_several_recordings(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2, 2)))
    with pytest.raises(FormatError, match="this is a folder; `skelgraph inspect"):
        open_recording(tmp_path)
