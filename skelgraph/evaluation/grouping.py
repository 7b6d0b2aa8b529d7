"""The choice of whole groups of clips for one part of a split."""

from collections.abc import Sequence

import numpy as np

from skelgraph.errors import SplitError
from skelgraph.typing import BoolArray, IntArray

_DRAWS = 200


def draw_groups(
    labels: Sequence[str],
    groups: IntArray,
    *,
    share: float,
    rng: np.random.Generator,
    part: str,
) -> BoolArray:
    """Chooses whole groups that hold about a share of the clips, with the labels mixed as in all.

    Of 200 random choices of about the wanted size, that one is taken that lacks the fewest labels
    and, among those, differs least from the wanted number of clips of each label. No choice takes
    all clips of a label. ``StratifiedGroupKFold`` of scikit-learn does the same without chance: it
    deals out the most uneven groups first, and its seed only decides between equally uneven ones,
    so that a large recording of the MPI data is in the first fold whatever the seed.

    Args:
        labels: Label of each clip.
        groups: Group of each clip, an array (clips,).
        share: Wanted share of the clips, between 0 and 1.
        rng: Source of chance.
        part: What the groups are chosen for, for the error.

    Returns:
        Array (clips,), True where a clip is chosen.

    Raises:
        SplitError: If every choice of whole groups leaves nothing, or some label without a clip.
    """
    names, label_numbers = np.unique(np.asarray(labels), return_inverse=True)
    _, group_numbers = np.unique(groups, return_inverse=True)
    counts = np.zeros((group_numbers.max() + 1, len(names)), dtype=np.int64)
    np.add.at(counts, (group_numbers, label_numbers), 1)
    total = counts.sum(axis=0)
    movable = np.flatnonzero((counts < total).all(axis=1))
    chosen: IntArray | None = None
    least = (np.inf, np.inf)
    for _ in range(_DRAWS if len(movable) else 0):
        order = rng.permutation(movable)
        sizes = counts[order].sum(axis=1).cumsum()
        miss = np.abs(sizes - share * total.sum())
        drawn = order[: np.flatnonzero(miss == miss.min())[-1] + 1]
        taken = counts[drawn].sum(axis=0)
        cost = (float((taken == 0).sum()), float(np.abs(taken - share * total).sum()))
        if (taken < total).all() and cost < least:
            chosen, least = drawn, cost
    if chosen is None:
        single = [str(name) for name in names[(counts == total).any(axis=0)]]
        raise SplitError(_explain(part, single, len(counts)))
    return np.isin(group_numbers, chosen)


def _explain(part: str, single: Sequence[str], num_groups: int) -> str:
    if num_groups < 2:
        reason = f"expected 2 or more to choose from, but got {num_groups}"
    else:
        held = f" (each in one recording only: {', '.join(single)})" if single else ""
        reason = (
            f"every choice among the {num_groups} recordings leaves a label without a training "
            f"clip{held}"
        )
    return (
        f"cannot take whole recordings for {part}: {reason}; add recordings, name subjects for "
        "validation and test, or choose the split 'random'"
    )
