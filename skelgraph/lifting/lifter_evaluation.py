"""The errors of a lifter under several conditions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skelgraph.config import FilmingSettings
from skelgraph.layouts import UPPER10
from skelgraph.lifting.detector_noise import add_detector_noise
from skelgraph.lifting.keypoint_lifter import KeypointLifter
from skelgraph.lifting.lifter_data import LifterRecordings, film_clip, filter_keypoints, seed_camera
from skelgraph.lifting.pose_error import aligned_joint_errors, best_constant_pose, joint_errors
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

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
