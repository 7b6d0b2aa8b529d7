from dataclasses import replace

import pytest
import torch
from torch_geometric.data import Batch

from skelgraph.data import DenseBatch, MotionClip, SkeletonData, to_dense
from skelgraph.errors import DatasetError
from skelgraph.layouts import COCO17


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
