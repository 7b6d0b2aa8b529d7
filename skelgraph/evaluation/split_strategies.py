"""Division of a dataset's clips into training, validation and test."""

import fnmatch
from collections.abc import Iterable, Sequence
from typing import get_args

import numpy as np

from skelgraph.config import NTU_SPLITS, SplitKind
from skelgraph.errors import SplitError
from skelgraph.evaluation.listed_parts import split_as_listed
from skelgraph.evaluation.ntu_protocols import divide_ntu_clips
from skelgraph.evaluation.single_clip_splits import split_as_mdre, split_at_random
from skelgraph.evaluation.split import Clips, Split, draw_groups, list_some
from skelgraph.evaluation.validation_part import list_others, validate_by_recording

SUBJECT_TEST_SHARE = 0.2
RECORDING_TEST_SHARE = 0.15

_SUBJECT_DRAWS = 200


def make_split(
    kind: SplitKind,
    *,
    labels: Sequence[str],
    subjects: Sequence[str | None] | None = None,
    recordings: Sequence[str | None] | None = None,
    parts: Sequence[str | None] | None = None,
    names: Sequence[str] | None = None,
    test_subjects: Iterable[str] = (),
    val_subjects: Iterable[str] = (),
    test_recordings: Iterable[str] = (),
    fold: int | None = None,
    seed: int = 0,
) -> Split:
    """Divides clips into a training, a validation and a test part.

    - ``random``: 8 : 0.5 : 1.5 of each label (Shi et al. 2021, section 5.2), with at least one clip
      to train and one to test. Clips of one subject or recording may be on both sides.
    - ``subject``: the test subjects, or a random fifth of all subjects where none are named.
    - ``group``: the test recordings, or random ones, about 15 % of the clips.
    - ``mdre``: one of the five folds of single clips that MDRE draws
      (:mod:`skelgraph.evaluation.single_clip_splits`).
    - ``file``: what ``parts`` says: train, test, and val (or valid, validation, dev).
    - ``xsub``, ``xview``, ``xset``: the protocols of NTU RGB+D, by the clips' ``names``
      (:mod:`skelgraph.evaluation.ntu_protocols`).
    - ``none``: no test part; all clips train and validate.

    Validation is the named validation subjects, the file's validation part, or else whole
    recordings, about 10 % of the clips that are not tested: never single clips of a recording that
    trains. A clip whose recording is not known counts as a recording of its own.

    Args:
        kind: How to divide.
        labels: Label of each clip.
        subjects: Subject of each clip, where known.
        recordings: Recording of each clip, where known; a name is unique only with its subject.
        parts: Part of each clip, for ``file``.
        names: Name of each clip, for the protocols of NTU RGB+D.
        test_subjects: Subjects held out for the test, for ``subject``; a name with ``*`` or ``?``
            stands for all that it matches, as ``Ses05*`` for both speakers of a session.
        val_subjects: Subjects held out for validation, for ``subject``.
        test_recordings: Recordings held out for the test, for ``group``; where subjects are known,
            ``subject/recording``.
        fold: The fold that is tested, for ``mdre``: from 1 to 5, or None for the first.
        seed: Seed of all chance.

    Raises:
        SplitError: If a fact that the kind needs is missing, a subject does not exist or is named
            twice, a part would be empty, or a label would have no clip to train on.

    Example:
        >>> split = make_split(
        ...     "subject",
        ...     labels=["joy", "anger"] * 3,
        ...     subjects=["Ann", "Ann", "Bob", "Bob", "Cyd", "Cyd"],
        ...     test_subjects=["Bob"],
        ...     val_subjects=["Cyd"],
        ... )
        >>> split.train, split.test, split.protocol
        (array([0, 1]), array([2, 3]), 'subject: test Bob; validation Cyd')
    """
    if kind not in get_args(SplitKind):
        raise SplitError(f"expected a split of {', '.join(get_args(SplitKind))}, but got {kind!r}")
    test_names, val_names = list(dict.fromkeys(test_subjects)), list(dict.fromkeys(val_subjects))
    if kind != "subject" and (test_names or val_names):
        raise SplitError(
            f"test and validation subjects need the split 'subject', but it is {kind!r}"
        )
    held = list(dict.fromkeys(test_recordings))
    if kind != "group" and held:
        raise SplitError(f"test recordings need the split 'group', but it is {kind!r}")
    if kind != "mdre" and fold is not None:
        raise SplitError(f"a fold needs the split 'mdre', but it is {kind!r}")
    clips = Clips.of(labels, subjects, recordings)
    rng = np.random.default_rng(seed)
    if kind == "random":
        split = split_at_random(clips, rng=rng, seed=seed)
    elif kind == "subject":
        split = split_by_subject(clips, test_names, val_names, rng=rng, seed=seed)
    elif kind == "group":
        split = split_by_recording(clips, held, rng=rng, seed=seed)
    elif kind == "mdre":
        split = split_as_mdre(clips, 1 if fold is None else fold)
    elif kind == "none":
        nothing = np.array([], dtype=np.int64)
        split = validate_by_recording(clips, nothing, "none", "none: no test part", rng, seed)
    elif kind in NTU_SPLITS:
        parts, words = divide_ntu_clips(kind, names or ())
        split = split_as_listed(clips, parts, kind=kind, words=words, rng=rng, seed=seed)
    else:
        split = split_as_listed(clips, parts, rng=rng, seed=seed)
    _check_labels(split, clips)
    return split


def _check_labels(split: Split, clips: Clips) -> None:
    trained = set(clips.labels_of(split.train))
    for label in sorted(set(clips.labels) - trained):
        places = [
            f"{len(held)} in the {name} part"
            for name, part in (("validation", split.val), ("test", split.test))
            if (held := [clip for clip in part if clips.labels[clip] == label])
        ]
        raise SplitError(
            f"label {label!r} has no clip to train on: {' and '.join(places)} "
            f"({split.protocol}); hold out others, or leave the label out"
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
        return validate_by_recording(clips, test, "subject", protocol, rng, seed)
    val = clips.with_subject(val_subjects)
    return Split(
        train=list_others(clips, test, val),
        val=val,
        test=test,
        kind="subject",
        val_kind="subject",
        protocol=f"{protocol}; validation {', '.join(val_subjects)}",
    )


def split_by_recording(
    clips: Clips, test_recordings: Sequence[str], *, rng: np.random.Generator, seed: int
) -> Split:
    """Whole recordings to test, named or drawn, and to validate."""
    _require_all(clips.recordings, "recording", "group")
    if test_recordings:
        return _test_recordings(clips, test_recordings, rng=rng, seed=seed)
    chosen = draw_groups(
        clips.labels, clips.recording_numbers, share=RECORDING_TEST_SHARE, rng=rng, part="the test"
    )
    test = np.flatnonzero(chosen)
    protocol = f"group: test recordings {list_some(clips.recordings_of(test))} (drawn, seed {seed})"
    if clips.subjects_of(test):
        protocol += ", whose subjects may also train"
    return validate_by_recording(clips, test, "group", protocol, rng, seed)


def _test_recordings(
    clips: Clips, names: Sequence[str], *, rng: np.random.Generator, seed: int
) -> Split:
    known = clips.recording_names
    there = clips.recordings_of(np.arange(len(known)))
    unknown = set(names) - there
    if unknown:
        raise SplitError(
            f"there is no recording {list_some(unknown)}; there are {list_some(there)}"
        )
    test = np.flatnonzero([name in names for name in known])
    protocol = f"group: test recordings {list_some(names)}"
    if clips.subjects_of(test) & clips.subjects_of(list_others(clips, test)):
        protocol += ", whose subjects may also train"
    return validate_by_recording(clips, test, "group", protocol, rng, seed)


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
        if set(clips.labels_of(list_others(clips, held))) == wanted:
            return drawn
    raise SplitError(
        f"expected {number} test subjects of {', '.join(free)} to leave training clips of each "
        "label, but whoever is drawn, some label has none; name the test subjects or leave it out"
    )


def _require_all(facts: Sequence[str | None], name: str, kind: SplitKind) -> None:
    unknown = [clip for clip, fact in enumerate(facts) if fact is None]
    if unknown:
        raise SplitError(
            f"a split by {name} ({kind!r}) needs the {name} of every clip, but {len(unknown)} of "
            f"{len(facts)} have none (the first is clip {unknown[0]}, counted from 0); add it to "
            "the labels file or choose another split"
        )
