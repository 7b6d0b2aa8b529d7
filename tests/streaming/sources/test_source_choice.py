"""The source that a user names."""

import os
import threading
import time
from pathlib import Path

import pytest

from skelgraph.config import SourceSettings
from skelgraph.errors import FormatError, LayoutError
from skelgraph.streaming.sources import (
    FolderSource,
    LineSource,
    Notices,
    RecordingSource,
    make_source,
)

FRAME = '{"layout": "upper10", "unit": "m", "joints": [' + ", ".join(["[0, 1, 2]"] * 10) + "]}\n"


def choose(reference: str | Path, **settings: object) -> tuple[object, list[str]]:
    told: list[str] = []
    source = make_source(str(reference), SourceSettings.of(**settings), Notices(told.append))
    return source, told


def make_old(path: Path) -> None:
    os.utime(path, (time.time() - 60,) * 2)


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.txt", "a.log", "a"])
def test_a_file_of_lines_is_followed_if_it_grows(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(FRAME)
    growing, _ = choose(file)
    assert isinstance(growing, LineSource)
    assert not growing.feed.is_recording
    make_old(file)
    finished, _ = choose(file)
    assert isinstance(finished, LineSource)
    assert finished.feed.is_recording
    followed, _ = choose(file, follow=True)
    assert isinstance(followed, LineSource)
    assert not followed.feed.is_recording


def test_a_folder_is_followed_if_it_grows(tmp_path: Path) -> None:
    empty, told = choose(tmp_path)
    assert isinstance(empty, FolderSource)
    assert empty.follow
    assert told == [f"{tmp_path}: taken for 30 frames/s, which no file tells (--fps)"]
    (tmp_path / "a_01.json").write_text(FRAME)
    growing, told = choose(tmp_path, fps=25)
    assert isinstance(growing, FolderSource)
    assert growing.follow
    assert told == []
    make_old(tmp_path)
    finished, _ = choose(tmp_path)
    assert isinstance(finished, FolderSource)
    assert not finished.follow


def test_other_files_are_recordings(tmp_path: Path) -> None:
    (tmp_path / "walk.txt").write_text("1 2 3\n4 5 6\n")
    (tmp_path / "walk.bvh").write_text("HIERARCHY\n")
    for name in ("walk.txt", "walk.bvh"):
        assert isinstance(choose(tmp_path / name)[0], RecordingSource)


def test_a_named_pipe_is_read_until_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(2 * FRAME))
    writer.start()
    source, told = choose(pipe, fast=True)
    assert isinstance(source, LineSource)
    source.open()
    assert len(list(source.iterate())) == 2
    writer.join()
    assert told == [f"{pipe}: the producer has gone after 2 frames"]
    assert not source.is_live
    source.feed.stream.close()  # type: ignore[attr-defined]


def test_what_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none.bvh: there is no such file or folder; a SOURCE"):
        choose(tmp_path / "none.bvh")
    for reference in ("tcp://0.0.0.0:9000", "tcp://127.0.0.1", "tcp:9000", "tcp://127.0.0.1:x"):
        with pytest.raises(FormatError, match="expected a port of this machine, such as tcp:"):
            choose(reference)
    with pytest.raises(LayoutError, match="no layout 'body99'"):
        choose("-", layout="body99")
