"""Low-pass filtering of joint positions over time, without lag and never across a gap."""

from dataclasses import replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.gaps import find_runs
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import FloatArray

_PADDED_PERIODS = 4
"""Mirrored frames before and behind a run, in periods of the cutoff: the filter has settled."""


def low_pass(sequence: PoseSequence, *, cutoff_hz: float = 6.0, order: int = 4) -> PoseSequence:
    r"""The same recording with fast movement removed by a zero-phase Butterworth filter.

    A filter of half the order runs forward and then backward in time, so that nothing lags. The
    order and the cutoff are those of both passes together: at the cutoff the amplitude is
    :math:`1/\sqrt 2` of the input's, as in Winter, "Biomechanics and Motor Control of Human
    Movement", 2009; each pass has the higher cutoff that this asks for.

    Each joint is filtered in each run of frames in which it is there, as if the run were a
    recording of its own, so that a gap stays what it is and nothing crosses it. Runs of one or two
    frames are left as they are.

    Args:
        sequence: The recording.
        cutoff_hz: Cutoff in Hz, above 0 and below half the frame rate.
        order: Order of both passes together; even.

    Raises:
        PoseError: If the cutoff or the order is none that can be had.
    """
    from scipy.signal import sosfiltfilt  # takes more than a second to import

    sections = _design(sequence, cutoff_hz, order)
    longest_pad = int(np.ceil(_PADDED_PERIODS * sequence.fps / cutoff_hz))
    positions = sequence.positions.astype(np.float64)
    for (start, stop), joints in find_runs(sequence.present).items():
        if stop - start > 2:
            run = positions[start:stop, joints]
            pad = min(longest_pad, stop - start - 1)
            positions[start:stop, joints] = sosfiltfilt(sections, run, axis=0, padlen=pad)
    return replace(sequence, positions=positions.astype(np.float32))


def _design(sequence: PoseSequence, cutoff_hz: float, order: int) -> FloatArray:
    """Second-order sections of the filter that is run once forward and once backward."""
    nyquist_hz = sequence.fps / 2
    if not 0 < cutoff_hz < nyquist_hz:
        raise PoseError(
            f"sequence {sequence.name!r}: expected a cutoff above 0 Hz and below half its "
            f"{sequence.fps:g} frames/s, but got {cutoff_hz:g} Hz; lower the cutoff, or do not "
            f"filter"
        )
    if order < 2 or order % 2:
        raise PoseError(
            f"expected an even filter order, half of it for each direction, but got {order}"
        )
    from scipy.signal import butter

    # A pass with cutoff c has the squared gain 1 / (1 + (w / c)**order), w and c on the bilinear
    # transform's frequency axis; that is the gain of both passes, and is to be 1 / sqrt(2).
    cutoff = np.tan(np.pi / 2 * cutoff_hz / nyquist_hz) * (np.sqrt(2) - 1) ** (-1 / order)
    return np.asarray(butter(order // 2, np.arctan(cutoff) * 2 / np.pi, output="sos"))
