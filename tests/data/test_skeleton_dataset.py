from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch_geometric.data import Batch

from skelgraph.data import DenseBatch, MotionClip, SkeletonData, SkeletonDataset, to_dense
from skelgraph.errors import DatasetError
from skelgraph.layouts import COCO17
from skelgraph.poses import PoseSequence


def test_a_dense_batch_equals_a_loop(make_sequence) -> None:
    sequences = [make_sequence(T, missing=0.2, seed=T) for T in (4, 7, 1)]
    batch = DenseBatch.from_clips([MotionClip.from_sequence(clip) for clip in sequences])
    x, mask = batch.x, batch.mask
    assert mask is not None
    assert len(batch) == 3
    assert x.shape == (3, 3, 7, 10)
    assert x.is_contiguous()
    assert mask.shape == (3, 7, 10)
    for n, sequence in enumerate(sequences):
        for t in range(7):
            for v in range(10):
                is_there = t < sequence.num_frames and bool(sequence.present[t, v])
                expected = sequence.positions[t, v].tolist() if is_there else [0, 0, 0]
                assert mask[n, t, v] == is_there
                assert x[n, :, t, v].tolist() == expected


@pytest.mark.parametrize("lengths", [(4, 7, 1), (5, 5)])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_a_batch_of_clips_equals_one_of_graphs(
    make_sequence, lengths: tuple[int, ...], missing: float
) -> None:
    clips = [
        MotionClip.from_sequence(make_sequence(T, missing=missing, seed=T), y=T) for T in lengths
    ]
    batch = DenseBatch.from_clips(clips)
    graphs = Batch.from_data_list([SkeletonData.from_clip(clip) for clip in clips])
    x, mask = to_dense(graphs)
    assert torch.equal(batch.x, x)
    assert batch.x.stride() == x.stride()
    assert torch.equal(batch.y, graphs.y)
    assert batch.y.dtype == graphs.y.dtype
    if batch.mask is None:
        assert mask.all()
    else:
        assert torch.equal(batch.mask, mask)


def test_there_is_a_mask_only_if_something_is_missing_or_padded(make_sequence) -> None:
    clip, longer = (MotionClip.from_sequence(make_sequence(T)) for T in (5, 6))
    holey = MotionClip.from_sequence(make_sequence(5, missing=0.1))
    assert DenseBatch.from_clips([clip, clip]).mask is None
    assert DenseBatch.from_clips([clip, longer]).mask is not None
    assert DenseBatch.from_clips([clip, holey]).mask is not None


def test_a_batch_has_classes_only_if_all_clips_have(make_sequence) -> None:
    clip = MotionClip.from_sequence(make_sequence(), y=2)
    assert DenseBatch.from_clips([clip, clip]).y.tolist() == [2, 2]
    assert DenseBatch.from_clips([clip, replace(clip, y=None)]).y is None


def test_a_batch_moves_as_a_whole(make_sequence) -> None:
    holey = MotionClip.from_sequence(make_sequence(missing=0.3), y=1)
    full = MotionClip.from_sequence(make_sequence())
    moved = DenseBatch.from_clips([holey]).to("meta")
    assert {moved.x.device.type, moved.mask.device.type, moved.y.device.type} == {"meta"}
    moved = DenseBatch.from_clips([full]).to(torch.device("meta"), non_blocking=True)
    assert (moved.x.device.type, moved.mask, moved.y) == ("meta", None, None)


def test_one_graph_is_a_batch_of_one(make_sequence) -> None:
    data = SkeletonData.nodes_from_sequence(make_sequence(6))
    x, mask = to_dense(data)
    assert torch.equal(x[0].permute(1, 2, 0), data.positions)
    assert mask.shape == (1, 6, 10)
    assert mask.all()


def test_unlike_layouts_are_an_error(make_sequence) -> None:
    sequences = [make_sequence(3), make_sequence(3, layout=COCO17)]
    clips = [MotionClip.from_sequence(sequence) for sequence in sequences]
    with pytest.raises(DatasetError, match="clips of one layout, but got coco17, upper10"):
        DenseBatch.from_clips(clips)
    with pytest.raises(DatasetError, match="clips of one layout, but got coco17, upper10"):
        to_dense(Batch.from_data_list([SkeletonData.from_clip(clip) for clip in clips]))


def test_a_loader_can_pin_a_batch(make_sequence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor + 0)
    holey = DenseBatch.from_clips([MotionClip.from_sequence(make_sequence(missing=0.3), y=1)])
    pinned = holey.pin_memory()
    for name in ("x", "mask", "y"):
        assert getattr(pinned, name) is not getattr(holey, name)
        assert torch.equal(getattr(pinned, name), getattr(holey, name) + 0)
    full = DenseBatch.from_clips([MotionClip.from_sequence(make_sequence())]).pin_memory()
    assert full.mask is None
    assert full.y is None


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
