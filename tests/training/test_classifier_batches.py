"""The order and the batches of training clips."""

from collections import Counter

import numpy as np
import pytest
import torch

from skelgraph.data import SkeletonDataset
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.training.classifier_training import ClipDataModule
from skelgraph.training.clip_batches import LengthBatches

LENGTHS = [int(length) for length in np.random.default_rng(0).lognormal(3, 0.6, size=50) + 1]


def make_clips(lengths: list[int]) -> SkeletonDataset:
    return SkeletonDataset(
        [
            PoseSequence(positions=np.zeros((length, 10, 3)), layout=UPPER10, fps=30.0)
            for length in lengths
        ]
    )


@pytest.fixture(scope="module")
def clips() -> SkeletonDataset:
    return make_clips(LENGTHS)


def test_batches_depend_on_seed_and_epoch_alone(clips: SkeletonDataset) -> None:
    first, second = LengthBatches(clips, 8, seed=1), LengthBatches(clips, 8, seed=1)
    list(first)
    list(first)
    first.set_epoch(7)
    second.set_epoch(7)
    assert list(first) == list(second)


@pytest.mark.parametrize(("seed", "epoch"), [(1, 1), (2, 0)])
def test_another_seed_or_epoch_gives_other_batches(
    clips: SkeletonDataset, seed: int, epoch: int
) -> None:
    reference, other = LengthBatches(clips, 8, seed=1), LengthBatches(clips, 8, seed=seed)
    other.set_epoch(epoch)
    assert list(reference) != list(other)
    assert {frozenset(batch) for batch in reference} != {frozenset(batch) for batch in other}


@pytest.mark.parametrize(
    ("num_clips", "sizes"), [(16, [8, 8]), (17, [8, 8]), (18, [8, 8, 2]), (1, [1]), (3, [3])]
)
def test_every_clip_comes_once_but_a_batch_of_one(num_clips: int, sizes: list[int]) -> None:
    batches = LengthBatches(make_clips(LENGTHS[:num_clips]), 8, seed=0)
    drawn = list(batches)
    assert sorted((len(batch) for batch in drawn), reverse=True) == sizes
    assert len(batches) == len(sizes)
    clips = [clip for batch in drawn for clip in batch]
    assert len(set(clips)) == len(clips)


def test_little_is_padded(clips: SkeletonDataset) -> None:
    def padded_frames(batches: list[list[int]]) -> int:
        return sum(len(batch) * max(LENGTHS[clip] for clip in batch) for batch in batches)

    in_order = [list(range(start, min(start + 8, 50))) for start in range(0, 50, 8)]
    batches = list(LengthBatches(clips, 8, seed=0))
    assert padded_frames(batches) < 1.3 * sum(LENGTHS) < padded_frames(in_order)


def test_long_batches_do_not_come_last(clips: SkeletonDataset) -> None:
    longest = [max(LENGTHS[clip] for clip in batch) for batch in LengthBatches(clips, 8, seed=0)]
    assert longest not in (sorted(longest), sorted(longest, reverse=True))


def test_clips_that_are_cut_to_one_length_are_shuffled() -> None:
    clips = make_clips([20, 30, 40, 50] * 8)
    batches = list(LengthBatches(clips, 8, seed=0, longest=20))
    assert any(len({clip % 4 for clip in batch}) > 2 for batch in batches)


def test_clips_that_are_resampled_to_one_length_are_shuffled(clips: SkeletonDataset) -> None:
    batches = list(LengthBatches(clips, 8, seed=0, longest=1))
    assert all(max(LENGTHS[i] for i in batch) > 25 for batch in batches if len(batch) == 8)


def test_validation_batches_are_of_like_length(clips: SkeletonDataset) -> None:
    loader = ClipDataModule(clips, clips, batch_size=8, seed=0).val_dataloader()
    frames = []
    for batch in loader:
        is_there = torch.ones(batch.x.shape[::2]) if batch.mask is None else batch.mask[:, :, 0]
        frames.append(is_there.sum(dim=1).tolist())
    assert [max(batch) for batch in frames] == sorted(max(batch) for batch in frames)
    assert sorted(length for batch in frames for length in batch) == sorted(LENGTHS)


@pytest.mark.parametrize("num_clips", [1, 5, 50])
def test_balanced_batches_have_each_class_as_often_and_are_full(num_clips: int) -> None:
    labels = (["rare"] * 5 + ["usual"] * 45)[:num_clips]
    batches = LengthBatches(make_clips(LENGTHS[:num_clips]), 8, seed=0, balance=labels)
    seen = Counter[int]()
    for epoch in range(40):
        batches.set_epoch(epoch)
        drawn = list(batches)
        assert [len(batch) for batch in drawn] == [min(8, num_clips)] * len(batches)
        ones = Counter(clip for batch in drawn for clip in batch)
        if num_clips == 50:  # 24 or 25 draws, of which two may be in the batch that is left out
            rare = sum(ones[clip] for clip in range(5))
            assert 22 <= rare <= 26
            assert all(2 <= ones[clip] <= 5 for clip in range(5))
            assert all(ones[clip] <= 1 for clip in range(5, 50))
        seen += ones
    assert len(seen) == num_clips
    if num_clips == 50:
        assert min(seen[clip] for clip in range(5, 50)) > 10  # about 21
