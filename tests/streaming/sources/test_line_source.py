"""Frames as lines of JSON, from a stream, a file that grows and a socket."""

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skelgraph.errors import FormatError, LayoutError
from skelgraph.io import PoseLineParser
from skelgraph.streaming import LiveFrame
from skelgraph.streaming.sources import (
    FileFeed,
    LineFeed,
    LineSource,
    Notices,
    PlayClock,
    SocketFeed,
    StreamFeed,
)

HEADER = '{"layout": "upper10", "unit": "m", "fps": 10}\n'
BODY = [[float(joint), joint % 3, 1.0] for joint in range(10)]


def write_frame(time_s: float | None = None, **person: Any) -> str:
    fields = {} if time_s is None else {"time": time_s}
    return json.dumps({**fields, "persons": [{"id": 1, "joints": BODY, **person}]}) + "\n"


def open_source(
    feed: LineFeed, clock: PlayClock | None = None, **facts: Any
) -> tuple[LineSource, list[str]]:
    told: list[str] = []
    clock = clock or PlayClock(is_fast=True)
    source = LineSource("poses", feed, PoseLineParser(**facts), Notices(told.append), clock)
    return source, told


def read_text(*lines: str, **facts: Any) -> tuple[list[LiveFrame], list[str]]:
    source, told = open_source(StreamFeed(io.BytesIO("".join(lines).encode())), **facts)
    source.open()
    return list(source.iterate()), told


def test_lines_are_frames_until_the_producer_ends() -> None:
    frames, told = read_text(HEADER, write_frame(0.5), "\n", write_frame(0.6))
    assert [frame.time_s for frame in frames] == [0.5, 0.6]
    assert list(frames[0].persons) == ["1"]
    assert told == ["poses: the producer has gone after 2 frames"]


def test_a_malformed_line_is_one_notice() -> None:
    frames, told = read_text(HEADER, write_frame(0.5), '{"time": 0.6, "pers\n', write_frame(0.7))
    assert [frame.time_s for frame in frames] == [0.5, 0.7]
    assert len(told) == 2
    assert told[0] == (
        "poses, line 3: expected JSON, but it is none from character 15 on; left out"
    )


def test_a_frame_out_of_order_is_one_notice() -> None:
    times = (0.5, 0.7, 0.6, 0.8)
    frames, told = read_text(HEADER, *(write_frame(time_s) for time_s in times))
    assert [frame.time_s for frame in frames] == [0.5, 0.7, 0.8]
    assert told[:-1] == ["poses, line 4: its time of 0.600 s does not follow 0.700 s; left out"]


def test_a_time_that_is_damaged_does_not_end_the_stream() -> None:
    times = (0.5, 5e5, 0.6, 0.7)
    frames, told = read_text(HEADER, *(write_frame(time_s) for time_s in times))
    assert [frame.time_s for frame in frames] == [0.5, 0.6, 0.7]
    assert told[0] == ("poses, line 3: its time of 500000.000 s does not follow 0.500 s; left out")
    assert len(told) == 2


def test_a_producer_that_begins_anew_is_believed_after_ten_frames() -> None:
    times = [50.0, *(n / 10 for n in range(12))]
    frames, told = read_text(HEADER, *(write_frame(time_s) for time_s in times))
    assert len(told) == 9 + 1
    assert [frame.time_s for frame in frames] == pytest.approx([50.0, 50.1, 50.2, 50.3])


def test_a_line_that_is_cut_off_is_told_with_the_end_of_its_producer() -> None:
    frames, told = read_text(HEADER, write_frame(0.5), write_frame(0.6)[:40])
    assert len(frames) == 1
    assert told == [
        "poses: the producer has gone after 1 frames, within poses, line 3, which is left out"
    ]


def test_further_notices_of_a_kind_are_counted() -> None:
    source, told = open_source(StreamFeed(io.BytesIO((HEADER + 15 * "{}\n").encode())))
    with pytest.raises(FormatError, match="expected lines of JSON with persons"):
        source.open()
    assert len(told) == 11  # ten, and one for the others; the error says the end
    assert told[10] == "malformed frames: further ones are counted and not shown"
    assert source.notices.summary == "malformed frames: 15"


def test_frames_without_times_follow_each_other_at_the_frame_rate() -> None:
    frames, _ = read_text(HEADER, write_frame(), write_frame(), write_frame())
    assert [frame.time_s for frame in frames] == [0, 0.1, 0.2]
    numbered = [write_frame().replace("{", f'{{"frame": {n}, ', 1) for n in (3, 5)]
    frames, _ = read_text(HEADER, *numbered)
    assert [frame.time_s for frame in frames] == [0.3, 0.5]
    frames, _ = read_text(HEADER, *numbered, fps=5)
    assert [frame.time_s for frame in frames] == [0.6, 1.0]


def test_frames_of_a_file_that_tells_no_times_are_30_a_second(tmp_path: Path) -> None:
    file = tmp_path / "poses.jsonl"
    file.write_text('{"layout": "upper10", "unit": "m"}\n' + 3 * write_frame())
    clock = PlayClock(is_fast=True)
    source, _ = open_source(FileFeed(file, clock, follow=False), clock)
    source.open()
    assert [frame.time_s for frame in source.iterate()] == [0, 1 / 30, 2 / 30]


def test_frames_that_tell_no_times_have_those_at_which_they_come() -> None:
    header = '{"layout": "upper10", "unit": "m"}\n'
    frames, _ = read_text(header, write_frame(), write_frame())
    first, second = (frame.time_s for frame in frames)
    assert 0 <= first < second < 5


def test_clock_times_count_from_the_first() -> None:
    frames, _ = read_text(HEADER, write_frame(1.7e9), write_frame(1.7e9 + 0.5))
    assert [frame.time_s for frame in frames] == [0, 0.5]


def test_persons_without_ids_are_tracked() -> None:
    far = [[x + 50, y, z] for x, y, z in BODY]
    both = [{"joints": BODY}, {"joints": far}]
    lines = [json.dumps({"persons": both}), json.dumps({"persons": both[::-1]})]
    frames, _ = read_text(HEADER, *(line + "\n" for line in lines))
    assert [list(frame.persons) for frame in frames] == [["1", "2"], ["2", "1"]]
    assert frames[1].persons["2"].positions[0].tolist() == [50, 0, 1]


def test_a_layout_that_is_not_known_ends_the_stream() -> None:
    source, _ = open_source(StreamFeed(io.BytesIO(b'{"layout": "body99"}\n')))
    with pytest.raises(LayoutError, match="no layout 'body99'"):
        source.open()


def test_a_binary_line_is_one_notice() -> None:
    data = HEADER.encode() + b"\xff\xfe\x00\n" + write_frame(1.0).encode()
    source, told = open_source(StreamFeed(io.BytesIO(data)))
    source.open()
    assert len(list(source.iterate())) == 1
    assert told[0] == "poses, line 2: expected text in UTF-8; left out"


def read_aside(source: LineSource) -> tuple[list[LiveFrame], threading.Thread]:
    """Read in another thread, as `skelgraph stream` does."""
    frames: list[LiveFrame] = []

    def collect() -> None:
        source.open()
        for frame in source.iterate():
            frames.append(frame)  # noqa: PERF402  seen by the test at once

    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    return frames, thread


def wait_for(frames: list[LiveFrame], count: int) -> None:
    end_s = time.monotonic() + 10
    while len(frames) < count and time.monotonic() < end_s:
        time.sleep(0.005)
    assert len(frames) == count


def test_a_file_that_grows_is_read_to_its_end_and_on(tmp_path: Path) -> None:
    file = tmp_path / "poses.jsonl"
    file.write_text(HEADER + write_frame(0.1))
    clock = PlayClock(is_fast=False)
    source, told = open_source(FileFeed(file, clock, follow=True), clock)
    assert not source.is_live  # what is there already is caught up with
    frames, thread = read_aside(source)
    wait_for(frames, 1)
    line = write_frame(0.2)
    with file.open("a") as stream:
        for part in (line[:30], line[30:], write_frame(0.3)):
            stream.write(part)
            stream.flush()
            time.sleep(0.03)
    wait_for(frames, 3)
    assert source.is_live
    source.close()
    thread.join(5)
    assert not thread.is_alive()
    assert told == []


def test_a_finished_file_ends_and_may_be_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "poses.jsonl"
    file.write_text(HEADER + write_frame(0.1) + write_frame(0.2)[:-9])
    clock = PlayClock(is_fast=True)
    source, told = open_source(FileFeed(file, clock, follow=False), clock)
    source.open()
    assert len(list(source.iterate())) == 1
    assert told == ["poses, line 3: it is cut off; left out"]


def test_a_finished_file_is_played_at_its_rate(tmp_path: Path) -> None:
    file = tmp_path / "poses.jsonl"
    file.write_text(HEADER + write_frame(5.0) + write_frame(5.1) + write_frame(5.2))
    clock = PlayClock(is_fast=False)
    source, _ = open_source(FileFeed(file, clock, follow=False), clock)
    source.open()
    started_s = time.monotonic()
    assert len(list(source.iterate())) == 3
    assert time.monotonic() - started_s >= 0.2
    assert source.is_live


@pytest.fixture
def server() -> Iterator[tuple[LineSource, SocketFeed, list[str]]]:
    clock = PlayClock(is_fast=False)
    feed = SocketFeed(0, clock)
    source, told = open_source(feed, clock)
    yield source, feed, told
    source.close()


def test_a_socket_outlives_its_producers(
    server: tuple[LineSource, SocketFeed, list[str]],
) -> None:
    source, feed, told = server
    frames, thread = read_aside(source)
    with socket.create_connection(("127.0.0.1", feed.port)) as producer:
        producer.sendall((HEADER + write_frame(0.1) + write_frame(0.2)[:20]).encode())
        wait_for(frames, 1)
    with socket.create_connection(("127.0.0.1", feed.port)) as producer:
        producer.sendall((HEADER + write_frame(0.1) + write_frame(0.2)).encode())
        wait_for(frames, 3)
    source.close()
    thread.join(5)
    assert not thread.is_alive()
    assert told[0] == (
        "poses: the producer has gone after 1 frames, within poses, line 3, which is left out"
    )
    times = [frame.time_s for frame in frames]
    assert times[0] == 0.1
    assert times[1] > 0.1  # the second producer begins anew
    assert times[2] == pytest.approx(times[1] + 0.1)


def test_a_port_that_is_taken_is_named() -> None:
    clock = PlayClock(is_fast=False)
    taken = SocketFeed(0, clock)
    with taken.server, pytest.raises(FormatError, match=r"tcp://127.0.0.1:\d+: cannot be listened"):
        SocketFeed(taken.port, clock)
