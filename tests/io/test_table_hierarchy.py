from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import convert_file, detect_format, read_csv, read_sequence, write_csv, write_npz
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence

HIERARCHY = """joint,parent,offset.x,offset.y,offset.z
Hips,,   0.00000, 103.51100,   0.00000
Spine,Hips,   0.00000,   6.46890,  -3.12924
Tail,Hips,   0.00000,   6.46890,  -3.12924
Tail_End,Tail,   0.00000,   6.46890,  -3.12924
"""
TABLE = """time,Hips.x,Hips.y,Hips.z,Tail_End.x,Tail_End.y,Tail_End.z,Spine.x,Spine.y,Spine.z
0.00,1,2,3,4,5,6,7,8,9
0.04,1,2,3,4,5,6,7,8,9
"""
ROBOT = JointLayout.from_parents(
    "robot",
    {"base": None, "left arm": "base", "right arm": "base", "cam|x": "base", "wheel": "cam|x"},
    pairs=[("left arm", "right arm")],
    extra_edges=[("left arm", "right arm"), ("left arm", "cam|x")],
    added_bones=["wheel"],
)


def make_sequence(layout: JointLayout, dimensions: int = 3) -> PoseSequence:
    positions = np.random.default_rng(0).normal(size=(4, layout.num_joints, dimensions))
    return PoseSequence(positions=positions, layout=layout, fps=25, name="walk")


@pytest.mark.parametrize("name", ["walk.csv", "walk_pos.csv"])
def test_bones_of_the_hierarchy_beside_a_table(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TABLE)
    (tmp_path / "walk_hierarchy.csv").write_text(HIERARCHY)
    sequence = read_sequence(tmp_path / name)
    assert sequence.layout.joints == ("Hips", "Spine", "Tail_End")  # Tail is in no column
    assert sequence.layout.bones == ((1, 0), (2, 0))
    assert sequence.positions[0].tolist() == [[1, 2, 3], [7, 8, 9], [4, 5, 6]]
    assert sequence.fps == 25


def test_a_layout_is_believed_more_than_the_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "walk.csv").write_text(TABLE)
    (tmp_path / "walk_hierarchy.csv").write_text(HIERARCHY)
    two = JointLayout.from_parents("two", {"spine": None, "hips": "spine"})
    assert read_csv(tmp_path / "walk.csv", layout=two).positions[0, 0].tolist() == [7, 8, 9]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_skeleton_that_no_name_tells_comes_back(tmp_path: Path, dimensions: int) -> None:
    sequence = make_sequence(ROBOT, dimensions)
    write_csv(tmp_path / "walk.csv", sequence)
    back = read_sequence(tmp_path / "walk.csv")
    assert back.layout == ROBOT
    np.testing.assert_array_equal(back.positions, sequence.positions)


def test_the_names_of_a_known_layout_suffice(tmp_path: Path) -> None:
    write_csv(tmp_path / "walk.csv", make_sequence(UPPER10))
    assert [path.name for path in tmp_path.iterdir()] == ["walk.csv"]


def test_an_old_hierarchy_is_replaced(tmp_path: Path) -> None:
    write_csv(tmp_path / "walk.csv", make_sequence(ROBOT))
    write_csv(tmp_path / "walk.csv", make_sequence(UPPER10))
    assert read_sequence(tmp_path / "walk.csv").layout == UPPER10


def test_conversion_replaces_no_hierarchy_unasked(tmp_path: Path) -> None:
    write_npz(tmp_path / "walk.npz", make_sequence(ROBOT))
    (tmp_path / "out_hierarchy.csv").write_text("mine")
    with pytest.raises(FormatError, match=r"out_hierarchy\.csv: there is a file already"):
        convert_file(tmp_path / "walk.npz", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
    convert_file(tmp_path / "walk.npz", tmp_path / "out.csv", overwrite=True)
    assert read_sequence(tmp_path / "out.csv").layout == ROBOT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "the file is empty"),
        ("a,b\n1,2\n", "expected the columns joint and parent of a hierarchy, but got 'a, b'"),
        (HIERARCHY.replace("Spine,", "Back,"), "but found no Spine; mend it or take it away"),
        (HIERARCHY.replace("Tail,Hips", "Tail,Tail"), "'Tail_End' is above itself"),
        (HIERARCHY.replace("Spine,Hips", "Spine,Bone"), "'Bone'.* no joints"),
        (HIERARCHY.replace("Tail,Hips", "Hips,Hips"), "no joint twice"),
        ("joint,parent\n", "no joint twice, but got 0 rows"),
        ("\0", "binary file"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "walk.csv").write_text(TABLE)
    (tmp_path / "walk_hierarchy.csv").write_text(text)
    with pytest.raises(FormatError, match=rf"walk_hierarchy\.csv: .*{message}"):
        read_csv(tmp_path / "walk.csv")


def test_a_hierarchy_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "walk_hierarchy.csv"
    path.write_text(HIERARCHY)
    assert detect_format(path) == "csv"  # by its suffix
    with pytest.raises(FormatError, match="this is the hierarchy of one; read that instead"):
        read_sequence(path)


@pytest.mark.parametrize(
    "text",
    [
        "name,parent\nHips,-1\nSpine,0\nTail,0\nTail_End,2\n",
        "joint;parent\nHips;\nSpine;0\nTail;0\nTail_End;2\n",
        "Name,Parent\nHips,-1\nSpine,Hips\nTail,Hips\nTail_End,Tail\n",
        "name,parent\nHips,0\nSpine,0\nTail,0\nTail_End,2\n",
    ],
)
def test_other_names_and_indices_of_parents(tmp_path: Path, text: str) -> None:
    (tmp_path / "walk.csv").write_text(TABLE)
    (tmp_path / "walk_hierarchy.csv").write_text(text)
    layout = read_csv(tmp_path / "walk.csv").layout
    assert layout.joints == ("Hips", "Spine", "Tail_End")
    assert layout.bones == ((1, 0), (2, 0))


def test_an_index_beyond_the_joints(tmp_path: Path) -> None:
    (tmp_path / "walk.csv").write_text(TABLE)
    (tmp_path / "walk_hierarchy.csv").write_text("name,parent\nHips,-1\nSpine,7\nTail_End,0\n")
    with pytest.raises(FormatError, match="parents from 0 to 2, but 'Spine' has '7'"):
        read_csv(tmp_path / "walk.csv")
