"""Choosing among the persons of a recording."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skelgraph.config import Person
from skelgraph.errors import PoseError
from skelgraph.poses.pose_sequence import PoseSequence
from skelgraph.typing import FloatArray


def parse_person(text: str | int) -> Person:
    """Return the choice of persons that a text spells.

    Raises:
        PoseError: If it spells none.

    Example:
        >>> parse_person("main"), parse_person("2")
        ('main', 2)
    """
    if text in ("main", "all"):
        return "main" if text == "main" else "all"
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1 or isinstance(text, bool):
        raise PoseError(f"expected a person 'main', 'all' or a number from 1 on, but got {text!r}")
    return number


def select_persons(sequences: Sequence[PoseSequence], person: Person) -> list[PoseSequence]:
    """Return the persons that are wanted of one recording.

    The main person is the one with the most confident, largest and longest presence: with the
    greatest sum, over the frames, of the size of the body times the share of its joints that are
    there, each counted by its confidence.

    Args:
        sequences: The persons of a recording.
        person: ``"main"``, ``"all"``, or the number of a person from 1 on.

    Raises:
        PoseError: If there is no person of that number.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> near = np.random.default_rng(0).normal(size=(5, 10, 2))
        >>> persons = [
        ...     PoseSequence(positions=scale * near, layout=UPPER10, fps=25.0, name=f"{scale}")
        ...     for scale in (1, 3, 2)
        ... ]
        >>> [person.name for person in select_persons(persons, "main")]
        ['3']
    """
    if person == "all" or not sequences:
        return list(sequences)
    if person == "main":
        return [max(sequences, key=_measure_presence)]
    number = int(parse_person(person))
    if number > len(sequences):
        where = f"sequence {sequences[0].name!r}"
        raise PoseError(
            f"{where}: expected a person {number}, but the recording has {len(sequences)}"
        )
    return [sequences[number - 1]]


def join_persons(sequences: Sequence[PoseSequence], most: int) -> PoseSequence:
    """Return the main person of a recording, with the others in the same frames as partners.

    Args:
        sequences: The persons of a recording.
        most: Most persons; those of the greatest presence are taken, as in :func:`select_persons`.

    Example:
        >>> from skelgraph.layouts import UPPER10
        >>> near = np.random.default_rng(0).normal(size=(5, 10, 2))
        >>> persons = [
        ...     PoseSequence(positions=scale * near, layout=UPPER10, fps=25.0, name=f"{scale}")
        ...     for scale in (1, 3, 2)
        ... ]
        >>> both = join_persons(persons, 2)
        >>> both.name, [partner.name for partner in both.partners]
        ('3', ['2'])
    """
    main, *others = sorted(sequences, key=_measure_presence, reverse=True)
    beside = [one for one in others if one.num_frames == main.num_frames]
    return replace(main, partners=tuple(beside[: most - 1]))


def describe_choice(person: Person, most: int = 1) -> str:
    """Describe what becomes of the persons of a recording with several, for a note.

    Args:
        person: The persons that are selected.
        most: Most persons that stay together in one clip.

    Example:
        >>> describe_choice("main"), describe_choice("all"), describe_choice(2)
        ('the main one is taken', 'each is a clip', 'number 2 is taken')
        >>> describe_choice("main", 2)
        'up to 2 are taken together'
    """
    if most > 1:
        return f"up to {most} are taken together"
    if person == "all":
        return "each is a clip"
    return "the main one is taken" if person == "main" else f"number {person} is taken"


def measure_sizes(positions: FloatArray) -> FloatArray:
    """Return the diagonal (N,) of the box around the joints (N, V, C); 0 if none is there."""
    present = ~np.isnan(positions)
    highest = np.where(present, positions, -np.inf).max(axis=1)
    lowest = np.where(present, positions, np.inf).min(axis=1)
    extent = np.where(present.any(axis=1), highest - lowest, 0.0)
    return np.asarray(np.linalg.norm(extent, axis=1))


def _measure_presence(sequence: PoseSequence) -> float:
    present = sequence.present.astype(np.float64)
    if sequence.confidence is not None:
        present *= sequence.confidence
    return float(
        (measure_sizes(sequence.positions.astype(np.float64)) * present.mean(axis=1)).sum()
    )
