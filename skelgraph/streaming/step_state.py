"""What a network that steps from frame to frame remembers of people.

Every tensor has the people on its first axis, and a person who was never seen is all zeros: people
are chosen, joined and forgotten without knowing the network.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class BlockState(NamedTuple):
    """The last frames that a block got.

    Args:
        inputs: Inputs of the temporal convolution, latest last, ``(N, V, K, C_out)``.
        shortcut: Inputs of the block, from the one that the next shortcut takes to the latest,
            ``(N, delay + 1, V, C_in)``; no frame without a shortcut or delay.
        presence: What was there in the last inputs of the block, ``(N, frames, V, 3)``.
    """

    inputs: Tensor
    shortcut: Tensor
    presence: Tensor


class PoolState(NamedTuple):
    """What is pooled so far.

    Args:
        sums: Sums over joints and frames of the last block's features, ``(N, C)``.
        counts: Number of joints and frames in each sum, ``(N,)``.
        frame_sums: Sums of each frame of a sliding window, latest last, ``(N, W, C)``; W is 0
            otherwise.
        frame_counts: Number of joints of each, ``(N, W)``.
    """

    sums: Tensor
    counts: Tensor
    frame_sums: Tensor
    frame_counts: Tensor


class StepState(NamedTuple):
    """What a :class:`~skelgraph.streaming.StepNetwork` remembers of N people.

    It is a pytree of tensors, never changed in place: an old one may be kept and continued from.
    ``torch.utils._pytree`` maps it, pickle stores it, and :meth:`to_tensors` names its tensors for
    safetensors.

    Args:
        frames: Number of frames of each person so far, ``(N,)``, int64. All people are at the same
            place between two outputs of the network.
        whole: Number of the last frames in a row from which nothing was missing, ``(N,)``.
        waiting: The last frames, some of which the network has not taken yet, latest last,
            ``(N, C, stride - 1, V)``.
        waiting_mask: Which of their joints are there, ``(N, stride - 1, V)``.
        blocks: Memory of each block.
        pooled: Sums over the outputs so far.
    """

    frames: Tensor
    whole: Tensor
    waiting: Tensor
    waiting_mask: Tensor
    blocks: tuple[BlockState, ...]
    pooled: PoolState

    @property
    def num_people(self) -> int:
        """Number of people N."""
        return self.frames.size(0)

    @property
    def num_bytes(self) -> int:
        """Size of the tensors in bytes."""
        return sum(tensor.nelement() * tensor.element_size() for tensor in self.list_tensors())

    def map(self, function: Callable[[Tensor], Tensor]) -> "StepState":
        """Return the state with a function of each tensor."""
        return StepState.from_list([function(tensor) for tensor in self.list_tensors()])

    def to(self, device: torch.device | str) -> "StepState":
        """Return the state on a device."""
        return self.map(lambda tensor: tensor.to(device))

    def select(self, people: Sequence[int] | Tensor) -> "StepState":
        """Return the state of some people, by their numbers, in this order."""
        numbers = torch.as_tensor(people, dtype=torch.int64, device=self.frames.device)
        return self.map(lambda tensor: tensor.index_select(0, numbers))

    def list_tensors(self) -> list[Tensor]:
        """Return all tensors, in the order of their fields."""
        blocks = [tensor for block in self.blocks for tensor in block]
        own = self.frames, self.whole, self.waiting, self.waiting_mask
        return [*own, *blocks, *self.pooled]

    def to_tensors(self) -> dict[str, Tensor]:
        """Return all tensors by name, as safetensors takes them.

        Example:
            >>> from safetensors.torch import load_file, save_file  # doctest: +SKIP
            >>> save_file(state.to_tensors(), "state.safetensors")  # doctest: +SKIP
            >>> state = StepState.from_tensors(load_file("state.safetensors"))  # doctest: +SKIP
        """
        tensors = (tensor.contiguous() for tensor in self.list_tensors())
        return dict(zip(_name_tensors(len(self.blocks)), tensors, strict=True))

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> "StepState":
        """Return the state of the tensors of :meth:`to_tensors`.

        Raises:
            ValueError: If a tensor is missing or unknown.
        """
        names = _name_tensors(sum(name.endswith(".shortcut") for name in tensors))
        if set(names) != set(tensors):
            wrong = ", ".join(sorted(set(names) ^ set(tensors)))
            raise ValueError(f"expected the tensors of a state of steps, but these differ: {wrong}")
        return cls.from_list([tensors[name] for name in names])

    @classmethod
    def from_list(cls, tensors: Sequence[Tensor]) -> "StepState":
        """Return the state of the tensors of :meth:`list_tensors`."""
        others = tensors[4:-4]
        blocks = [BlockState(*others[start : start + 3]) for start in range(0, len(others), 3)]
        frames, whole, waiting, waiting_mask = tensors[:4]
        pooled = PoolState(*tensors[-4:])
        return cls(frames, whole, waiting, waiting_mask, tuple(blocks), pooled)


def join_states(states: Sequence[StepState]) -> StepState:
    """Return one state of the people of several, all at the same place between two outputs.

    :meth:`StepNetwork.phase <skelgraph.streaming.StepNetwork.phase>` tells the place.

    Raises:
        ValueError: If there is none, or they are of different networks.
    """
    lists = [state.list_tensors() for state in states]
    if not lists:
        raise ValueError("expected one or more states, but got none")
    shapes = {tuple(tensor.shape[1:] for tensor in tensors) for tensors in lists}
    if len(shapes) > 1:
        raise ValueError("expected states of one network, but their shapes differ")
    return StepState.from_list([torch.cat(parts) for parts in zip(*lists, strict=True)])


def count_whole(whole: Tensor, mask: Tensor | None, num_frames: int) -> Tensor:
    """Return the number of the last frames in a row from which nothing was missing."""
    if mask is None:
        return whole + num_frames
    complete = mask.all(dim=2)  # (N, L)
    in_a_row = complete.flip(1).cumprod(dim=1).sum(dim=1)
    return torch.where(complete.all(dim=1), whole + num_frames, in_a_row)


def _name_tensors(num_blocks: int) -> list[str]:
    """Return the names of the tensors, in the order of :meth:`StepState.list_tensors`."""
    blocks = [f"blocks.{n}.{name}" for n in range(num_blocks) for name in BlockState._fields]
    pooled = [f"pooled.{name}" for name in PoolState._fields]
    return [*StepState._fields[:4], *blocks, *pooled]
