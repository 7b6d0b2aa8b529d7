"""The errors of a lifter under several conditions.

MPJPE, the mean per joint position error, is protocol 1 of Human3.6M (Ionescu et al. 2014). PA-MPJPE
is protocol 2: each frame's pose is first moved, turned and scaled to fit the true one (Procrustes;
Umeyama, IEEE TPAMI 13(4), 1991).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skelgraph.config import FilmingSettings
from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.lifting.detector_noise import add_detector_noise
from skelgraph.lifting.keypoint_lifter import KeypointLifter
from skelgraph.lifting.lifter_data import LifterRecordings, film_clip, filter_keypoints, seed_camera
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray


def joint_errors(estimated: FloatArray, true: FloatArray) -> FloatArray:
    """Return the distance of each joint from its true position.

    Args:
        estimated: Array (..., V, 3).
        true: Array of the same shape and unit.

    Returns:
        Array (..., V) in the same unit; NaN if a joint is missing in either.

    Raises:
        PoseError: If the shapes do not fit.
    """
    estimated, true = _check(estimated, true)
    return np.asarray(np.linalg.norm(estimated - true, axis=-1))


def align_poses(estimated: FloatArray, true: FloatArray) -> FloatArray:
    r"""Move, turn and scale each pose as a whole to fit the true one (least squares).

    With the centered poses X and Y and the singular value decomposition
    :math:`X^T Y = U S V^T`, the rotation is :math:`U D V^T` and the scale
    :math:`\mathrm{tr}(S D) / \|X\|^2`, where D turns a reflection into a rotation.
    A joint that is missing in either pose does not count.

    Args:
        estimated: Array (..., V, 3).
        true: Array of the same shape.

    Returns:
        Array of the same shape: the estimated poses, aligned. A pose without size is only moved.

    Raises:
        PoseError: If the shapes do not fit.
    """
    estimated, true = _check(estimated, true)
    both = ~(np.isnan(estimated) | np.isnan(true)).any(axis=-1, keepdims=True)
    counts = np.maximum(both.sum(axis=-2, keepdims=True), 1)

    def center(poses: FloatArray) -> FloatArray:
        return np.asarray(np.where(both, poses, 0.0).sum(axis=-2, keepdims=True) / counts)

    start, end = center(estimated), center(true)
    X, Y = (np.where(both, estimated - start, 0.0), np.where(both, true - end, 0.0))
    U, S, Vt = np.linalg.svd(np.swapaxes(X, -1, -2) @ Y)
    S[..., -1] *= np.sign(np.linalg.det(U @ Vt))
    U[..., -1] *= np.sign(np.linalg.det(U @ Vt))[..., None]
    size = (X**2).sum(axis=(-1, -2))
    scale = np.divide(S.sum(axis=-1), size, out=np.ones_like(size), where=size > 0)
    return np.asarray((estimated - start) @ (U @ Vt) * scale[..., None, None] + end)


def aligned_joint_errors(estimated: FloatArray, true: FloatArray) -> FloatArray:
    """Return the distance of each joint from its true position after :func:`align_poses`.

    Shapes are those of :func:`joint_errors`.

    Returns:
        Array (..., V) in the unit of the true poses.

    Raises:
        PoseError: If the shapes do not fit.
    """
    return joint_errors(align_poses(estimated, true), true)


def best_constant_pose(true: FloatArray, *, steps: int = 100) -> FloatArray:
    """Return the pose with the lowest MPJPE over all poses: the geometric median of each joint.

    It is found by Weiszfeld's iteration from the mean (Tohoku Math. J. 43, 1937).

    Args:
        true: Array (N, V, 3).
        steps: Number of steps.

    Returns:
        Array (V, 3).
    """
    pose = np.asarray(np.nanmean(true.astype(np.float64), axis=0))
    for _ in range(steps):
        weights = 1 / np.maximum(np.linalg.norm(true - pose, axis=2, keepdims=True), 1e-9)
        weights = np.where(np.isnan(true).any(axis=2, keepdims=True), 0.0, weights)
        pose = (weights * np.nan_to_num(true)).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-12)
    return pose


def _check(estimated: FloatArray, true: FloatArray) -> tuple[FloatArray, FloatArray]:
    if estimated.shape != true.shape or estimated.ndim < 2 or estimated.shape[-1] != 3:
        raise PoseError(
            f"expected two arrays (..., joints, 3) of one shape, but got {estimated.shape} and "
            f"{true.shape}"
        )
    return estimated.astype(np.float64), true.astype(np.float64)


_MM = 1000.0

LIFTER_CONDITIONS = {
    "true": "true keypoints",
    "true_filtered": "true keypoints, filtered",
    "noisy": "a detector's noise",
    "noisy_filtered": "a detector's noise, filtered",
}
"""Keys and descriptions of the keypoints that are lifted."""
LIFTER_RESULTS = {**LIFTER_CONDITIONS, "constant_pose": "the best constant pose"}
"""Keys and descriptions of the results of :func:`evaluate_lifter`."""


def evaluate_lifter(
    lifter: KeypointLifter,
    data: LifterRecordings,
    clips: Sequence[int],
    settings: FilmingSettings,
    *,
    seed: int,
    conditions: Sequence[str] = tuple(LIFTER_CONDITIONS),
) -> dict[str, Any]:
    """Compute MPJPE, PA-MPJPE and velocity error over clips that several cameras film.

    The same errors are computed for the constant pose that is best for these very clips, which no
    constant prediction can improve on. All means are over frames and the ten joints; the error of
    the root joint is always 0.

    Args:
        lifter: The lifter.
        data: The recordings.
        clips: Numbers of the clips.
        settings: Number of cameras, and cutoff of the filter.
        seed: Seed of the run.
        conditions: Some keys of :data:`LIFTER_CONDITIONS`.

    Returns:
        Plain JSON types; lengths in millimeters, velocities in millimeters per second.
    """
    targets: list[FloatArray] = []
    lifted: dict[str, list[FloatArray]] = {name: [] for name in conditions}
    for clip in clips:
        for camera in range(settings.cameras):
            generator = seed_camera(seed, camera, clip)
            view = film_clip(data, clip, generator)
            targets.append(view.target)
            images = _make_images(view.image, generator, settings.cutoff_hz)
            for name in conditions:
                lifted[name].append(lifter.lift_camera(images[name]))
    constant = best_constant_pose(np.concatenate(targets))
    poses = [np.broadcast_to(constant, target.shape) for target in targets]
    return {
        "clips": len(clips),
        "cameras": settings.cameras,
        "frames": sum(len(target) for target in targets),
        **{
            name: _measure(estimated, targets, fps=data.bodies[0].fps)
            for name, estimated in (*lifted.items(), ("constant_pose", poses))
        },
    }


def _make_images(
    image: PoseSequence, generator: np.random.Generator, cutoff_hz: float
) -> dict[str, PoseSequence]:
    """Return the recording under all conditions."""
    noisy = add_detector_noise(image, generator)
    return {
        "true": image,
        "true_filtered": filter_keypoints(image, cutoff_hz),
        "noisy": noisy,
        "noisy_filtered": filter_keypoints(noisy, cutoff_hz),
    }


def _measure(
    estimated: Sequence[FloatArray], targets: Sequence[FloatArray], *, fps: float
) -> dict[str, Any]:
    """Errors of recordings (T, V, 3) in meters."""
    errors = np.concatenate([joint_errors(a, b) for a, b in zip(estimated, targets, strict=True)])
    aligned = np.concatenate(
        [aligned_joint_errors(a, b) for a, b in zip(estimated, targets, strict=True)]
    )
    steps = np.concatenate(
        [
            joint_errors(np.diff(a, axis=0), np.diff(b, axis=0))
            for a, b in zip(estimated, targets, strict=True)
        ]
    )
    return {
        "mpjpe_mm": _round(np.nanmean(errors)),
        "pa_mpjpe_mm": _round(np.nanmean(aligned)),
        "velocity_error_mm_s": _round(np.nanmean(steps) * fps),
        "mpjpe_mm_per_joint": _per_joint(errors),
        "pa_mpjpe_mm_per_joint": _per_joint(aligned),
    }


def _per_joint(errors: FloatArray) -> dict[str, float]:
    means = np.nanmean(errors, axis=0)
    return {joint: _round(mean) for joint, mean in zip(UPPER10.joints, means, strict=True)}


def _round(meters: Any) -> float:
    return round(float(meters) * _MM, 2)
