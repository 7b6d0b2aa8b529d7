from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


def make(**changes: Any) -> PoseSequence:
    fields: dict[str, Any] = {"positions": np.zeros((4, 10, 3)), "layout": UPPER10, "fps": 30.0}
    return PoseSequence(**(fields | changes))


def test_facts_are_derived_from_the_positions() -> None:
    sequence = make(positions=np.zeros((6, 10, 2)), fps=12.0)
    assert (sequence.num_frames, sequence.num_dimensions, sequence.duration_s) == (6, 2, 0.5)


def test_a_joint_with_one_coordinate_missing_is_missing() -> None:
    positions = np.ones((4, 10, 3))
    positions[2, 5, 1] = np.nan
    sequence = make(positions=positions)
    assert np.isnan(sequence.positions[2, 5]).all()
    assert np.argwhere(~sequence.present).tolist() == [[2, 5]]


def test_a_joint_at_zero_is_there() -> None:
    assert make().present.all()


def test_arrays_are_copies_in_single_precision_that_cannot_be_written() -> None:
    positions, confidence = np.zeros((4, 10, 3)), np.ones((4, 10))
    sequence = make(positions=positions, confidence=confidence)
    positions[0] = confidence[0] = 9.0
    assert sequence.positions.dtype == sequence.confidence.dtype == np.float32
    assert sequence.positions.max() == 0
    assert sequence.confidence.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        sequence.positions[0] = 1.0
    with pytest.raises(FrozenInstanceError):
        sequence.fps = 25.0  # type: ignore[misc]


def test_replace_keeps_what_a_split_needs(moving: PoseSequence) -> None:
    changed = replace(moving, fps=25.0)
    assert (changed.name, changed.label, changed.subject, changed.recording) == (
        "walk",
        "joy",
        "A",
        "r1",
    )


INFINITE = np.zeros((4, 10, 3))
INFINITE[3, 1, 0] = np.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": np.zeros((4, 10))}, r"\(frames, joints, 2 or 3\), but got \(4, 10\)"),
        ({"positions": np.zeros((4, 10, 4))}, r"2 or 3\), but got \(4, 10, 4\)"),
        ({"positions": np.zeros((0, 10, 3))}, "at least one frame, but got none"),
        ({"positions": np.zeros((4, 9, 3))}, "10 joints for layout 'upper10', but got 9"),
        ({"positions": INFINITE}, "finite positions or NaN, but frame 3 has inf"),
        ({"fps": 0.0}, "positive frame rate, but got 0.0"),
        ({"fps": float("nan")}, "positive frame rate, but got nan"),
        ({"unit": "feet"}, "unit of .*but got 'feet'"),
        ({"up": "y"}, "up axis of .*and 'y'"),
        ({"confidence": np.ones((10, 4))}, r"= \(4, 10\), but got \(10, 4\)"),
        ({"confidence": -np.ones((4, 10))}, "finite confidences of 0 or more"),
        ({"name": "clip", "fps": -1.0}, "^sequence 'clip': expected a positive"),
    ],
)
def test_what_does_not_fit_is_rejected(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PoseError, match=message):
        make(**changes)
