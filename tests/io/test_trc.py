from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_sequence, read_trc
from skelgraph.layouts import UPPER10, JointLayout

ARM = JointLayout.from_parents("arm", {"shoulder": None, "elbow": "shoulder"})
FILE = """PathFileType\t4\t(X/Y/Z)\twalk.trc
DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate
60.00\t60.00\t2\t3\tmm\t60.00
Frame#\tTime\tElbow\t\t\tClavicle\t\t\tShoulder\t\t
\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3

1\t0.000\t1\t2\t3\t4\t5\t6\t7\t8\t9
2\t0.017\t10.5\t11\t12\t13\t14\t15\t16\t17\t18
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "walk.trc"
        path.write_text(text)
        return path

    return write_text


def test_exact_positions(write) -> None:
    path = write(FILE)
    assert detect_format(path) == "trc"
    sequence = read_sequence(path, layout=ARM)
    expected = [[[7, 8, 9], [1, 2, 3]], [[16, 17, 18], [10.5, 11, 12]]]
    np.testing.assert_array_equal(sequence.positions, expected)
    assert (sequence.fps, sequence.unit, sequence.name) == (60, "mm", "walk")
    assert read_trc(path, layout=ARM, fps=30).fps == 60


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7\t8\t9\n", "\t\t\n"),
        ("7\t8\t9\n", "\n"),  # without the tabs
        ("7\t8\t9\n", "7\tnan\t9\t\t\n"),  # with further tabs
        ("7\t8\t9\n", "7\t1.#QNAN\t9\n"),
    ],
)
def test_empty_cells_are_missing_markers(write, old: str, new: str) -> None:
    sequence = read_trc(write(FILE.replace(old, new)), layout=ARM)
    assert sequence.present.tolist() == [[False, True], [True, True]]


def test_markers_that_are_joints_of_the_catalogue(write) -> None:
    names = "\t".join(f"{joint}\t\t" for joint in reversed(UPPER10.joints))
    cells = "\t".join(str(number) for number in range(30))
    lines = FILE.splitlines()
    lines[3] = f"Frame#\tTime\t{names}"
    lines[4:] = ["", f"1\t0\t{cells}", f"2\t0\t{cells}"]
    sequence = read_sequence(write("\n".join(lines)))
    assert sequence.layout == UPPER10
    np.testing.assert_array_equal(sequence.positions[1, 0], [27, 28, 29])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (FILE, "", "the file is empty"),
        (FILE, "PathFileType\t4\n", "expected a TRC file of five header lines"),
        (FILE, FILE[: FILE.index("1\t0.000")], "expected rows of numbers after the header"),
        (FILE, "\0", "binary file"),
        ("2\t0.017", "2\t0.017\tx", "line 8: expected 11 cells, but got 12"),
        ("10.5", "x", "line 8, column 3: expected a number, but got 'x'"),
        ("\t2\t3\tmm", "\t9\t3\tmm", "expected 9 frames, but got 2: is the file cut off?"),
        ("60.00\t60.00", "fast\t60.00", "frame rate, which markers at DataRate 'fast' do not tell"),
        ("Clavicle", "Elbow", "line 4: expected names of markers, no name twice"),
        ("Shoulder", "Wrist", "expected the joints of layout 'arm', but found no shoulder"),
        ("10.5", "1e300", "farther away than single precision"),
    ],
)
def test_malformed_files(write, old: str, new: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.trc.*{message}"):
        read_sequence(write(FILE.replace(old, new)), layout=ARM)


def test_markers_of_no_known_body_keep_their_names(write) -> None:
    sequence = read_sequence(write(FILE))
    assert sequence.layout.joints == ("Elbow", "Clavicle", "Shoulder")
    assert sequence.layout.is_loose
