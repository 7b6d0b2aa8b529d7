"""Missing joints: those of too little confidence, and the filling of short gaps."""

from dataclasses import replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import BoolArray, FloatArray


def find_empty_frames(sequence: PoseSequence) -> BoolArray:
    """Return which frames show nobody: all joints that are there lie at the origin.

    Programs write zeros for a person that they do not see; no body is a point. Array (T,), False
    in frames without any joint. A layout of one joint has no such frames.
    """
    if sequence.layout.num_joints == 1:
        return np.zeros(sequence.num_frames, dtype=bool)
    present = sequence.present
    at_origin = (sequence.positions == 0).all(axis=2)  # (T, V)
    empty: BoolArray = (at_origin | ~present).all(axis=1) & present.any(axis=1)
    return empty


def drop_empty_frames(sequence: PoseSequence) -> PoseSequence:
    """Return a recording whose joints are missing in the frames that show nobody."""
    empty = find_empty_frames(sequence)
    if not empty.any():
        return sequence
    positions = np.where(empty[:, None, None], np.float32(np.nan), sequence.positions)
    return replace(sequence, positions=positions)


def drop_doubtful(sequence: PoseSequence, *, min_confidence: float) -> PoseSequence:
    """Return a recording without the joints whose confidence is below a threshold.

    Such a joint is missing in that frame, but keeps its confidence. A recording without confidence
    is returned as it is.

    Raises:
        PoseError: If no joint is left in any frame.
    """
    if sequence.confidence is None:
        return sequence
    doubtful = sequence.present & (sequence.confidence < min_confidence)
    if not doubtful.any():
        return sequence
    if (doubtful == sequence.present).all():
        raise PoseError(
            f"sequence {sequence.name!r}: expected joints of confidence {min_confidence:g} or "
            f"more, but the largest is {sequence.confidence.max():g}; lower the least confidence "
            f"(min_confidence)"
        )
    positions = np.where(doubtful[:, :, None], np.float32(np.nan), sequence.positions)
    return replace(sequence, positions=positions)


def fill_gaps(sequence: PoseSequence, *, max_gap_s: float = 0.5) -> PoseSequence:
    """The same recording with its short gaps interpolated.

    A gap is a run of frames in which one joint is missing. Gaps at the beginning and at the end of
    the recording, and longer ones, stay missing. Each coordinate is interpolated over the frames in
    which the joint is there by a monotone cubic (PCHIP; Fritsch and Butland, SIAM J. Sci. Stat.
    Comput. 5(2), 1984): it meets a uniform motion exactly, its velocity does not jump where the gap
    begins and ends, and unlike other cubics it stays between the positions at the gap's two ends.
    At the wrists of the MPI recordings, with gaps of 0.1 to 0.5 s, it errs 24 to 42 % less than a
    straight line; with 1 cm of noise added it is a little worse than one (up to 13 %), where cubics
    with free slopes err more than twice as much. Joints that are there are not touched. Filled
    joints have confidence 0.

    Args:
        sequence: The recording.
        max_gap_s: Longest gap that is filled, in seconds; the number of its missing frames divided
            by the frame rate.

    Raises:
        PoseError: If the longest gap is negative.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> positions = np.arange(5.0)[:, None, None] * np.ones((5, 10, 3))
        >>> positions[2:4, 6] = np.nan
        >>> sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
        >>> fill_gaps(sequence).positions[:, 6, 0].tolist()
        [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    if not max_gap_s >= 0:
        raise PoseError(f"expected a longest gap of 0 s or more, but got {max_gap_s}")
    filled = _fillable(sequence.present, max_gap_s * sequence.fps)
    if not filled.any():
        return sequence
    from scipy.interpolate import PchipInterpolator  # takes most of a second to import

    positions = sequence.positions.astype(np.float64)
    for joint in np.flatnonzero(filled.any(axis=0)):
        there, wanted = np.flatnonzero(sequence.present[:, joint]), np.flatnonzero(filled[:, joint])
        positions[wanted, joint] = PchipInterpolator(there, positions[there, joint])(wanted)
    confidence = sequence.confidence
    if confidence is not None:
        confidence = np.where(filled, np.float32(0), confidence)
    return replace(sequence, positions=positions.astype(np.float32), confidence=confidence)


def hold_positions(positions: FloatArray) -> FloatArray:
    """Positions of joints in every frame: interpolated linearly between the frames in which a joint
    is there, and held where it is before the first or after the last of them.

    For what cannot take a missing joint at all; :func:`fill_gaps` fills short gaps with more care.

    Args:
        positions: Array (T, V, C) with NaN where a joint is missing.

    Returns:
        Array (T, V, C) in double precision; a joint that is never there stays NaN.
    """
    held = positions.astype(np.float64)
    present = np.asarray(~np.isnan(held).any(axis=2))
    frames = np.arange(len(held))
    for joint in np.flatnonzero(~present.all(axis=0) & present.any(axis=0)):
        there = np.flatnonzero(present[:, joint])
        for axis in range(held.shape[2]):
            held[:, joint, axis] = np.interp(frames, there, held[there, joint, axis])
    return held


def find_runs(present: BoolArray) -> dict[tuple[int, int], list[int]]:
    """The runs of frames in which joints are there, each with the joints that share it.

    Returns:
        The joints of each run ``(start, stop)`` of frames, ``stop`` not included. A joint that is
        always there has the one run ``(0, T)``.

    Example:
        >>> find_runs(np.array([[True, True], [False, True], [True, True]]))
        {(0, 1): [0], (2, 3): [0], (0, 3): [1]}
    """
    T, V = present.shape
    padded = np.zeros((V, T + 2), dtype=np.int8)
    padded[:, 1:-1] = present.T
    change = np.diff(padded, axis=1)
    runs: dict[tuple[int, int], list[int]] = {}
    starts, stops = np.argwhere(change == 1).tolist(), np.argwhere(change == -1).tolist()
    for (joint, start), (_, stop) in zip(starts, stops, strict=True):
        runs.setdefault((start, stop), []).append(joint)
    return runs


def _fillable(present: BoolArray, max_frames: float) -> BoolArray:
    """Array (T, V): True in the gaps that are short enough and have frames on both sides."""
    T = present.shape[0]
    fillable = np.zeros_like(present)
    for (start, stop), joints in find_runs(~present).items():
        # 0.1 s at 30 frames/s are 3 frames, though the product is 2.9999999999999996.
        if start > 0 and stop < T and stop - start <= max_frames + 1e-6:
            fillable[start:stop, joints] = True
    return fillable
