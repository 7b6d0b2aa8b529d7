"""Velocity, speed and acceleration of joints."""

import numpy as np

from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import Float32Array, FloatArray


def velocity(sequence: PoseSequence) -> Float32Array:
    """Velocity of each joint, in units of length per second.

    The central difference of the two neighboring frames; the one-sided difference where the joint
    is missing in one of them, as before the first frame; NaN where it is missing in both.

    Returns:
        Array (T, V, C); NaN where a joint is missing.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> positions = np.arange(4.0)[:, None, None] * np.ones((4, 10, 3))
        >>> sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
        >>> velocity(sequence)[:, 0, 0].tolist()
        [30.0, 30.0, 30.0, 30.0]
    """
    before, after = _steps(sequence)
    step = np.where(np.isnan(before), after, (before + after) / 2)
    step = np.where(np.isnan(after), before, step)
    return (step * sequence.fps).astype(np.float32)


def speed(sequence: PoseSequence) -> Float32Array:
    """Length of the velocity of each joint, in units of length per second.

    Returns:
        Array (T, V); NaN where :func:`velocity` is.
    """
    return np.asarray(np.linalg.norm(velocity(sequence), axis=2), dtype=np.float32)


def acceleration(sequence: PoseSequence) -> Float32Array:
    """Acceleration of each joint, in units of length per second squared.

    The second difference over a frame and its two neighbors. Where the joint is missing in one of
    these, the second difference around the other neighbor, which holds three frames on one side;
    NaN where that is not to be had either.

    Returns:
        Array (T, V, C); NaN where a joint is missing.
    """
    before, after = _steps(sequence)
    second = after - before
    none = np.full_like(second[:1], np.nan)
    earlier = np.concatenate([none, second[:-1]])
    later = np.concatenate([second[1:], none])
    second = np.where(np.isnan(second), later, second)
    second = np.where(np.isnan(second), earlier, second)
    return (second * sequence.fps**2).astype(np.float32)


def _steps(sequence: PoseSequence) -> tuple[FloatArray, FloatArray]:
    """Displacements (T, V, C) since the frame before and to the frame after, in double precision.

    NaN where there is no such frame, or the joint is missing in one of the two.
    """
    step = np.diff(sequence.positions.astype(np.float64), axis=0)
    none = np.full((1, *sequence.positions.shape[1:]), np.nan)
    return np.concatenate([none, step]), np.concatenate([step, none])
