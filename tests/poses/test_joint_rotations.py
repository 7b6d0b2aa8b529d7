import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.layouts import CATALOGUE, UPPER10, JointLayout
from skelgraph.poses import fit_rotations

CHAIN = JointLayout.from_parents("chain", {"a": None, "b": "a", "c": "b"})
FORK = JointLayout.from_parents("fork", {"a": None, "b": "a", "c": "a", "d": "a"})


def move(layout: JointLayout, num_frames: int = 12, seed: int = 0) -> np.ndarray:
    """Positions (T, V, 3) of a body whose joints turn smoothly, bone after bone."""
    rng = np.random.default_rng(seed)
    offsets = rng.normal(size=(layout.num_joints, 3))
    ends = rng.normal(0, 1, (layout.num_joints, 3))
    time = np.linspace(0, 1, num_frames)[:, None]
    positions = np.zeros((num_frames, layout.num_joints, 3))
    turns = {}
    for joint in layout.depth_first:
        turn = Rotation.from_rotvec(time * ends[joint])
        if joint == layout.center:
            positions[:, joint] = time * [1, 2, 3]
            turns[joint] = turn
            continue
        parent = int(layout.parents[joint])
        positions[:, joint] = positions[:, parent] + turns[parent].apply(offsets[joint])
        turns[joint] = turns[parent] * turn
    return positions


@pytest.mark.parametrize("layout", CATALOGUE.values(), ids=str)
def test_a_body_of_stiff_bones_is_where_it_was(layout: JointLayout) -> None:
    positions = move(layout)
    fit = fit_rotations(positions, layout)
    np.testing.assert_allclose(fit.positions, positions, atol=1e-5)
    np.testing.assert_allclose(np.linalg.det(fit.rotations), 1)
    identity = np.broadcast_to(np.eye(3), fit.rotations.shape)
    np.testing.assert_allclose(
        fit.rotations @ np.swapaxes(fit.rotations, -1, -2), identity, atol=1e-9
    )
    # The rest pose is the first frame's.
    np.testing.assert_allclose(fit.rotations[0], identity[0], atol=1e-4)
    local = fit.to_local(layout)
    for child, parent in layout.bones:
        own = fit.rotations[:, parent] @ local[:, child]
        np.testing.assert_allclose(own, fit.rotations[:, child], atol=1e-9)


def test_a_single_child_turns_its_joint_by_the_smallest_angle() -> None:
    angles = np.deg2rad([0, 30, 90, 150])
    positions = np.zeros((4, 3, 3))
    positions[:, 1] = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1) * 2
    positions[:, 2] = positions[:, 1] + [0, 0, 1]
    rotations = fit_rotations(positions, CHAIN).rotations
    expected = Rotation.from_rotvec(np.outer(angles, [0, 0, 1])).as_matrix()
    np.testing.assert_allclose(rotations[:, 0], expected, atol=1e-6)
    # The next bone did not turn, and its joint goes with the one before it: nothing turns it.
    np.testing.assert_allclose(rotations[:, 1], expected, atol=1e-6)


def test_several_children_turn_their_joint_as_scipy_aligns_them() -> None:
    rng = np.random.default_rng(1)
    positions = np.zeros((5, 4, 3))
    positions[:, 1:] = rng.normal(size=(3, 3)) + rng.normal(0, 0.05, (5, 3, 3))
    fit = fit_rotations(positions, FORK)
    for t in range(5):
        expected, _ = Rotation.align_vectors(positions[t, 1:], fit.offsets[1:])
        np.testing.assert_allclose(fit.rotations[t, 0], expected.as_matrix(), atol=1e-5)


def test_children_in_one_line_do_not_spin() -> None:
    layout = JointLayout.from_parents("hips", {"a": None, "b": "a", "c": "a"})
    positions = np.zeros((3, 3, 3))
    positions[:, 1, 0], positions[:, 2, 0] = 1, -1
    positions[2] = positions[2][:, [1, 0, 2]]
    rotations = fit_rotations(positions, layout).rotations[:, 0]
    quarter = Rotation.from_rotvec([0, 0, np.pi / 2]).as_matrix()
    np.testing.assert_allclose(rotations, [np.eye(3), np.eye(3), quarter], atol=1e-6)


def test_lengths_are_medians_and_deviations_do_not_add_up() -> None:
    positions = np.zeros((3, 3, 3))
    positions[:, 1, 0] = [1, 1.1, 0.9]
    positions[:, 2] = positions[:, 1] + [0, 2, 0]
    fit = fit_rotations(positions, CHAIN)
    np.testing.assert_allclose(np.linalg.norm(fit.offsets, axis=1), [0, 1, 2])
    # The second bone points at its end from where the first one ends now.
    aims = positions[:, 2] - fit.positions[:, 1]
    aims /= np.linalg.norm(aims, axis=1, keepdims=True)
    np.testing.assert_allclose((fit.positions[:, 2] - fit.positions[:, 1]) / 2, aims, atol=1e-6)


def test_a_bone_without_length() -> None:
    positions = np.zeros((3, 3, 3))
    positions[:, 2] = [[0, 1, 0], [1, 0, 0], [0, 1, 0]]
    fit = fit_rotations(positions, CHAIN)
    np.testing.assert_allclose(fit.positions, positions, atol=1e-6)
    np.testing.assert_array_equal(fit.offsets[1], 0)


def test_mirror_images_are_turned_and_not_mirrored() -> None:
    positions = move(UPPER10)
    positions[6] *= [-1, 1, 1]
    assert (np.linalg.det(fit_rotations(positions, UPPER10).rotations) > 0.99).all()
