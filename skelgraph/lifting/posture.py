"""Other postures of a recorded person: the trunk leans otherwise, the arms are held otherwise, or
move as another person's.

Few people are recorded, and each sits in a way of his own; a lifter that has met five would take
the sixth to sit as they do. Bones of several recordings in one body: Li et al., Cascaded Deep
Monocular 3D Human Pose Estimation with Evolutionary Training Data (CVPR 2020).
"""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from skelgraph.lifting.detected_body import LIFTER_BODY
from skelgraph.poses import PoseSequence

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
    """The same movement in another posture, which stays the same over the recording.

    The trunk turns about the pelvis, forward or backward; the arms go along without turning. Then
    each arm turns about its shoulder and each forearm about its elbow. Bone lengths stay. Angles
    are drawn, so that some are beyond what a person can do.

    Args:
        body: What :func:`skelgraph.lifting.prepare_body` made: y up, facing +z.
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
    """The same movement with the arms of another recording.

    Upper arms and forearms point where the other's do, whatever the trunk does; their lengths
    stay. The other recording is read on from a frame of it, and backward and forward again where it
    is too short. An arm is missing where the other's is.

    Args:
        body: What :func:`skelgraph.lifting.prepare_body` made: y up, facing +z.
        other: Another one, of the same frame rate.
        start: Frame of the other one that the first frame meets.
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
