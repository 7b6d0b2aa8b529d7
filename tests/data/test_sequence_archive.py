from dataclasses import fields, replace
from mmap import mmap
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from skelgraph.data.sequence_archive import ARCHIVE_DAMAGE, load_sequences, save_sequences
from skelgraph.layouts import COCO17, MPI23


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
