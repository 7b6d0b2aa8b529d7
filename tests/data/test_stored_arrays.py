from pathlib import Path

import numpy as np
import pytest

from skelgraph.data.stored_arrays import load_stored, sum_words


def test_arrays_are_those_that_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays = {
        "a": rng.normal(size=(3, 5)).astype(np.float32),
        "empty": np.zeros((0, 2)),
        "b": np.arange(7, dtype=np.uint8),
    }
    np.savez(tmp_path / "f.npz", **arrays)
    for name, found in zip(arrays, load_stored(tmp_path / "f.npz", arrays), strict=True):
        assert np.array_equal(found, arrays[name])
        assert found.dtype == arrays[name].dtype
        assert found.flags.aligned
        with pytest.raises(ValueError, match="read-only"):
            found[...] = 0


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "packed.npz", a=np.zeros(100))
    np.savez(tmp_path / "turned.npz", a=np.zeros((3, 4)).T)
    for name, message in (("packed", "magic string"), ("turned", "expected a plain array")):
        with pytest.raises(ValueError, match=message):
            load_stored(tmp_path / f"{name}.npz", ["a"])
    with pytest.raises(KeyError):
        load_stored(tmp_path / "packed.npz", ["b"])


@pytest.mark.parametrize("size", [1, 7, 8, 9, 40])
def test_every_changed_bit_changes_the_sum(size: int) -> None:
    content = np.random.default_rng(size).integers(0, 256, size=size, dtype=np.uint8)
    expected = sum_words(content)
    for byte in range(size):
        for bit in range(8):
            changed = content.copy()
            changed[byte] ^= 1 << bit
            assert sum_words(changed) != expected
