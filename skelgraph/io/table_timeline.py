"""The frames and the rate of a table's rows, from its columns of times and frame numbers."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io.table_columns import Counter
from skelgraph.io.timeline import MAX_FRAMES_PER_ROW, Timeline, measure_rate, read_timeline
from skelgraph.typing import BoolArray, FloatArray, IntArray

_RATES_HZ = (5.0, 1000.0)
"""Rates of a recording of motion; times that mean another may be in a unit that they do not say."""
_OTHER_UNITS_HZ = (5.0, 500.0)
_MIN_COARSE_ROWS = 10
_MAX_NUMBER = 2.0**53
_UNITS_S = {1.0: "seconds", 1e-3: "milliseconds", 1e-6: "microseconds", 1e-9: "nanoseconds"}


@dataclass(frozen=True, kw_only=True, eq=False)
class CountedRows:
    """A column that counts the rows of a table, and its values.

    Args:
        counter: The column.
        values: Array (rows,).
    """

    counter: Counter
    values: FloatArray


def find_repeats(table: FloatArray, counted: CountedRows | None) -> BoolArray:
    """Return which rows (rows,) repeat the row before them, the frame's number or time included.

    Example:
        >>> frame = CountedRows(counter=Counter(name="frame", number=0), values=np.array([1, 1, 2]))
        >>> find_repeats(np.array([[1.0, 5], [1, 5], [2, 5]]), frame).tolist()
        [False, True, False]
    """
    repeats = np.zeros(len(table), dtype=bool)
    if counted is not None:
        before, after = table[:-1], table[1:]
        same = (before == after) | (np.isnan(before) & np.isnan(after))
        repeats[1:] = same.all(axis=1) & np.isfinite(counted.values[1:])
    return repeats


def settle_timeline(
    frame: CountedRows | None,
    time: CountedRows | None,
    num_rows: int,
    fps: float | None,
    path: Path,
) -> tuple[Timeline, float]:
    """Return the frames of the rows and the rate: from the times, else from the frame numbers.

    Times are in the unit that their name says, unless only another one makes the rate that of a
    recording of motion; a warning says so. Frame numbers place the rows of a clock that ticks more
    slowly than the frames.

    Args:
        frame: The column of frame numbers, if there is one.
        time: The column of times, if there is one.
        num_rows: Number of rows.
        fps: Frames per second if the table does not tell them.
        path: The file, for errors.

    Raises:
        FormatError: If neither column increases from row to row.
        RateError: If the rate is neither told nor given.
    """
    timeline = Timeline(frames=np.arange(num_rows), step=None, resolution=1.0)
    told = None
    if time is not None:
        try:
            timeline = place_rows(time, path)
            told = _measure(timeline, time.counter, fps, path)
        except FormatError:
            if frame is None:
                raise
            timeline = place_rows(frame, path)
            told = _measure_coarse(timeline, time, path)
            if told is None:
                raise
    elif frame is not None:
        timeline = place_rows(frame, path)
    fps = fps if told is None else told
    if fps is None:
        raise RateError(
            f"{path}: no column (time in s, ms or timestamp in ms) tells the frame rate; pass it "
            "(--fps)"
        )
    return timeline, fps


def place_rows(counted: CountedRows, path: Path) -> Timeline:
    """Return the frames of rows that a column counts.

    Raises:
        FormatError: If it does not increase from row to row, or leaves out most frames.
    """
    values, name = counted.values, counted.counter.name
    steps = np.diff(values)
    if (steps == 0).any() and (steps >= 0).all():
        row = int(np.argmax(steps == 0)) + 1
        raise FormatError(
            f"{path}, row {row + 1}: expected column {name!r} to increase from row to row, but got "
            f"{values[row]:g} after {values[row]:g}; are these several recordings, persons or "
            "cameras? Put each into a file of its own"
        )
    if not counted.counter.seconds and len(steps) and (steps > 0).all():
        frames = _count_steps(values)
        if frames is not None:
            return Timeline(frames=frames, step=1.0, resolution=1.0)
    return read_timeline(values, name, path)


def _count_steps(numbers: FloatArray) -> IntArray | None:
    """Return the frames of rows whose numbers increase; every fifth number is the next frame.

    Returns:
        None if the numbers are not whole, or leave out most frames.
    """
    if not (numbers == np.rint(numbers)).all() or np.abs(numbers).max() > _MAX_NUMBER:
        return None
    whole = numbers.astype(np.int64)
    frames = (whole - whole[0]) // int(np.gcd.reduce(np.diff(whole)))
    return frames if frames[-1] < MAX_FRAMES_PER_ROW * len(frames) else None


def _measure(timeline: Timeline, counter: Counter, fps: float | None, path: Path) -> float | None:
    """Return the rate in the unit that the times are in; None if it is unknown and one is given."""
    seconds = _settle_seconds(timeline.step, counter, path)
    try:
        return measure_rate(timeline, seconds, counter.name, path)
    except FormatError:
        if fps is None:
            raise
        return None


def _settle_seconds(step: float | None, counter: Counter, path: Path) -> float:
    if step is None or _RATES_HZ[0] <= 1 / (step * counter.seconds) <= _RATES_HZ[1]:
        return counter.seconds
    lowest, highest = _OTHER_UNITS_HZ
    for seconds, unit in _UNITS_S.items():
        if lowest <= 1 / (step * seconds) <= highest:
            warnings.warn(
                f"{path}: column {counter.name!r} is read as {unit}, since only these make it the "
                f"time of a motion ({1 / (step * seconds):g} frames/s)",
                FormatWarning,
                stacklevel=2,
            )
            return seconds
    return counter.seconds


def _measure_coarse(timeline: Timeline, time: CountedRows, path: Path) -> float | None:
    """Return the mean rate of rows that frame numbers place and whose clock ticks more slowly.

    Returns:
        None if the times are not those of evenly spaced frames.
    """
    times, frames = time.values, timeline.frames
    ticks = np.diff(times)
    if len(times) < _MIN_COARSE_ROWS or not (ticks >= 0).all() or not (ticks > 0).any():
        return None
    step, start = (float(number) for number in np.polyfit(frames, times, 1))
    tick = max(step, float(np.median(ticks[ticks > 0])))
    if np.abs(times - start - step * frames).max() > 2 * tick:
        return None
    even = Timeline(frames=frames, step=step, resolution=tick)
    seconds = _settle_seconds(step, time.counter, path)
    return measure_rate(even, seconds, time.counter.name, path)
