from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io.table_columns import Counter
from skelgraph.io.table_timeline import CountedRows, settle_timeline

PATH = Path("table.csv")


def count(values, name: str = "time", seconds: float = 1.0) -> CountedRows:
    counter = Counter(name=name, number=0, seconds=seconds)
    return CountedRows(counter=counter, values=np.asarray(values, dtype=float))


@pytest.mark.parametrize(
    ("step", "seconds", "fps"),
    [(0.01, 1.0, 100), (10, 1e-3, 100), (1, 1.0, 1), (1, 1e-3, 1000)],
)
def test_times_in_the_unit_that_their_name_says(step: float, seconds: float, fps: float) -> None:
    time = count(step * np.arange(9), seconds=seconds)
    assert settle_timeline(None, time, 9, None, PATH)[1] == fps


@pytest.mark.parametrize(
    ("step", "seconds", "fps", "unit"),
    [
        (10, 1.0, 100, "milliseconds"),
        (0.04, 1e-3, 25, "seconds"),
        (33333, 1e-3, 30, "microseconds"),
        (4e7, 1e-3, 25, "nanoseconds"),
    ],
)
def test_times_in_another_unit(step: float, seconds: float, fps: float, unit: str) -> None:
    with pytest.warns(FormatWarning, match=rf"table\.csv: column 'time' is read as {unit}"):
        rate = settle_timeline(None, count(step * np.arange(9), seconds=seconds), 9, 50, PATH)[1]
    assert rate == pytest.approx(fps, rel=1e-3)


def test_a_rate_is_used_if_times_tell_none() -> None:
    frame = count([4, 5, 8], "frame", 0)
    timeline, fps = settle_timeline(frame, None, 3, 25, PATH)
    assert (timeline.frames.tolist(), fps) == ([0, 1, 4], 25)
    assert settle_timeline(None, count(1e9 * np.arange(3)), 3, 25, PATH)[1] == 25
    with pytest.raises(RateError, match="tells the frame rate; pass it"):
        settle_timeline(frame, None, 3, None, PATH)


def test_frame_numbers_place_the_rows_of_a_slow_clock() -> None:
    frames = np.array([*range(30), *range(33, 60)])
    clock = np.floor(frames / 2.5) / 10  # ticks every 0.1 s, 25 frames/s
    timeline, fps = settle_timeline(count(frames, "frame", 0), count(clock), 57, None, PATH)
    assert timeline.frames.tolist() == frames.tolist()
    assert fps == pytest.approx(25, rel=0.03)


def test_a_frame_of_several_persons() -> None:
    with pytest.raises(FormatError, match=r"row 2: .* 'frame' .* 3 after 3; are .* persons"):
        settle_timeline(count([3, 3, 4, 4], "frame", 0), None, 4, 30, PATH)
