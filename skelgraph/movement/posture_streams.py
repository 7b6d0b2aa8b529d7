"""Posture and its motion as channels of each joint: what networks of these streams take."""

import numpy as np

from skelgraph.layouts import JointLayout
from skelgraph.movement.body_points import locate_points
from skelgraph.movement.posture_scalars import differentiate, list_posture_scalars, measure_posture
from skelgraph.poses import hold_positions
from skelgraph.typing import FloatArray

MOTION_RATE = 15.0
"""Frames per second of the stream of motion: what is faster is noise there."""


def encode_posture(positions: FloatArray, layout: JointLayout) -> FloatArray:
    """Return the posture scalars of each frame, (T, K), 0 if they are unknown.

    Args:
        positions: Positions (T, V, C) of a cleaned recording; NaN where a joint is missing.
        layout: Their layout.

    Raises:
        PoseError: If the layout has no trunk, head or hands.
    """
    points = locate_points(positions, layout)
    num_dimensions = positions.shape[2]
    if not points:  # a window without any joint
        return np.zeros((len(positions), len(list_posture_scalars(num_dimensions))))
    return np.nan_to_num(measure_posture(points, num_dimensions))


def encode_posture_motion(
    positions: FloatArray, layout: JointLayout, fps: float
) -> tuple[FloatArray, FloatArray]:
    """Return velocity and speed of each joint, (T, V, C + 1), and of the posture scalars, (T, K).

    Derivatives are those of :func:`skelgraph.movement.differentiate`.

    Args:
        positions: Positions (T, V, C) of a cleaned recording; NaN where a joint is missing.
        layout: Their layout.
        fps: Frames per second.

    Raises:
        PoseError: If the layout has no trunk, head or hands.
    """
    velocity = differentiate(np.nan_to_num(hold_positions(positions)), fps)
    speed = np.linalg.norm(velocity, axis=2, keepdims=True)
    scalars = differentiate(encode_posture(positions, layout), fps)
    return np.concatenate([velocity, speed], axis=2), scalars


def find_motion_step(fps: float) -> int:
    """Return the distance of the frames that the stream of motion keeps.

    Example:
        >>> find_motion_step(30.0), find_motion_step(12.0)
        (2, 1)
    """
    return max(round(fps / MOTION_RATE), 1)
