import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import skelgraph.data.cache
import skelgraph.data.folder
from skelgraph.data import ReadResult, cached_read, read_folder
from skelgraph.data.fingerprint import fingerprint_files
from skelgraph.errors import DatasetError
from skelgraph.io import Recording, cache_folder, open_recording, write_npz

FILES = ["joy/a.npz", "joy/b.npz", "sad/a.npz", "sad/b.npz"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that readers were asked for."""
    calls: list[str] = []

    def count(path: Path) -> Recording:
        calls.append(path.name)
        return open_recording(path)

    monkeypatch.setattr(skelgraph.data.folder, "open_recording", count)
    return calls


@pytest.fixture
def dataset(tmp_path: Path, write_clips) -> Path:
    write_clips(tmp_path / "set", FILES)
    return tmp_path / "set"


def test_the_second_reading_opens_no_recording(dataset: Path, calls: list[str]) -> None:
    first = read_folder(dataset)
    assert len(calls) == 4
    second = read_folder(dataset)
    assert len(calls) == 4
    for a, b in zip(first.sequences, second.sequences, strict=True):
        assert np.array_equal(a.positions, b.positions)
        assert (a.name, a.label, a.layout) == (b.name, b.label, b.layout)
    assert first.fingerprint == second.fingerprint


def test_a_copy_elsewhere_is_the_same_data(
    dataset: Path, calls: list[str], tmp_path: Path, write_clips
) -> None:
    read_folder(dataset)
    write_clips(tmp_path / "copy" / "set", FILES)
    read_folder(tmp_path / "copy" / "set")
    assert len(calls) == 4


def test_changed_content_settings_or_labels_are_read_anew(
    dataset: Path, calls: list[str], make_sequence
) -> None:
    read_folder(dataset)
    changed = dataset / "joy" / "b.npz"
    times = changed.stat()
    write_npz(changed, make_sequence(seed=77, name="b"))
    assert changed.stat().st_size == times.st_size
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    read_folder(dataset)
    assert len(calls) == 8
    read_folder(dataset, fps=25.0)
    assert len(calls) == 12
    (dataset / "labels.csv").write_text("file,label\njoy/a.npz,x\njoy/b.npz,x\n")
    assert read_folder(dataset).labels == ("x", "x")
    assert len(calls) == 14


def test_unchanged_files_are_not_hashed_again(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []

    def count(root: Path, files: Sequence[Path]) -> str:
        hashed.append(len(files))
        return fingerprint_files(root, files)

    monkeypatch.setattr(skelgraph.data.cache, "fingerprint_files", count)
    first = read_folder(dataset)
    assert read_folder(dataset).fingerprint == first.fingerprint
    assert hashed == [4]
    changed = dataset / "joy" / "b.npz"
    changed.write_bytes(changed.read_bytes()[::-1])
    with pytest.raises(DatasetError, match=r"b\.npz"):
        read_folder(dataset)
    assert hashed == [4, 4]


def test_a_damaged_memory_of_fingerprints_is_made_anew(dataset: Path, cache: Path) -> None:
    first = read_folder(dataset)
    (memory,) = (cache / "fingerprints").iterdir()
    memory.write_bytes(b"\xff not a digest")
    assert read_folder(dataset).fingerprint == first.fingerprint
    assert memory.read_text() == first.fingerprint


def test_what_comes_from_the_cache_cannot_be_written_to(dataset: Path) -> None:
    read_folder(dataset)
    with pytest.raises(ValueError, match="read-only"):
        read_folder(dataset).sequences[0].positions[0] = 0


@pytest.mark.parametrize("damage", ["empty", "truncated", "flipped", "other"])
def test_a_damaged_cache_file_is_made_anew(
    dataset: Path, calls: list[str], cache: Path, damage: str
) -> None:
    expected = read_folder(dataset)
    (file,) = cache.glob("datasets/*.safetensors")
    content = bytearray(file.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 0xFF
    damaged = {"empty": b"", "truncated": content[:-40], "other": b"no tensors"}
    file.write_bytes(damaged.get(damage, bytes(content)))
    again = read_folder(dataset)
    assert len(calls) == 8
    assert np.array_equal(again.sequences[3].positions, expected.sequences[3].positions)
    read_folder(dataset)
    assert len(calls) == 8


def test_nothing_unfinished_stays_in_the_cache(
    dataset: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out_of_space(*arguments: object, **arrays: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("skelgraph.data.sequence_archive.save_file", run_out_of_space)
    with pytest.warns(UserWarning, match="cannot be cached.*no space left"):
        read_folder(dataset)
    assert list((cache / "datasets").iterdir()) == []


def test_an_unusable_cache_folder_only_warns(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="set SKELGRAPH_CACHE to a folder") as caught:
        clips = read_folder(dataset)
    assert len(caught) == 1
    assert len(clips) == 4
    with warnings.catch_warnings():
        assert len(read_folder(dataset, use_cache=False)) == 4


def test_readers_code_is_part_of_the_key(
    make_sequence, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    result = ReadResult(sequences=(make_sequence(),), files=(0,), num_files=1)
    cached_read("set", "00", {}, lambda: result)
    monkeypatch.setattr("skelgraph.data.cache.fingerprint_sources", lambda *rooms: "newer")
    cached_read("set", "00", {}, lambda: result)
    assert len(list(cache.glob("datasets/set-*.safetensors"))) == 2


def test_the_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKELGRAPH_CACHE", "/some/where")
    assert cache_folder() == Path("/some/where")
    assert cache_folder("models") == Path("/some/where/models")
    monkeypatch.delenv("SKELGRAPH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/skelgraph")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "skelgraph"
