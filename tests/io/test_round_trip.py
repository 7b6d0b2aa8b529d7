"""What is written is read back, whatever the layout and the format."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph.io import WRITERS, read_sequence, write_sequence
from skelgraph.layouts import CATALOGUE, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import Float32Array

OWN = JointLayout.from_parents(
    "my robot",
    {"base": None, "left arm": "base", "right arm": "base", "hand é": "left arm"},
    pairs=[("left arm", "right arm")],
    extra_edges=[("base", "hand é")],
)
LAYOUTS = [*CATALOGUE.values(), OWN]
FORMATS = [name for name in WRITERS if name not in ("bvh", "trc")]
"""Animations and marker files hold positions in space alone; their tests say what comes back."""


def make_sequence(layout: JointLayout, dimensions: int, *, is_scored: bool) -> PoseSequence:
    """Joints at random in a space of two meters; one is missing in a frame."""
    rng = np.random.default_rng(layout.num_joints)
    positions = rng.uniform(0.1, 2, size=(5, layout.num_joints, dimensions)).astype(np.float32)
    positions[3, 1] = np.nan
    confidence = rng.uniform(0.1, 1, size=positions.shape[:2]).astype(np.float32)
    return PoseSequence(
        positions=positions,
        layout=layout,
        fps=29.97,
        unit="m",
        confidence=confidence if is_scored else None,
        name="walk",
    )


def expect_confidence(writer: str, sequence: PoseSequence) -> Float32Array | None:
    """What a format keeps: PYSKL has scores in a plane, 0 for a missing joint; none in space."""
    if writer != "pyskl":
        return sequence.confidence
    if sequence.num_dimensions == 3:
        return None
    scores = 1 if sequence.confidence is None else sequence.confidence
    return np.where(sequence.present, scores, 0).astype(np.float32)


@pytest.mark.filterwarnings("ignore:.*hardly make a body:skelgraph.errors.FormatWarning")
@pytest.mark.parametrize("writer", FORMATS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("is_scored", [False, True], ids=["plain", "scored"])
def test_every_layout_comes_back_from_every_format(
    tmp_path: Path, writer: str, layout: JointLayout, dimensions: int, is_scored: bool
) -> None:
    sequence = make_sequence(layout, dimensions, is_scored=is_scored)
    path = tmp_path / f"walk{WRITERS[writer].suffixes[0]}"
    write_sequence(path, sequence)
    back = read_sequence(path)
    assert back.num_dimensions == dimensions
    assert back.layout == layout
    np.testing.assert_array_equal(back.positions, sequence.positions)
    confidence = expect_confidence(writer, sequence)
    if confidence is None:
        assert back.confidence is None
    else:
        np.testing.assert_array_equal(back.confidence, confidence)
    assert back.fps == pytest.approx(sequence.fps, rel=1e-5)
