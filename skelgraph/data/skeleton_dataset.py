"""Clips as a dataset, and as the padded batches that dense models take."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.motion_clip import MotionClip
from skelgraph.data.padding import pad_persons
from skelgraph.errors import DatasetError
from skelgraph.poses import LazySequence, PoseSequence


def derive_seed(*numbers: int) -> int:
    """Return a seed that depends on all the numbers, each 0 or more, and on their order.

    Example:
        >>> derive_seed(0, 1) == derive_seed(0, 1), derive_seed(0, 1) == derive_seed(1, 0)
        (True, False)
    """
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


@contextmanager
def seeded_draws(*numbers: int) -> Iterator[None]:
    """Seed PyTorch's generator on the CPU with the numbers, and restore its state afterwards.

    The draws outside continue as if there had been none inside. Any transform that draws from
    PyTorch thus gives the same result in any worker, and a resumed training draws the same as an
    uninterrupted one.

    Args:
        numbers: Numbers of 0 or more, such as seed, epoch and clip.

    Example:
        >>> import torch
        >>> with seeded_draws(0, 3, 17):
        ...     first = torch.rand(2)
        >>> with seeded_draws(0, 3, 17):
        ...     torch.equal(first, torch.rand(2))
        True
    """
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(derive_seed(*numbers))
    try:
        yield
    finally:
        torch.set_rng_state(state)


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseBatch:
    """Clips of one layout, padded at the end to the longest.

    Args:
        x: (N, C, T, V) coordinates, or (N, C, T, V, M) of several persons; 0 where a joint or a
            person is missing and in the padding.
        mask: (N, T, V) or (N, T, V, M) bool, False there; None if nothing is missing and nothing is
            padded, so that a model needs no masking passes.
        y: (N,) number of each clip's class; None if the classes are not known.

    Example:
        >>> import numpy as np
        >>> from skelgraph.layouts import UPPER10
        >>> from skelgraph.poses import LazySequence, PoseSequence
        >>> clips = [
        ...     MotionClip.from_sequence(
        ...         PoseSequence(positions=np.ones((T, 10, 3)), layout=UPPER10, fps=30.0), y=0
        ...     )
        ...     for T in (4, 7)
        ... ]
        >>> batch = DenseBatch.from_clips(clips)
        >>> batch.x.shape, batch.mask.sum(dim=(1, 2)), batch.y
        (torch.Size([2, 3, 7, 10]), tensor([40, 70]), tensor([0, 0]))
        >>> DenseBatch.from_clips(clips[:1]).mask is None
        True
    """

    x: Tensor
    mask: Tensor | None = None
    y: Tensor | None = None

    @classmethod
    def from_clips(cls, clips: Sequence[MotionClip]) -> "DenseBatch":
        """Batch clips.

        Raises:
            DatasetError: If the clips have different layouts.
        """
        check_one_layout({clip.layout for clip in clips})
        x, mask = pad_persons([clip.persons for clip in clips])
        numbers = [clip.y for clip in clips if clip.y is not None]
        return cls(
            x=x,
            mask=None if bool(mask.all()) else mask,
            y=torch.tensor(numbers) if len(numbers) == len(clips) else None,
        )

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "DenseBatch":
        """Return the batch on a device."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> "DenseBatch":
        """Return the batch in pinned memory, as loaders ask for it with ``pin_memory=True``."""
        return self._map(Tensor.pin_memory)

    def _map(self, change: Callable[[Tensor], Tensor]) -> "DenseBatch":
        mask, y = (None if tensor is None else change(tensor) for tensor in (self.mask, self.y))
        return DenseBatch(x=change(self.x), mask=mask, y=y)

    def __len__(self) -> int:
        return len(self.x)


def check_one_layout(layouts: set[str]) -> None:
    """Raise a DatasetError if there is more than one layout."""
    if len(layouts) != 1:
        raise DatasetError(
            f"expected a batch of clips of one layout, but got {', '.join(sorted(layouts))}: "
            f"convert them to one layout first"
        )


Transform = Callable[[MotionClip], MotionClip]
"""A :class:`ClipTransform`, or any other function that leaves the given clip unchanged."""


def name_transform(transform: Transform) -> str:
    """Return a name of a transform that is the same in another process.

    Example:
        >>> name_transform(abs), name_transform(SkeletonDataset.to_inputs)
        ('abs', 'SkeletonDataset.to_inputs')
    """
    name: str | None = getattr(transform, "__qualname__", None)
    if name is not None:
        return name
    text = repr(transform)
    return type(transform).__qualname__ if " at 0x" in text else text


class SkeletonDataset(Dataset[MotionClip]):
    """Clips that are transformed whenever they are accessed.

    With ``collate``, torch's ``DataLoader`` makes a :class:`DenseBatch` of them;
    :class:`skelgraph.data.SkeletonGraphs` makes graphs of them, for PyG's loader.

    The random draws of a transform depend only on ``seed``, on the epoch given to :meth:`set_epoch`
    and on the clip: the order of the clips, the number of workers and a resumed training make no
    difference. Lazy sequences are loaded whenever they are accessed.

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
        self.with_confidence = with_confidence
        self._numbers = self._number_labels(sequences)
        self._clips: list[MotionClip | LazySequence] = [
            sequence
            if isinstance(sequence, LazySequence)
            else MotionClip.from_sequence(sequence, y=y, with_confidence=with_confidence)
            for sequence, y in zip(sequences, self._numbers, strict=True)
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
    def is_lazy(self) -> bool:
        """Whether clips are read when they are accessed."""
        return any(isinstance(clip, LazySequence) for clip in self._clips)

    @property
    def lengths(self) -> list[int]:
        """Number of frames of each clip before its transform."""
        return [clip.num_frames for clip in self._clips]

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, clip: int) -> MotionClip:
        original = self._clips[clip]
        if isinstance(original, LazySequence):
            original = MotionClip.from_sequence(
                original, y=self._numbers[clip], with_confidence=self.with_confidence
            )
        if self.transform is None:
            return original
        main, *partners = (self._change(person, clip) for person in original.persons)
        return replace(main, partners=tuple(partners))

    def _change(self, person: MotionClip, clip: int) -> MotionClip:
        """Return a person of a clip as its transform does, with the same draws for all persons."""
        assert self.transform is not None
        with seeded_draws(self.seed, self.epoch, clip % len(self)):
            return self.transform(replace(person, partners=()))

    def collate(self, clips: Sequence[MotionClip]) -> DenseBatch:
        """Batch clips of the dataset."""
        return DenseBatch.from_clips(clips)

    @staticmethod
    def to_inputs(batch: DenseBatch) -> tuple[Tensor, Tensor | None]:
        """Return the inputs of a network: x (N, C, T, V), and mask (N, T, V) or None."""
        return batch.x, batch.mask
