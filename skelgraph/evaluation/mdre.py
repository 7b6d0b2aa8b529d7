"""The folds of MDRE, whose utterances the paper's comparison shares.

Yoon, Byun and Jung, "Multimodal speech emotion recognition using audio and text", SLT 2018, and the
preparation published with it (david-yoon/multimodal-speech-emotion): each of the 5,531 utterances
of the four classes is drawn into one of five folds, and three tenths of a fold, drawn anew, are for
validation. Utterances are single: a speaker, and a dialog, is on all sides.
"""

from random import Random

import numpy as np

from skelgraph.errors import SplitError
from skelgraph.evaluation.clips import Clips
from skelgraph.evaluation.split import Split

NUM_MDRE_FOLDS = 5

_FOLD_SEED, _VALIDATION_SEED = 337, 3372
_VALIDATION_FROM = 0.70


def split_as_mdre(clips: Clips, fold: int) -> Split:
    """One of MDRE's five splits, of clips in the dataset's order.

    With 5,531 clips the sizes are those that MDRE reports; that each clip is in the same part as
    there needs the clips in the same order as well.

    Args:
        clips: The clips.
        fold: From 1 to 5: the fold that is tested.

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
