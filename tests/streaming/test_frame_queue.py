"""The queue between a source and a model."""

import threading
import time
from collections.abc import Iterator

import pytest

from skelgraph.errors import FormatError
from skelgraph.io import PoseFormat
from skelgraph.layouts import UPPER10
from skelgraph.streaming import FrameQueue, LiveFrame, SourceReader


class NumberedFrames:
    """A source of empty frames."""

    name = "numbers"
    num_dropped = 0
    has_producer = True

    def __init__(self, count: int, *, is_live: bool, fails: bool = False) -> None:
        self.count = count
        self.is_live = is_live
        self.fails = fails

    def open(self) -> PoseFormat:
        return PoseFormat(layout=UPPER10, num_dimensions=3)

    def iterate(self) -> Iterator[LiveFrame]:
        for number in range(self.count):
            yield LiveFrame(float(number), {})
        if self.fails:
            raise FormatError("numbers: cannot be read")

    def close(self) -> None:
        pass


def take_all(queue: FrameQueue) -> list[float]:
    times = []
    while not queue.has_ended:
        arrived = queue.get(5.0)
        if arrived is not None:
            times.append(arrived.frame.time_s)
    return times


def test_the_oldest_of_live_frames_are_dropped_and_counted() -> None:
    queue = FrameQueue(3)
    reader = SourceReader(NumberedFrames(100, is_live=True), queue, grace_s=0.0)
    reader.start()
    end_s = time.monotonic() + 5
    while queue.num_dropped < 97 and time.monotonic() < end_s:
        time.sleep(0.002)
    assert len(queue) == 3
    assert take_all(queue) == [97, 98, 99]
    assert reader.num_dropped == 97


def test_frames_that_wait_for_too_long_are_dropped() -> None:
    queue = FrameQueue(10, max_age_s=0.02)
    for number in range(3):
        queue.put(LiveFrame(float(number), {}), drops_oldest=True)
    time.sleep(0.03)
    queue.put(LiveFrame(3.0, {}), drops_oldest=False)
    assert (len(queue), queue.num_dropped) == (4, 0)
    queue.put(LiveFrame(4.0, {}), drops_oldest=True)
    queue.close()
    assert take_all(queue) == [3, 4]
    assert queue.num_dropped == 3


def test_frames_from_before_the_model_was_ready_are_caught_up_with() -> None:
    queue = FrameQueue(3)
    reader = SourceReader(NumberedFrames(100, is_live=True), queue, grace_s=60.0)
    reader.start()
    time.sleep(0.05)
    first = queue.get(5.0)
    assert first is not None
    assert first.frame.time_s == 0
    assert not queue.was_empty
    assert queue.num_dropped == 0
    reader.stop()


def test_a_model_that_has_caught_up_drops_what_it_cannot_take() -> None:
    queue = FrameQueue(3)
    assert queue.get(0.0) is None
    assert queue.was_empty
    reader = SourceReader(NumberedFrames(100, is_live=True), queue, grace_s=60.0)
    reader.start()
    end_s = time.monotonic() + 5
    while queue.num_dropped < 97 and time.monotonic() < end_s:
        time.sleep(0.002)
    assert take_all(queue) == [97, 98, 99]


def test_frames_that_can_wait_are_all_taken() -> None:
    queue = FrameQueue(3)
    reader = SourceReader(NumberedFrames(100, is_live=False), queue)
    reader.start()
    time.sleep(0.05)
    assert len(queue) == 3
    assert take_all(queue) == list(range(100))
    assert reader.num_dropped == 0


def test_an_error_of_the_source_follows_its_last_frame() -> None:
    queue = FrameQueue(5)
    reader = SourceReader(NumberedFrames(2, is_live=False, fails=True), queue)
    reader.start()
    assert [queue.get(5.0).frame.time_s for _ in range(2)] == [0, 1]  # type: ignore[union-attr]
    with pytest.raises(FormatError, match="numbers: cannot be read"):
        queue.get(5.0)
    assert queue.has_ended


def test_a_queue_has_not_ended_before_its_error_is_raised() -> None:
    queue = FrameQueue(5)
    queue.put(LiveFrame(0.0, {}), drops_oldest=False)
    assert queue.get(0.0) is not None
    queue.close(FormatError("numbers: cannot be read"))  # while the frame is answered
    assert not queue.has_ended
    with pytest.raises(FormatError, match="numbers: cannot be read"):
        queue.get(0.0)
    assert queue.has_ended


def test_a_reader_that_waits_for_room_is_stopped() -> None:
    queue = FrameQueue(1)
    reader = SourceReader(NumberedFrames(100, is_live=False), queue)
    reader.start()
    time.sleep(0.02)
    reader.stop()
    names = [thread.name for thread in threading.enumerate()]
    assert "skelgraph-source" not in names


def test_nothing_comes_of_an_empty_queue() -> None:
    assert FrameQueue(1).get(0.01) is None
