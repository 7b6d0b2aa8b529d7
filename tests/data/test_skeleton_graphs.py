import pytest
import torch
from torch_geometric.loader import DataLoader

from skelgraph.data import MotionClip, SkeletonData, SkeletonDataset, SkeletonGraphs, to_dense


def add_noise(clip: MotionClip) -> MotionClip:
    noise = torch.randn(clip.positions.shape)
    return clip.with_positions(clip.positions + noise, clip.present)


def add_noise_to_nodes(graph: SkeletonData) -> SkeletonData:
    """A transform that assigns to attributes, as PyG's do to their copy."""
    graph.x = graph.x + torch.randn(graph.x.shape)
    return graph


@pytest.fixture
def dataset(make_sequence) -> SkeletonDataset:
    sequences = [
        make_sequence(3 + i, seed=i, missing=0.2, name=f"clip{i}", label="ab"[i % 2])
        for i in range(4)
    ]
    return SkeletonDataset(sequences, classes=["a", "b"], transform=add_noise, seed=3)


def test_graphs_are_those_of_the_transformed_clips(dataset: SkeletonDataset) -> None:
    graphs = SkeletonGraphs(dataset)
    assert len(graphs) == 4
    assert [graph.name for graph in graphs] == ["clip0", "clip1", "clip2", "clip3"]
    for clip, graph in zip(dataset, graphs, strict=True):
        assert torch.equal(graph.positions, clip.positions)
        assert int(graph.y) == clip.y
        assert "edge_index" not in graph


def test_pygs_batches_are_the_dense_ones(dataset: SkeletonDataset) -> None:
    """The path through PyG, which training took before, gives the same numbers."""
    for epoch in (0, 2):
        dataset.set_epoch(epoch)
        (graphs,) = DataLoader(SkeletonGraphs(dataset), batch_size=4)
        (batch,) = torch.utils.data.DataLoader(dataset, 4, collate_fn=dataset.collate)
        x, mask = to_dense(graphs)
        assert torch.equal(batch.x, x)
        assert torch.equal(batch.mask, mask)
        assert torch.equal(batch.y, graphs.y)


def test_draws_for_graphs_depend_on_seed_epoch_and_clip(dataset: SkeletonDataset) -> None:
    graphs = SkeletonGraphs(dataset, add_noise_to_nodes)
    first = graphs[1].x
    torch.manual_seed(99)
    assert torch.equal(graphs[1].x, first)
    assert torch.equal(graphs[-3].x, first)
    noise = first - SkeletonGraphs(dataset)[1].x
    clip_noise = dataset[1].positions - dataset._clips[1].positions
    assert not torch.allclose(noise.view(4, 10, 3), clip_noise, atol=1e-3)
    graphs.set_epoch(1)
    assert not torch.equal(graphs[1].x, first)
    dataset.seed = 4
    graphs.set_epoch(0)
    assert not torch.equal(graphs[1].x, first)
