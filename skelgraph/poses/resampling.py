"""Recordings at another frame rate."""

import math
from dataclasses import replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.poses.smoothing import low_pass
from skelgraph.typing import FloatArray

_SAME_RATE = 1e-4
_SAME_INSTANT = 1e-6
_ANTI_ALIAS_CUTOFF = 0.4
_ANTI_ALIAS_ORDER = 8


def resample(sequence: PoseSequence, fps: float) -> PoseSequence:
    """The same recording at another frame rate.

    New frames lie at multiples of ``1 / fps`` from the first frame, up to the last old frame. A
    position is interpolated linearly between the two neighboring frames and is missing where one of
    them is; a new frame that falls on an old one is that frame. A confidence is the least of the
    two neighbors'. Where the new rate is lower, the recording is first low-pass filtered at 0.4 of
    the new rate (:func:`low_pass`), so that fast movement is not mistaken for slow.

    Rates that differ by less than one in ten thousand are one rate, written with other digits (a
    frame time of 0.033333 s): the frames stay as they are.

    Args:
        sequence: The recording.
        fps: Frames per second that are wanted.

    Raises:
        PoseError: If the frame rate is not positive.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> positions = np.arange(3.0)[:, None, None] * np.ones((3, 10, 3))
        >>> sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
        >>> resample(sequence, 60.0).positions[:, 0, 0].tolist()
        [0.0, 0.5, 1.0, 1.5, 2.0]
    """
    if not (math.isfinite(fps) and fps > 0):
        raise PoseError(f"expected a positive frame rate to resample to, but got {fps}")
    if math.isclose(fps, sequence.fps, rel_tol=_SAME_RATE):
        return sequence if fps == sequence.fps else replace(sequence, fps=fps)
    step = sequence.fps / fps
    num_frames = int((sequence.num_frames - 1) / step + _SAME_INSTANT) + 1
    return _sample(sequence, np.arange(num_frames) * step, fps)


def _sample(sequence: PoseSequence, at: FloatArray, fps: float) -> PoseSequence:
    """The recording at the given instants, in frames from its first one, as one at the rate fps."""
    if fps < sequence.fps:
        sequence = low_pass(sequence, cutoff_hz=_ANTI_ALIAS_CUTOFF * fps, order=_ANTI_ALIAS_ORDER)
    nearest = np.rint(at)
    at = np.where(np.abs(at - nearest) < _SAME_INSTANT * np.maximum(nearest, 1), nearest, at)
    before = at.astype(np.int64)
    after = np.minimum(before + 1, sequence.num_frames - 1)
    share = (at - before).astype(np.float32)[:, None]
    start, end = sequence.positions[before], sequence.positions[after]
    between = share[:, :, None] > 0
    positions = np.where(between, start + share[:, :, None] * (end - start), start)
    confidence = sequence.confidence
    if confidence is not None:
        least = np.minimum(confidence[before], confidence[after])
        confidence = np.where(share > 0, least, confidence[before])
    return replace(sequence, positions=positions, confidence=confidence, fps=fps)
