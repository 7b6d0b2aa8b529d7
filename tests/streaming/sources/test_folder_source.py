"""A folder in which a program writes a file for each frame."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io import PoseLineParser
from skelgraph.streaming import LiveFrame
from skelgraph.streaming.sources import FolderSource, Notices, PlayClock


def write_frame(folder: Path, number: int, text: str | None = None) -> Path:
    keypoints = [value for joint in range(25) for value in (100.0 + joint, 200.0 + 3 * joint, 0.5)]
    file = folder / f"video_{number:012d}_keypoints.json"
    file.write_text(text or json.dumps({"people": [{"pose_keypoints_2d": keypoints}]}))
    return file


def open_folder(
    folder: Path, *, follow: bool, is_fast: bool = True
) -> tuple[FolderSource, list[str]]:
    told: list[str] = []
    clock = PlayClock(is_fast=is_fast)
    parser = PoseLineParser(fps=20)
    source = FolderSource(folder, parser, Notices(told.append), clock, follow=follow)
    return source, told


def test_a_finished_folder_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    for number in (12, 10, 11, 14):
        write_frame(tmp_path, number)
    (tmp_path / "notes.txt").write_text("no frame")
    source, told = open_folder(tmp_path, follow=False)
    assert source.open().layout.name == "openpose25"
    assert [frame.time_s for frame in source.iterate()] == [0.5, 0.55, 0.6, 0.7]
    assert told == []


def test_a_file_without_a_number_takes_no_frame_its_place(tmp_path: Path) -> None:
    for number in range(2):
        write_frame(tmp_path, number)
    (tmp_path / "camera.json").write_text('{"fps": 20}')
    (tmp_path / "notes.json").write_text('{"by": "ann"}')
    source, told = open_folder(tmp_path, follow=False)
    source.open()
    assert [frame.time_s for frame in source.iterate()] == [0, 0.05]
    assert len(told) == 1
    assert told[0].startswith(f"{tmp_path / 'notes.json'}: expected a frame with 'persons'")


def test_a_name_that_is_used_again_is_told_of(tmp_path: Path) -> None:
    file = write_frame(tmp_path, 0)
    source, told = open_folder(tmp_path, follow=True)
    source.open()
    frames = source.iterate()
    next(frames)
    file.unlink()
    thread = threading.Thread(target=lambda: list(frames))
    thread.start()
    time.sleep(0.2)
    write_frame(tmp_path, 0)
    end_s = time.monotonic() + 10
    while not told and time.monotonic() < end_s:
        time.sleep(0.005)
    source.close()
    thread.join(10)
    assert told == [f"{file}: frame 0 comes after frame 0; left out"]


def test_a_damaged_file_is_one_notice(tmp_path: Path) -> None:
    for number in range(3):
        write_frame(tmp_path, number)
    damaged = write_frame(tmp_path, 1, '{"people": [')
    os.utime(damaged, (0, 0))  # nobody is writing it
    source, told = open_folder(tmp_path, follow=False)
    source.open()
    assert [frame.time_s for frame in source.iterate()] == [0, 0.1]
    assert len(told) == 1
    assert told[0].startswith(f"{damaged}: expected JSON, but")


def test_a_folder_with_nobody_is_refused(tmp_path: Path) -> None:
    write_frame(tmp_path, 0, '{"people": []}')
    source, _ = open_folder(tmp_path, follow=False)
    with pytest.raises(FormatError, match="nobody is there in any"):
        source.open()
    source, _ = open_folder(tmp_path / "none", follow=False)
    with pytest.raises(FormatError, match="none: cannot be read: No such file"):
        source.open()


def test_files_are_read_as_they_come(tmp_path: Path) -> None:
    write_frame(tmp_path, 0)
    source, told = open_folder(tmp_path, follow=True, is_fast=False)
    frames: list[LiveFrame] = []

    def collect() -> None:
        source.open()
        for frame in source.iterate():
            frames.append(frame)  # noqa: PERF402  seen by the test at once

    def wait_for(count: int) -> None:
        end_s = time.monotonic() + 10
        while len(frames) < count and time.monotonic() < end_s:
            time.sleep(0.005)
        assert len(frames) == count

    assert not source.is_live  # files from before are caught up with
    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    wait_for(1)
    whole = write_frame(tmp_path, 1).read_text()
    wait_for(2)
    write_frame(tmp_path, 2, whole[:50])  # a file in the making is waited for
    time.sleep(0.05)
    assert len(frames) == 2
    write_frame(tmp_path, 2, whole)
    wait_for(3)
    assert source.is_live
    write_frame(tmp_path, 5)
    wait_for(4)
    late = write_frame(tmp_path, 4)
    write_frame(tmp_path, 6)
    wait_for(5)
    end_s = time.monotonic() + 10
    while not told and time.monotonic() < end_s:
        time.sleep(0.005)
    source.close()
    thread.join(5)
    assert not thread.is_alive()
    assert [frame.time_s for frame in frames] == [0, 0.05, 0.1, 0.25, 0.3]
    last = told[0].partition("after frame ")[2]
    assert told == [f"{late}: frame 4 comes after frame {last}"]
    assert last in ("5; left out", "6; left out")
