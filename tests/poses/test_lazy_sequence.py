"""Sequences that are loaded when their numbers are asked for."""

from dataclasses import replace

import numpy as np
import pytest

from skelgraph.layouts import UPPER10
from skelgraph.poses import LazySequence, PoseSequence


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
