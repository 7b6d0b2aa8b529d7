"""What networks take of a clip: its audio, its transcript, its skeleton."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import get_args

from skelgraph.config.choices import Modality

MODALITIES: tuple[Modality, ...] = get_args(Modality)
MODALITY_LETTERS = {name[0]: name for name in MODALITIES}
"""Short names of the modalities, as in ``a,t,s``."""


def sort_modalities(modalities: Iterable[Modality]) -> tuple[Modality, ...]:
    """Return each modality once, in the order of :data:`MODALITIES`."""
    given = set(modalities)
    return tuple(one for one in MODALITIES if one in given)


def spell_modalities(modalities: Iterable[str]) -> str:
    """Return the modalities as the paper's Table 1 has them.

    Example:
        >>> spell_modalities(("audio", "skeleton"))
        'A+S'
    """
    return "+".join(modality[0].upper() for modality in modalities)


def list_subsets(modalities: Sequence[Modality]) -> list[tuple[Modality, ...]]:
    """Return all that may be left of some modalities: single ones first, all of them last.

    Example:
        >>> [spell_modalities(one) for one in list_subsets(MODALITIES)]
        ['A', 'T', 'S', 'A+T', 'A+S', 'T+S', 'A+T+S']
    """
    sizes = range(1, len(modalities) + 1)
    return [subset for size in sizes for subset in combinations(modalities, size)]
