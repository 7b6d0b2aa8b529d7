"""Windows of filmed clips, as a lifter is trained on them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from skelgraph.config import FilmingSettings, LifterRecipe
from skelgraph.data import derive_seed
from skelgraph.lifting.lifter_data import LifterData, film_for_training
from skelgraph.lifting.lifter_keypoints import normalize_keypoints
from skelgraph.lifting.temporal_lifter import TemporalLifter
from skelgraph.typing import IntArray

_ORDER = 1
"""Tells an epoch's order from the draws of its clips."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Windows:
    """The windows of an epoch, in the order in which they are met.

    Args:
        keypoints: Tensor (N, L + R - 1, 9, 3) for windows of L frames and a receptive field of R.
        targets: Tensor (N, L, 10, 3) in meters; NaN where a joint is missing.
    """

    keypoints: Tensor
    targets: Tensor


def draw_windows(
    data: LifterData,
    epoch: int,
    network: TemporalLifter,
    settings: FilmingSettings,
    *,
    window_frames: int,
    seed: int,
) -> Windows:
    """The windows of an epoch: each training clip filmed anew, cut at random places, half mirrored.

    A clip gives as many windows as fit into it, one at least; the first and the last frame are
    repeated beyond its ends, as they are when a recording is lifted.

    Args:
        data: The recordings.
        epoch: Number of the epoch, of which all draws depend beside the seed.
        network: The network that is trained, for how it pads and mirrors.
        settings: How the clips are filmed.
        window_frames: Frames of a window that are lifted.
        seed: Seed of the run.
    """
    generator = np.random.default_rng(derive_seed(seed, epoch, _ORDER, len(data.bodies)))
    length, around = window_frames, network.receptive_field - 1
    keypoints, targets = [], []
    for clip in data.split.train.tolist():
        view = film_for_training(data, clip, epoch, settings, seed=seed)
        seen = torch.from_numpy(normalize_keypoints(view.image))[None]
        padded = network.pad_edges(seen)[0]
        target = torch.from_numpy(view.target)
        short = max(0, length - len(target))
        padded = torch.cat([padded, padded[-1:].expand(short, -1, -1)])
        target = torch.cat([target, target[-1:].expand(short, -1, -1)])
        for _ in range(max(1, len(target) // length)):
            start = int(generator.integers(len(target) - length + 1))
            keypoints.append(padded[start : start + length + around])
            targets.append(target[start : start + length])
    order = torch.from_numpy(generator.permutation(len(keypoints)))
    x, y = torch.stack(keypoints)[order], torch.stack(targets)[order]
    half = torch.from_numpy(generator.random(len(x)) < 0.5)
    x[half] = _mirror(x[half], network.input_mirror)
    y[half] = _mirror(y[half], network.output_mirror)
    return Windows(keypoints=x, targets=y)


def measure_loss(
    lifted: Tensor, targets: Tensor, parents: IntArray, recipe: LifterRecipe
) -> Tensor:
    """Mean distance of the joints, and of bone lengths and steps as the settings weigh them.

    Args:
        lifted: Joints (N, L, V, 3) relative to the root joint.
        targets: Where they shall be, of the same shape; NaN where that is not known.
        parents: Parent of each joint (V,).
        recipe: Weights of the losses.
    """
    known = ~targets.isnan().any(dim=-1)
    targets = targets.nan_to_num()
    loss = _mean((lifted - targets).norm(dim=-1), known)
    if recipe.bone_loss:
        lengths, wanted = ((x - x[:, :, parents]).norm(dim=-1) for x in (lifted, targets))
        both = known & known[:, :, parents]
        loss = loss + recipe.bone_loss * _mean((lengths - wanted).abs(), both)
    if recipe.velocity_loss:
        steps = (lifted - targets).diff(dim=1).norm(dim=-1)
        loss = loss + recipe.velocity_loss * _mean(steps, known[:, 1:] & known[:, :-1])
    return loss


def _mean(values: Tensor, known: Tensor) -> Tensor:
    return (values * known).sum() / known.sum().clamp(min=1)


def _mirror(x: Tensor, mirror: Tensor) -> Tensor:
    """Poses (N, T, V, C) with the first channel negated and left and right exchanged."""
    x = x[:, :, mirror]
    return torch.cat([-x[..., :1], x[..., 1:]], dim=-1)
