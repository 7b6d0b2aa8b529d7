"""The people on whom a source of weights was trained, and those of them who are tested."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from skelgraph.errors import RunError
from skelgraph.runs import RunDirectory, RunFacts


@dataclass(frozen=True, kw_only=True)
class TrainedOn:
    """The people of one dataset that trained a network or chose its weights.

    Args:
        data: Name of the dataset.
        fingerprint: Its digest.
        subjects: Their names; empty if they are not known.
    """

    data: str
    fingerprint: str
    subjects: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "subjects": list(self.subjects)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_dict` wrote."""
        return cls(
            data=str(values["data"]),
            fingerprint=str(values["fingerprint"]),
            subjects=tuple(map(str, values["subjects"])),
        )


def list_trained_on(
    run: RunDirectory, facts: RunFacts, contents: Mapping[str, Any]
) -> tuple[TrainedOn, ...]:
    """Return who trained a run or model folder, and who trained what it started from itself.

    A run tells its people in ``split.csv``, a model folder in ``card.json``.

    Raises:
        RunError: If its files are damaged.
    """
    own = TrainedOn(
        data=facts.data_name,
        fingerprint=facts.data_fingerprint,
        subjects=tuple(sorted(_list_subjects(run))),
    )
    try:
        before = [TrainedOn.from_dict(one) for one in contents.get("start", {})["trained_on"]]
    except KeyError:
        before = []
    return tuple(dict.fromkeys((own, *before)))


def _list_subjects(run: RunDirectory) -> set[str]:
    if run.split_file.is_file():
        rows = [row for row in run.read_split() if row["part"] != "test"]
        return {row["subject"] for row in rows if row.get("subject")}
    card = run.path / "card.json"
    if not card.is_file():
        return set()
    try:
        return set(map(str, json.loads(card.read_text(encoding="utf-8")).get("subjects", ())))
    except (ValueError, AttributeError, TypeError) as error:
        raise RunError(f"{card}: expected a model card, but it is damaged ({error})") from error


def find_known_people(
    trained_on: Iterable[TrainedOn],
    *,
    source: str,
    data: str,
    fingerprint: str,
    tested: Sequence[str | None],
) -> tuple[str, ...]:
    """Return a sentence for each way in which the source of the weights knows who is tested.

    Names of subjects are compared within one dataset: other data may name other people so.

    Args:
        trained_on: Who trained the source.
        source: Its name, for the sentences.
        data: Name of the dataset.
        fingerprint: Its digest.
        tested: Subject of each tested clip.

    Example:
        >>> known = TrainedOn(data="stories", fingerprint="f0", subjects=("Ann", "Bob"))
        >>> find_known_people(
        ...     [known], source="runs/a", data="stories", fingerprint="f1", tested=["Bob", "Cid"]
        ... )
        ('1 tested subject trained runs/a, from which the weights come: Bob',)
    """
    leaks = []
    for known in trained_on:
        same = known.fingerprint == fingerprint
        shared = sorted(set(known.subjects) & {one for one in tested if one is not None})
        if shared and (same or known.data == data):
            who = "1 tested subject" if len(shared) == 1 else f"{len(shared)} tested subjects"
            leaks.append(
                f"{who} trained {source}, from which the weights come: {', '.join(shared)}"
            )
        elif same and tested and not (known.subjects and all(tested)):
            leaks.append(
                f"{source}, from which the weights come, was trained on these data, and who is in "
                f"them is not known"
            )
    return tuple(leaks)


def describe_known_people(
    trained_on: Iterable[TrainedOn], *, source: str, data: str, tested: Sequence[str | None]
) -> list[str]:
    """Return a line if other data that trained the source have people of the same names."""
    return [
        f"{source} was trained on {', '.join(shared)} of {known.data}; if they are the tested "
        f"people of these names, this is no test on unseen people"
        for known in trained_on
        if known.data != data
        and (shared := sorted(set(known.subjects) & {one for one in tested if one is not None}))
    ]
