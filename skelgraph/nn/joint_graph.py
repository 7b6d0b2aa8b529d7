"""The skeletons of several clips as one graph, whose nodes hold the frames of a joint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from skelgraph.nn.joint_major import from_rows, to_rows


@dataclass(frozen=True, kw_only=True, eq=False)
class JointGraph:
    """The bones of a batch of skeletons, of one kind or of several, as one graph.

    A node is a joint and holds all its frames. Skeletons of one kind form a group: N skeletons of V
    joints are V * N nodes, joints outermost, in the order that dense layers have inside. Layers
    that know no bones take the nodes of all groups as the joints of one clip, ``(1, C, T, nodes)``;
    attention takes each group by itself.

    Args:
        groups: Numbers (V, N) of joints and skeletons of each group.
        edge_index: ``(2, E)`` source and target nodes, sorted by target and subset.
        edge_type: ``(E,)`` subset of each edge.
        edge_weight: ``(E,)`` weight of each edge.
        joint: ``(nodes,)`` number of the joint in its skeleton.

    Example:
        >>> from skelgraph.layouts import COCO17, UPPER10, partition
        >>> kinds = [torch.from_numpy(partition(layout)) for layout in (UPPER10, COCO17)]
        >>> graph = JointGraph.from_adjacencies(kinds, [3, 2])
        >>> graph.num_nodes, [tuple(x.shape) for x in graph.split(torch.zeros(1, 8, 20, 64))]
        (64, [(3, 8, 20, 10), (2, 8, 20, 17)])
    """

    groups: tuple[tuple[int, int], ...]
    edge_index: Tensor
    edge_type: Tensor
    edge_weight: Tensor
    joint: Tensor

    @classmethod
    def from_adjacencies(cls, adjacencies: Sequence[Tensor], counts: Sequence[int]) -> "JointGraph":
        """Make the graph of groups of skeletons.

        Args:
            adjacencies: Partition ``(K, V, V)`` of each group's skeleton, as
                :func:`skelgraph.layouts.partition` makes it.
            counts: Number of skeletons in each group.
        """
        parts, groups, start = [], [], 0
        for A, N in zip(adjacencies, counts, strict=True):
            V = A.size(1)
            target, subset, source = A.permute(2, 0, 1).nonzero(as_tuple=True)
            weight = A[subset, source, target]
            skeleton = torch.arange(N, device=A.device)
            ends = torch.stack([source, target])[:, :, None] * N + skeleton + start
            each = (subset, weight)
            # By target, then by subset, as the layer sorts them.
            order = (ends[1] * len(A) + subset[:, None]).flatten().argsort(stable=True)
            parts.append(
                (
                    ends.flatten(1)[:, order],
                    *(value.repeat_interleave(N)[order] for value in each),
                    torch.arange(V, device=A.device).repeat_interleave(N),
                )
            )
            groups.append((V, N))
            start += V * N
        edge_index, edge_type, edge_weight, joint = (
            torch.cat(values, dim=-1) for values in zip(*parts, strict=True)
        )
        return cls(
            groups=tuple(groups),
            edge_index=edge_index,
            edge_type=edge_type,
            edge_weight=edge_weight,
            joint=joint,
        )

    @property
    def num_nodes(self) -> int:
        """Number of nodes, the joints of all skeletons."""
        return sum(V * N for V, N in self.groups)

    def _spans(self) -> Iterator[tuple[int, int, int]]:
        """Yield the first node and the numbers V and N of each group."""
        start = 0
        for V, N in self.groups:
            yield start, V, N
            start += V * N

    def split(self, x: Tensor) -> list[Tensor]:
        """View ``(1, C, T, nodes)`` as clips ``(N, C, T, V)`` of each group."""
        rows = to_rows(x).squeeze(1)
        return [
            from_rows(rows[start : start + V * N].view(V, N, *rows.shape[1:]))
            for start, V, N in self._spans()
        ]

    def split_mask(self, mask: Tensor | None) -> list[Any]:
        """View a mask ``(1, T, nodes)`` as ``(N, T, V)`` of each group; or None for each."""
        if mask is None:
            return [None] * len(self.groups)
        return [
            mask[0, :, start : start + V * N].reshape(-1, V, N).permute(2, 0, 1)
            for start, V, N in self._spans()
        ]

    @staticmethod
    def join(parts: Sequence[Tensor]) -> Tensor:
        """Undo :meth:`split`: view or copy clips ``(N, C, T, V)`` as ``(1, C, T, nodes)``."""
        rows = [to_rows(part).flatten(0, 1) for part in parts]
        return from_rows(_join_rows(rows).unsqueeze(1))

    @staticmethod
    def join_masks(parts: Sequence[Tensor]) -> Tensor:
        """Undo :meth:`split_mask`: view or copy masks ``(N, T, V)`` as ``(1, T, nodes)``."""
        rows = [part.permute(2, 0, 1).flatten(0, 1) for part in parts]
        return _join_rows(rows).t().unsqueeze(0)

    def to(self, device: torch.device) -> "JointGraph":
        """Return the graph on a device."""
        moved = {
            name: getattr(self, name).to(device, non_blocking=True)
            for name in ("edge_index", "edge_type", "edge_weight", "joint")
        }
        return replace(self, **moved)


def _join_rows(rows: list[Tensor]) -> Tensor:
    """Concatenate rows of groups; of one group, without a copy."""
    return rows[0] if len(rows) == 1 else torch.cat(rows)
