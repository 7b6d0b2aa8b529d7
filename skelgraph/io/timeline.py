"""Frame rate and gaps of a recording whose rows carry a time or a frame number."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.guess_metadata import round_rate
from skelgraph.typing import FloatArray, IntArray

MAX_FRAMES_PER_ROW = 20
_RATES_HZ = (0.1, 5000.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Timeline:
    """When the rows of a table were recorded.

    Args:
        frames: Array (rows,): frame of each row from 0 on; where numbers are left out, frames are
            missing from the table.
        step: Usual difference of the column between neighboring frames; None for a single row.
        resolution: Power of ten of which the column's values are multiples.
    """

    frames: IntArray
    step: float | None
    resolution: float

    @property
    def num_frames(self) -> int:
        """Number of frames T, with those missing from the table."""
        return int(self.frames[-1]) + 1

    def spread(self, rows: FloatArray) -> FloatArray:
        """Put values (rows, ...) at their frames (T, ...); NaN in the missing ones."""
        spread = np.full((self.num_frames, *rows.shape[1:]), np.nan)
        spread[self.frames] = rows
        return spread


def read_timeline(values: FloatArray, column: str, path: Path) -> Timeline:
    """Place rows in time by a column of times or frame numbers.

    Times are often coarse (4 or 5 ms at 240 frames per second): the usual step is therefore the
    mean of the steps, without those over gaps.

    Args:
        values: Array (rows,) of increasing numbers in any unit.
        column: The column's name, for errors.
        path: The file, for errors.

    Raises:
        FormatError: If the values do not increase from row to row, or leave out most frames.

    Example:
        >>> timeline = read_timeline(np.array([0.0, 4, 8, 13, 25]), "ms", Path("a.csv"))
        >>> timeline.frames.tolist(), timeline.step
        ([0, 1, 2, 3, 6], 4.33...)
    """
    steps = np.diff(values)
    wrong = ~(steps > 0) | ~np.isfinite(steps)
    if wrong.any() or not np.isfinite(values[0]):
        row = int(np.argmax(wrong)) + 1 if wrong.any() else 0
        raise FormatError(
            f"{path}, row {row + 1}: expected column {column!r} to increase from row to row, but "
            f"got {values[row]:g} after {values[max(row - 1, 0)]:g}; are these several recordings?"
        )
    if not len(steps):
        return Timeline(frames=np.zeros(1, dtype=np.int64), step=None, resolution=1.0)
    step = float(steps[steps < 1.5 * np.median(steps)].mean())
    frames = np.concatenate([[0.0], np.cumsum(np.maximum(1.0, np.rint(steps / step)))])
    if frames[-1] >= MAX_FRAMES_PER_ROW * len(frames):
        row = int(steps.argmax()) + 1
        raise FormatError(
            f"{path}, row {row + 1}: column {column!r} jumps by {steps[row - 1]:g} where {step:g} "
            "is usual, and most frames are missing; cut the recording there"
        )
    return Timeline(frames=frames.astype(np.int64), step=step, resolution=_find_resolution(values))


def _find_resolution(values: FloatArray) -> float:
    for digits in range(10):
        scaled = values * 10.0**digits
        if np.allclose(scaled, np.rint(scaled), rtol=0, atol=1e-4):
            return float(10.0**-digits)
    return 1e-10


def measure_rate(timeline: Timeline, seconds: float, column: str, path: Path) -> float | None:
    """Return frames per second, to as many decimals as the times allow; None for a single row.

    ``seconds`` is the column's unit of time.

    Raises:
        FormatError: If the rate is none of a recording of motion.
    """
    if timeline.step is None:
        return None
    fps = 1 / (timeline.step * seconds)
    if not _RATES_HZ[0] <= fps <= _RATES_HZ[1]:
        raise FormatError(
            f"{path}: column {column!r} as a time in {seconds:g} s means {fps:g} frames per "
            "second; pass the frame rate (--fps)"
        )
    duration = timeline.step * (timeline.num_frames - 1)
    return round_rate(fps, max(timeline.resolution / duration, 1e-12))
