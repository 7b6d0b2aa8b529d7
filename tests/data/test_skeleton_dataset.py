from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from skelgraph.data import MotionClip, SkeletonDataset
from skelgraph.errors import DatasetError
from skelgraph.poses import PoseSequence


def add_noise(clip: MotionClip) -> MotionClip:
    """A transform that draws from PyTorch's generator."""
    noise = torch.randn(clip.positions.shape)
    return clip.with_positions(clip.positions + noise, clip.present)


@pytest.fixture
def clips(make_sequence) -> list[PoseSequence]:
    labels = ["sad", "joy", "joy", "sad"]
    return [
        make_sequence(3 + i, seed=i, name=f"clip{i}", label=label) for i, label in enumerate(labels)
    ]


def draw_epoch(dataset: SkeletonDataset, epoch: int, num_workers: int = 0) -> Tensor:
    dataset.set_epoch(epoch)
    loader = DataLoader(dataset, 2, num_workers=num_workers, collate_fn=dataset.collate)
    return torch.cat([batch.x.flatten() for batch in loader])


def test_clips_have_the_number_of_their_class(clips) -> None:
    dataset = SkeletonDataset(clips, classes=["sad", "joy"])
    assert len(dataset) == 4
    assert [dataset[i].y for i in range(4)] == [0, 1, 1, 0]
    assert [clip.name for clip in dataset] == ["clip0", "clip1", "clip2", "clip3"]
    assert dataset.lengths == [3, 4, 5, 6]


def test_a_loader_batches_clips_of_unlike_lengths(clips) -> None:
    dataset = SkeletonDataset(clips, classes=["joy", "sad"])
    batches = list(DataLoader(dataset, batch_size=3, collate_fn=dataset.collate))
    assert [batch.y.tolist() for batch in batches] == [[1, 0, 0], [1]]
    x, mask = dataset.to_inputs(batches[0])
    assert x.shape == (3, 3, 5, 10)
    assert mask is not None
    assert mask.sum(dim=(1, 2)).tolist() == [30, 40, 50]
    assert dataset.to_inputs(batches[1])[1] is None


def test_without_classes_there_is_no_y(clips) -> None:
    assert SkeletonDataset(clips)[0].y is None


def test_draws_depend_on_seed_epoch_and_clip_alone(clips) -> None:
    dataset = SkeletonDataset(clips, transform=add_noise, seed=1)
    first = draw_epoch(dataset, 0)
    assert not torch.equal(first, draw_epoch(dataset, 1))
    torch.manual_seed(99)
    assert torch.equal(first, draw_epoch(dataset, 0))
    again = SkeletonDataset(clips, transform=add_noise, seed=1)
    again.set_epoch(0)
    assert torch.equal(again[2].positions, dataset[2].positions)
    other = SkeletonDataset(clips, transform=add_noise, seed=2)
    assert not torch.equal(first, draw_epoch(other, 0))
    same_clip_twice = SkeletonDataset([clips[0], clips[0]], transform=add_noise, seed=1)
    assert not torch.equal(same_clip_twice[0].positions, same_clip_twice[1].positions)


def test_draws_leave_the_draws_outside_alone(clips) -> None:
    dataset = SkeletonDataset(clips, transform=add_noise)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    _ = dataset[0]
    assert torch.equal(torch.rand(3), expected)


def test_persistent_workers_draw_what_the_main_process_draws(clips) -> None:
    dataset = SkeletonDataset(clips, transform=add_noise)
    alone = [draw_epoch(dataset, epoch) for epoch in (0, 1)]
    dataset.set_epoch(0)
    loader = DataLoader(
        dataset, 2, num_workers=1, persistent_workers=True, collate_fn=dataset.collate
    )
    for epoch in (0, 1):
        dataset.set_epoch(epoch)
        assert torch.equal(torch.cat([batch.x.flatten() for batch in loader]), alone[epoch])


def test_a_transform_does_not_change_the_dataset(clips) -> None:
    dataset = SkeletonDataset(clips, transform=lambda clip: replace(clip, name="changed"))
    assert dataset[1].name == "changed"
    dataset.transform = None
    assert dataset[1].name == "clip1"


def test_bad_clips_are_errors(clips, make_sequence) -> None:
    with pytest.raises(DatasetError, match=r"a label of joy for each clip.*clip0 \(sad\), clip3"):
        SkeletonDataset(clips, classes=["joy"])
    with pytest.raises(DatasetError, match="expected at least one clip"):
        SkeletonDataset([])
    with pytest.raises(DatasetError, match="2 or of 3 coordinates"):
        SkeletonDataset([make_sequence(), make_sequence(dimensions=2)])
    with pytest.raises(ValueError, match="a seed of 0 or more, but got -1"):
        SkeletonDataset(clips, seed=-1)
