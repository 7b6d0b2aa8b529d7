"""Joint angles of an upper body to the positions of its ten joints, with exact bone lengths.

The world is right-handed with +y up, in meters. At heading 0 the person faces +z and has the left
hand at +x. All angles are in degrees.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from skelgraph.layouts import UPPER10
from skelgraph.typing import FloatArray

TRUNK_CHANNELS = (
    "trunk_pitch",
    "trunk_roll",
    "trunk_yaw",
    "chest_pitch",
    "head_pitch",
    "head_yaw",
    "head_roll",
)
ARM_CHANNELS = ("shoulder_raise", "flexion", "abduction", "rotation", "elbow")
CHANNELS = (
    *TRUNK_CHANNELS,
    *(f"left_{channel}" for channel in ARM_CHANNELS),
    *(f"right_{channel}" for channel in ARM_CHANNELS),
)
"""Names of the joint angles, in the order of an angle array's last axis.

Pitch is positive forward and down, yaw positive to the person's left, roll positive to the right.
An arm with all angles zero hangs; flexion lifts it forward, abduction to its side, rotation turns
the forearm inward, and the elbow closes. Equal values are mirror images on the two sides.
"""

_FACE_ANGLE_DEG = 35.0  # from the vertical of the head to the line from its base to the nose


@dataclass(frozen=True, kw_only=True)
class Proportions:
    """Lengths of one person's bones in meters.

    Args:
        lower_trunk: From the base of the spine to its middle.
        upper_trunk: From the middle of the spine to the thorax.
        neck: From the thorax to the joint between neck and nose.
        shoulder_width: From the midline to a shoulder.
        shoulder_drop: How far a shoulder lies below the thorax.
        upper_arm: From shoulder to elbow.
        forearm: From elbow to wrist.
    """

    lower_trunk: float = 0.24
    upper_trunk: float = 0.26
    neck: float = 0.15
    shoulder_width: float = 0.17
    shoulder_drop: float = 0.03
    upper_arm: float = 0.29
    forearm: float = 0.25


def arm_slice(side: str) -> slice:
    """The channels of one arm, ``"left"`` or ``"right"``, in an angle array's last axis."""
    start = CHANNELS.index(f"{side}_{ARM_CHANNELS[0]}")
    return slice(start, start + len(ARM_CHANNELS))


def pose_upper_body(
    angles_deg: FloatArray, proportions: Proportions, heading_deg: float = 0.0
) -> FloatArray:
    """Positions of the joints of ``UPPER10`` for given joint angles, the base of the spine at 0.

    The arms turn with the trunk's yaw but not with its pitch, since arms hang by their weight; the
    head follows half of the trunk's pitch, since people keep their gaze.

    Args:
        angles_deg: Array (T, 17) of the angles of :data:`CHANNELS`.
        proportions: The person's bones.
        heading_deg: Direction that the whole person faces, counted from +z toward +x.

    Returns:
        Array (T, 10, 3) in meters.

    Example:
        >>> hanging = pose_upper_body(np.zeros((1, 17)), Proportions())
        >>> hanging[0, UPPER10.index("left_wrist")].round(2).tolist()
        [0.17, -0.07, 0.0]
    """
    angle = dict(zip(CHANNELS, angles_deg.T, strict=True))
    yaw, pitch, roll = (angle[f"trunk_{name}"] for name in ("yaw", "pitch", "roll"))
    yaw = yaw + heading_deg
    lower = _turn("YXZ", yaw - angle["trunk_yaw"] / 2, pitch, roll)
    upper = _turn("YXZ", yaw, pitch + angle["chest_pitch"], roll)
    gaze = angle["head_pitch"] + (pitch + angle["chest_pitch"]) / 2
    head = _turn("YXZ", yaw + angle["head_yaw"], gaze, angle["head_roll"])
    face = np.deg2rad(_FACE_ANGLE_DEG)

    positions: FloatArray = np.zeros((len(angles_deg), UPPER10.num_joints, 3))
    spine = lower.apply([0.0, proportions.lower_trunk, 0.0])
    thorax = spine + upper.apply([0.0, proportions.upper_trunk, 0.0])
    nose = thorax + head.apply(np.array([0.0, np.cos(face), np.sin(face)]) * proportions.neck)
    placed: dict[str, FloatArray] = {"spine": spine, "thorax": thorax, "neck_nose": nose}
    for side in ("left", "right"):
        arm = angles_deg[:, arm_slice(side)]
        placed |= _pose_arm(arm, side, thorax, upper, yaw, proportions)
    for joint, values in placed.items():
        positions[:, UPPER10.index(joint)] = values
    return positions


def _pose_arm(
    arm_deg: FloatArray,
    side: str,
    thorax: FloatArray,
    chest: Rotation,
    yaw_deg: FloatArray,
    proportions: Proportions,
) -> dict[str, FloatArray]:
    outward = 1.0 if side == "left" else -1.0
    shoulder_raise, flexion, abduction, rotation, bend = arm_deg.T
    collar = [outward * proportions.shoulder_width, -proportions.shoulder_drop, 0.0]
    raised = chest * _turn("Z", outward * shoulder_raise)
    upper_arm = _turn("YXZ", yaw_deg, -flexion, outward * abduction)
    forearm = upper_arm * _turn("YX", -outward * rotation, -bend)
    shoulder = thorax + raised.apply(collar)
    elbow = shoulder + upper_arm.apply([0.0, -proportions.upper_arm, 0.0])
    wrist = elbow + forearm.apply([0.0, -proportions.forearm, 0.0])
    return {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": wrist}


def _turn(axes: str, *angles_deg: FloatArray) -> Rotation:
    return Rotation.from_euler(axes, np.stack(angles_deg, axis=-1), degrees=True)
