"""What networks perceive of a clip: its audio, its words, its skeleton."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Literal, get_args

from skelgraph.errors import RunError

Modality = Literal["audio", "text", "skeleton"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)

OWN_MODALITIES: dict[str, tuple[Modality, ...]] = {
    "are": ("audio",),
    "tre": ("text",),
    "mdre": ("audio", "text"),
    "sern": MODALITIES,
    "sern-2s": MODALITIES,
}
"""The modalities of the models that are no networks of skeletons alone."""


def parse_modalities(text: str) -> tuple[Modality, ...]:
    """The modalities of a text such as ``"a,t,s"`` or ``"audio,skeleton"``, in their own order.

    Raises:
        RunError: If one is unknown, or there is none.

    Example:
        >>> parse_modalities("s,a")
        ('audio', 'skeleton')
    """
    names = {name.strip().lower() for name in text.replace("+", ",").split(",")}
    found = tuple(one for one in MODALITIES if one in names or one[0] in names)
    if not found or names - {*found, *(one[0] for one in found)}:
        raise RunError(
            f"expected modalities such as a,t,s (audio, text, skeleton), but got {text!r}"
        )
    return found


def spell_modalities(modalities: Iterable[str]) -> str:
    """The modalities as the paper's Table 1 has them.

    Example:
        >>> spell_modalities(("audio", "skeleton"))
        'A+S'
    """
    return "+".join(modality[0].upper() for modality in modalities)


def list_subsets(modalities: Sequence[Modality]) -> list[tuple[Modality, ...]]:
    """All that may be left of some modalities: single ones first, all of them last.

    Example:
        >>> [spell_modalities(one) for one in list_subsets(MODALITIES)]
        ['A', 'T', 'S', 'A+T', 'A+S', 'T+S', 'A+T+S']
    """
    sizes = range(1, len(modalities) + 1)
    return [subset for size in sizes for subset in combinations(modalities, size)]
