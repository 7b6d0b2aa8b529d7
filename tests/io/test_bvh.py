from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io import detect_format, read_bvh, read_sequence
from skelgraph.layouts import MPI23, JointLayout

LEG = """HIERARCHY
ROOT Hips
{
  OFFSET 0.0 0.0 0.0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT LeftLeg
  {
    OFFSET 10.0 0.0 0.0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT LeftFoot
    {
      OFFSET 0.0 -90.0 0.0
      CHANNELS 3 Zrotation Xrotation Yrotation
      End Site
      {
        OFFSET 0.0 0.0 20.0
      }
    }
  }
  JOINT RightLeg
  {
    OFFSET -10.0 0.0 0.0
    CHANNELS 3 Zrotation Xrotation Yrotation
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 100 2  0 0 0  0 0 0  0 0 0  0 0 0
1 100 2  0 0 0  90 0 0  0 0 0  0 0 0
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "leg.bvh"
        path.write_bytes(text.encode())
        return path

    return write_text


def test_exact_positions_of_a_small_file(write) -> None:
    sequence = read_bvh(write(LEG))
    assert sequence.layout.joints == ("Hips", "LeftLeg", "LeftFoot", "RightLeg")
    assert sequence.layout.bones == ((1, 0), (2, 1), (3, 0))
    assert sequence.layout.pairs == ((1, 3),)
    expected = [
        [[1, 100, 2], [11, 100, 2], [11, 10, 2], [-9, 100, 2]],
        [[1, 100, 2], [11, 100, 2], [101, 100, 2], [-9, 100, 2]],
    ]
    np.testing.assert_allclose(sequence.positions, expected, atol=1e-4)
    assert (sequence.fps, sequence.unit, sequence.up, sequence.name) == (30.0, "cm", "+y", "leg")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("  ", "\t"),
        lambda text: text.rstrip("\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("Frames: 2", "\nFRAMES:\t2 ").replace("e Time: ", "e time:"),
        lambda text: text.replace("100 2", "1.0e+02 2E0"),
        lambda text: text.replace("ROOT Hips\n{", "root Hips {").replace("CHANNELS", "Channels"),
        lambda text: text.replace("0 0 0  90", "0 0 0\n90"),  # a frame broken over two lines
        lambda text: text.replace("90 0 0", "\n\n90 0 0").replace("1 100", "\n1 100"),
        lambda text: text.replace("Zrotation Xrotation Yrotation", "Yrotation Xrotation Zrotation")
        .replace("90 0 0", "0 0 90"),
    ],
)  # fmt: skip
def test_the_same_motion_in_other_spellings(write, change) -> None:
    plain = read_bvh(write(LEG))
    other = read_bvh(write(change(LEG)))
    np.testing.assert_allclose(other.positions, plain.positions, atol=1e-4)
    assert (other.layout, other.fps) == (plain.layout, plain.fps)


@pytest.mark.parametrize(
    "token", ["-1.#IND00", "1.#QNAN", "nan", "-nan", "NaN", "1.#INF", "-1.#J", "-nan(ind)", "inf"]
)
def test_numbers_that_are_none_make_joints_missing(write, token: str) -> None:
    sequence = read_bvh(write(LEG.replace("90 0 0", f"{token} 0 0")))
    missing = np.zeros((2, 4), dtype=bool)
    missing[1, 2] = True
    np.testing.assert_array_equal(sequence.present, ~missing)


def test_a_joint_with_six_channels_has_its_position_from_them(write) -> None:
    six = LEG.replace(
        "OFFSET 0.0 -90.0 0.0\n      CHANNELS 3", "OFFSET 5.0 5.0 5.0\n      CHANNELS 6 Xposition "
        "Yposition Zposition"
    ).replace("  0 0 0  0 0 0\n", "  0 -90 0  0 0 0  0 0 0\n")  # fmt: skip
    np.testing.assert_allclose(
        read_bvh(write(six)).positions, read_bvh(write(LEG)).positions, atol=1e-4
    )


def test_a_reference_root_moves_the_body_and_is_no_joint_of_it(write) -> None:
    head, motion = LEG.split("MOTION")
    body = head.removeprefix("HIERARCHY\n").replace("ROOT", "JOINT")
    reference = (
        "HIERARCHY\nROOT joint_Root\n{\nOFFSET 0 0 0\nCHANNELS 3 Xposition Yposition Zposition\n"
        f"{body}}}\nMOTION{motion}"
    ).replace("\n1 100 2", "\n7 8 9 1 100 2")
    sequence = read_bvh(write(reference))
    plain = read_bvh(write(LEG))
    assert sequence.layout == plain.layout
    np.testing.assert_allclose(sequence.positions, plain.positions + np.array([7, 8, 9]), atol=1e-4)


def test_a_root_with_a_body_of_its_own_stays(write) -> None:
    two_parts = LEG.replace("ROOT Hips", "ROOT Spine").replace("JOINT LeftLeg", "JOINT Pelvis")
    assert read_bvh(write(two_parts)).layout.joints[0] == "Spine"


def test_names_with_spaces_and_positions_of_an_inner_joint(write) -> None:
    spaced = LEG.replace("LeftLeg", "Bip01 L Thigh").replace("RightLeg", "Bip01 R Thigh")
    layout = read_bvh(write(spaced)).layout
    assert layout.joints == ("Hips", "Bip01 L Thigh", "LeftFoot", "Bip01 R Thigh")
    assert layout.pairs == ((1, 3),)


@pytest.mark.parametrize(
    ("frame_time", "fps"),
    [("0.008333", 120), ("0.033332", 30), ("0.0333333", 30), ("0.0167", 60), ("0.08", 12.5)],
)
def test_rates_from_frame_times_of_few_digits(write, frame_time: str, fps: float) -> None:
    assert read_bvh(write(LEG.replace("0.0333333", frame_time))).fps == pytest.approx(fps, rel=1e-9)


@pytest.mark.parametrize(("scale", "unit"), [(0.01, "m"), (1, "cm"), (10, "mm"), (0.1, "unknown")])
def test_the_unit_is_that_of_a_person_of_this_size(write, scale: float, unit: str) -> None:
    text = LEG.replace("-90.0", str(-90 * scale)).replace("10.0", str(10 * scale))
    assert read_bvh(write(text)).unit == unit


def test_a_layout_picks_joints_by_name_and_the_files_rate_stays(write) -> None:
    wanted = JointLayout.from_parents(
        "two", {"right_leg": "hips", "hips": None}, pairs=[]
    )  # fmt: skip
    sequence = read_bvh(write(LEG), layout=wanted, fps=25)
    assert (sequence.layout, sequence.fps) == (wanted, 30)
    np.testing.assert_allclose(sequence.positions[0], [[-9, 100, 2], [1, 100, 2]], atol=1e-4)
    with pytest.raises(
        FormatError, match=r"leg\.bvh: .* 'mpi23', but found no Chest, Chest2.*LeftLeg"
    ):
        read_bvh(write(LEG), layout=MPI23)


def test_layouts_of_unlike_trees_have_unlike_names(write) -> None:
    one = read_bvh(write(LEG)).layout.name
    two = read_bvh(write(LEG.replace("LeftFoot", "LeftToe"))).layout.name
    assert one.startswith("bvh-4-")
    assert two.startswith("bvh-4-")
    assert one != two


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (LEG, "", "the file is empty"),
        (LEG, "a,b\n1,2\n", "line 1: expected HIERARCHY, but got 'a,b': not a BVH file"),
        (LEG, "\0\1\2" * 50, "expected text, but this is a binary file"),
        (LEG, "HIERARCHY\nROOT Hips\n{\n OFFSET 0 0", "expected a number, but the hierarchy ends"),
        (LEG[LEG.index("JOINT Right") :], "", "with 1 blocks still open: is the file cut off"),
        (LEG[LEG.index("MOTION") :], "", "expected MOTION after the hierarchy, but the file ends"),
        (LEG[LEG.index("Frame Time") :], "", "expected Frame Time: .*, but the file ends"),
        ("}\nMOTION", "}\n}\nMOTION", "line 26: expected MOTION after the last }, but got '}'"),
        ("}\n}\nMOTION", "}\nMOTION", "ends with 1 blocks still open"),
        ("Xposition", "Wposition", "line 5: expected one of 6 channels .*, but got 'Wposition'"),
        ("Xposition", "Yposition", "line 5: channel Yposition comes twice"),
        ("CHANNELS 6", "CHANNELS six", "line 5: expected a number after CHANNELS, but got 'six'"),
        ("OFFSET 10.0", "OFFSET ten", "line 8: expected three numbers after OFFSET, but got 'ten'"),
        ("OFFSET 10.0", "OFFSET nan", "line 8: expected three numbers after OFFSET, but got 'nan'"),
        ("    OFFSET 10.0 0.0 0.0\n", "", "joint 'LeftLeg' has no OFFSET"),
        ("RightLeg", "LeftLeg", "line 20: there are two joints of the name 'LeftLeg'"),
        ("JOINT RightLeg", "ROOT RightLeg", "expected OFFSET, CHANNELS, JOINT, .*, but got 'ROOT'"),
        ("JOINT RightLeg", "JOINT", "expected the name of a joint"),
        ("Frames: 2", "Frames: 1.5", "expected Frames: and a whole number, but got 1.5"),
        ("Frames: 2", "Frames: -2", "expected Frames: and a whole number, but got -2"),
        ("Frames: 2", "Frames: nan", "expected Frames: and a whole number, but got nan"),
        ("Frames: 2", "Frames: many", "line 27: .*, but got 'Frames: many'"),
        ("Frames: 2", "Rate: 2", "line 27: .*, but got 'Rate: 2'"),
        ("0 0 0\n1", "0 0\n1", "but got 29 numbers: 1 complete frames and 14 numbers more"),
        ("0 0 0\n1", "0 0 0 7\n1", "but got 31 numbers: 2 complete frames and 1 numbers more"),
        ("0  0 0 0\n1", "0 \n0 0 0\n1 5", "but got 31 numbers: 2 complete frames"),
        ("0.0333333", "fast", "expected Frame Time: and a number of seconds, but got"),
        ("90 0 0", "9,0,0", "line 30: expected a number, but got '9,0,0'"),
        ("90 0 0", "9x 0 0", "line 30: expected a number, but got '9x'"),
        ("90 0 0", "9_0 0 0", "line 30: expected a number, but got '9_0'"),
        ("90 0 0", "1e200 0 0", r"frame 1: expected lengths and degrees, but got 1e\+200"),
        (LEG[LEG.index("1 100") :], "", "got 0 numbers: 0 complete frames"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(write, old: str, new: str, message: str) -> None:
    assert old in LEG
    with pytest.raises(FormatError, match=rf"leg\.bvh.*{message}"):
        read_bvh(write(LEG.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "frames", "note"),
    [
        (
            "Frames: 2",
            "Frames: 3",
            2,
            "tells 3, but 2 are there; they were read: is the file cut off",
        ),
        ("Frames: 2", "Frames: 1", 2, "'Frames:' tells 1, but 2 are there; they were read$"),
        ("Frames: 2", "Frames: 0", 2, "'Frames:' tells 0, but 2 are there; they were read$"),
        ("Frames: 2", "Frames: 9999999999999999", 2, "but 2 are there; they were read: is"),
        ("90 0 0  0 0 0  0 0 0\n", "90 0", 1, "but 1 are there and the beginning of another"),
        ("90 0 0  0 0 0  0 0 0\n", "-", 1, "'Frames:' tells 2, but 1 are there and the beg"),
        ("90 0 0  0 0 0  0 0 0\n", "90 0 0  0 0 0  0 0 0\n1 2", 2, "2 are there and the beginning"),
    ],
)
def test_another_number_of_frames_than_told(write, old, new, frames: int, note: str) -> None:
    assert old in LEG
    with pytest.warns(FormatWarning, match=rf"leg\.bvh: .*{note}"):
        sequence = read_bvh(write(LEG.replace(old, new)))
    np.testing.assert_array_equal(sequence.positions, read_bvh(write(LEG)).positions[:frames])


def test_another_number_of_frames_with_a_missing_value(write) -> None:
    text = LEG.replace("90 0 0", "-1.#IND00 0 0").replace("Frames: 2", "Frames: 5")
    with pytest.warns(FormatWarning, match="tells 5, but 2 are there; they were read: is"):
        sequence = read_bvh(write(text))
    assert sequence.present.sum() == 7


def test_decimal_commas(write) -> None:
    text = LEG.replace("90 0 0", "45.5 0 -1.5e1")
    with pytest.warns(FormatWarning, match=r"leg\.bvh: commas in 18 numbers .* decimal points"):
        sequence = read_bvh(write(text.replace(".", ",")))
    np.testing.assert_array_equal(sequence.positions, read_bvh(write(text)).positions)
    assert sequence.fps == 30


@pytest.mark.parametrize("frame_time", ["0", "-0.03", "nan"])
def test_a_rate_is_needed_where_the_frame_time_is_none(write, frame_time: str) -> None:
    path = write(LEG.replace("0.0333333", frame_time))
    with pytest.raises(
        RateError, match=r"line 28: .* a positive number of seconds, but got 'Frame Time: .*--fps"
    ):
        read_bvh(path)
    assert read_bvh(path, fps=25).fps == 25


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["frames-too-many", "frames-too-few", "locale-comma"])
def test_real_files_that_are_nearly_right(shared_data: Path, name: str) -> None:
    with pytest.warns(FormatWarning):
        sequence = read_bvh(shared_data / "odd" / "nearly" / f"{name}.bvh")
    assert (sequence.num_frames, sequence.fps, sequence.present.all()) == (60, 120, True)


def test_joints_without_numbers_ask_for_no_memory(write) -> None:
    joints = "".join(f"JOINT j{n} {{ OFFSET 0 1 0 }}\n" for n in range(900))
    text = f"HIERARCHY\nROOT a {{ OFFSET 0 0 0 CHANNELS 1 Xposition\n{joints}}}\nMOTION\n"
    frames = "Frames: 100000\nFrame Time: 0.01\n" + "0\n" * 100_000
    with pytest.raises(FormatError, match=r"expected channels that move the 901 joints, .* are 1"):
        read_bvh(write(text + frames))


def test_a_file_is_found_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "leg.csv"
    path.write_text(LEG)
    assert detect_format(path) == "bvh"
    assert read_sequence(path).num_frames == 2
