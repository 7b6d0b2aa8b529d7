"""Windows of filmed clips, on which a lifter is trained, and the clips that validate it."""

from collections.abc import Iterator

import numpy as np
import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from skelgraph.config import FilmingSettings, LifterRecipe
from skelgraph.data import derive_seed
from skelgraph.lifting.lifter_data import LifterData, film_clip, film_for_training, seed_camera
from skelgraph.lifting.temporal_lifter import TemporalLifter, flip_poses

_ORDER = 1
"""Tells an epoch's order from the draws of its clips."""


class WindowBatches:
    """Batches of windows, drawn anew for each epoch from (seed, epoch) alone.

    Args:
        data: The recordings.
        network: The network that is trained.
        filming: How clips are filmed.
        recipe: Sizes of windows and batches.
        seed: Seed of the run.
    """

    def __init__(
        self,
        data: LifterData,
        network: TemporalLifter,
        filming: FilmingSettings,
        recipe: LifterRecipe,
        *,
        seed: int,
    ) -> None:
        self.data = data
        self.network = network
        self.filming = filming
        self.recipe = recipe
        self.seed = seed
        self.epoch = 0
        self.sampler = self  # where Lightning looks for set_epoch
        frames = [data.bodies[clip].num_frames for clip in data.split.train.tolist()]
        self.num_windows = sum(count_windows(each, recipe.window_frames) for each in frames)

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose windows are drawn next."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        windows = draw_windows(
            self.data,
            self.epoch,
            self.network,
            self.filming,
            window_frames=self.recipe.window_frames,
            seed=self.seed,
        )
        keypoints, targets = (torch.split(part, self.recipe.batch_size) for part in windows)
        yield from zip(keypoints, targets, strict=True)

    def __len__(self) -> int:
        return -(-self.num_windows // self.recipe.batch_size)


class LifterDataModule(LightningDataModule):
    """The training windows and the validation clips of a lifter."""

    def __init__(self, data: LifterData, batches: WindowBatches, *, seed: int) -> None:
        super().__init__()
        self.data = data
        self.batches = batches
        self.seed = seed

    def train_dataloader(self) -> WindowBatches:
        """Return the batches of windows."""
        return self.batches

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """Return the keypoints and joints of each validation clip, filmed by its first camera."""
        clips = self.data.split.val.tolist()
        views = [film_clip(self.data, clip, seed_camera(self.seed, 0, clip)) for clip in clips]
        return DataLoader([view.to_tensors() for view in views], batch_size=None)  # type: ignore[arg-type]


def draw_windows(
    data: LifterData,
    epoch: int,
    network: TemporalLifter,
    settings: FilmingSettings,
    *,
    window_frames: int,
    seed: int,
) -> tuple[Tensor, Tensor]:
    """Film each training clip anew, cut it at random places, and mirror half of the windows.

    A clip gives as many windows as fit into it, but at least one; its first and last frame are
    repeated beyond its ends, as when a recording is lifted.

    Returns:
        In random order, keypoints (N, L + R - 1, 9, 3) for windows of L frames and a receptive
        field of R, and targets (N, L, 10, 3) in meters, NaN if a joint is missing.
    """
    generator = np.random.default_rng(derive_seed(seed, epoch, _ORDER, len(data.bodies)))
    length, around = window_frames, network.receptive_field - 1
    keypoints, targets = [], []
    for clip in data.split.train.tolist():
        view = film_for_training(data, clip, epoch, settings, seed=seed)
        padded, target = view.to_tensors()
        padded = network.pad_edges(padded[None])[0]
        short = max(0, length - len(target))
        padded = torch.cat([padded, padded[-1:].expand(short, -1, -1)])
        target = torch.cat([target, target[-1:].expand(short, -1, -1)])
        for _ in range(count_windows(len(target), length)):
            start = int(generator.integers(len(target) - length + 1))
            keypoints.append(padded[start : start + length + around])
            targets.append(target[start : start + length])
    order = torch.from_numpy(generator.permutation(len(keypoints)))
    x, y = torch.stack(keypoints)[order], torch.stack(targets)[order]
    half = torch.from_numpy(generator.random(len(x)) < 0.5)
    x[half] = flip_poses(x[half], network.input_layout.mirror)
    y[half] = flip_poses(y[half], network.output_layout.mirror)
    return x, y


def count_windows(num_frames: int, window_frames: int) -> int:
    """Return the number of windows that a clip gives."""
    return max(1, num_frames // window_frames)
