"""Sequences that are loaded when their numbers are asked for."""

from dataclasses import replace

import numpy as np
import pytest

from skelgraph.layouts import UPPER10
from skelgraph.poses import LazySequence, LazySequences, PoseSequence, list_field


class Ramp:
    """Sequences of rising numbers, which counts how often one is loaded."""

    def __init__(self) -> None:
        self.loaded = 0

    def load(self, number: int) -> PoseSequence:
        self.loaded += 1
        positions = number + np.arange(120.0).reshape(4, 10, 3)
        return PoseSequence(
            positions=positions,
            confidence=np.full((4, 10), 0.5),
            layout=UPPER10,
            fps=25.0,
            name="ramp",
            label="up",
        )

    def digest(self, number: int) -> bytes:
        return bytes([number])


@pytest.fixture
def ramp() -> Ramp:
    return Ramp()


def make(ramp: Ramp, **fields) -> LazySequence:
    return LazySequence.of(
        ramp,
        7,
        num_frames=4,
        num_dimensions=3,
        layout=UPPER10,
        fps=25.0,
        name="ramp",
        label="up",
        **fields,
    )


def test_facts_are_there_without_loading(ramp: Ramp) -> None:
    lazy = make(ramp, subject="Ann")
    assert (lazy.num_frames, lazy.num_dimensions, lazy.duration_s) == (4, 3, 0.16)
    assert (lazy.name, lazy.label, lazy.subject, lazy.recording) == ("ramp", "up", "Ann", None)
    assert lazy.has_joints
    assert lazy.confidence is None
    assert ramp.loaded == 0


def test_numbers_are_those_of_the_source(ramp: Ramp) -> None:
    lazy = make(ramp, has_confidence=True)
    np.testing.assert_array_equal(lazy.positions[0, 0], [7, 8, 9])
    assert lazy.confidence.tolist() == [[0.5] * 10] * 4
    assert ramp.loaded == 2
    loaded = lazy.load()
    assert type(loaded) is PoseSequence
    assert loaded.load() is loaded
    assert ramp.loaded == 3


def test_changed_copies_and_parts_hold_their_numbers(ramp: Ramp) -> None:
    lazy = make(ramp)
    for made in (replace(lazy, label="down"), lazy[1:3]):
        assert type(made) is PoseSequence
    assert replace(lazy, label="down").label == "down"
    np.testing.assert_array_equal(lazy[1:3].positions[0, 0], [37, 38, 39])


def test_very_many_are_made_when_they_are_asked_for(ramp: Ramp) -> None:
    columns = {
        "num_frames": [4, 4, 4],
        "num_dimensions": [3] * 3,
        "layout": [UPPER10] * 3,
        "fps": [25.0] * 3,
        "name": ["a", "b", "c"],
    }
    sequences = LazySequences(ramp, columns)
    assert list_field(sequences, "name") == ("a", "b", "c")
    assert list_field(tuple(sequences), "name") == ("a", "b", "c")
    assert (len(sequences), sequences[-1].name) == (3, "c")
    assert [one.name for one in sequences[1:]] == ["b", "c"]
    np.testing.assert_array_equal(sequences[2].positions[0, 0], [2, 3, 4])
    with pytest.raises(IndexError):
        sequences[3]
