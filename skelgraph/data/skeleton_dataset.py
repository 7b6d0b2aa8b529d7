"""Clips as a dataset that PyTorch Geometric's loader batches."""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset
from torch_geometric.data import Batch

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.dense import to_dense
from skelgraph.data.randomness import seeded_draws
from skelgraph.data.skeleton_data import SkeletonData
from skelgraph.errors import DatasetError
from skelgraph.poses import PoseSequence

Transform = Callable[[SkeletonData], SkeletonData]
"""A PyG ``BaseTransform``, or any other function of a clip's graph that leaves it unchanged."""


class SkeletonDataset(Dataset[SkeletonData]):
    """Clips as graphs without edges, for :class:`torch_geometric.loader.DataLoader`.

    What a transform draws at random depends on ``seed``, on the epoch given to :meth:`set_epoch`
    and on the clip alone: the order of the clips, the number of workers and a resumed training do
    not matter.

    Args:
        sequences: The clips, ready for the model.
        classes: Names of the classes in the order of their numbers; without them there is no ``y``.
        transform: Applied to a clip whenever it is asked for.
        seed: Seed of the transform's draws, 0 or more.
        with_confidence: Whether clips have the confidence of their joints, for a transform.

    Raises:
        DatasetError: If there is no clip, a label is none of the classes, some clips have two
            coordinates and others three, or a confidence is wanted that a clip does not have.
    """

    def __init__(
        self,
        sequences: Sequence[PoseSequence],
        *,
        classes: Sequence[str] | None = None,
        transform: Transform | None = None,
        seed: int = 0,
        with_confidence: bool = False,
    ) -> None:
        if not sequences:
            raise DatasetError("expected at least one clip, but got none")
        dimensions = {sequence.num_dimensions for sequence in sequences}
        if len(dimensions) > 1:
            raise DatasetError("expected clips of 2 or of 3 coordinates, but got some of each")
        if seed < 0:
            raise ValueError(f"expected a seed of 0 or more, but got {seed}")
        self.classes = None if classes is None else tuple(classes)
        self.transform = transform
        self.seed = seed
        self._epoch = torch.zeros((), dtype=torch.long)
        self._clips = [
            SkeletonData.nodes_from_sequence(sequence, y=y, with_confidence=with_confidence)
            for sequence, y in zip(sequences, self._number_labels(sequences), strict=True)
        ]

    def _number_labels(self, sequences: Sequence[PoseSequence]) -> list[int | None]:
        if self.classes is None:
            return [None] * len(sequences)
        number: dict[str | None, int] = {label: y for y, label in enumerate(self.classes)}
        unknown = [
            f"{sequence.name} ({sequence.label})"
            for sequence in sequences
            if sequence.label not in number
        ]
        if unknown:
            raise DatasetError(
                f"expected a label of {', '.join(self.classes)} for each clip, but got another for "
                f"{name_a_few(unknown)}"
            )
        return [number[sequence.label] for sequence in sequences]

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch on which random draws depend; to be called before each epoch.

        Persistent workers of a loader learn of it too.
        """
        self._epoch.share_memory_()  # type: ignore[no-untyped-call]
        self._epoch.fill_(epoch)

    @property
    def lengths(self) -> list[int]:
        """Frames of each clip before its transform."""
        return [int(clip.num_frames) for clip in self._clips]

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, clip: int) -> SkeletonData:
        data = copy.copy(self._clips[clip])
        if self.transform is None:
            return data
        with seeded_draws(self.seed, int(self._epoch), clip % len(self)):
            return self.transform(data)

    def collate(self, clips: Sequence[SkeletonData]) -> Batch:
        """A batch of the dataset's clips."""
        return Batch.from_data_list(list(clips))

    def to_inputs(self, batch: SkeletonData) -> tuple[Tensor, Tensor]:
        """What a network is called on for a batch: x (N, C, T, V) and mask (N, T, V)."""
        return to_dense(batch)
