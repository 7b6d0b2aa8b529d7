"""The check that nobody, no recording and no movement is on two sides of a split."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from skelgraph.errors import SplitError
from skelgraph.evaluation.shared_content import SharedContent
from skelgraph.evaluation.split import SINGLE_CLIP_KINDS, Clips, Split, list_some
from skelgraph.evaluation.take_overlap import TakeSpan, TimeOverlap, find_time_overlaps

TestedOn = Literal[
    "unseen people",
    "unseen recordings of known people",
    "known people and recordings",
    "unknown: no subjects are given",
]
"""What a result of a test part may be called."""

UNKNOWN_PEOPLE: TestedOn = "unknown: no subjects are given"
"""What it may be called if the data do not tell who is recorded."""

_MOST_PAIRS_NAMED = 3
_TEST_AND_OTHERS = "the test part and training or validation"
_VAL_AND_TRAIN = "validation and training"


def find_leaks(
    split: Split, *, subjects: Sequence[str | None] | None, recordings: Sequence[str | None] | None
) -> list[str]:
    """Return one sentence for each way in which a split lets a model meet what it is tested on.

    Recordings are looked for on both sides of each boundary. Subjects are looked for between the
    test part and the others, except in a split by recording, which promises nothing of them; and
    between validation and training only where validation is by subject. A random split or a user's
    own may leak and should be reported with these sentences; the other two never do.

    Args:
        split: The split.
        subjects: Subject of each clip, where known.
        recordings: Recording of each clip, where known; a name is unique only with its subject.

    Raises:
        SplitError: If there are not as many subjects as recordings.

    Example:
        >>> import numpy as np
        >>> split = Split(
        ...     train=np.array([0]), val=np.array([1]), test=np.array([2]),
        ...     kind="file", val_kind="file", protocol="file: as listed",
        ... )
        >>> find_leaks(split, subjects=["Ann", "Bob", "Ann"], recordings=None)
        ['1 subject is in the test part and also in training or validation: Ann']
    """
    facts = subjects if subjects is not None else recordings
    if facts is None:
        return []
    clips = Clips.of([""] * len(facts), subjects, recordings)
    return [leak.sentence for leak in _find_shared_names(split, clips)]


@dataclass(frozen=True, kw_only=True)
class SplitInspection:
    """What a split lets a model meet before the test, and what its result may be called.

    Args:
        tests: Whom the test part shows, as far as the names of subjects and recordings tell.
        leaks: One sentence for each way in which the parts share something.
        refused: Those of them that the kind of split does not allow.
    """

    tests: TestedOn
    leaks: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def refuse_leaks(self) -> None:
        """Stop at leaks that the kind of split does not allow.

        Raises:
            SplitError: If there are any.
        """
        if self.refused:
            raise SplitError(
                f"the parts of the split must not share anything, but {'; '.join(self.refused)}; "
                f"leave these clips out, give clips of one take one name in the column recording "
                f"and divide by it, or pass --allow-leaks to go on and have the leaks in all "
                f"results"
            )


def inspect_split(
    split: Split,
    *,
    subjects: Sequence[str | None],
    recordings: Sequence[str | None],
    names: Sequence[str],
    shared: Iterable[SharedContent] = (),
    spans: Sequence[TakeSpan | None] = (),
) -> SplitInspection:
    """Look for subjects, recordings and movements that are on two sides of a split.

    A movement on two sides is refused in any split, and so are clips of one take that overlap in
    time. A recording, or clips of one take that touch, are refused unless single clips are divided
    (at random or as MDRE), a subject if the split is by subject.

    Args:
        split: The split.
        subjects: Subject of each clip, None where it is not known.
        recordings: Recording of each clip, None where it is not known.
        names: Name of each clip.
        shared: Pairs of clips that are the same by content
            (:func:`skelgraph.evaluation.find_shared_content`); those within a part do not count.
        spans: Where each clip is cut from a long take. Clips that overlap in time are not counted
            by content too.

    Raises:
        SplitError: If there are not as many subjects, recordings and names.
    """
    clips = Clips.of(names, subjects, recordings)
    overlaps = find_time_overlaps(spans)
    by_time = {(one.first, one.second) for one in overlaps if one.seconds}
    shared = [one for one in shared if (one.first, one.second) not in by_time]
    leaks = [
        *_find_shared_names(split, clips),
        *_find_overlaps(split, names, overlaps),
        *_find_shared_pairs(split, names, shared),
    ]
    return SplitInspection(
        tests=name_test_part(
            [(subjects[clip], recordings[clip]) for clip in (*split.train, *split.val)],
            [(subjects[clip], recordings[clip]) for clip in split.test],
        ),
        leaks=tuple(leak.sentence for leak in leaks),
        refused=tuple(leak.sentence for leak in leaks if leak.is_refused),
    )


def name_test_part(
    learned: Sequence[tuple[str | None, str | None]],
    tested: Sequence[tuple[str | None, str | None]],
) -> TestedOn:
    """Return what a result may be called, given the subject and recording of each clip.

    Example:
        >>> name_test_part([("Ann", "1")], [("Ann", "2"), ("Bob", "1")])
        'unseen recordings of known people'
    """
    people, strangers = ({subject for subject, _ in clips} for clips in (learned, tested))
    if not people & strangers - {None}:
        known = None not in people | strangers
        return "unseen people" if known else UNKNOWN_PEOPLE
    named = all(recording is not None for _, recording in (*learned, *tested))
    if named and not set(learned) & set(tested):
        return "unseen recordings of known people"
    return "known people and recordings"


@dataclass(frozen=True, kw_only=True)
class _Leak:
    sentence: str
    is_refused: bool


def _find_shared_names(split: Split, clips: Clips) -> list[_Leak]:
    learned = np.concatenate([split.train, split.val])
    in_test, in_val = (
        "test part and also in training or validation",
        "validation part and also in training",
    )
    leaks = []
    if split.kind != "group":
        people = clips.subjects_of(split.test) & clips.subjects_of(learned)
        leaks += _name_shared("subject", people, in_test, refused=split.kind in ("subject", "xsub"))
    takes = clips.recordings_of(split.test) & clips.recordings_of(learned)
    refused = split.kind not in SINGLE_CLIP_KINDS and not split.tests_views
    leaks += _name_shared("recording", takes, in_test, refused=refused)
    if split.val_kind == "subject":
        people = clips.subjects_of(split.val) & clips.subjects_of(split.train)
        leaks += _name_shared("subject", people, in_val, refused=True)
    takes = clips.recordings_of(split.val) & clips.recordings_of(split.train)
    refused = split.val_kind not in SINGLE_CLIP_KINDS
    leaks += _name_shared("recording", takes, in_val, refused=refused)
    return leaks


def _name_shared(thing: str, shared: set[str], where: str, *, refused: bool) -> list[_Leak]:
    if not shared:
        return []
    things = f"1 {thing} is" if len(shared) == 1 else f"{len(shared)} {thing}s are"
    return [_Leak(sentence=f"{things} in the {where}: {list_some(shared)}", is_refused=refused)]


def _find_shared_pairs(
    split: Split, names: Sequence[str], shared: Iterable[SharedContent]
) -> list[_Leak]:
    what = ("2 clips are one recording", "{} pairs of clips are one recording")
    return [
        _Leak(
            sentence=f"{said} by content, in {where}: {some}",
            is_refused=not (where == _TEST_AND_OTHERS and split.tests_views),
        )
        for where, said, some in _name_pairs(split, names, shared, *what)
    ]


def _find_overlaps(
    split: Split, names: Sequence[str], overlaps: Sequence[TimeOverlap]
) -> list[_Leak]:
    longer = [one for one in overlaps if one.seconds]
    touching = [one for one in overlaps if not one.seconds]
    what = ("2 clips of one take overlap", "{} pairs of clips of one take overlap")
    leaks = [
        _Leak(sentence=f"{said} in time, in {where}: {some}", is_refused=True)
        for where, said, some in _name_pairs(split, names, longer, *what)
    ]
    what = ("2 clips of one take follow", "{} pairs of clips of one take follow")
    for where, said, some in _name_pairs(split, names, touching, *what):
        kind = split.val_kind if where == _VAL_AND_TRAIN else split.kind
        sentence = f"{said} each other without a pause, in {where}: {some}"
        leaks.append(_Leak(sentence=sentence, is_refused=kind not in SINGLE_CLIP_KINDS))
    return leaks


def _name_pairs(
    split: Split,
    names: Sequence[str],
    pairs: Iterable[SharedContent | TimeOverlap],
    single: str,
    several: str,
) -> Iterator[tuple[str, str, str]]:
    """Yield between which parts there are pairs, how many, and which."""
    part = split.number_parts(len(names))
    described: dict[str, list[str]] = {}
    for pair in pairs:
        sides = {int(part[pair.first]), int(part[pair.second])}
        if len(sides) == 2 and min(sides) >= 0:
            where = _TEST_AND_OTHERS if 2 in sides else _VAL_AND_TRAIN
            described.setdefault(where, []).append(pair.describe(names))
    for where, texts in sorted(described.items()):
        left = len(texts) - _MOST_PAIRS_NAMED
        more = f" and {left} more" if left > 0 else ""
        some = ", ".join(texts[:_MOST_PAIRS_NAMED])
        yield where, single if len(texts) == 1 else several.format(len(texts)), some + more
