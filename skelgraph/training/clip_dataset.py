"""What training and inference need of a dataset, be it of skeletons, of audio or of vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class ClipDataset(Protocol):
    """Clips that are batched, and how a network is called on a batch.

    A batch has the numbers of the clips' classes, ``y`` (N,), where labels are known, and is moved
    by ``to(device)``.
    """

    @property
    def lengths(self) -> Sequence[int]:
        """Frames of each clip; those of like length are batched."""
        ...

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch on which random changes of clips depend."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, clip: int, /) -> Any: ...

    def collate(self, clips: Sequence[Any], /) -> Any:
        """Return a batch of some of its clips."""
        ...

    def to_inputs(self, batch: Any, /) -> tuple[Any, ...]:
        """Return the inputs of a network for a batch."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class FittingData:
    """What a network is fitted to.

    From ``longest`` frames on, a training clip's length makes no difference to a batch; see
    :class:`~skelgraph.training.classifier_training.LengthBatches`.
    """

    train: ClipDataset
    val: ClipDataset
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    longest: int | None = None
