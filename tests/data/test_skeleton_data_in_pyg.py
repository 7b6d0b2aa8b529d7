"""Graphs of clips in PyG's own tools."""

import pickle

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, InMemoryDataset
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import AddSelfLoops, ToUndirected
from torch_geometric.utils import contains_self_loops, is_undirected

from skelgraph.data import SkeletonData
from skelgraph.layouts import COCO17, MPI23, UPPER10, JointLayout
from skelgraph.poses import PoseSequence


def draw_graph(layout: JointLayout, num_frames: int) -> SkeletonData:
    positions = np.random.default_rng(num_frames).normal(size=(num_frames, layout.num_joints, 3))
    sequence = PoseSequence(positions=positions, layout=layout, fps=30.0, name=layout.name)
    return SkeletonData.from_sequence(sequence, y=1)


@pytest.fixture
def graphs() -> list[SkeletonData]:
    """Clips of three skeletons and lengths."""
    return [draw_graph(UPPER10, 4), draw_graph(COCO17, 7), draw_graph(MPI23, 5)]


def test_a_loader_batches_them_and_gives_them_back(graphs: list[SkeletonData]) -> None:
    (batch,) = DataLoader(graphs, batch_size=3)
    assert batch.num_frames.tolist() == [4, 7, 5]
    assert [str(one) for one in batch.skeleton] == [
        "upper10 (10 joints)",
        "coco17 (17 joints)",
        "mpi23 (23 joints)",
    ]
    for before, after in zip(graphs, batch.to_data_list(), strict=True):
        assert torch.equal(after.x, before.x)
        assert torch.equal(after.edge_index, before.edge_index)
        assert after.skeleton is before.skeleton
        np.testing.assert_array_equal(after.to_sequence().positions, before.to_sequence().positions)


def test_transforms_of_pyg_change_their_edges(graphs: list[SkeletonData]) -> None:
    graph = graphs[0]
    assert contains_self_loops(graph.edge_index)  # the root subset
    assert is_undirected(graph.edge_index)
    bare = graph.clone()
    keep = bare.edge_type > 1
    bare.edge_index, bare.edge_type = bare.edge_index[:, keep], bare.edge_type[keep]
    del bare.edge_is_temporal
    assert not is_undirected(bare.edge_index)
    whole = ToUndirected()(bare.clone())
    assert is_undirected(whole.edge_index)
    assert len(whole.edge_type) == whole.edge_index.size(1)
    del bare.edge_type
    assert contains_self_loops(AddSelfLoops()(bare).edge_index)


def test_a_dataset_in_memory_holds_them(graphs: list[SkeletonData]) -> None:
    class Clips(InMemoryDataset):
        def __init__(self) -> None:
            super().__init__(None)
            self.data, self.slices = self.collate(graphs)

    for before, after in zip(graphs, Clips(), strict=True):
        assert isinstance(after, SkeletonData)
        assert torch.equal(after.positions, before.positions)
        assert after.layout == before.layout


def test_pickled_graphs_and_batches_are_the_same(graphs: list[SkeletonData]) -> None:
    for one in (graphs[0], Batch.from_data_list(graphs)):
        again = pickle.loads(pickle.dumps(one))
        assert torch.equal(again.x, one.x)
        assert again.layout == one.layout
