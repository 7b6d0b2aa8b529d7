from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io.timeline import measure_rate, read_timeline

PATH = Path("table.csv")


@pytest.mark.parametrize("fps", [240.0, 120.0, 60.0, 30.0, 29.97, 25.0, 12.5])
def test_coarse_milliseconds_give_the_exact_rate(fps: float) -> None:
    milliseconds = np.floor(1.5e12 + 1000 * np.arange(5000) / fps)
    timeline = read_timeline(milliseconds, "ms", PATH)
    assert measure_rate(timeline, 1e-3, "ms", PATH) == pytest.approx(fps, abs=1e-9)
    np.testing.assert_array_equal(timeline.frames, np.arange(5000))


def test_gaps_do_not_change_the_rate() -> None:
    times = np.delete(np.floor(1000 * np.arange(1000) / 240), np.arange(300, 420))
    timeline = read_timeline(times, "ms", PATH)
    assert timeline.num_frames == 1000
    assert timeline.frames[299:302].tolist() == [299, 420, 421]
    assert measure_rate(timeline, 1e-3, "ms", PATH) == pytest.approx(240, abs=0.1)
    spread = timeline.spread(np.ones((880, 2)))
    assert np.isnan(spread).all(axis=1).sum() == 120


def test_frame_numbers_of_every_fourth_frame_have_no_gaps() -> None:
    timeline = read_timeline(np.arange(100, 140, 4.0), "frame", PATH)
    np.testing.assert_array_equal(timeline.frames, np.arange(10))


def test_a_rate_of_no_recording_is_refused() -> None:
    timeline = read_timeline(np.arange(0, 1000, 33.0), "time", PATH)
    with pytest.raises(
        FormatError, match=r"'time' as a time in 1 s means 0.030303 frames per second"
    ):
        measure_rate(timeline, 1.0, "time", PATH)
