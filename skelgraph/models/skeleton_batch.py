"""The clips of a PyG batch, which may have different skeletons, as networks take them."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence
from torch_geometric.data import Data

from skelgraph.errors import DatasetError
from skelgraph.layouts import JointLayout
from skelgraph.nn import from_rows, is_on_host


class SkeletonGroup(NamedTuple):
    """The skeletons of one layout, padded at the end to the longest clip of the batch.

    Args:
        layout: Name of the layout.
        skeleton: The layout itself, if the batch has it.
        x: ``(N, C, T, V)``, 0 in the padding; stored with joints outermost.
        mask: ``(N, T, V)``, False there and where a joint is missing; stored likewise.
        clip: ``(N,)`` number of the clip to which each skeleton belongs.
    """

    layout: str
    skeleton: JointLayout | None
    x: Tensor
    mask: Tensor
    clip: Tensor

    def is_of(self, layout: JointLayout) -> bool:
        """Return whether the skeletons have a layout, known by its name where they bring none."""
        return self.layout == layout.name if self.skeleton is None else self.skeleton == layout


class SkeletonBatch(NamedTuple):
    """The skeletons of a batch by their layouts; a clip of several persons has several.

    Args:
        groups: The skeletons of each layout.
        num_clips: Number of clips.
    """

    groups: tuple[SkeletonGroup, ...]
    num_clips: int

    @classmethod
    def read(cls, batch: Data) -> "SkeletonBatch":
        """Arrange the skeletons of a batch of graphs; one graph alone is a batch of one.

        On a CPU, skeletons of which nothing is present are left out.

        Raises:
            DatasetError: If the graphs are not those of clips, or, on a CPU, one has not the same
                joints in each frame.
        """
        missing = [key for key in _NEEDED if key not in batch]
        if missing:
            raise DatasetError(
                f"expected a graph of a clip, or a batch of them, but it has no "
                f"{', '.join(missing)}; SkeletonData.nodes_from_sequence makes one"
            )
        if is_on_host(batch.x):
            batch.check_is_whole()
        names = [batch.layout] if isinstance(batch.layout, str) else list(batch.layout)
        skeletons = batch.skeleton if "skeleton" in batch else [None] * len(names)
        skeletons = skeletons if isinstance(skeletons, list) else [skeletons]
        found: _Groups = {}
        clips = zip(names, skeletons, _split_clips(batch), strict=True)
        for number, (name, skeleton, clip) in enumerate(clips):
            for x, mask in zip(*clip, strict=True):
                key = (name, skeleton, x.size(1))
                found.setdefault(key, []).append((number, x, mask))
        found = _leave_out_absent(found)
        num_frames = max(x.size(0) for group in found.values() for _, x, _ in group)
        groups = []
        for (name, skeleton, _), group in found.items():
            numbers, positions, present = zip(*group, strict=True)
            groups.append(
                SkeletonGroup(
                    name,
                    skeleton,
                    from_rows(_pad(positions, num_frames).permute(2, 0, 1, 3).contiguous()),
                    _pad(present, num_frames).permute(2, 0, 1).contiguous().permute(1, 2, 0),
                    torch.tensor(numbers, device=batch.x.device),
                )
            )
        return cls(tuple(groups), len(names))

    def only_group(self, layout: JointLayout) -> SkeletonGroup:
        """Return the group if there is one, of this layout.

        Raises:
            DatasetError: If there are others.
        """
        others = [group for group in self.groups if not group.is_of(layout)]
        if others:
            names = sorted({group.layout for group in others})
            raise DatasetError(
                f"expected clips of {layout}, but the batch has clips of another skeleton, "
                f"{', '.join(names)}: convert them, or use a network with a graph that takes any"
            )
        return self.groups[0]

    def average_persons(self, vectors: Tensor) -> Tensor:
        """Return the mean of the vectors ``(S, D)`` of each clip's present skeletons, ``(N, D)``.

        It is zero for a clip without any. Vectors are in the order of the groups.
        """
        masks = [group.mask.flatten(1).any(dim=1) for group in self.groups]
        present = torch.cat(masks).to(vectors.dtype)
        clip = torch.cat([group.clip for group in self.groups])
        sums = vectors.new_zeros(self.num_clips, vectors.size(1))
        sums = sums.index_add(0, clip, vectors * present.unsqueeze(1))
        counts = vectors.new_zeros(self.num_clips).index_add(0, clip, present)
        return sums / counts.clamp(min=1).unsqueeze(1)


_NEEDED = ("x", "mask", "joint", "num_frames", "layout")

_Groups = dict[tuple[str, JointLayout | None, int], list[tuple[int, Tensor, Tensor]]]
"""Clip, positions and mask of the skeletons of each layout: its name, itself, its joints."""


def _split_clips(batch: Data) -> list[tuple[Tensor, Tensor]]:
    """Return positions (M, T, V, C) and masks (M, T, V) of the M persons of each clip."""
    lengths = torch.as_tensor(batch.num_frames).view(-1).tolist()
    persons = torch.as_tensor(batch.num_persons if "num_persons" in batch else 1).view(-1).tolist()
    persons = persons * len(lengths) if len(persons) < len(lengths) else persons
    sizes = batch.ptr.diff().tolist() if "ptr" in batch else [batch.x.size(0)]
    parts = zip(batch.x.split(sizes), batch.mask.split(sizes), persons, lengths, strict=True)
    return [(x.view(M, T, -1, x.size(1)), mask.view(M, T, -1)) for x, mask, M, T in parts]


def _leave_out_absent(groups: _Groups) -> _Groups:
    """Leave out skeletons of which nothing is present, if that is known; but keep one."""
    kept: _Groups = {}
    for key, group in groups.items():
        there = [one for one in group if not is_on_host(one[2]) or bool(one[2].any())]
        if there:
            kept[key] = there
    (first_key, (first, *_)), *_ = groups.items()
    return kept or {first_key: [first]}


def _pad(skeletons: tuple[Tensor, ...], num_frames: int) -> Tensor:
    """Return (T, V, ...) of N skeletons as (N, num_frames, V, ...), 0 in the padding."""
    padded = pad_sequence(list(skeletons), batch_first=True)
    missing = num_frames - padded.size(1)
    return F.pad(padded, (0, 0) * (padded.dim() - 2) + (0, missing)) if missing else padded
