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
    sections = _design(sequence, cutoff_hz, order)
    longest_pad = int(np.ceil(_PADDED_PERIODS * sequence.fps / cutoff_hz))
    positions = sequence.positions.astype(np.float64)
    for (start, stop), joints in find_runs(sequence.present).items():
        if stop - start > 2:
            run = positions[start:stop, joints]
            pad = min(longest_pad, stop - start - 1)
            positions[start:stop, joints] = _filter_both_ways(sections, run, pad)
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
    # A pass with cutoff c has the squared gain 1 / (1 + (w / c)**order), w and c on the bilinear
    # transform's frequency axis; that is the gain of both passes, and is to be 1 / sqrt(2).
    cutoff = np.tan(np.pi / 2 * cutoff_hz / nyquist_hz) * (np.sqrt(2) - 1) ** (-1 / order)
    own_order, sections = order // 2, []
    for k in range((own_order + 1) // 2):
        if 2 * k + 1 == own_order:  # the real pole of an odd order
            numerator, denominator = [cutoff, cutoff, 0], [cutoff + 1, cutoff - 1, 0]
        else:
            damping, squared = 2 * cutoff * np.sin((2 * k + 1) * np.pi / order), cutoff**2
            numerator = [squared, 2 * squared, squared]
            denominator = [1 + damping + squared, 2 * squared - 2, 1 - damping + squared]
        sections.append(np.array([*numerator, *denominator]) / denominator[0])
    return np.array(sections)


def _filter_both_ways(sections: FloatArray, run: FloatArray, pad: int) -> FloatArray:
    """Return a run (T, V, C), extended by ``pad`` frames and filtered in both directions.

    Equal to :func:`scipy.signal.sosfiltfilt`, whose import takes half as long as that of torch.
    """
    padded = np.concatenate(
        [2 * run[0] - run[pad:0:-1], run, 2 * run[-1] - run[-2 : -pad - 2 : -1]]
    )
    columns = padded.reshape(len(padded), -1)
    for _ in range(2):
        columns = _filter_forward(sections, columns)[::-1]
    return columns[pad : pad + len(run)].reshape(run.shape)


def _filter_forward(sections: FloatArray, columns: FloatArray) -> FloatArray:
    """Return columns (T, n) filtered over time, starting from rest at their first row."""
    from scipy.linalg.lapack import dtbtrs

    first, moved = columns[0], columns - columns[0]
    for section in sections:
        b, a = section[:3], section[3:]
        wanted = b[0] * moved
        wanted[1:] += b[1] * moved[:-1]
        wanted[2:] += b[2] * moved[:-2]
        # a[0] y[t] + a[1] y[t - 1] + a[2] y[t - 2] = wanted[t]: a triangular band
        moved, _ = dtbtrs(np.repeat(a[:, None], len(columns), axis=1), wanted, uplo="L", diag="U")
    return np.asarray(moved + first)
