"""Smoothing by a polynomial that is fitted to the frames around each frame."""

from dataclasses import replace

import numpy as np

from skelgraph.errors import PoseError
from skelgraph.poses.gaps import find_runs
from skelgraph.poses.pose_sequence import PoseSequence


def savitzky_golay(
    sequence: PoseSequence, *, window_s: float = 0.25, degree: int = 2
) -> PoseSequence:
    """The same recording smoothed by local polynomials, without lag and never across a gap.

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
    """The largest odd number up to this one."""
    return number if number % 2 else number - 1
