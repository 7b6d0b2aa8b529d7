from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io import detect_format, read_amc, read_sequence
from skelgraph.layouts import JointLayout

SKELETON = """# a comment
:version 1.10
:name arm
:units
  mass 1.0
  length 0.5
  angle deg
:documentation
  made by hand
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name lhumerus
    direction 1 0 0
    length 10.0
    axis 0 0 0 XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
    id 2
    name lradius
    direction 1 0 0
    length 8
    axis 0 0 90 XYZ
    dof rx
    limits (-10 170)
  end
  begin
    id 3
    name rhumerus
    direction -1 0 0
    length 10
    axis 20 30 -40 XYZ
    dof rz ry
  end
  begin
    id 4
    name head
    direction 0 1 0
    length 6
    axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root lhumerus rhumerus head
    lhumerus lradius
  end
"""
MOTION = """#!OML:ASF arm.asf
:FULLY-SPECIFIED
:DEGREES
1
root 1 2 3 0 0 0
lhumerus 0 0 0
lradius 90
rhumerus 0 0
2
root 1 2 3 0 90 0
lhumerus 0 0 90
lradius 0
rhumerus 30 -20
"""
PER_METER = 0.5 / 0.0254


@pytest.fixture
def write(tmp_path: Path):
    def write_pair(motion: str = MOTION, skeleton: str = SKELETON) -> Path:
        (tmp_path / "arm.asf").write_text(skeleton)
        path = tmp_path / "arm_01.amc"
        path.write_text(motion)
        return path

    return write_pair


def test_exact_positions_of_a_small_pair(write) -> None:
    path = write()
    assert detect_format(path) == "amc"
    sequence = read_sequence(path)
    assert sequence.layout.joints == ("root", "lhumerus", "rhumerus", "head", "lradius")
    assert sequence.layout.bones == ((1, 0), (2, 0), (3, 0), (4, 1))
    assert sequence.layout.pairs == ((1, 2),)
    expected = [
        # The forearm turns by 90 degrees about its own x, which is y of the world.
        [[1, 2, 3], [11, 2, 3], [-9, 2, 3], [1, 8, 3], [11, 2, -5]],
        # The root turns x to -z; before that, the upper arm turns x to y.
        [[1, 2, 3], [1, 12, 3], [np.nan] * 3, [1, 8, 3], [1, 20, 3]],
    ]
    known = ~np.isnan(expected)
    np.testing.assert_allclose(
        (sequence.positions * PER_METER)[known], np.array(expected)[known], atol=1e-5
    )
    assert (sequence.fps, sequence.unit, sequence.up) == (120, "m", "+y")
    assert (sequence.name, sequence.subject) == ("arm_01", "arm")
    assert read_amc(path, fps=60).fps == 60


def test_a_bone_turns_about_its_own_axes_in_the_order_of_its_channels(write) -> None:
    own = Rotation.from_euler("xyz", [20, 30, -40], degrees=True)
    turned = own * Rotation.from_euler("zy", [30, -20], degrees=True) * own.inv()
    root = Rotation.from_euler("xyz", [0, 90, 0], degrees=True)
    expected = np.array([1, 2, 3]) + (root * turned).apply([-10, 0, 0])
    end = read_amc(write())["rhumerus"][1] * PER_METER
    np.testing.assert_allclose(end, expected, atol=1e-5)


def test_angles_in_radians(write) -> None:
    radians = MOTION.replace(":DEGREES", ":RADIANS").replace("90", f"{np.pi / 2:.9f}")
    radians = radians.replace("30 -20", f"{np.pi / 6:.9f} {-np.pi / 9:.9f}")
    plain = read_amc(write())
    np.testing.assert_allclose(read_amc(write(radians)).positions, plain.positions, atol=1e-6)
    skeleton = SKELETON.replace("angle deg", "angle rad").replace("0 90 XYZ", "0 1.57079633 XYZ")
    skeleton = skeleton.replace("20 30 -40", "0.34906585 0.52359878 -0.6981317")
    again = read_amc(write(radians.replace(":RADIANS\n", ""), skeleton))
    np.testing.assert_allclose(again.positions, plain.positions, atol=1e-6)


def test_lengths_that_are_no_inches_are_left_alone(write) -> None:
    sequence = read_amc(write(skeleton=SKELETON.replace("length 0.5", "length 0.1")))
    np.testing.assert_allclose(sequence["lhumerus"][0], [110, 20, 30], rtol=1e-6)
    assert sequence.unit == "cm"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(":DEGREES\n", ""),
        lambda text: "\ufeff" + text.lower(),
        lambda text: text.replace("\n1\n", "\n7\n").replace("\n2\n", "\n8\n"),
    ],
)
def test_the_same_motion_in_other_spellings(write, change) -> None:
    plain = read_amc(write())
    np.testing.assert_array_equal(read_amc(write(change(MOTION))).positions, plain.positions)


def test_frames_between_the_numbers_are_missing(write) -> None:
    sequence = read_amc(write(MOTION.replace("\n2\n", "\n4\n")))
    assert sequence.present.all(axis=1).tolist() == [True, False, False, True]


def test_a_number_that_is_none_makes_missing_what_hangs_on_it(write) -> None:
    sequence = read_amc(write(MOTION.replace("lhumerus 0 0 90", "lhumerus 0 -1.#IND 90")))
    assert sequence.present.tolist() == [[True] * 5, [True, False, True, True, False]]


def test_a_bone_without_motion_stays(write) -> None:
    sequence = read_amc(write(MOTION.replace("lradius 90\n", "").replace("lradius 0\n", "")))
    np.testing.assert_allclose(sequence["lradius"][0] * PER_METER, [19, 2, 3], rtol=1e-6)


@pytest.mark.parametrize(
    "end",
    ["0\nrhum", "0\nrhumerus 30 -", "0\nrhumerus", "0\nrhumerus 3", "0\n", ""],
)
def test_a_last_frame_that_is_cut_off_is_left_out(write, end: str) -> None:
    path = write(MOTION[: MOTION.rindex("0\nrhumerus")] + end)
    with pytest.warns(FormatWarning, match=r"arm_01\.amc: frame 2, the last one, lacks values"):
        sequence = read_amc(path)
    assert sequence.num_frames == 1


def test_the_skeleton_is_found_by_its_name(write, tmp_path: Path) -> None:
    path = write()
    (tmp_path / "arm_0.asf").write_text("no skeleton of this motion")
    (tmp_path / "other.asf").write_text("nor this one")
    assert read_amc(path).subject == "arm"
    other = path.rename(tmp_path / "leg_01.amc")
    with pytest.raises(FormatError, match=r"leg_01\.amc: .* none of the 3 \.asf files in"):
        read_amc(other)


def test_the_only_skeleton_also_of_the_folder_above(write, tmp_path: Path) -> None:
    path = write()
    (tmp_path / "angry").mkdir()
    moved = path.rename(tmp_path / "angry" / "walk.amc")
    assert read_amc(moved).num_frames == 2
    assert read_amc(moved).subject is None
    (tmp_path / "arm.asf").unlink()
    with pytest.raises(FormatError, match=r"walk\.amc: expected the skeleton .* put it there"):
        read_amc(moved)


def test_a_skeleton_alone_names_its_motions(write, tmp_path: Path) -> None:
    path = write()
    with pytest.raises(FormatError, match=r"arm\.asf: .* the skeleton alone .* as arm_01\.amc"):
        read_sequence(tmp_path / "arm.asf")
    path.unlink()
    with pytest.raises(FormatError, match=r"its \.amc files, which lie beside it usually"):
        read_sequence(tmp_path / "arm.asf")


def test_a_layout_picks_joints_by_name(write) -> None:
    wanted = JointLayout.from_parents("two", {"head": "root", "root": None})
    sequence = read_amc(write(), layout=wanted)
    np.testing.assert_allclose(sequence.positions[0] * PER_METER, [[1, 8, 3], [1, 2, 3]], rtol=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (MOTION, "", "the file is empty"),
        (MOTION, "a,b\n", r"line 1: .* but got 'a,b': no Acclaim motion \(AMC\)"),
        (MOTION, ":DEGREES\n", r"expected frames of an Acclaim motion \(AMC\), but got none"),
        (MOTION, "\0", "binary file"),
        ("lradius 90", "lradius 90 1", "line 7: expected 1 values for bone 'lradius' .* but got 2"),
        ("lradius 90", "foot 90", "line 7: expected no values for bone 'foot' of the skeleton"),
        ("lradius 90", "head 90", "line 7: expected 0 values for bone 'head'"),
        ("lradius 90", "lradius", "line 7: expected the number of a frame or a bone"),
        ("lradius 90\n", "", r"frame 2, the last one, .*|frame 2: expected values for the same 3"),
        ("lradius 90", "rhumerus 0 0", "line 8: bone 'rhumerus' comes twice in frame 1"),
        ("lradius 90", "lradius x", "line 7: expected a number, but got 'x'"),
        ("lradius 90", "lradius 1e200", r"expected lengths and angles, but got 1e\+200"),
        ("\n2\n", "\n1\n", "expected another number for each frame"),
        ("\n2\n", "\n9999999999\n", "most are missing"),
    ],
)
@pytest.mark.filterwarnings("ignore::skelgraph.errors.FormatWarning")
def test_what_is_wrong_with_the_motion(write, old: str, new: str, message: str) -> None:
    assert old in MOTION
    more = MOTION.replace(old, new, 1)
    if old == "lradius 90\n":
        more += "3" + more[more.index("\nroot 1 2 3 0 90") :]
    with pytest.raises(FormatError, match=rf"arm_01\.amc.*{message}"):
        read_amc(write(more))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (SKELETON, "", "the file is empty"),
        (SKELETON, "a b\n", "line 1: expected a section of an Acclaim skeleton .* but got 'a'"),
        (SKELETON[SKELETON.index(":hier") :], "", "the section :hierarchy .*: is the file cut off"),
        (SKELETON[SKELETON.index("    name head") :], ":hierarchy", "expected end after a bone"),
        ("length 0.5", "length -1", "line 6: expected a positive length, but got -1"),
        ("length 10.0", "length ten", "line 20: expected 1 numbers, but got 'length ten'"),
        ("    length 10.0\n", "", "line 25: expected length of the bone before end"),
        ("name lradius", "name lhumerus", "two bones of the name 'lhumerus'"),
        ("0 0 90 XYZ", "0 0 90 XYW", "line 32: expected an order such as XYZ, but got 'XYW'"),
        ("dof rx\n", "dof rq\n", "line 33: expected channels of tx ty tz rx ry rz, but got 'rq'"),
        ("dof rx\n", "dof tx\n", "line 33: bone 'lradius' is shifted, which is not read"),
        ("lhumerus lradius", "lhumerus foot", "line 54: there is no bone 'foot'"),
        ("    lhumerus lradius\n", "", "expected bone 'lradius' in the section :hierarchy"),
        ("lhumerus lradius", "head root", "bone 'root' hangs on two others"),
        ("  begin\n    id 2\n", "", "line 27: expected begin, but got 'name'"),
    ],
)
def test_what_is_wrong_with_the_skeleton(write, old: str, new: str, message: str) -> None:
    assert old in SKELETON
    with pytest.raises(FormatError, match=rf"arm\.asf.*{message}"):
        read_amc(write(skeleton=SKELETON.replace(old, new, 1)))


@pytest.mark.realdata
def test_a_recording_of_cmu(shared_data: Path) -> None:
    path = shared_data / "odd" / "animation" / "11_01.amc"
    if not path.exists():
        pytest.skip("the folder of real recordings has no odd/animation")
    sequence = read_sequence(path)
    assert (sequence.num_frames, sequence.fps, sequence.unit) == (597, 120, "m")
    assert (sequence.layout.num_joints, len(sequence.layout.pairs)) == (31, 12)
    words = path.with_name("11.asf").read_text().split()
    bones = {
        words[at + 1]: float(words[words.index("length", at) + 1])
        for at, word in enumerate(words)
        if word == "name" and words[at + 1] != "VICON"
    }
    for child, parent in sequence.layout.bones:
        ends = sequence.positions[:, child] - sequence.positions[:, parent]
        lengths = np.linalg.norm(ends, axis=1) / 0.0254 * 0.45
        np.testing.assert_allclose(lengths, bones[sequence.layout.joints[child]], rtol=1e-4)
    height = sequence["head"][:, 1] - np.minimum(sequence["lfoot"], sequence["rfoot"])[:, 1]
    assert 1.4 < np.median(height) < 1.8
    # The person's left, up and front are right-handed: the toes point to the front.
    left = (sequence["lhipjoint"] - sequence["rhipjoint"]).astype(float)
    front = np.cross(left, [0, 1, 0])
    for side in "lr":
        toes = sequence[f"{side}toes"] - sequence[f"{side}tibia"]
        assert ((toes * front).sum(axis=1) > 0).mean() > 0.95
