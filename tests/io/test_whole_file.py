"""Files are replaced as a whole, or not at all."""

import os
import stat
from pathlib import Path

import pytest

from skelgraph.io import replace_whole


def test_a_file_and_its_folder_are_made(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.bin"
    for content in (b"first", b"second"):
        with replace_whole(path) as partial:
            partial.write_bytes(content)
        assert path.read_bytes() == content
        assert list(path.parent.iterdir()) == [path]


def test_what_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    def fail() -> None:
        with replace_whole(path) as partial:
            partial.write_bytes(b"half of")
            raise KeyboardInterrupt

    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_path_to_write_to_tells_the_format_and_is_hidden(tmp_path: Path) -> None:
    with replace_whole(tmp_path / "walk.keypoints.json") as partial:
        assert partial.parent == tmp_path
        assert partial.name.startswith(".")
        assert partial.suffixes == [".keypoints", ".json"]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    with replace_whole(path) as first, replace_whole(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # whose block ended last
    assert list(tmp_path.iterdir()) == [path]


def test_only_a_private_file_is_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        for private, expected in ((False, 0o644), (True, 0o600)):
            with replace_whole(tmp_path / "file", private=private) as partial:
                assert stat.S_IMODE(partial.stat().st_mode) == expected
            assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == expected
    finally:
        os.umask(before)


def test_the_content_is_on_the_disk_before_the_old_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    synced: list[str] = []

    def sync(descriptor: int) -> None:
        synced.append(os.pread(descriptor, 10, 0).decode())
        assert path.read_text() == "old"

    monkeypatch.setattr("skelgraph.io.whole_file.os.fsync", sync)
    with replace_whole(path) as partial:
        partial.write_text("new")
    assert synced == ["new"]


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"), replace_whole(tmp_path / "file" / "below"):
        pytest.fail("there is nothing to write to")
