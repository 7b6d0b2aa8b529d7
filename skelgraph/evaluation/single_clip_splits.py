"""Splits of single clips: a speaker, and a dialog, may be on all sides."""

from collections.abc import Sequence
from random import Random

import numpy as np

from skelgraph.errors import SplitError
from skelgraph.evaluation.split import Clips, Split

NUM_MDRE_FOLDS = 5

_FOLD_SEED, _VALIDATION_SEED = 337, 3372
_VALIDATION_FROM = 0.70
RANDOM_VAL_SHARE, RANDOM_TEST_SHARE = 0.05, 0.15


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


def split_as_mdre(clips: Clips, fold: int) -> Split:
    """Return one of the five splits of MDRE, of clips in the dataset's order.

    Source: Yoon, Byun and Jung, "Multimodal speech emotion recognition using audio and text", SLT
    2018, and the preparation published with it (david-yoon/multimodal-speech-emotion). Each of the
    5,531 utterances of the four classes is drawn into one of five folds, and three tenths of a
    fold, drawn anew, are for validation. With 5,531 clips the sizes are those that MDRE reports;
    with the clips in the same order, each clip is in the same part as well.

    Raises:
        SplitError: If there is no such fold, or too few clips.
    """
    if not 1 <= fold <= NUM_MDRE_FOLDS:
        raise SplitError(f"expected a fold from 1 to {NUM_MDRE_FOLDS}, but got {fold}")
    count = len(clips.labels)
    draws, again = Random(_FOLD_SEED), Random(_VALIDATION_SEED)
    folds = np.array([_choose_fold(draws.random()) for _ in range(count)])
    is_val = np.array([again.random() > _VALIDATION_FROM for _ in range(count)])
    held_out = folds == fold
    return Split(
        train=np.flatnonzero(~held_out),
        val=np.flatnonzero(held_out & is_val),
        test=np.flatnonzero(held_out & ~is_val),
        kind="mdre",
        val_kind="random",
        protocol=(
            f"mdre: fold {fold} of {NUM_MDRE_FOLDS} as MDRE draws them (seeds {_FOLD_SEED} and "
            f"{_VALIDATION_SEED}); clips of one subject or recording may be on both sides"
        ),
    )


def _choose_fold(chance: float) -> int:
    """The first fold takes the highest fifth of the numbers from 0 to 1, and so on."""
    limits = (0.8, 0.6, 0.4, 0.2)
    return next(
        (fold for fold, limit in enumerate(limits, start=1) if chance > limit), NUM_MDRE_FOLDS
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
