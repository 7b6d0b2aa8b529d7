"""Four ways to choose the parts of a split; :func:`make_split` is the way in."""

import fnmatch
from collections.abc import Sequence

import numpy as np

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.evaluation.clips import Clips, list_some
from skelgraph.evaluation.grouping import draw_groups
from skelgraph.evaluation.split import Split
from skelgraph.typing import IntArray

RANDOM_VAL_SHARE, RANDOM_TEST_SHARE = 0.05, 0.15
SUBJECT_TEST_SHARE = 0.2
RECORDING_TEST_SHARE, RECORDING_VAL_SHARE = 0.15, 0.1

_SUBJECT_DRAWS = 200
_PARTS = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
}


def split_at_random(clips: Clips, *, rng: np.random.Generator, seed: int) -> Split:
    """Single clips, 8 : 0.5 : 1.5 of each label."""
    labels = np.asarray(clips.labels)
    members = [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    single = [clips.labels[numbers[0]] for numbers in members if len(numbers) < 2]
    if single:
        raise SplitError(
            "a random split needs two clips of each label, one to train and one to test, but "
            f"there is one only of {', '.join(single)}; add recordings or leave the label out"
        )
    sizes = [len(numbers) for numbers in members]
    num_test = _quotas(sizes, RANDOM_TEST_SHARE, most=[size - 1 for size in sizes])
    num_val = _quotas(
        sizes,
        RANDOM_VAL_SHARE,
        most=[size - test - 1 for size, test in zip(sizes, num_test, strict=True)],
    )
    cuts = [
        np.split(numbers, [test, test + val])
        for numbers, test, val in zip(members, num_test, num_val, strict=True)
    ]
    test, val, train = (np.concatenate(part) for part in zip(*cuts, strict=True))
    return Split(
        train=train,
        val=val,
        test=test,
        kind="random",
        val_kind="random",
        protocol=(
            f"random: train, validation and test 8 : 0.5 : 1.5, stratified by label, seed {seed}; "
            "clips of one subject or recording may be on both sides"
        ),
    )


def split_by_subject(
    clips: Clips,
    test_subjects: Sequence[str],
    val_subjects: Sequence[str],
    *,
    rng: np.random.Generator,
    seed: int,
) -> Split:
    """Whole subjects to test; named subjects or whole recordings to validate."""
    known = _known_subjects(clips)
    test_subjects = _expand(test_subjects, known)
    val_subjects = _expand(val_subjects, known)
    for name in (*test_subjects, *val_subjects):
        if name not in known:
            raise SplitError(f"there is no subject {name!r}; there are {', '.join(known)}")
    twice = [name for name in test_subjects if name in val_subjects]
    if twice:
        raise SplitError(
            f"expected other subjects to validate than to test, but {', '.join(twice)} is both"
        )
    drawn = "" if test_subjects else f" (drawn, seed {seed})"
    test_subjects = test_subjects or _draw_subjects(clips, known, val_subjects, rng)
    test = clips.with_subject(test_subjects)
    protocol = f"subject: test {', '.join(test_subjects)}{drawn}"
    if not val_subjects:
        return _validate_by_recording(clips, test, "subject", protocol, rng, seed)
    val = clips.with_subject(val_subjects)
    return Split(
        train=_others(clips, test, val),
        val=val,
        test=test,
        kind="subject",
        val_kind="subject",
        protocol=f"{protocol}; validation {', '.join(val_subjects)}",
    )


def split_by_recording(clips: Clips, *, rng: np.random.Generator, seed: int) -> Split:
    """Whole recordings to test and to validate."""
    _require_all(clips.recordings, "recording", "group")
    chosen = draw_groups(
        clips.labels,
        clips.recording_numbers,
        share=RECORDING_TEST_SHARE,
        rng=rng,
        part="the test",
    )
    test = np.flatnonzero(chosen)
    protocol = f"group: test recordings {list_some(clips.recordings_of(test))} (drawn, seed {seed})"
    if clips.subjects_of(test):
        protocol += ", whose subjects may also train"
    return _validate_by_recording(clips, test, "group", protocol, rng, seed)


def split_as_listed(
    clips: Clips, parts: Sequence[str | None] | None, *, rng: np.random.Generator, seed: int
) -> Split:
    """The parts that the labels file names."""
    words = _read_parts(parts, len(clips.labels))
    test, val, train = (
        np.flatnonzero([word == part for word in words]) for part in ("test", "val", "train")
    )
    if len(val) == 0:
        return _validate_by_recording(clips, test, "file", "file: test as listed", rng, seed)
    return Split(
        train=train,
        val=val,
        test=test,
        kind="file",
        val_kind="file",
        protocol="file: test and validation as listed",
    )


def _quotas(sizes: Sequence[int], share: float, *, most: Sequence[int]) -> list[int]:
    """How many clips of each label to take: its share, at least one where ``most`` allows it.

    What rounding takes from one label is given to the next, so that the sum is right as well.
    """
    quotas: list[int] = []
    carried = 0.0
    for size, limit in zip(sizes, most, strict=True):
        wanted = share * size + carried
        quotas.append(min(max(round(wanted), 1), limit))
        carried = wanted - quotas[-1]
    return quotas


def _known_subjects(clips: Clips) -> list[str]:
    _require_all(clips.subjects, "subject", "subject")
    known = sorted({subject for subject in clips.subjects if subject is not None})
    if len(known) < 2:
        raise SplitError(
            f"a split by subject needs two or more subjects, but there is {', '.join(known)} only"
        )
    return known


def _expand(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """The names, and in the place of a pattern all subjects that it matches."""
    found = [
        subject
        for name in names
        for subject in ([name] if name in known else fnmatch.filter(known, name) or [name])
    ]
    return list(dict.fromkeys(found))


def _draw_subjects(
    clips: Clips, known: Sequence[str], val_subjects: Sequence[str], rng: np.random.Generator
) -> list[str]:
    """About a fifth of the subjects, so drawn that no label loses all clips to train on."""
    free = [subject for subject in known if subject not in val_subjects]
    if not free:
        raise SplitError("no subject is left to test: all are named for validation")
    number = min(max(1, round(SUBJECT_TEST_SHARE * len(known))), len(free))
    wanted = set(clips.labels)
    for _ in range(_SUBJECT_DRAWS):
        drawn = sorted(rng.permutation(free)[:number].tolist())
        held = clips.with_subject([*drawn, *val_subjects])
        if set(clips.labels_of(_others(clips, held))) == wanted:
            return drawn
    raise SplitError(
        f"expected {number} test subjects of {', '.join(free)} to leave training clips of each "
        "label, but whoever is drawn, some label has none; name the test subjects or leave it out"
    )


def _validate_by_recording(
    clips: Clips,
    test: IntArray,
    kind: SplitKind,
    protocol: str,
    rng: np.random.Generator,
    seed: int,
) -> Split:
    rest = _others(clips, test)
    if len(rest) == 0:
        raise SplitError(f"no clip is left to train on ({protocol}); hold out fewer")
    chosen = draw_groups(
        clips.labels_of(rest),
        clips.recording_numbers[rest],
        share=RECORDING_VAL_SHARE,
        rng=rng,
        part="validation",
    )
    unknown = all(recording is None for recording in clips.recordings)
    unit = "clip (recordings are not known)" if unknown else "recording"
    return Split(
        train=rest[~chosen],
        val=rest[chosen],
        test=test,
        kind=kind,
        val_kind="random" if unknown else "group",
        protocol=(
            f"{protocol}; validation by {unit}, about {100 * RECORDING_VAL_SHARE:.0f} % of the "
            f"others, seed {seed}"
        ),
    )


def _others(clips: Clips, *taken: IntArray) -> IntArray:
    return np.setdiff1d(np.arange(len(clips.labels)), np.concatenate(taken))


def _require_all(facts: Sequence[str | None], name: str, kind: SplitKind) -> None:
    unknown = [clip for clip, fact in enumerate(facts) if fact is None]
    if unknown:
        raise SplitError(
            f"a split by {name} ({kind!r}) needs the {name} of every clip, but {len(unknown)} of "
            f"{len(facts)} have none (the first is clip {unknown[0]}, counted from 0); add it to "
            "the labels file or choose another split"
        )


def _read_parts(parts: Sequence[str | None] | None, num_clips: int) -> list[str]:
    if parts is None or len(parts) != num_clips:
        got = "none" if parts is None else len(parts)
        raise SplitError(
            f"the split 'file' needs the part of each of {num_clips} clips, but got {got}; add a "
            "column 'split' to the labels file"
        )
    words = []
    for clip, part in enumerate(parts):
        word = (part or "").strip().lower()
        if word not in _PARTS:
            raise SplitError(
                f"clip {clip} (counted from 0): expected its part to be one of "
                f"{', '.join(_PARTS)}, but got {part!r}"
            )
        words.append(_PARTS[word])
    return words
