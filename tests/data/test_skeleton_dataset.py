import pytest
import torch
from torch import Tensor
from torch_geometric.loader import DataLoader

from skelgraph.data import SkeletonData, SkeletonDataset, to_dense
from skelgraph.errors import DatasetError
from skelgraph.poses import PoseSequence


def add_noise(data: SkeletonData) -> SkeletonData:
    """A transform that draws from PyTorch's generator, as PyG's do."""
    data.x = data.x + torch.randn(data.x.shape)
    return data


@pytest.fixture
def clips(make_sequence) -> list[PoseSequence]:
    labels = ["sad", "joy", "joy", "sad"]
    return [
        make_sequence(3 + i, seed=i, name=f"clip{i}", label=label) for i, label in enumerate(labels)
    ]


def draw_epoch(dataset: SkeletonDataset, epoch: int, num_workers: int = 0) -> Tensor:
    dataset.set_epoch(epoch)
    loader = DataLoader(dataset, batch_size=2, num_workers=num_workers)
    return torch.cat([batch.x for batch in loader])


def test_clips_are_nodes_with_the_number_of_their_class(clips) -> None:
    dataset = SkeletonDataset(clips, classes=["sad", "joy"])
    assert len(dataset) == 4
    assert [int(dataset[i].y) for i in range(4)] == [0, 1, 1, 0]
    assert [data.name for data in dataset] == ["clip0", "clip1", "clip2", "clip3"]
    assert "edge_index" not in dataset[0]


def test_a_loader_batches_clips_of_unlike_lengths(clips) -> None:
    batches = list(DataLoader(SkeletonDataset(clips, classes=["joy", "sad"]), batch_size=3))
    assert [batch.y.tolist() for batch in batches] == [[1, 0, 0], [1]]
    assert to_dense(batches[0])[0].shape == (3, 3, 5, 10)


def test_without_classes_there_is_no_y(clips) -> None:
    assert "y" not in SkeletonDataset(clips)[0]


def test_draws_depend_on_seed_epoch_and_clip_alone(clips) -> None:
    dataset = SkeletonDataset(clips, transform=add_noise, seed=1)
    first = draw_epoch(dataset, 0)
    assert not torch.equal(first, draw_epoch(dataset, 1))
    torch.manual_seed(99)
    assert torch.equal(first, draw_epoch(dataset, 0))
    again = SkeletonDataset(clips, transform=add_noise, seed=1)
    again.set_epoch(0)
    assert torch.equal(again[2].x, dataset[2].x)
    other = SkeletonDataset(clips, transform=add_noise, seed=2)
    assert not torch.equal(first, draw_epoch(other, 0))
    same_clip_twice = SkeletonDataset([clips[0], clips[0]], transform=add_noise, seed=1)
    assert not torch.equal(same_clip_twice[0].x, same_clip_twice[1].x)


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
    loader = DataLoader(dataset, batch_size=2, num_workers=1, persistent_workers=True)
    for epoch in (0, 1):
        dataset.set_epoch(epoch)
        assert torch.equal(torch.cat([batch.x for batch in loader]), alone[epoch])


def test_a_transform_does_not_change_the_dataset(clips) -> None:
    def drop_name(data: SkeletonData) -> SkeletonData:
        data.name = "changed"
        return data

    dataset = SkeletonDataset(clips, transform=drop_name)
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
