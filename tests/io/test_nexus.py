from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_nexus, read_sequence
from skelgraph.layouts import JointLayout

TWO = JointLayout.from_parents("two", {"ann:LASI": None, "ann:RASI": "ann:LASI"})
TRAJECTORIES = """Trajectories,,,,,,,
200,,,,,,,
,,ann:RASI,,,ann:LASI,,
Frame,Sub Frame,X,Y,Z,X,Y,Z
,,mm,mm,mm,mm,mm,mm
7,0,1,2,3.5,4,5,6
8,0,,,,4,5,6.25
10,0,1,2,3,4,5
"""
OUTPUTS = """Model Outputs
200
,,ann:LHipAngles,,
Frame,Sub Frame,X,Y,Z
,,deg,deg,deg
7,0,1,2,3
8,0,1,2,3
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "walk.csv"
        path.write_bytes(text.encode())
        return path

    return write_text


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n" + OUTPUTS,
        lambda text: OUTPUTS + "\n" + text,
        lambda text: "\ufeff" + text.replace(",,,,,,,", ""),
    ],
)
def test_exact_positions(write, change) -> None:
    path = write(change(TRAJECTORIES))
    sequence = read_sequence(path, layout=TWO)
    assert detect_format(path) == "nexus"
    assert (sequence.fps, sequence.unit, sequence.up) == (200, "mm", "+z")
    assert sequence.positions[0].tolist() == [[4, 5, 6], [1, 2, 3.5]]
    # A marker is lost in the second frame, the third has no row, the last row is not filled.
    assert sequence.present.tolist() == [
        [True, True], [True, False], [False, False], [False, True],
    ]  # fmt: skip


def test_a_rate_that_the_file_does_not_tell(write) -> None:
    path = write(TRAJECTORIES.replace("200", "-"))
    assert read_nexus(path, layout=TWO, fps=100)[0].fps == 100
    assert read_nexus(write(TRAJECTORIES), layout=TWO, fps=100)[0].fps == 200
    with pytest.raises(FormatError, match="tells the frame rate; pass it"):
        read_nexus(write(TRAJECTORIES.replace("200", "-")), layout=TWO)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OUTPUTS, "expected a section Trajectories, but got model outputs"),
        ("\n".join(TRAJECTORIES.splitlines()[:4]), "is the file cut off"),
        ("\n".join(TRAJECTORIES.splitlines()[:5]), "expected rows of numbers"),
        (TRAJECTORIES.replace("X,Y,Z", "RX,RY,RZ"), r"line 4: expected Frame, Sub Frame, X, Y, Z"),
        (TRAJECTORIES.replace("6.25", "six"), r"line 7, column 8: expected a number"),
        (TRAJECTORIES.replace("ann:LASI", "ann:RASI"), r"'ann:RASI_x' once, but it repeats"),
        (TRAJECTORIES.replace("4,5,6.25", "4,5,6,7"), "expected 8 cells, but got 9"),
        (TRAJECTORIES.replace("\n8,", "\n7,"), "increase from row to row"),
        ("", "the file is empty"),
        ("Trajectories\0", "binary file"),
    ],
)
def test_what_is_wrong_is_said(write, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.csv.*{message}"):
        read_nexus(write(text), layout=TWO)


def test_the_markers_of_each_person_are_a_sequence(write) -> None:
    parts = [f"{side}{part}" for side in "LR" for part in ("SHO", "ELB", "WRA", "WRB")]
    names = [f"{who}:{part}" for who in ("ann", "ben") for part in parts]
    lines = [
        *("Trajectories", "100", ",," + ",".join(f"{name},," for name in names)),
        *("Frame,Sub Frame," + ",".join(["X,Y,Z"] * 16), ",," + ",".join(["mm"] * 48)),
        *(f"{frame},0," + ",".join(str(n + frame) for n in range(48)) for frame in (1, 2)),
    ]
    ann, ben = read_nexus(write("\n".join(lines) + "\n"))
    assert (ann.name, ben.name) == ("walk:ann", "walk:ben")
    assert ann.layout == ben.layout
    assert ann.layout.joints == tuple(parts)
    assert ben["LSHO"].tolist() == [[25, 26, 27], [26, 27, 28]]
