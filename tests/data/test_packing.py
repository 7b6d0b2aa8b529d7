from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from skelgraph.data.packing import load_sequences, save_sequences
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
    with (tmp_path / "pack.npz").open("wb") as file:
        save_sequences(file, sequences, {"files": [0, 1, 1]})
    loaded, extra = load_sequences(tmp_path / "pack.npz")
    assert extra == {"files": [0, 1, 1]}
    for before, after in zip(sequences, loaded, strict=True):
        for field in fields(before):
            expected, found = getattr(before, field.name), getattr(after, field.name)
            if isinstance(expected, np.ndarray):
                assert np.array_equal(expected, found, equal_nan=True)
            else:
                assert found == expected


def test_no_sequences_are_fine(tmp_path: Path) -> None:
    with (tmp_path / "pack.npz").open("wb") as file:
        save_sequences(file, [], {})
    assert load_sequences(tmp_path / "pack.npz") == ((), {})
