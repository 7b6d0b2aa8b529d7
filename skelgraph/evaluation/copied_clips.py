"""Clips of large archives that are copies of each other: to find more would take hours."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

from skelgraph.poses import LazySequence, PoseSequence

MOST_COMPARED = 3000
"""Clips of an archive whose movement is compared; the time grows with their number squared."""

_MOST_COPIES = 50


def finds_copies_alone(sequences: Sequence[PoseSequence]) -> bool:
    """Return whether there are too many clips to compare their movement."""
    return len(sequences) > MOST_COMPARED and any(
        isinstance(sequence, LazySequence) for sequence in sequences
    )


def describe_comparison(sequences: Sequence[PoseSequence]) -> str | None:
    """Return what a user should know of the comparison of clips by their content, if anything."""
    if not finds_copies_alone(sequences):
        return None
    return (
        f"{len(sequences)} clips are too many to compare their movement (at most {MOST_COMPARED}): "
        f"exact copies are found, but no clips that overlap, or that were moved or mirrored"
    )


def find_copies(
    sequences: Mapping[int, PoseSequence], parts: Mapping[int, int]
) -> list[tuple[int, int]]:
    """Return pairs of clips of unlike parts whose numbers are equal in the file.

    Of one clip that is there very often, only some pairs are returned.
    """
    groups: dict[bytes, list[int]] = defaultdict(list)
    for clip, sequence in sequences.items():
        if isinstance(sequence, LazySequence):
            groups[sequence.digest()].append(clip)
    return [
        pair
        for group in groups.values()
        for pair in combinations(group[:_MOST_COPIES], 2)
        if parts[pair[0]] != parts[pair[1]]
    ]
