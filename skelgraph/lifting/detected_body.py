"""The keypoints that a pose estimator would find on a body that motion capture recorded.

Motion capture has joints, an estimator the points that annotators clicked on: its hips are wider
apart and higher than the heads of the thigh bones, its shoulders are on the skin, and a nose is not
a joint of a motion-capture skeleton. How far apart the two are differs between bodies and between
estimators, so that a training draws it. All sizes here are ours.

For a training, recorded bodies are varied: few people are recorded, and each has an own way to sit.
Bones of several recordings are combined in one body as in Li et al., Cascaded Deep Monocular 3D
Human Pose Estimation with Evolutionary Training Data (CVPR 2020).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10, JointLayout, find_parts
from skelgraph.lifting.keypoint_lifter import LIFTER_KEYPOINTS
from skelgraph.poses import (
    PoseSequence,
    align_heading,
    bone_lengths,
    convert_layout,
    normalize_bone_lengths,
    to_meters,
)
from skelgraph.typing import Float32Array, FloatArray

LIFTER_BODY = JointLayout.from_parents(
    "lifter13",
    {
        **{
            joint: None if parent == child else UPPER10.joints[parent]
            for child, (joint, parent) in enumerate(
                zip(UPPER10.joints, UPPER10.parents.tolist(), strict=True)
            )
        },
        "nose": "neck_nose",
        "left_hip": "spinebase",
        "right_hip": "spinebase",
    },
)
"""``upper10``, the output of a lifter, and the joints from which its keypoints are made."""

_HALF_PELVIS_M = 0.09
_NOSE, _LEFT_HIP, _RIGHT_HIP = 10, 11, 12
_KEYPOINTS = [LIFTER_BODY.index(joint) for joint in LIFTER_KEYPOINTS.joints]
_LEFT, _RIGHT = LIFTER_BODY.index("left_shoulder"), LIFTER_BODY.index("right_shoulder")
_THORAX = LIFTER_BODY.index("thorax")


@dataclass(frozen=True, kw_only=True)
class KeypointOffsets:
    """Distances of an estimator's keypoints from the joints of motion capture, in meters.

    Each is drawn uniformly for a recording, between a lowest and a highest value.

    Args:
        nose_forward_m: Nose in front of the head's joint, if the recording has no nose.
        nose_up_m: Nose above the head's joint.
        hip_widening: Factor of the distance between the hips.
        hip_up_m: Hips above the joints.
        shoulder_out_m: Each shoulder away from the other.
        shoulder_up_m: Shoulders above the joints.
        turn_m: Standard deviation of the nose's slow movement to the side, as the head turns.
        joint_m: Standard deviation of the remaining offset of each keypoint, in each direction.
    """

    nose_forward_m: tuple[float, float] = (0.07, 0.14)
    nose_up_m: tuple[float, float] = (-0.01, 0.06)
    hip_widening: tuple[float, float] = (1.0, 1.6)
    hip_up_m: tuple[float, float] = (-0.02, 0.05)
    shoulder_out_m: tuple[float, float] = (-0.015, 0.02)
    shoulder_up_m: tuple[float, float] = (-0.015, 0.02)
    turn_m: float = 0.03
    joint_m: float = 0.01


def prepare_body(sequence: PoseSequence) -> PoseSequence:
    """Convert a recording in space to :data:`LIFTER_BODY`, in meters, y up, facing +z.

    If the layout has no nose, it is put at the head's joint; if it has no hips, beside the pelvis.

    Raises:
        LayoutError: If the layout has too few of the joints.
        PoseError: If the recording is not in space, its unit is unknown, or it has no heading.
    """
    space = to_meters(sequence)
    if space.unit != "m":
        raise PoseError(
            f"sequence {sequence.name!r}: expected positions in m, cm or mm, but the unit is "
            f"{sequence.unit!r}; convert it to a format that says its unit"
        )
    body = convert_layout(align_heading(space), LIFTER_BODY)
    positions = body.positions.copy()
    across = _find_axes(positions)[:, 0]
    for joint, side in ((_LEFT_HIP, 1.0), (_RIGHT_HIP, -1.0)):
        absent = np.isnan(positions[:, joint, 0])
        made_up = positions[:, 0] + side * _HALF_PELVIS_M * across
        positions[absent, joint] = made_up[absent]
    return replace(body, positions=positions, confidence=None)


def knows_nose(layout: JointLayout) -> bool:
    """Return whether a layout has a nose, or Human3.6M's joint between neck and nose."""
    return not {"nose", "neck_nose"}.isdisjoint(find_parts(layout))


def place_keypoints(
    body: PoseSequence,
    generator: np.random.Generator | None = None,
    *,
    has_nose: bool = False,
    offsets: KeypointOffsets | None = None,
) -> PoseSequence:
    """Return the positions of an estimator's nine keypoints in space.

    Args:
        body: Result of :func:`prepare_body`.
        generator: Source of the draws; None for the middle of each range and nothing at random.
        has_nose: Whether the recording's nose is a nose, and not the head's joint.
        offsets: Ranges of the distances between keypoints and joints.

    Returns:
        The recording in layout :data:`skelgraph.lifting.LIFTER_KEYPOINTS`.
    """
    offsets = KeypointOffsets() if offsets is None else offsets

    def draw(bounds: tuple[float, float]) -> float:
        return float(np.mean(bounds) if generator is None else generator.uniform(*bounds))

    positions = body.positions.astype(np.float64)
    across, up, forward = np.moveaxis(_find_axes(body.positions), 1, 0)
    nose_forward, nose_up = draw(offsets.nose_forward_m), draw(offsets.nose_up_m)
    if not has_nose:
        positions[:, _NOSE] += nose_forward * forward + nose_up * up
    hips = positions[:, [_LEFT_HIP, _RIGHT_HIP]]
    middle = hips.mean(axis=1, keepdims=True) + draw(offsets.hip_up_m) * up[:, None]
    widened = (hips - hips.mean(axis=1, keepdims=True)) * draw(offsets.hip_widening)
    positions[:, [_LEFT_HIP, _RIGHT_HIP]] = middle + widened
    out, higher = draw(offsets.shoulder_out_m), draw(offsets.shoulder_up_m)
    positions[:, _LEFT] += out * across + higher * up
    positions[:, _RIGHT] += -out * across + higher * up
    keypoints = positions[:, _KEYPOINTS]
    if generator is not None:
        turn = offsets.turn_m * _draw_turn(generator, body)
        keypoints[:, 0] += turn[:, None] * across
        keypoints += offsets.joint_m * generator.standard_normal((1, len(_KEYPOINTS), 3))
    return replace(
        body, positions=keypoints.astype(np.float32), layout=LIFTER_KEYPOINTS, confidence=None
    )


def _find_axes(positions: Float32Array) -> FloatArray:
    """Return the axes of the trunk (T, 3, 3) in each frame: to its left, up, and forward."""
    across = positions[:, _LEFT].astype(np.float64) - positions[:, _RIGHT]
    along = positions[:, _THORAX].astype(np.float64) - positions[:, 0]
    forward = np.cross(across, along)
    up = np.cross(forward, across)
    axes = np.stack([across, up, forward], axis=1)
    lengths = np.linalg.norm(axes, axis=2, keepdims=True)
    return np.asarray(axes / np.maximum(lengths, 1e-9))


def _draw_turn(generator: np.random.Generator, body: PoseSequence) -> FloatArray:
    """Draw a slow movement (T,) with a standard deviation of about 1, three waves below 0.5 Hz."""
    time = np.arange(body.num_frames)[:, None] / body.fps
    rates_hz, phases = generator.uniform(0.1, 0.5, 3), generator.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * rates_hz * time + phases)
    return np.asarray(waves.sum(axis=1) * np.sqrt(2 / 3))


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
