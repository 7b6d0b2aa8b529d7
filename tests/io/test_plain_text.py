from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io import detect_format, read_plain_text, read_sequence
from skelgraph.layouts import KINECT20, UPPER10, JointLayout

ARM = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder", "wrist": "elbow"})
MINE = JointLayout.from_parents("mine", {"j0": None} | {f"j{n}": f"j{n - 1}" for n in range(1, 20)})
FRAMES = "1 2 3 4 5 6 7 8 9\n10 11 12 13 14 15 16 17 18\n"


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "clip.txt"
        path.write_text(text)
        return path

    return write_text


def read(path: Path, layout: JointLayout = ARM, fps: float | None = 30.0):
    assert detect_format(path) == "text"
    return read_plain_text(path, layout=layout, fps=fps)


@pytest.mark.parametrize(
    "text",
    [
        FRAMES,
        FRAMES.replace(" ", ","),
        FRAMES.replace(" ", "\t"),
        FRAMES.replace(" ", " , "),
        FRAMES.replace(" ", ";"),
        "# x y z of each joint\n\n" + FRAMES.replace("\n", "\r\n\r\n"),
        "1 2 3\n4 5 6\n7 8 9\n\n10 11 12\n13 14 15\n16 17 18\n",
    ],
)
def test_exact_positions(write, text: str) -> None:
    sequence = read(write(text))
    np.testing.assert_array_equal(sequence.positions, np.arange(1, 19).reshape(2, 3, 3))
    assert (sequence.layout, sequence.fps, sequence.confidence) == (ARM, 30, None)


def test_positions_in_the_plane(write) -> None:
    by_frame = read(write("1 2 3 4 5 6\n7 8 9 10 11 12\n"))
    by_joint = read(write("1 2\n3 4\n5 6\n7 8\n9 10\n11 12\n"))
    np.testing.assert_array_equal(by_frame.positions, np.arange(1, 13).reshape(2, 3, 2))
    np.testing.assert_array_equal(by_joint.positions, by_frame.positions)


def test_confidences(write) -> None:
    by_frame = read(write("1 2 3 .5 4 5 6 .5 7 8 9 1\n1 2 3 .5 4 5 6 .5 0 0 0 0\n"))
    by_joint = read(write("1 2 3 .5\n4 5 6 .5\n7 8 9 1\n1 2 3 .5\n4 5 6 .5\n0 0 0 0\n"))
    assert by_frame.confidence.tolist() == [[0.5, 0.5, 1], [0.5, 0.5, 0]]
    np.testing.assert_array_equal(by_joint.positions, by_frame.positions)
    np.testing.assert_array_equal(by_joint.confidence, by_frame.confidence)


@pytest.mark.parametrize("missing", ["0 0 0", "nan 1 2", "1 -1.#IND00 2"])
def test_missing_joints(write, missing: str) -> None:
    sequence = read(write(FRAMES.replace("4 5 6", missing)))
    assert np.argwhere(~sequence.present).tolist() == [[0, 1]]


def test_frame_numbers(write) -> None:
    rows = "".join(f"{n} {row}\n" for n, row in zip((7, 8, 9, 11), [FRAMES[:17]] * 4, strict=True))
    sequence = read(write(rows))
    assert sequence.present.all(axis=1).tolist() == [True, True, True, False, True]
    with pytest.raises(RateError, match="tell no frame rate; pass it"):
        read(write(rows), fps=None)


def test_frame_numbers_tell_the_clock(write) -> None:
    row = FRAMES[:17]
    with pytest.warns(FormatWarning, match=r"clip\.txt: 1 frame numbers or times repeat; the last"):
        sequence = read(
            write(f"190 {row}\n192 {row}\n198 {row}\n200 1 {row[2:]}\n200 9 {row[2:]}\n")
        )
    assert (sequence.fps, sequence.start_s, sequence.numbering_hz) == (30, 190 / 60, 60)
    assert sequence.present[:, 0].tolist() == [True, True, False, False, True, True]
    assert sequence.positions[-1, 0].tolist() == [9, 2, 3]
    milliseconds = read(write(f"7 {row}\n40 {row}\n73 {row}\n107 {row}\n"))
    assert (milliseconds.num_frames, milliseconds.start_s) == (4, 0)
    assert milliseconds.numbering_hz is None
    assert read(write(f"0.5 {row}\n0.54 {row}\n"), fps=None).start_s == 0.5


def test_names_of_known_data_sets(tmp_path: Path) -> None:
    path = tmp_path / "a08_s03_e02_skeleton.txt"
    path.write_text("1 2 3 .5\n4 5 6 .5\n7 8 9 1\n")
    sequence = read(path)
    facts = (sequence.label, sequence.subject, sequence.recording)
    assert facts == ("a08", "s03", "a08_s03_e02")


def test_times(write) -> None:
    rows = "".join(f"{n / 25} {FRAMES[:17]}\n" for n in (0, 1, 2, 4))
    sequence = read(write(rows), fps=None)
    assert (sequence.fps, sequence.num_frames) == (25, 5)
    assert read(write(rows), fps=10).fps == 25


def test_a_skeleton_that_the_catalogue_does_not_know(write) -> None:
    rows = np.arange(1, 3 * 20 * 3 + 1)
    lines = [" ".join(map(str, row)) for row in rows.reshape(3, 60)]
    sequence = read(write("\n".join(lines)), layout=MINE)
    np.testing.assert_array_equal(sequence.positions, rows.reshape(3, 20, 3))
    joints = [" ".join(map(str, row)) for row in rows.reshape(60, 3)]
    sequence = read(write("\n".join(joints)), layout=MINE)
    np.testing.assert_array_equal(sequence.positions, rows.reshape(3, 20, 3))


def test_the_only_layout_with_so_many_joints(write) -> None:
    row = " ".join(map(str, range(1, 61)))
    assert read_sequence(write(f"{row}\n{row}\n"), fps=30).layout == KINECT20
    assert read_sequence(write(f"1 {row}\n2 {row}\n"), fps=30).layout == KINECT20


@pytest.mark.parametrize(
    ("text", "layout", "message"),
    [
        (FRAMES, None, "3 joints without names; pass the layout"),
        ("1 2 3\n", None, "pass it, such as --layout kinect20 or msr20"),
        ("1 2 3 4 5\n", None, "lines of 5 numbers do not tell"),
        (FRAMES, UPPER10, "expected lines of 30 numbers .*layout 'upper10'.* but got 9"),
        ("1 2 3\n4 5 6\n", ARM, "expected 3 lines for every frame.* but got 2 lines: is the file"),
        (FRAMES[:-4], ARM, "line 2: expected 9 numbers as before, but got 8"),
        (FRAMES.replace("12", "x"), ARM, "line 2: expected a number, but got 'x'"),
        (FRAMES.replace("12", "1_2"), ARM, "line 2: expected a number, but got '1_2'"),
        (FRAMES.replace("12", "1e300"), ARM, "frame 1: joint 'shoulder' lies farther away"),
        ("3 1 2 3 4 5 6 7 8 9\n" * 2, ARM, "row 2: expected column '1' to increase"),
        ("# nothing\n", ARM, "expected lines of numbers, but got none"),
        ("", ARM, "the file is empty"),
        ("\0", ARM, "binary file"),
        ("walk, run\n", ARM, "line 1: expected a number, but got 'walk'"),
    ],
)
def test_malformed_files(write, text: str, layout: JointLayout | None, message: str) -> None:
    with pytest.raises(FormatError, match=rf"clip\.txt.*{message}"):
        read_sequence(write(text), layout=layout, fps=30)
