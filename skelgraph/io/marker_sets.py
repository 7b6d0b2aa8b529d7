"""The subjects of a file of markers: names before a colon say which markers belong together."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skelgraph.io.joint_names import missing_joints, settle_layout
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

_UNLABELED = re.compile(r"\*.*|(?:U|unlabell?ed|uname\*?)[ _.*-]*\d+|unlabell?ed|uname", re.I)
"""Vicon's ``*12``, Cortex's ``U1``, and how other programs and scripts name them."""


@dataclass(frozen=True, kw_only=True)
class MarkerSet:
    """The markers of one subject.

    Args:
        subject: The name before the colon; empty if there is none.
        layout: Their layout.
        numbers: Number of each of the layout's joints among the file's markers.
    """

    subject: str
    layout: JointLayout
    numbers: list[int]


def is_unlabeled(name: str) -> bool:
    """Whether a name is that of a trajectory of which nobody said what it is.

    Example:
        >>> [is_unlabeled(name) for name in ("*12", "U1", "A:Unlabelled 3", "uname*1", "LUPA")]
        [True, True, True, True, False]
    """
    return _UNLABELED.fullmatch(name.rpartition(":")[2]) is not None


def list_labeled(names: Sequence[str]) -> list[int]:
    """Return the numbers of the markers with a label; if none has, of those with some name."""
    labeled = [n for n, name in enumerate(names) if name and not is_unlabeled(name)]
    return labeled or _list_named(names)


def _list_named(names: Sequence[str]) -> list[int]:
    return [n for n, name in enumerate(names) if name and not name.startswith("*")]


def split_subjects(names: Sequence[str], layout: JointLayout | None, path: Path) -> list[MarkerSet]:
    """Return the markers of each subject.

    Objects beside a person, such as a box with markers, are subjects as well: if the markers of
    some subjects are a known body, only these are returned. With a layout it is those that have its
    joints. Markers without a name, or with that of an unlabeled trajectory, are left out.

    Args:
        names: Names of all markers, such as ``Anna:LASI``.
        layout: Layout whose joints are picked by name.
        path: The file, for errors.

    Raises:
        FormatError: If there are no markers, or none have the joints of the layout.
    """
    named = list_labeled(names) if layout is None else _list_named(names)
    groups: dict[str, list[int]] = {}
    for number in named:
        groups.setdefault(names[number].rpartition(":")[0], []).append(number)
    if layout is not None:
        fitting = {
            subject: numbers
            for subject, numbers in groups.items()
            if not missing_joints([names[number] for number in numbers], layout)
        }
        groups = fitting or {"": named}
    sets = [_settle(subject, numbers, names, layout, path) for subject, numbers in groups.items()]
    if not sets:
        sets = [_settle("", named, names, layout, path)]
    bodies = [markers for markers in sets if markers.layout.bones and not markers.layout.is_loose]
    return bodies or sets


def split_bodies(sequence: PoseSequence, path: Path) -> list[PoseSequence]:
    """Return a sequence for each subject whose markers are a known body; else the sequence.

    Args:
        sequence: All markers of a file, with the names of their subjects.
        path: The file, for errors.

    Raises:
        FormatError: As :func:`split_subjects`.
    """
    sets = split_subjects(sequence.layout.joints, None, path)
    if sets[0].layout.is_loose or not sets[0].subject:
        return [sequence]
    confidence = sequence.confidence
    return [
        replace(
            sequence,
            positions=sequence.positions[:, markers.numbers],
            confidence=None if confidence is None else confidence[:, markers.numbers],
            layout=markers.layout,
            name=f"{path.stem}:{markers.subject}" if len(sets) > 1 else sequence.name,
        )
        for markers in sets
    ]


def _settle(
    subject: str,
    numbers: Sequence[int],
    names: Sequence[str],
    layout: JointLayout | None,
    path: Path,
) -> MarkerSet:
    bare = _number_repeated([names[number].rpartition(":")[2] for number in numbers])
    found, picked = settle_layout(bare, layout, path)
    return MarkerSet(subject=subject, layout=found, numbers=[numbers[n] for n in picked])


def _number_repeated(names: Sequence[str]) -> list[str]:
    """Number the second and further markers of one name.

    Example:
        >>> _number_repeated(["LASI", "Wand", "Wand"])
        ['LASI', 'Wand', 'Wand_2']
    """
    count: Counter[str] = Counter()
    numbered = []
    for name in names:
        count[name] += 1
        numbered.append(name if count[name] == 1 else f"{name}_{count[name]}")
    return numbered
