"""The order of training clips."""

import numpy as np
import pytest

from skelgraph.data import SkeletonDataset
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.training.data_module import SeededShuffle


@pytest.fixture(scope="module")
def clips() -> SkeletonDataset:
    still = PoseSequence(positions=np.zeros((1, 10, 3)), layout=UPPER10, fps=30.0)
    return SkeletonDataset([still] * 50)


def test_the_order_depends_on_seed_and_epoch_alone(clips: SkeletonDataset) -> None:
    first, second = SeededShuffle(clips, seed=1), SeededShuffle(clips, seed=1)
    list(first)
    list(first)
    first.set_epoch(7)
    second.set_epoch(7)
    assert list(first) == list(second)
    assert sorted(first) == list(range(50))


@pytest.mark.parametrize(("seed", "epoch"), [(1, 1), (2, 0)])
def test_another_seed_or_epoch_is_another_order(
    clips: SkeletonDataset, seed: int, epoch: int
) -> None:
    reference, other = SeededShuffle(clips, seed=1), SeededShuffle(clips, seed=seed)
    other.set_epoch(epoch)
    assert list(reference) != list(other)
