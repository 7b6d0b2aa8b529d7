from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io import detect_format, read_csv, read_sequence, write_csv, write_npz
from skelgraph.layouts import COCO17, MPI23, UPPER10, XSENS23, JointLayout
from skelgraph.poses import PoseSequence

TWO = JointLayout.from_parents("two", {"Hips": None, "Head": "Hips"})
TABLE = """frame,time,Head_y,Head_x,Hips_x,note,Hips_y
0,0.0,5,4,1,a,2
1,0.1,6,4,1,b,2
2,0.2,7,4,1,,2
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode())
        return path

    return write_text


def test_exact_positions_from_columns_in_any_order(write) -> None:
    sequence = read_csv(write(TABLE), layout=TWO)
    expected = [[[1, 2], [4, 5]], [[1, 2], [4, 6]], [[1, 2], [4, 7]]]
    np.testing.assert_array_equal(sequence.positions, expected)
    assert (sequence.fps, sequence.unit, sequence.up) == (10.0, "unknown", "+y")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace(",", ";").replace("0.1", "0,1").replace("0.2", "0,2"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff\n" + text.replace("\n", "\n\n").rstrip("\n"),
        lambda text: text.replace("Head_y", '"Head_y"').replace("a", '"a,b"', 0),
        lambda text: text.replace("b", '"b,c"'),
        lambda text: text.replace("Head_", "HEAD_").replace("HEAD_x", " HEAD_X "),
        lambda text: text.replace("time", "ms").replace("0.1", "100").replace("0.2", "200"),
    ],
)
def test_the_same_table_in_other_spellings(write, change) -> None:
    plain, other = (read_csv(write(text), layout=TWO) for text in (TABLE, change(TABLE)))
    np.testing.assert_array_equal(other.positions, plain.positions)
    assert other.fps == plain.fps


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "NA", " ", "-1.#IND00", "inf"])
def test_a_cell_without_a_number_is_a_missing_joint(write, cell: str) -> None:
    sequence = read_csv(write(TABLE.replace("1,0.1,6", f"1,0.1,{cell}")), layout=TWO)
    assert sequence.present.tolist() == [[True, True], [True, False], [True, True]]


def test_rows_left_out_are_missing_frames(write) -> None:
    rows = "".join(f"{n},{n / 10},5,4,1,,2\n" for n in (10, 11, 12, 15, 16))
    by_time = read_csv(write(TABLE.splitlines()[0] + "\n" + rows), layout=TWO)
    assert by_time.present[:, 0].tolist() == [True, True, True, False, False, True, True]
    by_frame = read_csv(write(TABLE.splitlines()[0] + "\n" + rows), layout=TWO, fps=10)
    np.testing.assert_array_equal(by_frame.present, by_time.present)


def test_confidences(write) -> None:
    text = (
        "Hips_x,Hips_y,Hips_confidence,Head_x,Head_y,Head_confidence\n1,2,0.5,3,4,\n1,2,1,3,4,0.2\n"
    )
    sequence = read_csv(write(text), layout=TWO, fps=25)
    np.testing.assert_allclose(sequence.confidence, [[0.5, 0], [1, 0.2]])
    assert sequence.fps == 25


def test_names_in_capitals_are_the_catalogues_joints(write) -> None:
    names = [name.title().replace("_", "") for name in reversed(UPPER10.joints)]
    header = ",".join(f"{name}_{axis}" for name in names for axis in "xyz")
    cells = ",".join(str(number) for number in range(30))
    sequence = read_csv(write(f"time,{header}\n0,{cells}\n0.04,{cells}\n"))
    assert sequence.layout == UPPER10
    np.testing.assert_array_equal(sequence.positions[0, 0], [27, 28, 29])


def make_person(layout: JointLayout, heights: dict[str, float], unit_per_m: float) -> PoseSequence:
    """A moving person whose joints hang below or above the pelvis as given."""
    rng = np.random.default_rng(1)
    positions = rng.normal(scale=0.03, size=(7, layout.num_joints, 3))
    for part, height in heights.items():
        positions[:, layout.index(part), 1] += height
    units = {1: "m", 100: "cm", 1000: "mm"}
    return PoseSequence(
        positions=positions * unit_per_m, layout=layout, fps=29.97, unit=units[unit_per_m],
        name="person",
    )  # fmt: skip


@pytest.mark.parametrize("unit_per_m", [1, 100, 1000])
def test_npz_and_csv_of_one_motion_read_back_equal(tmp_path: Path, unit_per_m: int) -> None:
    heights = {"Head": 0.7, "Neck": 0.6, "LeftAnkle": -0.8, "RightAnkle": -0.8}
    sequence = make_person(MPI23, heights, unit_per_m)
    positions = sequence.positions.copy()
    positions[3, 5] = np.nan
    sequence = replace(sequence, positions=positions)
    write_npz(tmp_path / "person.npz", sequence)
    write_csv(tmp_path / "person.csv", sequence)
    for suffix in ("npz", "csv"):
        back = read_sequence(tmp_path / f"person.{suffix}")
        np.testing.assert_array_equal(back.positions, sequence.positions)
        assert back.layout == sequence.layout
        assert (back.fps, back.unit, back.up) == (sequence.fps, sequence.unit, sequence.up)
        assert back.name == "person"


@pytest.mark.parametrize(
    "layout", [UPPER10, COCO17, XSENS23, MPI23], ids=lambda layout: layout.name
)
@pytest.mark.parametrize("dimensions", [2, 3])
def test_every_layout_of_the_catalogue_comes_back(
    tmp_path: Path, layout: JointLayout, dimensions: int
) -> None:
    rng = np.random.default_rng(2)
    sequence = PoseSequence(
        positions=rng.normal(size=(4, layout.num_joints, dimensions)) * 1e-3,
        layout=layout,
        fps=25,
        confidence=rng.uniform(size=(4, layout.num_joints)),
    )
    write_csv(tmp_path / "clip.csv", sequence)
    assert detect_format(tmp_path / "clip.csv") == "csv"
    back = read_sequence(tmp_path / "clip.csv")
    assert (back.layout, back.fps) == (layout, 25)
    np.testing.assert_array_equal(back.positions, sequence.positions)
    np.testing.assert_array_equal(back.confidence, sequence.confidence)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (TABLE, " \n", "the file is empty"),
        (TABLE, "file,label\na.bvh,joy\n", "this is a table of files and labels; pass its folder"),
        (TABLE, "a,b\n1,2\n", "expected columns such as Head_x, Head_y, Head_z, but got 'a, b'"),
        (TABLE, "\0\0\1", "binary file"),
        (TABLE[TABLE.index("\n") :], "\n", "expected rows of numbers after the header"),
        ("Head_y", "Head_z", "'Head' has z, x and 'Hips'|'Head' has z, x"),
        ("note", "Head_z", "'Hips' has x, y and 'Head' has y, x, z"),
        ("note", "Hips_x", "expected column 'Hips_x' once, but it repeats"),
        ("1,0.1,6,4,1,b,2", "1,0.1,6,4,1", "line 3: expected 7 cells, but got 5"),
        ("1,0.1,6,4,1,b,2", "1,0.1,6,4,1,b,2,9", "line 3: expected 7 cells, but got 8"),
        ("0.1,6", "0.1,six", "line 3, column 3: expected a number, but got 'six'"),
        ("0.2", "0.1", "row 3: expected column 'time' to increase .* got 0.1 after 0.1; are these"),
        ("0.2", "", "row 3: expected column 'time' to increase"),
        ("0.2", "99", "row 3: column 'time' jumps by 98.9 where 0.1 is usual"),
        ("0.0,5,4,1,a,2\n1,0.1,6,4,1,b,2\n2,0.2", "0,5,4,1,a,2\n1,1e9,6,4,1,b,2\n2,2e9",
         "column 'time' as a time in 1 s means 1e-09 frames per second; pass"),
        ("time", "clock", "no column .* tells the frame rate; pass it"),
        ("6,4", "1e60,4", "frame 1: joint 'Head' lies farther away"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(write, old: str, new: str, message: str) -> None:
    assert old in TABLE
    with pytest.raises(FormatError, match=rf"table\.csv.*({message})"):
        read_csv(write(TABLE.replace(old, new, 1)), layout=TWO)


def test_a_single_row_needs_a_rate(write) -> None:
    text = "\n".join(TABLE.splitlines()[:2])
    with pytest.raises(FormatError, match="tells the frame rate; pass it"):
        read_csv(write(text), layout=TWO)
    assert read_csv(write(text), layout=TWO, fps=5).num_frames == 1


def test_joints_of_no_known_body_keep_their_names(write) -> None:
    loose = read_csv(write(TABLE))
    assert (loose.layout.joints, loose.layout.is_loose) == (("Head", "Hips"), True)
    with pytest.raises(FormatError, match=r"found no spinebase, .* joints are Head, Hips"):
        read_csv(write(TABLE), layout=UPPER10)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("_y", ".Y").replace("_x", ".X"),
        lambda text: text.replace("Head_y", "y:Head").replace("Head_x", "x:Head")
        .replace("Hips_x", "x:Hips").replace("Hips_y", "y:Hips"),
        lambda text: text.replace(",", "|"),
        lambda text: "Body 1\nFrame rate (Hz), 10\n" + text.replace("time", "clock"),
        lambda text: text.replace("0,0.0,5", ",s,mm,mm,mm,,mm\n0,0.0,5"),
        lambda text: text.replace(",", "\t").replace("\t", ",", 6),  # the header's tabs alone
        lambda text: text.replace(",,", ",-,").replace(",", "  "),
        lambda text: text.replace(",", "\t").replace("0.1", "0,1").replace("0.2", "0,2"),
        lambda text: text.replace("0.1", '"0,1"').replace("0.2", '"0,2"'),
    ],
)  # fmt: skip
def test_the_same_table_by_other_programs(write, change) -> None:
    plain, other = (read_csv(write(text), layout=TWO) for text in (TABLE, change(TABLE)))
    np.testing.assert_array_equal(other.positions, plain.positions)
    assert other.fps == plain.fps


def test_names_in_a_line_above_the_axes(write) -> None:
    text = """Recording 7

,,Hips,,,Head,,
Frame,Time (s),X,Y,Z,X,Y,Z
,,mm,mm,mm,mm,mm,mm
1,0.00,1,2,3,4,5,6
2,0.01,1,2,3,,,
"""
    path = write(text)
    sequence = read_csv(path, layout=TWO)
    assert detect_format(path) == "csv"
    assert sequence.positions[0].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert sequence.present.tolist() == [[True, True], [True, False]]
    assert (sequence.fps, sequence.unit) == (100, "mm")


def test_a_row_that_is_there_twice(write) -> None:
    row = TABLE.splitlines()[2]
    with pytest.warns(FormatWarning, match=r"1 rows repeat the row before them .* is row 3\)"):
        sequence = read_csv(write(TABLE.replace(row, f"{row}\n{row}")), layout=TWO)
    assert (sequence.num_frames, sequence.fps) == (3, 10)


def test_numbered_joints_have_no_names(write) -> None:
    text = "x0,y0,c0,x1,y1,c1\n1,2,0.5,3,4,1\n5,6,1,7,8,1\n"
    sequence = read_csv(write(text), layout=TWO, fps=5)
    assert sequence.positions[0].tolist() == [[1, 2], [3, 4]]
    assert sequence.confidence is not None
    assert sequence.confidence[0].tolist() == [0.5, 1]


def test_a_unit_in_the_names_is_believed(write) -> None:
    text = TABLE.replace("_x", "_x (cm)").replace("_y", "_y (cm)")
    assert read_csv(write(text), layout=TWO).unit == "cm"


def test_confidences_beyond_one_are_brought_into_range_with_a_note(write) -> None:
    header = "time,a_x,a_y,a_confidence,b_x,b_y,b_confidence"
    path = write(f"{header}\n0,1,2,100,3,4,50\n0.1,1,2,80,3,4,20\n")
    with pytest.warns(FormatWarning, match="reach 100 and are taken for percentages"):
        sequence = read_csv(path)
    np.testing.assert_allclose(sequence.confidence, [[1, 0.5], [0.8, 0.2]])


SPACE = """frame,time,Hips_x,Hips_y,Hips_z,Head_x,Head_y,Head_z
0,0.0,1,0,0,4,5,6
1,0.1,1,2,3,0,0,0
2,0.2,1,2,3,{}
3,0.3,1,2,3,-999,0,0
"""


@pytest.mark.parametrize("codes", ["-999,-999,-999", "-9999,-9999,-9999", "-99999.0,-99999,-99999"])
def test_zeros_and_codes_on_all_axes_are_missing_joints(write, codes: str) -> None:
    with pytest.warns(FormatWarning, match=r"2 positions .* first is 'Head' in frame 1: 0\)"):
        sequence = read_csv(write(SPACE.format(codes)), layout=TWO)
    assert sequence.present[:, 1].tolist() == [True, False, False, True]
    assert sequence.present[:, 0].all()


def test_the_center_of_positions_relative_to_it_stays(write) -> None:
    text = SPACE.format("7,8,9").replace(",1,2,3", ",0,0,0").replace(",1,0,0,", ",0,0,0,")
    text = text.replace("1,0.1,0,0,0,0,0,0", "1,0.1,0,0,0,1,1,1")
    assert read_csv(write(text), layout=TWO).present.all()
    with pytest.warns(FormatWarning, match="2 positions"):
        sequence = read_csv(write(text.replace("1,1,1", "0,0,0")), layout=TWO)
    assert sequence.present.all(axis=1).tolist() == [True, False, True, True]


@pytest.mark.parametrize("name", ["person", "Person_ID", "id", "track_id", "BodyID", "camera"])
def test_rows_of_several_persons_are_refused(write, name: str) -> None:
    text = TABLE.replace("note", name).replace(",,", ",a,")
    with pytest.raises(FormatError, match=rf"column '{name}' has 2 values \(a, b\); write one"):
        read_csv(write(text), layout=TWO)
    assert len(read_csv(write(text.replace(",b,", ",a,")), layout=TWO)) == 3


def test_an_id_of_rows_is_no_person(write) -> None:
    text = TABLE.replace("note", "id").replace(",,", ",c,")
    assert len(read_csv(write(text), layout=TWO)) == 3


def test_a_walk_may_start_at_the_origin(write) -> None:
    text = SPACE.format("1,2,5").replace("0,0.0,1,0,0,4,5,6", "0,0.0,0,0,0,0,0,2")
    text = text.replace("1,0.1,1,2,3,0,0,0", "1,0.1,0,0,0,9,9,9").replace("-999,0,0", "3,2,3")
    with pytest.warns(FormatWarning, match="1 positions .*'Hips' in frame 1"):
        sequence = read_csv(write(text), layout=TWO)
    assert sequence.present[:, 0].tolist() == [True, False, True, True]
