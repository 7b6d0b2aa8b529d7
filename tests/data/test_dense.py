import pytest
import torch
from torch_geometric.data import Batch

from skelgraph.data import SkeletonData, to_dense
from skelgraph.errors import DatasetError
from skelgraph.layouts import COCO17


def test_a_dense_batch_equals_a_loop(make_sequence) -> None:
    sequences = [make_sequence(T, missing=0.2, seed=T) for T in (4, 7, 1)]
    batch = Batch.from_data_list([SkeletonData.nodes_from_sequence(one) for one in sequences])
    x, mask = to_dense(batch)
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


def test_one_clip_is_a_batch_of_one(make_sequence) -> None:
    data = SkeletonData.nodes_from_sequence(make_sequence(6))
    x, mask = to_dense(data)
    assert torch.equal(x[0].permute(1, 2, 0), data.positions)
    assert mask.shape == (1, 6, 10)
    assert mask.all()


def test_unlike_layouts_are_an_error(make_sequence) -> None:
    clips = [make_sequence(3), make_sequence(3, layout=COCO17)]
    batch = Batch.from_data_list([SkeletonData.nodes_from_sequence(clip) for clip in clips])
    with pytest.raises(DatasetError, match="clips of one layout, but got coco17, upper10"):
        to_dense(batch)
