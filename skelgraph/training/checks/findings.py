"""What a check of a dataset finds: each kind of fault once, with its consequence and its cure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from skelgraph.config import DataSettings
from skelgraph.data import group_pairs
from skelgraph.errors import SkelgraphError

STOPS = "stops"
"""What a training does about a fault that it cannot go on with."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One kind of thing that a user should know of a dataset.

    Args:
        problem: What it is, how often, and where.
        consequence: What a training does about it, and the cure.
        refuses: Whether a training stops because of it.
        names: The files or clips that have it, if it is about some.
    """

    problem: str
    consequence: str
    refuses: bool
    names: tuple[str, ...] = ()


def group_findings(
    pairs: Iterable[tuple[str, str]], what: str, consequence: str, *, refuses: bool
) -> list[Finding]:
    """Report what is said of each name, each kind once."""
    return [
        Finding(
            problem=group.describe(what),
            consequence=consequence,
            refuses=refuses,
            names=tuple(name for name in group.names if name),
        )
        for group in group_pairs(pairs)
    ]


def group_unusable(reasons: Mapping[str, str], what: str, settings: DataSettings) -> list[Finding]:
    """Report files or clips that cannot be used, each kind once."""
    consequence = (
        "leaves them out (--skip-bad)"
        if settings.skip_bad
        else f"{STOPS}; mend them, or pass --skip-bad to leave them out"
    )
    return group_findings(reasons.items(), what, consequence, refuses=not settings.skip_bad)


def split_quoted(problem: str) -> tuple[str, str]:
    """Return the name that a problem begins with in quotes, and the rest; or no name.

    Example:
        >>> split_quoted("'a.bvh' is listed 2 times"), split_quoted("line 3 has no label")
        (('a.bvh', 'listed 2 times'), ('', 'line 3 has no label'))
    """
    match = re.fullmatch(r"'(.+?)' (?:is )?(.*)", problem)
    return (match[1], match[2]) if match else ("", problem)


def make_stop(problem: str) -> Finding:
    """Return a finding that stops a training."""
    return Finding(problem=problem, consequence=STOPS, refuses=True)


def make_note(problem: str, consequence: str, names: Sequence[str] = ()) -> Finding:
    """Return a finding with which a training goes on."""
    return Finding(
        problem=problem, consequence=consequence, refuses=False, names=tuple(map(str, names))
    )


def try_step(step: Callable[[], object]) -> list[Finding]:
    """Return the error that a step of a training would stop with."""
    try:
        step()
    except SkelgraphError as error:
        return [make_stop(str(error))]
    return []
