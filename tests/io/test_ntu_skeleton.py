from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_ntu_skeleton, read_sequences
from skelgraph.layouts import KINECT20, NTU25

BODY = "72057594037931101 0 1 1 0 0 0 0.05 -0.34 2"
OTHER = "72057594037931102 0 1 1 0 0 0 0.05 -0.34 2"
"""Ids that are one number in double precision."""


def body(facts: str, x: float, state: int = 2, joints: int = 25) -> str:
    rows = [f"{x} {n}.5 3.25 260 170 1030 420 0.1 0.2 0.3 0.4 {state}" for n in range(joints)]
    return "\n".join([facts, str(joints), *rows, ""])


FILE = f"3\n1\n{body(BODY, 0.5)}2\n{body(OTHER, -1)}{body(BODY, 0.75)}0\n"


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str, name: str = "S001C002P003R002A013.skeleton") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write_text


def test_exact_positions_of_two_bodies(write) -> None:
    path = write(FILE)
    assert detect_format(path) == "ntu"
    first, second = read_sequences(path)
    np.testing.assert_array_equal(first.positions[0, :2], [[0.5, 0.5, 3.25], [0.5, 1.5, 3.25]])
    assert first.positions[1, 4, 0] == 0.75
    assert second.positions[1, 24].tolist() == [-1, 24.5, 3.25]
    assert first.present.all(axis=1).tolist() == [True, True, False]
    assert second.present.all(axis=1).tolist() == [False, True, False]
    np.testing.assert_array_equal(first.confidence[:, 0], [1, 1, 0])
    assert (first.layout, first.fps, first.unit, first.up) == (NTU25, 30, "m", "+y")
    assert [(one.name, one.subject, one.recording, one.label) for one in (first, second)] == [
        (f"S001C002P003R002A013#{n}", "P003", "S001P003R002A013", "A013") for n in (1, 2)
    ]


def test_tracking_states(write) -> None:
    text = f"1\n1\n{body(BODY, 0.5)}".replace(" 2\n0.5 1.5", " 1\n0.5 1.5")
    text = text.replace("0.4 2\n0.5 2.5", "0.4 0\n0.5 2.5")
    (sequence,) = read_ntu_skeleton(write(text, "clip.txt"), fps=15)
    assert sequence.confidence[0, :3].tolist() == [0.5, 0, 1]
    assert sequence.present[0, :3].tolist() == [True, False, True]
    assert (sequence.name, sequence.subject, sequence.fps) == ("clip", None, 15)


def test_a_number_that_is_none_is_a_missing_joint(write) -> None:
    (sequence,) = read_ntu_skeleton(write(f"1\n1\n{body(BODY, 0.5)}".replace("0.5 0.5", "nan 0.5")))
    assert np.flatnonzero(~sequence.present[0]).tolist() == [0]


def test_another_layout(write) -> None:
    (sequence,) = read_ntu_skeleton(write(f"1\n1\n{body(BODY, 0.5, joints=20)}"), layout=KINECT20)
    assert sequence.layout == KINECT20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("\0\1", "binary file"),
        ("walk", "expected the number of frames, but got 'walk'"),
        ("-1", "expected the number of frames, but got '-1'"),
        ("3\n0\n0\n0\n", "there is none in any frame"),
        ("2\n0\n", "frame 1: expected a number of bodies, but the file ends: is it cut off?"),
        ("99999999\n0\n", "frame 1: expected a number of bodies, but the file ends"),
        (FILE[:400], "frame 0: expected 25 joints of twelve numbers, but the file ends"),
        (f"1\n1\n{BODY}\n0\n", "frame 0: expected a number of joints, but got '0'"),
        (f"1\n1\n{BODY}\n999999\n1 2", "expected 999999 joints"),
        (FILE.replace("-1 3.5", "-1 x"), "frame 1: expected numbers, but got .*'x'"),
        (FILE + "7\n", "expected the end after 3 frames, but got '7'"),
        (f"2\n1\n{body(BODY, 1)}1\n{body(BODY, 1, joints=20)}", "expected 25 joints as before"),
        (f"1\n1\n{body(BODY, 1, joints=2)}", "2 joints without names"),
        (FILE.replace("0.75 0.5", "1e300 0.5"), "farther away than single precision"),
    ],
)
def test_malformed_files(write, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"S001C002P003R002A013\.skeleton.*{message}"):
        read_sequences(write(text))


def test_bodies_that_come_and_go_take_no_memory(write) -> None:
    frames = [f"1\n{body(f'{n} 0 1 1 0 0 0 0 0 2', 1, joints=1)}" for n in range(3000)]
    with pytest.raises(FormatError, match="3000 bodies are absent from almost all"):
        read_ntu_skeleton(write("3000\n" + "".join(frames)), layout=NTU25.subset([0], "one"))
