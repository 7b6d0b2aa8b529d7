"""Batches for a training, in an order that depends on nothing but (seed, epoch)."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import torch
from lightning.pytorch import LightningDataModule
from torch.utils.data import DataLoader, Dataset, Sampler

from skelgraph.data import derive_seed
from skelgraph.training.clip_dataset import ClipDataset


class LengthBatches(Sampler[list[int]]):
    """Batches of clips of like length, drawn anew for each epoch from (seed, epoch) alone.

    A batch is padded to its longest clip, so that clips of like length belong together. They are
    sorted by length with some noise, so that other clips meet in every epoch; the batches come in
    random order. Clips of one length are in plain random order.

    It also tells the dataset the epoch, on which augmentation depends: Lightning tells samplers
    before every epoch, the first one of a resumed run too.

    Args:
        dataset: The clips that are put in order.
        batch_size: Clips of a batch.
        seed: Seed of the run.
        longest: Frames from which on a clip's length makes no difference: those at which longer
            ones are cut; 1 where all clips are resampled to one length.
        noise: Standard deviation of the noise on the logarithm of the length.
    """

    def __init__(
        self,
        dataset: ClipDataset,
        batch_size: int,
        seed: int,
        *,
        longest: int | None = None,
        noise: float = 0.05,
    ) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.seed = seed
        self.noise = noise
        self.epoch = 0
        self.sampler = self  # where Lightning looks for set_epoch
        lengths = torch.tensor(dataset.lengths)
        self.lengths = lengths if longest is None else lengths.clamp(max=longest)

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch of the next order and of the next augmentation."""
        self.epoch = epoch
        self.dataset.set_epoch(epoch)

    def __iter__(self) -> Iterator[list[int]]:
        generator = torch.Generator().manual_seed(derive_seed(self.seed, self.epoch))
        shuffled = torch.randperm(len(self.lengths), generator=generator)
        if len(shuffled) > self.batch_size and len(shuffled) % self.batch_size == 1:
            shuffled = shuffled[1:]  # a random clip and not always the longest
        noise = torch.randn(len(shuffled), generator=generator) * self.noise
        order = shuffled[(self.lengths[shuffled] * noise.exp()).argsort()].tolist()
        batches = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        for batch in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[batch]

    def __len__(self) -> int:
        full, rest = divmod(len(self.lengths), self.batch_size)
        return full + (rest > 1 or full == 0)


class ClipDataModule(LightningDataModule):
    """The training and the validation batches of a run.

    Args:
        train: Training clips, with augmentation.
        val: Validation clips.
        batch_size: Clips of a batch.
        seed: Seed of the order.
        longest: Frames from which on the length of a training clip makes no difference; see
            :class:`LengthBatches`.
    """

    def __init__(
        self,
        train: ClipDataset,
        val: ClipDataset,
        *,
        batch_size: int,
        seed: int,
        longest: int | None = None,
    ) -> None:
        super().__init__()
        self.train = train
        self.val = val
        self.batch_size = batch_size
        self.seed = seed
        self.longest = longest

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of clips of like length; a clip that would be alone in one is left out.

        Batch normalization needs more than one value, and one clip says little of a population.
        """
        order = LengthBatches(self.train, self.batch_size, self.seed, longest=self.longest)
        return _load(self.train, order)

    def val_dataloader(self) -> DataLoader[Any]:
        """Batches of clips of like length, the shortest first."""
        lengths = torch.tensor(self.val.lengths)
        batches = [
            one.tolist() for one in torch.split(lengths.argsort(stable=True), self.batch_size)
        ]
        return _load(self.val, batches)


def _load(dataset: ClipDataset, batches: Iterable[list[int]]) -> DataLoader[Any]:
    return DataLoader(
        cast("Dataset[Any]", dataset), batch_sampler=batches, collate_fn=dataset.collate
    )
