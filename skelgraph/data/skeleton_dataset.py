"""Clips as a dataset, and as the batches that dense models take."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.dense_batch import DenseBatch
from skelgraph.data.motion_clip import MotionClip
from skelgraph.data.randomness import seeded_draws
from skelgraph.errors import DatasetError
from skelgraph.poses import PoseSequence

Transform = Callable[[MotionClip], MotionClip]
"""A :class:`ClipTransform`, or any other function that leaves the given clip unchanged."""


class SkeletonDataset(Dataset[MotionClip]):
    """Clips that are transformed whenever they are accessed.

    With ``collate``, torch's ``DataLoader`` makes a :class:`DenseBatch` of them;
    :class:`skelgraph.data.SkeletonGraphs` makes graphs of them, for PyG's loader.

    The random draws of a transform depend only on ``seed``, on the epoch given to :meth:`set_epoch`
    and on the clip: the order of the clips, the number of workers and a resumed training make no
    difference.

    Args:
        sequences: The preprocessed clips.
        classes: Names of the classes in the order of their numbers; without them, clips have no
            ``y``.
        transform: Applied to a clip whenever it is accessed.
        seed: Seed of the transform's draws, 0 or more.
        with_confidence: Whether clips have the confidence of their joints, for a transform.

    Raises:
        DatasetError: If there is no clip, a label is not among the classes, some clips have two
            coordinates and others three, or ``with_confidence`` is set and a clip has none.
        ValueError: If the seed is negative.

    Example:
        >>> import numpy as np
        >>> from skelgraph.layouts import UPPER10
        >>> clips = [
        ...     PoseSequence(positions=np.ones((T, 10, 3)), layout=UPPER10, fps=30.0, label="joy")
        ...     for T in (4, 7)
        ... ]
        >>> dataset = SkeletonDataset(clips, classes=["joy", "sad"])
        >>> loader = torch.utils.data.DataLoader(dataset, 2, collate_fn=dataset.collate)
        >>> [(batch.x.shape, batch.y) for batch in loader]
        [(torch.Size([2, 3, 7, 10]), tensor([0, 0]))]
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
            MotionClip.from_sequence(sequence, y=y, with_confidence=with_confidence)
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

    @property
    def epoch(self) -> int:
        """The epoch on which random draws depend."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch on which random draws depend; call it before each epoch.

        Persistent workers of a loader are informed too.
        """
        self._epoch.share_memory_()  # type: ignore[no-untyped-call]
        self._epoch.fill_(epoch)

    @property
    def lengths(self) -> list[int]:
        """Number of frames of each clip before its transform."""
        return [clip.num_frames for clip in self._clips]

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, clip: int) -> MotionClip:
        original = self._clips[clip]
        if self.transform is None:
            return original
        with seeded_draws(self.seed, self.epoch, clip % len(self)):
            return self.transform(original)

    def collate(self, clips: Sequence[MotionClip]) -> DenseBatch:
        """Batch clips of the dataset."""
        return DenseBatch.from_clips(clips)

    @staticmethod
    def to_inputs(batch: DenseBatch) -> tuple[Tensor, Tensor | None]:
        """Return the inputs of a network: x (N, C, T, V), and mask (N, T, V) or None."""
        return batch.x, batch.mask
