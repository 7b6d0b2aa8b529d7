from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_motive, read_sequence
from skelgraph.layouts import JointLayout

TWO = JointLayout.from_parents("two", {"Hip": None, "Head": "Hip"})
LINES = """Format Version,1.23,Take Name,walk,Export Frame Rate,120.000000,Length Units,Millimeters

,,Bone,Bone,Bone,Bone,Bone,Bone,Bone,Bone,Bone,Bone,Marker,Marker,Marker
,Name,ann:Hip,ann:Hip,ann:Hip,ann:Hip,ann:Hip,ann:Hip,ann:Hip,ann:Head,ann:Head,ann:Head,a,a,a
,ID,1,1,1,1,1,1,1,2,2,2,3,3,3
,,Rotation,Rotation,Rotation,Rotation,Position,Position,Position,{}
Frame,Time (Seconds),X,Y,Z,W,X,Y,Z,X,Y,Z,X,Y,Z
0,0.000000,0,0,0,1,1,2,3,4,5,6,7,8,9
1,0.008333,0,0,0,1,1,2,3.5,,,,7,8,9
2,0.016667,0,0,0,1,1,2,3,4,5,6
"""
TAKE = LINES.format("Position,Position,Position,Position,Position,Position")


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "take.csv"
        path.write_bytes(text.encode())
        return path

    return write_text


def test_exact_positions_of_bones(write) -> None:
    path = write(TAKE)
    sequence = read_sequence(path, layout=TWO)
    assert detect_format(path) == "motive"
    assert (sequence.fps, sequence.unit, sequence.up) == (120, "mm", "+y")
    assert sequence.positions[0].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert sequence.present.tolist() == [[True, True], [True, False], [True, True]]


def test_markers_of_a_file_without_bones(write) -> None:
    text = TAKE.replace("Bone", "Marker").replace("Length Units,Millimeters", "Rotation Type,XYZ")
    layout = JointLayout.from_parents("two", {"ann:Hip": None, "a": "ann:Hip"})
    sequence = read_motive(write(text), layout=layout)
    assert sequence.positions[1].tolist() == [[1, 2, 3.5], [7, 8, 9]]
    assert sequence.unit == "m"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TAKE.partition("Frame,")[0], "expected a line Frame"),
        (TAKE.replace("Position", "Rotation"), "expected the positions of bones or markers"),
        (TAKE.replace("3.5", "x"), "line 9, column 9: expected a number"),
        (TAKE.partition("0,0.000")[0], "expected rows of numbers"),
        (TAKE.replace("W,X,Y,Z", "W,X,Y,Y", 1), "'Head' has x, y, z and 'Hip' has x, y"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong_is_said(write, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"take\.csv.*{message}"):
        read_motive(write(text), layout=TWO)


def test_positions_relative_to_the_parent_bone_are_refused(write) -> None:
    world = TAKE.replace("Millimeters", "Millimeters,Coordinate Space,Global", 1)
    assert read_motive(write(world), layout=TWO).positions[0].tolist() == [[1, 2, 3], [4, 5, 6]]
    with pytest.raises(FormatError, match="export with Coordinate Space Global"):
        read_motive(write(world.replace("Global", "Local")), layout=TWO)
