"""Division of a dataset's clips into training, validation and test."""

from collections.abc import Iterable, Sequence
from typing import get_args

import numpy as np

from skelgraph.config import SplitKind
from skelgraph.errors import SplitError
from skelgraph.evaluation.clips import Clips, number_recordings
from skelgraph.evaluation.mdre import split_as_mdre
from skelgraph.evaluation.split import Split
from skelgraph.evaluation.strategies import (
    split_as_listed,
    split_at_random,
    split_by_recording,
    split_by_subject,
)


def default_split_kind(
    subjects: Sequence[str | None] | None, recordings: Sequence[str | None] | None
) -> SplitKind:
    """The most honest kind of split that the known facts allow.

    By subject where every clip's is known and there are two or more; else by recording where every
    clip's is known and there are three or more; else random, of which a caller should warn.

    Example:
        >>> default_split_kind(["Ann", "Bob"], None)
        'subject'
    """
    if subjects and None not in subjects and len(set(subjects)) >= 2:
        return "subject"
    if recordings and None not in recordings:
        numbers = number_recordings(subjects or [None] * len(recordings), recordings)
        if numbers.max() >= 2:
            return "group"
    return "random"


def make_split(
    kind: SplitKind,
    *,
    labels: Sequence[str],
    subjects: Sequence[str | None] | None = None,
    recordings: Sequence[str | None] | None = None,
    parts: Sequence[str | None] | None = None,
    test_subjects: Iterable[str] = (),
    val_subjects: Iterable[str] = (),
    fold: int | None = None,
    seed: int = 0,
) -> Split:
    """Divides clips into a training, a validation and a test part.

    - ``random``: 8 : 0.5 : 1.5 of each label (Shi et al. 2021, section 5.2), with at least one clip
      to train and one to test. Clips of one subject or recording may be on both sides.
    - ``subject``: the test subjects, or a random fifth of all subjects where none are named.
    - ``group``: whole recordings, about 15 % of the clips.
    - ``mdre``: one of the five folds of single clips that MDRE draws
      (:mod:`skelgraph.evaluation.mdre`).
    - ``file``: what ``parts`` says: train, test, and val (or valid, validation, dev).

    Validation is the named validation subjects, the file's validation part, or else whole
    recordings, about 10 % of the clips that are not tested: never single clips of a recording that
    trains. A clip whose recording is not known counts as a recording of its own.

    Args:
        kind: How to divide.
        labels: Label of each clip.
        subjects: Subject of each clip, where known.
        recordings: Recording of each clip, where known; a name is unique only with its subject.
        parts: Part of each clip, for ``file``.
        test_subjects: Subjects held out for the test, for ``subject``; a name with ``*`` or ``?``
            stands for all that it matches, as ``Ses05*`` for both speakers of a session.
        val_subjects: Subjects held out for validation, for ``subject``.
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
    if kind != "mdre" and fold is not None:
        raise SplitError(f"a fold needs the split 'mdre', but it is {kind!r}")
    clips = Clips.of(labels, subjects, recordings)
    rng = np.random.default_rng(seed)
    if kind == "random":
        split = split_at_random(clips, rng=rng, seed=seed)
    elif kind == "subject":
        split = split_by_subject(clips, test_names, val_names, rng=rng, seed=seed)
    elif kind == "group":
        split = split_by_recording(clips, rng=rng, seed=seed)
    elif kind == "mdre":
        split = split_as_mdre(clips, 1 if fold is None else fold)
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
