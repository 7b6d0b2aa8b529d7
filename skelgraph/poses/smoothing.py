"""Filters over time, which never cross a gap, and resampling.

The filters are Butterworth, Savitzky-Golay and, by name, all of them.
"""

import math
from dataclasses import replace
from typing import get_args

import numpy as np

from skelgraph.config import FilterName
from skelgraph.errors import PoseError
from skelgraph.poses.gaps import find_runs
from skelgraph.poses.one_euro_filter import one_euro
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import FloatArray

_PADDED_PERIODS = 4
"""Mirrored frames before and behind a run, in periods of the cutoff: the filter has settled."""


def low_pass(sequence: PoseSequence, *, cutoff_hz: float = 6.0, order: int = 4) -> PoseSequence:
    r"""Return the same recording with fast movement removed by a zero-phase Butterworth filter.

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
    """Return second-order sections of the filter that is run once forward and once backward."""
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


def savitzky_golay(
    sequence: PoseSequence, *, window_s: float = 0.25, degree: int = 2
) -> PoseSequence:
    """Return the same recording smoothed by local polynomials, without lag and never across a gap.

    Each coordinate becomes the value of the polynomial that fits the window around its frame best;
    in the half window at either end, that of the first or last whole window (Savitzky and Golay,
    Analytical Chemistry 36(8), 1964). A motion that is itself such a polynomial, rest and uniform
    motion among them, is left as it is. The peak of a gesture is kept better than by
    :func:`low_pass`, noise is damped less.

    Each joint is smoothed in each run of frames in which it is there, as if the run were a
    recording of its own. A run that is shorter than the window gets the longest window that fits;
    where that has ``degree + 1`` frames or fewer, which a polynomial meets exactly, the run is left
    as it is.

    Args:
        sequence: The recording.
        window_s: Length of the window in seconds, above 0; it is the nearest odd number of frames.
            The default is 7 frames at 25 and at 30 frames/s.
        degree: Degree of the polynomials, 0 or more.

    Raises:
        PoseError: If the window or the degree is out of its range.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> positions = np.zeros((9, 10, 3))
        >>> positions[4] = 1.0
        >>> sequence = PoseSequence(positions=positions, layout=UPPER10, fps=20.0)
        >>> (35 * savitzky_golay(sequence).positions[2:7, 0, 0]).round().tolist()
        [-3.0, 12.0, 17.0, 12.0, -3.0]
    """
    if not (np.isfinite(window_s) and window_s > 0):
        raise PoseError(f"expected a window above 0 s, but got {window_s:g} s")
    if degree < 0:
        raise PoseError(f"expected a degree of 0 or more, but got {degree}")
    from scipy.signal import savgol_filter  # takes more than a second to import

    positions = sequence.positions.astype(np.float64)
    longest = 2 * round((window_s * sequence.fps - 1) / 2) + 1
    for (start, stop), joints in find_runs(sequence.present).items():
        window = min(longest, _largest_odd(stop - start))
        if window > degree + 1:
            run = positions[start:stop, joints]
            positions[start:stop, joints] = savgol_filter(run, window, degree, axis=0)
    return replace(sequence, positions=positions.astype(np.float32))


def _largest_odd(number: int) -> int:
    """Return the largest odd number up to this one."""
    return number if number % 2 else number - 1


def smooth(
    sequence: PoseSequence,
    name: FilterName = "butterworth",
    *,
    cutoff_hz: float = 6.0,
    order: int = 4,
    window_s: float = 0.25,
    degree: int = 2,
    min_cutoff_hz: float = 1.0,
    beta_per_m: float = 10.0,
) -> PoseSequence:
    """Return the same recording smoothed by the filter of that name, each with its own settings.

    All of them treat each run of frames in which a joint is there as a recording of its own, so
    that a gap stays what it is and nothing crosses it; none changes a joint that rests.

    =============== ============================================== ====================
    name            filter                                         settings
    =============== ============================================== ====================
    ``butterworth`` zero-phase Butterworth, :func:`low_pass`       cutoff, order
    ``savgol``      Savitzky-Golay, :func:`savitzky_golay`         window, degree
    ``one-euro``    1 Euro, :func:`one_euro`; causal, so it lags   least cutoff, beta
    ``none``        none: the recording itself
    =============== ============================================== ====================

    Args:
        sequence: The recording.
        name: The filter.
        cutoff_hz: Cutoff of the Butterworth filter in Hz; the paper names none. 6 Hz is usual for
            the movement of limbs (Winter, as in :func:`low_pass`).
        order: Order of its two passes together; even.
        window_s: Window of Savitzky-Golay in seconds.
        degree: Degree of its polynomials.
        min_cutoff_hz: Cutoff of the 1 Euro filter at rest in Hz; 1 Hz is where its authors begin.
        beta_per_m: How many Hz it grows for each m/s of a joint's speed.

    Raises:
        PoseError: If there is no such filter, or a setting of it is out of its range.
    """
    check_filter(name)
    if name == "none":
        return sequence
    if name == "savgol":
        return savitzky_golay(sequence, window_s=window_s, degree=degree)
    if name == "one-euro":
        return one_euro(sequence, min_cutoff_hz=min_cutoff_hz, beta_per_m=beta_per_m)
    return low_pass(sequence, cutoff_hz=cutoff_hz, order=order)


def check_filter(name: str) -> None:
    """Check that there is a filter of that name.

    Raises:
        PoseError: If there is none.
    """
    if name not in get_args(FilterName):
        raise PoseError(f"expected a filter of {get_args(FilterName)}, but got {name!r}")


_SAME_RATE = 1e-4
_SAME_INSTANT = 1e-6
_ANTI_ALIAS_CUTOFF = 0.4
_ANTI_ALIAS_ORDER = 8


def resample(sequence: PoseSequence, fps: float) -> PoseSequence:
    """Return the same recording at another frame rate.

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
    num_frames = count_resampled(sequence.num_frames, sequence.fps, fps)
    return _sample(sequence, np.arange(num_frames) * step, fps)


def count_resampled(num_frames: int, fps: float, new_fps: float) -> int:
    """Return how many frames a recording has after :func:`resample`.

    Example:
        >>> count_resampled(3, 30.0, 60.0), count_resampled(90, 30.0, 10.0)
        (5, 30)
    """
    if math.isclose(fps, new_fps, rel_tol=_SAME_RATE):
        return num_frames
    return int((num_frames - 1) * new_fps / fps + _SAME_INSTANT) + 1


def _sample(sequence: PoseSequence, at: FloatArray, fps: float) -> PoseSequence:
    """Return the recording at instants, counted in frames from its first, at the rate fps."""
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
