import os
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from mmap import mmap
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import skelgraph.data.clip_reader
import skelgraph.data.fingerprints
from skelgraph.data import (
    ReadResult,
    cached_read,
    fingerprint_files,
    fingerprint_sources,
    read_folder,
)
from skelgraph.data.cache import ARCHIVE_DAMAGE, load_sequences, save_sequences
from skelgraph.errors import DatasetError
from skelgraph.io import Recording, cache_folder, open_recording, write_npz
from skelgraph.layouts import COCO17, MPI23


def test_names_and_bytes_count_and_the_order_of_files_does_not(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"1")
    b.write_bytes(b"2")
    first = fingerprint_files(tmp_path, [a, b])
    assert fingerprint_files(tmp_path, [b, a]) == first
    assert fingerprint_files(tmp_path.parent, [a, b]) != first
    assert fingerprint_files(tmp_path, [a]) != first
    b.write_bytes(b"3")
    assert fingerprint_files(tmp_path, [a, b]) != first


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="gone: cannot be opened: No such file"):
        fingerprint_files(tmp_path, [tmp_path / "gone"])


def test_sources_of_rooms_differ() -> None:
    assert fingerprint_sources("io") != fingerprint_sources("layouts")


FILES = ["joy/a.npz", "joy/b.npz", "sad/a.npz", "sad/b.npz"]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that readers were asked for."""
    calls: list[str] = []

    def count(path: Path) -> Recording:
        calls.append(path.name)
        return open_recording(path)

    monkeypatch.setattr(skelgraph.data.clip_reader, "open_recording", count)
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

    monkeypatch.setattr(skelgraph.data.fingerprints, "fingerprint_files", count)
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

    monkeypatch.setattr("skelgraph.data.cache.save_file", run_out_of_space)
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


def test_all_fields_come_back(tmp_path: Path, make_sequence) -> None:
    scores = np.random.default_rng(0).random((4, 17))
    sequences = [
        make_sequence(3, layout=MPI23, missing=0.5, name="ä", label="joy", recording="r"),
        replace(
            make_sequence(4, layout=COCO17, dimensions=2),
            confidence=scores,
            fps=29.97,
            unit="px",
            up="-y",
            subject="Ann",
        ),
        make_sequence(2),
    ]
    file = tmp_path / "a.safetensors"
    save_sequences(file, sequences, {"files": [0, 1, 1]})
    loaded, extra = load_sequences(file)
    assert extra == {"files": [0, 1, 1]}
    for before, after in zip(sequences, loaded, strict=True):
        for field in fields(before):
            expected, found = getattr(before, field.name), getattr(after, field.name)
            if isinstance(expected, np.ndarray):
                assert np.array_equal(expected, found, equal_nan=True)
            else:
                assert found == expected


def test_no_sequences_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    save_sequences(file, [], {})
    assert load_sequences(file) == ((), {})


def test_the_file_is_mapped_and_cannot_be_written_to(tmp_path: Path, make_sequence) -> None:
    file = tmp_path / "a.safetensors"
    sequence = make_sequence(3)
    save_sequences(file, [sequence], {})
    ((loaded,), _) = load_sequences(file)
    base = loaded.positions
    while isinstance(base, np.ndarray):
        assert not base.flags.writeable
        base = base.base
    assert isinstance(base, mmap)
    assert np.array_equal(load_file(file)["positions"], sequence.positions.ravel())


def test_any_damage_is_found(tmp_path: Path, make_sequence) -> None:
    file = tmp_path / "a.safetensors"
    scores = np.random.default_rng(0).random((2, 10))
    save_sequences(file, [make_sequence(1), replace(make_sequence(2), confidence=scores)], {"a": 1})
    content = file.read_bytes()
    load_sequences(file)
    damaged = tmp_path / "damaged.safetensors"
    for place in range(len(content)):
        for mask in (0x01, 0x80, 0xFF):
            flipped = bytearray(content)
            flipped[place] ^= mask
            damaged.write_bytes(flipped)
            with pytest.raises(ARCHIVE_DAMAGE):
                load_sequences(damaged)
        damaged.write_bytes(content[:place])
        with pytest.raises(ARCHIVE_DAMAGE):
            load_sequences(damaged)
    damaged.write_bytes(content + b"\0\0\0\0")
    with pytest.raises(ARCHIVE_DAMAGE):
        load_sequences(damaged)


def test_large_files_have_the_same_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)) * 10)
    whole = fingerprint_files(tmp_path, [tmp_path / "file"])
    monkeypatch.setattr(skelgraph.data.fingerprints, "_LARGE_CHUNK", 1000)
    assert fingerprint_files(tmp_path, [tmp_path / "file"]) == whole
