"""Division of a dataset into the folds of a cross-validation, each of whole subjects or recordings.

A fold names what it tests, so that each is an ordinary split of :func:`make_split`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from skelgraph.config import FoldKind
from skelgraph.errors import SplitError
from skelgraph.evaluation.split import Clips, draw_folds, list_some

_SESSION = re.compile(r"Ses\d+")
"""Start of the subjects of IEMOCAP: Ses01F and Ses01M are in session Ses01."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """What one fold of a cross-validation tests: whole subjects, or whole recordings.

    Args:
        name: Name of the fold, as a part of a file name: a subject, a session or a number.
        test_subjects: Subjects that are tested.
        test_recordings: Recordings that are tested, if subjects are not known.
    """

    name: str
    test_subjects: tuple[str, ...] = ()
    test_recordings: tuple[str, ...] = ()


def default_fold_kind(subjects: Sequence[str | None]) -> FoldKind:
    """Return the protocol that the known facts allow: by subject, or else by groups of recordings.

    Example:
        >>> default_fold_kind(["Ann", "Bob"]), default_fold_kind(["Ann", None])
        ('subject', 'group')
    """
    return "group" if None in subjects else "subject"


def make_folds(
    kind: FoldKind,
    *,
    labels: Sequence[str],
    subjects: Sequence[str | None],
    recordings: Sequence[str | None],
    num_folds: int = 5,
    seed: int = 0,
) -> tuple[Fold, ...]:
    """Divide a dataset into folds that are tested in turn; each clip is in one.

    - ``subject``: each subject is left out once.
    - ``session``: each session of IEMOCAP, which two subjects share, is left out once.
    - ``group``: so many folds of whole subjects, or of recordings if subjects are not known, with
      the labels mixed as in all.

    Raises:
        SplitError: If a fact that the kind needs is missing, or there are too few groups.

    Example:
        >>> folds = make_folds(
        ...     "subject", labels=["a", "b"], subjects=["Ann", "Bob"], recordings=[None, None]
        ... )
        >>> [fold.test_subjects for fold in folds]
        [('Ann',), ('Bob',)]
    """
    clips = Clips.of(labels, subjects, recordings)
    if kind == "group":
        return _draw_groups(clips, num_folds, seed)
    known = _require(clips.subjects, "subject", kind)
    groups = {name: [name] for name in known} if kind == "subject" else _list_sessions(known)
    if len(groups) < 2:
        raise SplitError(
            f"a cross-validation by {kind} needs two or more of them, but there is "
            f"{', '.join(groups)} only; add recordings of others"
        )
    return _name_folds(groups)


def _name_folds(groups: dict[str, list[str]]) -> tuple[Fold, ...]:
    names = [re.sub(r"[^\w.-]+", "_", group) for group in groups]
    if len({name.lower() for name in names}) < len(names) or any(set(n) <= {"."} for n in names):
        names = [str(number) for number in range(1, len(groups) + 1)]
    return tuple(
        Fold(name=name, test_subjects=tuple(subjects))
        for name, subjects in zip(names, groups.values(), strict=True)
    )


def _list_sessions(subjects: Sequence[str]) -> dict[str, list[str]]:
    sessions: dict[str, list[str]] = {}
    for subject in subjects:
        session = _SESSION.match(subject)
        if session is None:
            raise SplitError(
                f"a cross-validation by session needs subjects whose names begin with their "
                f"session, as Ses01F of Ses01, but there is {subject!r}; choose another protocol"
            )
        sessions.setdefault(session.group(), []).append(subject)
    return sessions


def _draw_groups(clips: Clips, num_folds: int, seed: int) -> tuple[Fold, ...]:
    by_subject = None not in clips.subjects
    names = clips.subjects if by_subject else clips.recording_names
    unit = "subject" if by_subject else "recording"
    known = _require(names, unit, "group")
    if num_folds > len(known):
        raise SplitError(
            f"expected at most as many folds as there are {unit}s ({len(known)}: "
            f"{list_some(known)}), but got {num_folds}"
        )
    numbers = [known.index(name or "") for name in names]
    folds = []
    for number, fold in enumerate(draw_folds(clips.labels, numbers, num_folds, seed=seed), start=1):
        tested = tuple(sorted({names[clip] or "" for clip in fold}))
        if by_subject:
            folds.append(Fold(name=str(number), test_subjects=tested))
        else:
            folds.append(Fold(name=str(number), test_recordings=tested))
    return tuple(folds)


def _require(names: Sequence[str | None], unit: str, kind: FoldKind) -> list[str]:
    unknown = sum(name is None for name in names)
    if unknown:
        advice = "" if unit == "recording" else ", or choose --protocol group"
        raise SplitError(
            f"a cross-validation by {kind} needs the {unit} of every clip, but {unknown} of "
            f"{len(names)} have none; add the column {unit} to labels.csv{advice}"
        )
    return sorted({name for name in names if name is not None})
