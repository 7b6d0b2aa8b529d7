"""Clips of unlike lengths and numbers of persons as tensors."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from skelgraph.data.motion_clip import MotionClip


def pad_clips(positions: Sequence[Tensor], present: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return x (N, C, T, V) and mask (N, T, V) of clips (T, V, C) and (T, V)."""
    x = pad_sequence(list(positions), batch_first=True)  # (N, T, V, C)
    return x.permute(0, 3, 1, 2).contiguous(), pad_sequence(list(present), batch_first=True)


def pad_persons(clips: Sequence[tuple[MotionClip, ...]]) -> tuple[Tensor, Tensor]:
    """Return x and mask of the persons of clips, with an axis of persons if any clip has several.

    Returns:
        x (N, C, T, V) and mask (N, T, V), or x (N, C, T, V, M) and mask (N, T, V, M).
    """
    most = max(len(persons) for persons in clips)
    padded = [
        pad_clips(*zip(*(_take_person(persons, number) for persons in clips), strict=True))
        for number in range(most)
    ]
    if most == 1:
        return padded[0]
    x, mask = zip(*padded, strict=True)
    return torch.stack(x, dim=-1), torch.stack(mask, dim=-1)


def _take_person(persons: tuple[MotionClip, ...], number: int) -> tuple[Tensor, Tensor]:
    """Return positions and presence of a person, who is absent if there are fewer."""
    if number < len(persons):
        return persons[number].positions, persons[number].present
    main = persons[0]
    return torch.zeros_like(main.positions), torch.zeros_like(main.present)
