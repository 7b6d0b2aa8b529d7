from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_qualisys, read_sequence
from skelgraph.layouts import JointLayout

TWO = JointLayout.from_parents("two", {"hip": None, "head": "hip"})
HEADER = """NO_OF_FRAMES\t3
NO_OF_CAMERAS\t8
NO_OF_MARKERS\t2
FREQUENCY\t100
NO_OF_ANALOG\t0
DESCRIPTION\t--
TIME_STAMP\t2024-01-01, 10:00:00
DATA_INCLUDED\t3D
MARKER_NAMES\thead\thip
"""
ROWS = """1\t2\t3\t4\t5\t6
1\t2\t3.5\t0\t0\t0
1\t2\t3\t\t\t
"""
NAMED = """Frame\tTime\thead X\thead Y\thead Z\thip X\thip Y\thip Z
1\t0.00\t1\t2\t3\t4\t5\t6
2\t0.01\t1\t2\t3.5\t0\t0\t0
3\t0.02\t1\t2\t3
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "walk.tsv"
        path.write_bytes(text.encode())
        return path

    return write_text


@pytest.mark.parametrize("rows", [ROWS, NAMED, ROWS.replace("\n", "\t\r\n")])
def test_exact_positions(write, rows: str) -> None:
    path = write(HEADER + rows)
    sequence = read_sequence(path, layout=TWO)
    assert detect_format(path) == "qualisys"
    assert (sequence.fps, sequence.unit, sequence.up) == (100, "mm", "+z")
    assert sequence.positions[0].tolist() == [[4, 5, 6], [1, 2, 3]]
    assert sequence.present.tolist() == [[True, True], [False, True], [False, True]]


def test_a_rate_that_the_file_does_not_tell(write) -> None:
    path = write(HEADER.replace("FREQUENCY\t100\n", "") + ROWS)
    assert read_qualisys(path, layout=TWO, fps=50).fps == 50
    with pytest.raises(FormatError, match="tells the frame rate; pass it"):
        read_qualisys(path, layout=TWO)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER, "expected rows of numbers"),
        (HEADER.replace("hip", "head") + ROWS, "no name twice, but got 'head, head'"),
        (HEADER.replace("MARKER_NAMES", "NAMES") + ROWS, "names of markers in MARKER_NAMES"),
        (HEADER + ROWS.replace("3.5", "x"), "line 11, column 3: expected a number"),
        (HEADER + ROWS.replace("3.5", "3\t3"), "line 11: expected 6 cells, but got 7"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong_is_said(write, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.tsv.*{message}"):
        read_qualisys(write(text), layout=TWO)
