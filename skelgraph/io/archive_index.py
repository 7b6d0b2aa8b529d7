"""What a file of many clips says of them, and where the numbers of each lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from skelgraph.io.unnamed_joints import layout_of_count
from skelgraph.layouts import CATALOGUE, JointLayout
from skelgraph.poses import Unit, UpAxis
from skelgraph.typing import BoolArray, FloatArray, IntArray

USUAL_LAYOUTS = {
    (17, 2): "coco17",
    (18, 2): "openpose18",
    (25, 2): "openpose25",
    (25, 3): "ntu25",
}
"""Layouts that the field's archives mean by a number of joints and coordinates."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """What the clips of one skeleton have in common.

    Args:
        num_joints: Number of joints.
        num_dimensions: Number of coordinates.
        has_confidence: Whether joints have a confidence.
        layout: The layout, if the file tells it.
        unit: Unit of length.
        up: Axis that points upward.
    """

    num_joints: int
    num_dimensions: int
    has_confidence: bool = False
    layout: JointLayout | None = None
    unit: Unit | None = None
    up: UpAxis | None = None

    def find_layout(self, layout: JointLayout | None, path: Path) -> JointLayout:
        """Return its layout: the file's, the given one, or the usual one of so many joints.

        A given layout of another number of joints is one to convert to.

        Raises:
            FormatError: If there is none.
        """
        if self.layout is not None:
            return self.layout
        usual = USUAL_LAYOUTS.get((self.num_joints, self.num_dimensions))
        fits = layout is not None and layout.num_joints == self.num_joints
        return layout_of_count(self.num_joints, layout if fits else None, path, usual=usual)

    def assume_layout(self) -> JointLayout | None:
        """Return its layout, or the usual one of so many joints; None if there is none."""
        usual = USUAL_LAYOUTS.get((self.num_joints, self.num_dimensions))
        return CATALOGUE[usual] if self.layout is None and usual else self.layout


@dataclass(frozen=True, kw_only=True, eq=False)
class ArchiveIndex:
    """The clips of an archive; an empty text is a fact that the file does not tell.

    Args:
        format: Name of the format.
        names: Name of each clip.
        labels: Label of each clip.
        subjects: Subject of each clip.
        recordings: Recording of each clip.
        rates: Array (N,): frames per second, NaN where the file does not tell it.
        bodies: The skeletons that occur.
        body: Array (N,): number of each clip's body.
        persons: Array (N,): bit m is set if person m is there in some frame.
        arrays: Array (N, 10): where the numbers of a clip, (M, T, V, C), are: first byte, shape,
            strides and number of the type.
        scores: Array (N, 8): the same of the confidences, (M, T, V); the first byte is -1 if there
            are none.
        is_stored: Array (N,): whether the numbers are in the store and not in the file itself.
        types: The types of numbers that occur, as numpy spells them.
        splits: Numbers of the clips of each part that the file names.
        full_confidence: The number that means a confidence of 1.
        split_note: What is wrong with the parts that the file names, if anything.
        confidence_note: What the confidences were taken for, if they are no usual ones.
    """

    format: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    subjects: tuple[str, ...]
    recordings: tuple[str, ...]
    rates: FloatArray
    bodies: tuple[Body, ...]
    body: IntArray
    persons: IntArray
    arrays: IntArray
    scores: IntArray
    is_stored: BoolArray
    types: tuple[str, ...]
    splits: Mapping[str, IntArray] = field(default_factory=dict)
    split_note: str = ""
    full_confidence: float = 1.0
    confidence_note: str = ""

    def __len__(self) -> int:
        return len(self.names)

    def list_persons(self, clip: int) -> list[int]:
        """Return the numbers of the persons who are there in some frame of a clip."""
        bits = int(self.persons[clip])
        return [person for person in range(bits.bit_length()) if bits >> person & 1]

    def count_persons(self) -> IntArray:
        """Return how many persons are there in each clip, (N,)."""
        return np.array(list(map(int.bit_count, self.persons.tolist())), dtype=np.int64)

    @property
    def num_frames(self) -> IntArray:
        """Array (N,): frames of each clip."""
        return np.asarray(self.arrays[:, 2])
