"""Labels that are likely one, spelled in two ways."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from skelgraph.data.messages import name_a_few

_FEWEST_LETTERS = 3
_FEW = 2
_RARE = 0.1
"""A label with few clips, or this share of a similar label's, is taken for a slip of that one."""


def find_similar_labels(labels: Iterable[str], *, slips: bool = True) -> dict[str, str]:
    """Return the labels that are likely slips, each with the label that was likely meant.

    Labels that differ in case, blanks, ``_`` and ``-`` alone are one. With ``slips``, labels that
    differ in one letter, or in two neighbors that are swapped, are one if the first is rare beside
    the second. Numbers are told apart: ``A1`` and ``A2`` are two labels.

    Example:
        >>> find_similar_labels(["Joy"] * 9 + ["Jooy", "joy", "A1", "A2"])
        {'Jooy': 'Joy', 'joy': 'Joy'}
    """
    counts = Counter(labels)
    similar = {}
    for label in counts:
        more = [
            other
            for other in counts
            if other != label
            and (counts[other], other) > (counts[label], label)
            and (_strip(label) == _strip(other) or (slips and _is_slip(label, other, counts)))
        ]
        if more:
            similar[label] = max(more, key=lambda other: counts[other])
    return {label: similar.get(meant, meant) for label, meant in similar.items()}


def describe_similar(
    labels: Iterable[str], what: str = "labels", *, slips: bool = True
) -> list[str]:
    """Return a sentence about the labels that are likely slips; nothing if there are none."""
    labels = list(labels)
    counts = Counter(labels)
    pairs = [
        f"{label!r} ({counts[label]}) beside {meant!r} ({counts[meant]})"
        for label, meant in find_similar_labels(labels, slips=slips).items()
    ]
    return [f"{what} that may be one, spelled in two ways: {name_a_few(pairs)}"] if pairs else []


def suggest_label(label: str, known: Iterable[str]) -> str | None:
    """Return the known label that was likely meant by an unknown one."""
    return find_similar_labels([label, *(name for name in known for _ in range(9))]).get(label)


def _strip(label: str) -> str:
    return re.sub(r"[\s_-]+", "", label).casefold()


def _is_slip(label: str, other: str, counts: Mapping[str, int]) -> bool:
    plain, meant = _strip(label), _strip(other)
    if re.sub(r"\D", "", plain) != re.sub(r"\D", "", meant):
        return False
    few = max(_FEW, _RARE * counts[other])
    is_rare = counts[label] <= few and 3 * counts[label] <= counts[other]
    is_long = min(len(plain), len(meant)) >= _FEWEST_LETTERS
    return is_long and is_rare and _differ_by_one_slip(plain, meant)


def _differ_by_one_slip(first: str, second: str) -> bool:
    """Whether one letter was added, left out or replaced, or two neighbors were swapped."""
    short, long = sorted((first, second), key=len)
    same = [a == b for a, b in zip(short, long, strict=False)]
    begin = [*same, False].index(False)
    rest, other = short[begin:], long[begin:]
    if len(short) < len(long):
        return len(long) - len(short) == 1 and rest == other[1:]
    return rest[1:] == other[1:] or (rest[:2] == other[:2][::-1] and rest[2:] == other[2:])
