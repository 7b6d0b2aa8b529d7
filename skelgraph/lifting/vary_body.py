"""Variations of a recorded person: bone lengths, the lean of the trunk, the posture of the arms.

Few people are recorded, and each has an own way to sit; a lifter trained on five of them would
estimate that posture for the sixth too. Bones of several recordings are combined in one body as in
Li et al., Cascaded Deep Monocular 3D Human Pose Estimation with Evolutionary Training Data (CVPR
2020).
"""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from skelgraph.lifting.detected_body import LIFTER_BODY
from skelgraph.poses import PoseSequence, bone_lengths, normalize_bone_lengths

_TRUNK = [
    LIFTER_BODY.index(joint)
    for joint in ("spine", "thorax", "neck_nose", "nose", "left_shoulder", "right_shoulder")
]
_ARMS = tuple(
    tuple(LIFTER_BODY.index(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist"))
    for side in ("left", "right")
)

_SHORTEST_M = 1e-9


def vary_posture(
    body: PoseSequence, generator: np.random.Generator, *, lean_deg: float, arms_deg: float
) -> PoseSequence:
    """Change the posture by a turn that is the same in all frames.

    The trunk turns about the pelvis, forward or backward; the arms move along without turning. Then
    each arm turns about its shoulder and each forearm about its elbow. Bone lengths stay. The
    angles are drawn without regard to the limits of human joints.

    Args:
        body: Result of :func:`skelgraph.lifting.prepare_body`: y up, facing +z.
        generator: Source of the draws.
        lean_deg: Standard deviation of the trunk's turn, in degrees.
        arms_deg: Standard deviation of the turn of each arm about each axis, and half of it of the
            forearm, in degrees.
    """
    old = body.positions.astype(np.float64)
    new = old.copy()
    lean = Rotation.from_euler("x", lean_deg * generator.standard_normal(), degrees=True)
    pelvis = old[:, :1]
    new[:, _TRUNK] = (old[:, _TRUNK] - pelvis) @ lean.as_matrix().T + pelvis
    for shoulder, elbow, wrist in _ARMS:
        arm, forearm = (
            Rotation.from_rotvec(deviation * generator.standard_normal(3), degrees=True)
            for deviation in (arms_deg, arms_deg / 2)
        )
        upper, lower = old[:, elbow] - old[:, shoulder], old[:, wrist] - old[:, elbow]
        new[:, elbow] = new[:, shoulder] + upper @ arm.as_matrix().T
        new[:, wrist] = new[:, elbow] + lower @ (forearm * arm).as_matrix().T
    return replace(body, positions=new.astype(np.float32))


def exchange_arms(body: PoseSequence, other: PoseSequence, start: int) -> PoseSequence:
    """Replace the directions of the arms by those of another recording.

    Bone lengths stay. The other recording is played from a frame on, and backward and forward again
    if it is too short. An arm is missing in the frames in which the other's is missing.

    Args:
        body: Result of :func:`skelgraph.lifting.prepare_body`: y up, facing +z.
        other: Another one, of the same sampling rate.
        start: Frame of the other recording that belongs to the first frame.
    """
    frames = (start + np.arange(body.num_frames)) % (2 * other.num_frames)
    frames = np.minimum(frames, 2 * other.num_frames - 1 - frames)
    old, lent = body.positions.astype(np.float64), other.positions[frames].astype(np.float64)
    new = old.copy()
    for shoulder, elbow, wrist in _ARMS:
        for parent, child in ((shoulder, elbow), (elbow, wrist)):
            length = np.linalg.norm(old[:, child] - old[:, parent], axis=1, keepdims=True)
            bone = lent[:, child] - lent[:, parent]
            extent = np.linalg.norm(bone, axis=1, keepdims=True)
            new[:, child] = new[:, parent] + bone * (length / np.maximum(extent, _SHORTEST_M))
    return replace(body, positions=new.astype(np.float32))


def vary_proportions(
    body: PoseSequence, generator: np.random.Generator, deviation: float
) -> PoseSequence:
    """Change each bone's length by a factor, the same for left and right.

    Args:
        body: The recording.
        generator: Source of the draws.
        deviation: Standard deviation of the logarithm of each bone's factor.
    """
    if deviation == 0:
        return body
    factors = np.exp(deviation * generator.standard_normal(LIFTER_BODY.num_joints))
    for left, right in LIFTER_BODY.pairs:
        factors[right] = factors[left]
    return normalize_bone_lengths(body, bone_lengths(body) * factors)
