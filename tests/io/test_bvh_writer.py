import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io import read_bvh, read_sequence, write_bvh
from skelgraph.layouts import CATALOGUE, UPPER10, JointLayout
from skelgraph.poses import PoseSequence

ARM = JointLayout.from_parents("arm", {"shoulder": None, "upper elbow": "shoulder"})
RAISED = """HIERARCHY
ROOT shoulder
{
	OFFSET 0.000000 0.000000 0.000000
	CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
	JOINT upper elbow
	{
		OFFSET 30.000000 0.000000 0.000000
		CHANNELS 3 Zrotation Xrotation Yrotation
		End Site
		{
			OFFSET 7.500000 0.000000 0.000000
		}
	}
}
MOTION
Frames: 2
Frame Time: 0.040000000000
1.000000 200.000000 3.000000 0.000000 0.000000 0.000000 0.000000 0.000000 0.000000
1.000000 200.000000 3.000000 90.000000 0.000000 0.000000 0.000000 0.000000 0.000000
"""


def sequence_of(positions: np.ndarray, layout: JointLayout, **fields) -> PoseSequence:
    return PoseSequence(positions=positions, layout=layout, **{"fps": 25.0, "unit": "m"} | fields)


def move(layout: JointLayout, num_frames: int = 30) -> np.ndarray:
    """Positions (T, V, 3) of a body of stiff bones of some decimeters, in meters."""
    rng = np.random.default_rng(0)
    offsets = rng.normal(0, 0.2, (layout.num_joints, 3))
    ends = rng.normal(0, 1, (layout.num_joints, 3))
    time = np.linspace(0, 3, num_frames)[:, None]
    positions, turns = np.zeros((num_frames, layout.num_joints, 3)), {}
    for joint in layout.depth_first:
        turn = Rotation.from_rotvec(time * ends[joint])
        if joint != layout.center:
            parent = int(layout.parents[joint])
            positions[:, joint] = positions[:, parent] + turns[parent].apply(offsets[joint])
            turn = turns[parent] * turn
        turns[joint] = turn
    return positions


def test_exact_text(tmp_path: Path) -> None:
    positions = np.array([[[1, 200, 3], [31, 200, 3]], [[1, 200, 3], [1, 230, 3]]])
    path = tmp_path / "arm.bvh"
    write_bvh(path, sequence_of(positions, ARM, unit="cm"))
    assert path.read_text().replace("-0.000000", "0.000000") == RAISED


@pytest.mark.parametrize("layout", CATALOGUE.values(), ids=str)
def test_a_body_of_stiff_bones_is_read_back(layout: JointLayout, tmp_path: Path) -> None:
    sequence = sequence_of(move(layout), layout, fps=29.97)
    write_bvh(tmp_path / "clip.bvh", sequence)
    again = read_sequence(tmp_path / "clip.bvh")
    np.testing.assert_allclose(again.positions, sequence.positions * 100, atol=0.01)
    assert (again.layout, again.fps, again.up) == (layout, 29.97, "+y")


@pytest.mark.parametrize("up", ["+x", "-x", "+y", "-y", "+z", "-z"])
def test_y_points_up_and_left_stays_left(up: str, tmp_path: Path) -> None:
    sequence = sequence_of(move(UPPER10), UPPER10, up=up)
    write_bvh(tmp_path / "clip.bvh", sequence)
    again = read_bvh(tmp_path / "clip.bvh")
    axis, sign = "xyz".index(up[1]), -1 if up[0] == "-" else 1
    height = sequence.positions[:, :, axis] * sign * 100
    np.testing.assert_allclose(again.positions[:, :, 1], height, atol=0.01)
    before, after = (
        np.linalg.det(one.positions[:, [1, 4, 7]] - one.positions[:, :1])
        for one in (sequence, again)
    )
    np.testing.assert_allclose(after, before * 1e6, rtol=1e-2, atol=1)  # not mirrored


def test_lengths_of_no_known_unit_stay(tmp_path: Path) -> None:
    write_bvh(tmp_path / "clip.bvh", sequence_of(move(UPPER10), UPPER10, unit="unknown"))
    again = read_bvh(tmp_path / "clip.bvh")
    np.testing.assert_allclose(again.positions, move(UPPER10), atol=1e-4)


def test_missing_joints_are_bridged_with_a_note(tmp_path: Path) -> None:
    positions = np.repeat(move(UPPER10)[:1], 6, axis=0) + np.arange(6)[:, None, None] / 10
    whole = positions.copy()
    positions[2:4, 6] = positions[4, 0] = np.nan
    with pytest.warns(FormatWarning, match=r"clip\.bvh: 5\.0% of the joints .* interpolated$"):
        write_bvh(tmp_path / "clip.bvh", sequence_of(positions, UPPER10))
    again = read_bvh(tmp_path / "clip.bvh")
    np.testing.assert_allclose(again.positions, whole * 100, atol=0.01)


def test_a_share_of_missing_joints_that_rounds_to_none_is_a_number(tmp_path: Path) -> None:
    positions = np.repeat(move(UPPER10)[:1], 300, axis=0)
    positions[2, 6] = np.nan
    with pytest.warns(FormatWarning, match=r"clip\.bvh: 1 of 3000 joints were missing and"):
        write_bvh(tmp_path / "clip.bvh", sequence_of(positions, UPPER10))


def test_joints_that_are_never_there_are_left_out(tmp_path: Path) -> None:
    positions = move(UPPER10)
    positions[:, [5, 6]] = np.nan
    with pytest.warns(FormatWarning, match="left_elbow, left_wrist are never there and were left"):
        write_bvh(tmp_path / "clip.bvh", sequence_of(positions, UPPER10))
    joints = read_bvh(tmp_path / "clip.bvh").layout.joints
    assert set(joints) == set(UPPER10.joints) - {"left_elbow", "left_wrist"}


def test_a_center_that_is_never_there(tmp_path: Path) -> None:
    layout = JointLayout.from_parents("fork", {"a": None, "b": "a", "c": "a"})
    positions = np.ones((3, 3, 3))
    positions[:, 0] = np.nan
    with pytest.raises(FormatError, match=r"clip\.bvh: expected the center joint 'a' in some"):
        write_bvh(tmp_path / "clip.bvh", sequence_of(positions, layout))


def test_the_largest_deviation_is_told(tmp_path: Path) -> None:
    positions = np.zeros((5, 2, 3))
    positions[:, 1, 0] = [0.3, 0.3, 0.3, 0.35, 0.3]
    with pytest.warns(FormatWarning, match=r"joint 'upper elbow' is 50 mm from .* in frame 3, and"):
        write_bvh(tmp_path / "arm.bvh", sequence_of(positions, ARM))
    positions[:, 1, 0] = [0.3, 0.3, 0.3, 0.3009, 0.3]
    write_bvh(tmp_path / "arm.bvh", sequence_of(positions, ARM))
    with pytest.warns(FormatWarning, match="'upper elbow' is 0.0009 from where it was in frame 3"):
        write_bvh(tmp_path / "arm.bvh", sequence_of(positions, ARM, unit="unknown"))


def test_angles_run_on_where_a_joint_turns_about_itself(tmp_path: Path) -> None:
    angle = np.linspace(0, 4 * np.pi, 41)
    positions = np.zeros((41, 2, 3))
    positions[:, 1] = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    write_bvh(tmp_path / "arm.bvh", sequence_of(positions, ARM))
    rows = np.loadtxt((tmp_path / "arm.bvh").read_text().splitlines()[-41:])
    np.testing.assert_allclose(rows[:, 3], np.rad2deg(angle), atol=1e-4)
    np.testing.assert_allclose(rows[:, 4:], 0, atol=1e-4)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_straight_angles_lock_nothing(axis: int, tmp_path: Path) -> None:
    layout = JointLayout.from_parents("fork", {"a": None, "b": "a", "c": "a", "d": "b"})
    body = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1]]) / 3
    turns = Rotation.from_rotvec(np.outer(np.deg2rad([0, 90, 180, 270, 89.9999]), np.eye(3)[axis]))
    positions = np.stack([turn.apply(body) for turn in turns])
    write_bvh(tmp_path / "fork.bvh", sequence_of(positions, layout))
    again = read_bvh(tmp_path / "fork.bvh", layout=layout)
    np.testing.assert_allclose(again.positions, positions * 100, atol=1e-3)


@pytest.mark.parametrize("joint", ["a{b", "a  b", "a\nb", ""])
def test_names_that_bvh_cannot_hold(joint: str, tmp_path: Path) -> None:
    layout = JointLayout.from_parents("odd", {"root": None, joint: "root"})
    with pytest.raises(FormatError, match=r"odd\.bvh: BVH cannot hold the joint name"):
        write_bvh(tmp_path / "odd.bvh", sequence_of(np.ones((2, 2, 3)), layout))


def test_one_joint_and_one_frame(tmp_path: Path) -> None:
    layout = JointLayout.from_parents("point", {"point": None})
    write_bvh(tmp_path / "point.bvh", sequence_of(np.ones((1, 1, 3)), layout))
    np.testing.assert_allclose(read_bvh(tmp_path / "point.bvh").positions, [[[100, 100, 100]]])


def test_a_long_chain_of_joints(tmp_path: Path) -> None:
    parents = {f"j{n}": f"j{n - 1}" if n else None for n in range(1000)}
    layout = JointLayout.from_parents("rope", parents)
    positions = np.arange(1000)[None, :, None] * np.ones((2, 1, 3)) * 1e-3
    write_bvh(tmp_path / "rope.bvh", sequence_of(positions, layout))
    assert read_bvh(tmp_path / "rope.bvh").layout.num_joints == 1000


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("folder", "every"), [("mpi-ebed", 61), ("bandai-styles", 41), ("odd/animation", 1)]
)
def test_recordings_are_written_back_to_a_tenth_of_a_millimeter(
    shared_data: Path, folder: str, every: int, tmp_path: Path
) -> None:
    files = sorted((shared_data / folder).rglob("*.bvh"))
    if not files:
        pytest.skip(f"the folder of real recordings has no {folder}")
    for file in files[::every]:
        sequence = read_sequence(file)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            write_bvh(tmp_path / "clip.bvh", sequence)
        again = read_sequence(tmp_path / "clip.bvh")
        assert (again.layout, again.fps, again.unit) == (
            sequence.layout,
            sequence.fps,
            sequence.unit,
        )
        expected = sequence.positions
        if sequence.up == "+z":  # written with y up
            expected = expected[:, :, [0, 2, 1]] * np.array([1, 1, -1], dtype=np.float32)
        np.testing.assert_allclose(again.positions, expected, atol=0.01)


@pytest.mark.realdata
def test_bones_that_branch_without_a_shape_are_named(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "odd" / "animation" / "11_01.amc"
    if not path.exists():
        pytest.skip("the folder of real recordings has no odd/animation")
    sequence = read_sequence(path)
    with pytest.warns(FormatWarning, match="joint 'lowerback' is 29.1 mm from where it was"):
        write_bvh(tmp_path / "clip.bvh", sequence)
    again = read_bvh(tmp_path / "clip.bvh", layout=sequence.layout)
    np.testing.assert_allclose(again.positions, sequence.positions * 100, atol=2.92)
    assert replace(again, unit="cm").fps == 120
