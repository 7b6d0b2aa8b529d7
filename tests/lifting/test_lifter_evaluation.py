import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.errors import PoseError
from skelgraph.lifting import align_poses, aligned_joint_errors, best_constant_pose, joint_errors


def draw_poses(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((*shape, 3))


def test_joint_errors_by_hand() -> None:
    true = np.zeros((2, 3, 3))
    estimated = true.copy()
    estimated[0, 1] = [3, 4, 0]
    estimated[1, 2] = np.nan
    np.testing.assert_array_equal(joint_errors(estimated, true), [[0, 5, 0], [0, 0, np.nan]])


def test_alignment_undoes_moving_turning_and_scaling() -> None:
    true = draw_poses(7, 10)
    turns = Rotation.random(7, rng=np.random.default_rng(1)).as_matrix()
    moved = 2.5 * np.einsum("tij,tvj->tvi", turns, true) + draw_poses(7, 1, seed=2)
    np.testing.assert_allclose(align_poses(moved, true), true, atol=1e-12)
    assert aligned_joint_errors(moved, true).max() < 1e-12
    assert joint_errors(moved, true).min() > 0.01


def test_alignment_is_scipy_s_rotation_and_the_best_scale() -> None:
    true, estimated = draw_poses(10), draw_poses(10, seed=1)
    X, Y = estimated - estimated.mean(axis=0), true - true.mean(axis=0)
    rotation, _ = Rotation.align_vectors(Y, X)
    turned = rotation.apply(X)
    scale = (turned * Y).sum() / (turned**2).sum()
    expected = scale * turned + true.mean(axis=0)
    np.testing.assert_allclose(align_poses(estimated, true), expected, rtol=1e-9)


def test_a_mirrored_pose_is_not_mirrored_back() -> None:
    true = draw_poses(10)
    mirrored = true * [-1, 1, 1]
    assert aligned_joint_errors(mirrored, true).max() > 0.1
    X, Y = mirrored - mirrored.mean(axis=0), true - true.mean(axis=0)
    turned = Rotation.align_vectors(Y, X)[0].apply(X)
    expected = (turned * Y).sum() / (turned**2).sum() * turned + true.mean(axis=0)
    np.testing.assert_allclose(align_poses(mirrored, true), expected, rtol=1e-9)


def test_missing_joints_have_no_part_in_the_alignment() -> None:
    true = draw_poses(3, 10)
    estimated = 2 * true + 1
    estimated[:, 4] = np.nan
    aligned = align_poses(estimated, true)
    there = np.delete(np.arange(10), 4)
    np.testing.assert_allclose(aligned[:, there], true[:, there], atol=1e-12)
    assert np.isnan(aligned[:, 4]).all()


def test_a_pose_without_size_is_moved_only() -> None:
    true = draw_poses(1, 5)
    aligned = align_poses(np.ones((1, 5, 3)), true)
    np.testing.assert_allclose(aligned, np.broadcast_to(true.mean(axis=1), (1, 5, 3)))


def test_the_best_constant_pose_is_the_geometric_median() -> None:
    # Of three points on a line it is the middle one, not their mean.
    true = np.array([0.0, 1.0, 100.0])[:, None, None] * np.array([1.0, 0.0, 0.0])
    np.testing.assert_allclose(best_constant_pose(true, steps=300), [[1, 0, 0]], atol=1e-3)
    poses = draw_poses(200, 4) ** 3
    best = best_constant_pose(poses)
    least = np.linalg.norm(poses - best, axis=2).mean()
    assert least < np.linalg.norm(poses - poses.mean(axis=0), axis=2).mean()
    for step in 0.01 * draw_poses(20, 4):
        assert np.linalg.norm(poses - best - step, axis=2).mean() > least


def test_a_missing_joint_has_no_part_in_the_constant_pose() -> None:
    poses = draw_poses(50, 4)
    more = np.concatenate([poses, np.full((30, 4, 3), np.nan)])
    np.testing.assert_allclose(best_constant_pose(more), best_constant_pose(poses), rtol=1e-9)


def test_unlike_shapes_are_said() -> None:
    with pytest.raises(PoseError, match=r"of one shape, but got \(2, 3, 3\) and \(2, 4, 3\)"):
        joint_errors(np.zeros((2, 3, 3)), np.zeros((2, 4, 3)))
