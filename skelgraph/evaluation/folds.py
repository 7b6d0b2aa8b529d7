"""Folds: every clip is left out once."""

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from skelgraph.errors import SplitError
from skelgraph.typing import IntArray


def draw_folds(
    labels: Sequence[str], groups: Sequence[int] | IntArray, num_folds: int, *, seed: int = 0
) -> list[IntArray]:
    """Divides clips into folds of whole groups, with the labels mixed as in all.

    Args:
        labels: Label of each clip.
        groups: Group of each clip: its subject or its recording.
        num_folds: How many folds.
        seed: Seed of the draw.

    Returns:
        The clips of each fold; each clip is in one.

    Raises:
        SplitError: If there are fewer groups than folds, or fewer than two folds.

    Example:
        >>> [fold.tolist() for fold in draw_folds(["a", "a", "b", "b"], [0, 1, 0, 1], 2)]
        [[1, 3], [0, 2]]
    """
    num_groups = len(set(np.asarray(groups).tolist()))
    if not 2 <= num_folds <= num_groups:
        raise SplitError(
            f"expected from 2 folds to as many as there are groups of clips that belong together "
            f"({num_groups}), but got {num_folds}"
        )
    division = StratifiedGroupKFold(n_splits=num_folds, shuffle=True, random_state=seed)
    empty = np.zeros(len(labels))
    return [fold for _, fold in division.split(empty, np.asarray(labels), np.asarray(groups))]
