from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_amass, read_sequence
from skelgraph.io.amass import OFFSETS_M
from skelgraph.layouts import SMPL24, UPPER10, JointLayout

T = 4


def make_arrays(num_joints: int = 52, seed: int = 0) -> dict:
    rng = np.random.default_rng(seed)
    return {
        "poses": rng.normal(0, 0.6, (T, 3 * num_joints)),
        "trans": rng.normal(0, 1, (T, 3)),
        "betas": np.ones(16),
        "dmpls": np.zeros((T, 8)),
        "gender": np.array("female"),
        "mocap_framerate": np.array(120.0),
    }


@pytest.fixture
def write(tmp_path: Path):
    def write_arrays(arrays: dict) -> Path:
        path = tmp_path / "walk_poses.npz"
        np.savez(path, **arrays)
        return path

    return write_arrays


def place_joints(poses: np.ndarray, trans: np.ndarray) -> np.ndarray:
    """One frame (24, 3), joint after joint."""
    turns, ends = [], []
    for joint in range(24):
        turn = Rotation.from_rotvec(poses[3 * joint : 3 * joint + 3] if joint < 22 else [0, 0, 0])
        if joint == 0:
            turns.append(turn)
            ends.append(trans + OFFSETS_M[0])
            continue
        parent = int(SMPL24.parents[joint])
        turns.append(turns[parent] * turn)
        ends.append(ends[parent] + turns[parent].apply(OFFSETS_M[joint]))
    return np.array(ends)


@pytest.mark.parametrize("num_joints", [22, 24, 52, 55])
def test_positions_of_each_body_model(write, num_joints: int) -> None:
    arrays = make_arrays(num_joints)
    path = write(arrays)
    assert detect_format(path) == "amass"
    sequence = read_sequence(path)
    expected = [place_joints(arrays["poses"][t], arrays["trans"][t]) for t in range(T)]
    np.testing.assert_allclose(sequence.positions, expected, atol=1e-6)
    assert (sequence.layout, sequence.fps, sequence.unit) == (SMPL24, 120, "m")
    assert (sequence.up, sequence.name) == ("+z", "walk_poses")


def test_the_mean_body_stands_and_is_nearly_symmetric(write) -> None:
    arrays = make_arrays()
    arrays["poses"][:] = 0
    arrays["trans"][:] = 0
    body = read_amass(write(arrays)).positions[0]
    np.testing.assert_allclose(body[0], [-0.0018, -0.2233, 0.0282], atol=1e-6)
    np.testing.assert_allclose(body[15], [0.00499, 0.35257, 0.03653], atol=3e-4)
    left, right = np.array(SMPL24.pairs).T
    np.testing.assert_allclose(body[left], body[right] * [-1, 1, 1], atol=0.025)
    arrays["poses"][:, 0] = np.pi / 2  # y up becomes z up, as bodies stand in AMASS
    standing = read_amass(write(arrays)).positions[0]
    assert standing[15, 2] - standing[7, 2] == pytest.approx(1.44, abs=0.01)


@pytest.mark.parametrize(
    "keys",
    [
        {"root_orient": slice(0, 3), "pose_body": slice(3, 66)},
        {"global_orient": slice(0, 3), "body_pose": slice(3, 72)},
    ],
)
def test_poses_in_parts(write, keys: dict) -> None:
    arrays = make_arrays(24)
    whole = read_amass(write(arrays)).positions
    poses = arrays.pop("poses")
    arrays |= {key: poses[:, part] for key, part in keys.items()}
    arrays["transl"] = arrays.pop("trans")
    arrays["mocap_frame_rate"] = arrays.pop("mocap_framerate")
    path = write(arrays)
    assert detect_format(path) == "amass"
    np.testing.assert_array_equal(read_amass(path).positions, whole)


def test_the_files_rate_and_one_that_is_needed(write) -> None:
    arrays = make_arrays()
    assert read_amass(write(arrays), fps=30).fps == 120
    del arrays["mocap_framerate"]
    with pytest.raises(RateError, match=r"walk_poses\.npz: expected the frame rate, .*--fps"):
        read_amass(write(arrays))
    assert read_amass(write(arrays), fps=30).fps == 30


def test_without_the_keys_of_amass_the_trunk_tells_what_is_up(write) -> None:
    arrays = make_arrays()
    arrays["poses"][:] = 0
    arrays["fps"] = arrays.pop("mocap_framerate")
    assert read_amass(write(arrays)).up == "+y"


def test_a_layout_picks_joints_by_name(write) -> None:
    wanted = JointLayout.from_parents("two", {"left_hand": "pelvis", "pelvis": None})
    arrays = make_arrays()
    sequence = read_amass(write(arrays), layout=wanted)
    np.testing.assert_array_equal(
        sequence.positions, read_amass(write(arrays)).positions[:, [22, 0]]
    )


def test_markers(write) -> None:
    layout = JointLayout.from_parents("head", {"LFHD": None, "RFHD": "LFHD"})
    arrays = make_arrays()
    markers = np.arange(T * 3 * 3.0).reshape(T, 3, 3)
    markers[1, 1] = 0
    markers[2, 0, 2] = np.nan
    arrays |= {"markers": markers, "labels": np.array(["RFHD", "LFHD", "C7"])}
    assert read_amass(write(arrays)).layout == SMPL24
    sequence = read_amass(write(arrays), layout=layout)
    assert (sequence.layout, sequence.fps, sequence.up) == (layout, 120, "+z")
    assert sequence.present.tolist() == [[True, True], [False, True], [True, False], [True, True]]
    np.testing.assert_array_equal(sequence.positions[0], [[3, 4, 5], [0, 1, 2]])
    del arrays["poses"]
    assert detect_format(write(arrays)) == "amass"
    arrays["labels"] = arrays["labels"][:2]
    with pytest.raises(FormatError, match=r"expected markers \(frames, 2, 3\) .* got \(4, 3, 3\)"):
        read_amass(write(arrays), layout=layout)


def test_a_motion_converts_to_other_layouts(write) -> None:
    from skelgraph.poses import convert_layout

    assert convert_layout(read_amass(write(make_arrays())), UPPER10).present.all()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("poses", np.zeros((T, 100)), "expected 72, 156 or 165 numbers a frame .* but got 100"),
        ("poses", np.zeros((0, 156)), "expected turns of joints in equally many frames"),
        ("poses", np.full((T, 156), np.nan), "expected turns in radians in poses"),
        ("poses", np.full((T, 156), 1e5), "expected turns in radians in poses"),
        ("poses", np.array(["a"]), "expected numbers in array 'poses', but got <U1"),
        ("poses", np.array([{}], dtype=object), "expected numbers .* but got pickled objects"),
        ("trans", np.zeros((T, 2)), r"expected trans \(frames, 3\) = \(4, 3\), but got \(4, 2\)"),
        ("trans", None, "expected the place of the body in 'trans', but there is none"),
        ("poses", None, "expected the poses of a body model, but the keys are trans, betas"),
        ("mocap_framerate", np.array(-1.0), "expected one positive number in array 'mocap_fram"),
        ("trans", np.full((T, 3), 1e300), ".*farther away than single precision"),
    ],
)
def test_what_is_wrong(write, key: str, value: np.ndarray | None, message: str) -> None:
    arrays = make_arrays() | {key: value}
    path = write({name: array for name, array in arrays.items() if array is not None})
    with pytest.raises(FormatError, match=rf"walk_poses\.npz.*{message}"):
        read_amass(path)


def test_pickles_of_fits_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "walk_stageii.pkl"
    path.write_bytes(b"\x80\x04}.")
    with pytest.raises(FormatError, match=r"_stageii\.pkl: expected the \.npz file of AMASS"):
        read_sequence(path)


def test_other_archives_keep_their_readers(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    np.savez(path, positions=np.zeros((2, 10, 3)), fps=30.0, layout="upper10")
    assert detect_format(path) == "npz"
    np.savez(path, poses=np.zeros((2, 17, 3)))
    assert detect_format(path) == "npz"
