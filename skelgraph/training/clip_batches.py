"""The order of training clips: batches of like length, or of classes that come equally often."""

from collections import Counter
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import Sampler

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
        balance: Label of each clip, if each class is to be drawn as often as the others; clips of
            rare classes then come several times in an epoch, and lengths are mixed in a batch.
    """

    def __init__(
        self,
        dataset: ClipDataset,
        batch_size: int,
        seed: int,
        *,
        longest: int | None = None,
        noise: float = 0.05,
        balance: Sequence[str] | None = None,
    ) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.seed = seed
        self.noise = noise
        self.epoch = 0
        self.weights = None if balance is None else 1 / _count_same(balance)
        self.sampler = self  # where Lightning looks for set_epoch
        lengths = torch.tensor(dataset.lengths)
        self.lengths = lengths if longest is None else lengths.clamp(max=longest)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next order and of the next augmentation."""
        self.epoch = epoch
        self.dataset.set_epoch(epoch)

    def __iter__(self) -> Iterator[list[int]]:
        generator = torch.Generator().manual_seed(derive_seed(self.seed, self.epoch))
        if self.weights is None:
            shuffled = torch.randperm(len(self.lengths), generator=generator)
        else:
            shuffled = draw_evenly(self.weights, generator)
            full = len(shuffled) // self.batch_size * self.batch_size
            shuffled = shuffled[: full or None]  # statistics of a few clips are noise
        if len(shuffled) > self.batch_size and len(shuffled) % self.batch_size == 1:
            shuffled = shuffled[1:]  # a random clip and not always the longest
        if self.weights is not None:  # few lengths differ where clips are cut to a window
            yield from (batch.tolist() for batch in torch.split(shuffled, self.batch_size))
            return
        noise = torch.randn(len(shuffled), generator=generator) * self.noise
        order = shuffled[(self.lengths[shuffled] * noise.exp()).argsort()].tolist()
        batches = [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]
        for batch in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[batch]

    def __len__(self) -> int:
        full, rest = divmod(len(self.lengths), self.batch_size)
        if self.weights is not None:
            return max(full, 1)
        return full + (rest > 1 or full == 0)


def draw_evenly(weights: Tensor, generator: torch.Generator) -> Tensor:
    """Draw as many indices (N,) as there are weights (N,), by weight and in random order.

    Each comes as often as its weight promises, rounded up or down: systematic sampling (Madow,
    Annals of Mathematical Statistics 20(3), 1949) of a shuffled list. Independent draws leave out a
    third of equal clips.
    """
    N = len(weights)
    shuffled = torch.randperm(N, generator=generator)
    edges = weights[shuffled].double().cumsum(dim=0)
    points = (torch.arange(N) + torch.rand(1, generator=generator)) * (edges[-1] / N)
    drawn = shuffled[torch.searchsorted(edges, points).clamp(max=N - 1)]
    return drawn[torch.randperm(N, generator=generator)]


def _count_same(labels: Sequence[str]) -> Tensor:
    """Return how many clips have the label of each clip."""
    counts = Counter(labels)
    return torch.tensor([float(counts[label]) for label in labels])
