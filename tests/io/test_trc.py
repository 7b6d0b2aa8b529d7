from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io import detect_format, read_sequence, read_trc, write_trc
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence

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
    assert read_trc(path, layout=ARM, fps=30)[0].fps == 60


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
    sequence = read_sequence(write(FILE.replace(old, new)), layout=ARM)
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
        (
            "60.00\t60.00",
            "fast\t60.00",
            "which markers at DataRate 'fast' do not tell; pass it",
        ),
        ("Clavicle", "Elbow", "line 4: expected names of markers, no name twice"),
        ("Shoulder", "Wrist", "expected the joints of layout 'arm', but found no shoulder"),
        ("10.5", "1e300", "farther away than single precision"),
    ],
)
def test_malformed_files(write, old: str, new: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.trc.*{message}"):
        read_sequence(write(FILE.replace(old, new)), layout=ARM)


@pytest.mark.parametrize(
    ("count", "note"),
    [("9", "9, but 2 are there; they were read: is the file cut off"), ("1", "1, but 2 are there")],
)
def test_another_number_of_frames_than_told(write, count: str, note: str) -> None:
    with pytest.warns(FormatWarning, match=rf"walk\.trc: 'NumFrames' tells {note}"):
        sequence = read_sequence(write(FILE.replace("\t2\t3\tmm", f"\t{count}\t3\tmm")), layout=ARM)
    np.testing.assert_array_equal(
        sequence.positions, read_sequence(write(FILE), layout=ARM).positions
    )


def test_a_last_row_that_is_cut_off_is_left_out(write) -> None:
    with pytest.warns(FormatWarning, match="tells 2, but 1 are there; they were read: is the file"):
        sequence = read_sequence(write(FILE[: FILE.index("\t17")]), layout=ARM)
    assert sequence.num_frames == 1
    whole = write(FILE.replace("\t17\t18", ""))  # empty cells may be left out
    assert read_sequence(whole, layout=ARM).present.tolist() == [[True, True], [False, True]]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\t", ","),
        lambda text: text.replace("\t", ";"),
        lambda text: text.replace("\t", ";").replace(".0", ",0").replace("10.5", "10,5"),
        lambda text: text.replace(".", ","),
        lambda text: text.replace("\n\n", "\n" + 10 * "," + "\n").replace("\t", ","),
        lambda text: text.replace("\t", ",").replace("Origin", "").replace("mm,", "mm,,"),
    ],
)
def test_files_that_a_spreadsheet_saved(write, change) -> None:
    sequence = read_sequence(write(change(FILE)), layout=ARM)
    plain = read_sequence(write(FILE), layout=ARM)
    np.testing.assert_array_equal(sequence.positions, plain.positions)
    assert (sequence.fps, sequence.unit) == (60, "mm")


def test_times_tell_the_rate_where_the_header_does_not(write) -> None:
    zero = FILE.replace("60.00\t60.00", "0\t0").replace("0.017", "0.02")
    assert read_sequence(write(zero), layout=ARM).fps == 50
    assert read_trc(write(zero), layout=ARM, fps=30)[0].fps == 50
    no_times = zero.replace("\t0.02\t", "\t0\t")
    assert read_sequence(write(no_times), layout=ARM, fps=30).fps == 30
    with pytest.raises(RateError, match="markers at DataRate '0' do not tell; pass it"):
        read_sequence(write(no_times), layout=ARM)


def test_what_is_written(tmp_path: Path) -> None:
    positions = np.array([[[1, 2, 3], [0.1, -4, 5]], [[np.nan] * 3, [6, 7, 8e-7]]])
    sequence = PoseSequence(positions=positions, layout=ARM, fps=29.97, unit="m")
    path = tmp_path / "arm.trc"
    write_trc(path, sequence)
    lines = path.read_text().split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\tarm.trc"
    assert lines[2] == "29.97\t29.97\t2\t2\tm\t29.97\t1\t2"
    assert lines[3] == "Frame#\tTime\tshoulder\t\t\telbow\t\t"
    assert lines[4:6] == ["\t\tX1\tY1\tZ1\tX2\tY2\tZ2", ""]
    assert lines[6] == "1\t0.000000000\t1\t2\t3\t0.100000001\t-4\t5"
    assert lines[7] == "2\t0.033366700\t\t\t\t6\t7\t8.00000009e-07"
    again = read_sequence(path, layout=ARM)
    np.testing.assert_array_equal(again.positions, sequence.positions)
    assert (again.fps, again.unit) == (29.97, "m")


def test_centimeters_are_written_as_millimeters(tmp_path: Path) -> None:
    path = tmp_path / "arm.trc"
    write_trc(path, PoseSequence(positions=np.ones((2, 2, 3)), layout=ARM, fps=30, unit="cm"))
    again = read_sequence(path, layout=ARM)
    assert (again.unit, again.positions.max()) == ("mm", 10)


def test_a_name_with_a_tab_cannot_be_written(tmp_path: Path) -> None:
    layout = JointLayout.from_parents("one", {"a\tb": None})
    with pytest.raises(FormatError, match=r"arm\.trc: TRC cannot hold the joint name 'a\\tb'"):
        write_trc(
            tmp_path / "arm.trc", PoseSequence(positions=np.ones((1, 1, 3)), layout=layout, fps=1)
        )


@pytest.mark.realdata
def test_a_file_with_commas_that_is_cut_short(shared_data: Path) -> None:
    path = shared_data / "odd" / "marker" / "comma_separated.trc"
    if not path.exists():
        pytest.skip("the folder of real recordings has no odd/marker")
    markers = path.read_text().splitlines()[3].split(",")[2::3]
    markers = [marker for marker in markers if marker]
    layout = JointLayout.from_parents(
        "all", {marker: markers[0] if n else None for n, marker in enumerate(markers)}
    )
    with pytest.warns(FormatWarning, match="'NumFrames' tells 652, but 93 are there"):
        sequence = read_sequence(path, layout=layout)
    assert sequence.positions.shape == (93, 51, 3)
    assert (sequence.fps, sequence.unit) == (100, "mm")
    np.testing.assert_allclose(sequence.positions[1, 0], [733.4084, 81.0119, 191.8306], rtol=1e-6)


def test_markers_of_no_known_body_keep_their_names(write) -> None:
    sequence = read_sequence(write(FILE))
    assert sequence.layout.joints == ("Elbow", "Clavicle", "Shoulder")
    assert sequence.layout.is_loose


@pytest.mark.parametrize("name", ["*1", "U1", "unlabeled2", "Unlabeled 3", "Unlabelled", "uname*1"])
def test_unlabeled_markers_are_left_out(write, name: str) -> None:
    sequence = read_sequence(write(FILE.replace("Clavicle", name)))
    assert sequence.layout.joints == ("Elbow", "Shoulder")
    assert sequence.positions[0].tolist() == [[1, 2, 3], [7, 8, 9]]


def test_markers_without_any_label_are_points(write) -> None:
    text = FILE.replace("Elbow", "U1").replace("Clavicle", "U2").replace("Shoulder", "U3")
    assert read_sequence(write(text)).layout.joints == ("U1", "U2", "U3")


def test_each_subject_that_is_a_body_is_a_sequence(write) -> None:
    joints = ("LSHO", "LELB", "RSHO", "RELB")
    names = [f"{subject}:{joint}" for subject in ("Ann", "Ben") for joint in joints]
    lines = FILE.splitlines()
    lines[3] = "Frame#\tTime\t" + "\t".join(f"{name}\t\t" for name in [*names, "Box:a"])
    lines[4:] = ["", *(f"{n}\t0\t" + "\t".join(map(str, range(27))) for n in (1, 2))]
    ann, ben = read_trc(write("\n".join(lines)))
    assert (ann.name, ben.name) == ("walk:Ann", "walk:Ben")
    assert ann.layout.joints == ben.layout.joints == joints
    assert ben.positions[1, 0].tolist() == [12, 13, 14]
