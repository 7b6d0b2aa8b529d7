"""The frames before a recording that are none of it: the rest pose of its skeleton."""

from dataclasses import replace

import numpy as np

from skelgraph.poses.pose_sequence import PoseSequence

_FEWEST_FRAMES = 15

_MOST_DROPPED = 5

_TIMES_LARGER = 3.0
"""How many times farther the body jumps than in any later step; a movement does not end so."""

_SHARE_OF_BODY = 0.1
"""Least jump, as a share of the body's extent, so that a stir in a still recording is none."""


def drop_rest_pose(sequence: PoseSequence) -> PoseSequence:
    """Return a recording without first frames from which the whole body jumps.

    Xsens' programs and others export the rest pose of a skeleton, at the origin, as the first frame
    of each BVH file; if the file was resampled, the next frames lie between it and the recording.
    To a model that is a movement of a meter in a thirtieth of a second. It is told by the first
    step: for the median joint a tenth of the body or more, and three times as far as any step after
    the first few. What is left out ends with the last of these that is three times as far as all
    later ones. Recordings of fewer than 15 frames are left as they are.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> positions = np.cumsum(np.full((20, 10, 3), 0.01), axis=0)
        >>> positions[0] -= 1
        >>> drop_rest_pose(PoseSequence(positions=positions, layout=UPPER10, fps=30.0)).num_frames
        19
    """
    positions, dropped = sequence.positions, 0
    if len(positions) >= _FEWEST_FRAMES and _is_known(positions[:2]):
        dropped = _count_unlike(positions)
    if not dropped:
        return sequence
    confidence = sequence.confidence
    return replace(
        sequence,
        positions=positions[dropped:],
        confidence=None if confidence is None else confidence[dropped:],
        start_s=sequence.start_s + dropped / sequence.fps,
    )


def _count_unlike(positions: np.ndarray) -> int:
    """Return how many first frames are none of the recording."""
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=2)
    known = np.isfinite(steps).any(axis=1)
    medians = np.zeros(len(steps))
    medians[known] = np.nanmedian(steps[known], axis=1)
    second = positions[1]
    extent = np.linalg.norm(np.nanmax(second, axis=0) - np.nanmin(second, axis=0))
    if medians[0] <= max(
        _TIMES_LARGER * medians[_MOST_DROPPED:].max(), _SHARE_OF_BODY * float(extent)
    ):
        return 0
    unlike = [
        number
        for number in range(_MOST_DROPPED)
        if medians[number] > _TIMES_LARGER * medians[number + 1 :].max()
    ]
    return max(unlike, default=-1) + 1


def _is_known(pair: np.ndarray) -> bool:
    """Return whether some joint is there in both frames."""
    return bool(np.isfinite(pair).all(axis=(0, 2)).any())
