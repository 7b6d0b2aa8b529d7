"""Batches for a training, in an order that depends on nothing but (seed, epoch)."""

from collections.abc import Iterator

import torch
from lightning.pytorch import LightningDataModule
from torch.utils.data import Sampler
from torch_geometric.loader import DataLoader

from skelgraph.data import SkeletonDataset, derive_seed


class SeededShuffle(Sampler[int]):
    """A random order of a dataset for each epoch, made of (seed, epoch) alone.

    It also tells the dataset the epoch, on which augmentation depends: Lightning tells samplers
    before every epoch, the first one of a resumed run too.

    Args:
        dataset: The clips that are put in order.
        seed: Seed of the run.
    """

    def __init__(self, dataset: SkeletonDataset, seed: int) -> None:
        self.dataset = dataset
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch of the next order and of the next augmentation."""
        self.epoch = epoch
        self.dataset.set_epoch(epoch)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(derive_seed(self.seed, self.epoch))
        return iter(torch.randperm(len(self.dataset), generator=generator).tolist())

    def __len__(self) -> int:
        return len(self.dataset)


class ClipDataModule(LightningDataModule):
    """The training and the validation batches of a run.

    Args:
        train: Training clips, with augmentation.
        val: Validation clips.
        batch_size: Clips of a batch.
        seed: Seed of the order.
    """

    def __init__(
        self, train: SkeletonDataset, val: SkeletonDataset, *, batch_size: int, seed: int
    ) -> None:
        super().__init__()
        self.train = train
        self.val = val
        self.batch_size = batch_size
        self.seed = seed

    def train_dataloader(self) -> DataLoader:
        """Batches in random order; a last batch of one clip is left out.

        Batch normalization needs more than one value, and one clip says little of a population.
        """
        drop_last = len(self.train) > self.batch_size and len(self.train) % self.batch_size == 1
        return DataLoader(
            self.train,
            batch_size=self.batch_size,
            sampler=SeededShuffle(self.train, self.seed),
            drop_last=drop_last,
        )

    def val_dataloader(self) -> DataLoader:
        """Batches in order."""
        return DataLoader(self.val, batch_size=self.batch_size)
