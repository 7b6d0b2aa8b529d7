import numpy as np
import pytest
import torch

from skelgraph.data import SkeletonData
from skelgraph.errors import LayoutError
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.transforms import AddEdges, CenterCrop


@pytest.mark.parametrize("temporal", [True, False])
def test_the_edges_are_those_of_the_whole_graph(temporal: bool) -> None:
    positions = np.random.default_rng(0).normal(size=(6, 10, 3))
    positions[2:4, 5] = np.nan
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    nodes = SkeletonData.nodes_from_sequence(sequence)
    options = {"strategy": "distance", "temporal": temporal}
    expected = SkeletonData.from_sequence(sequence, **options)
    found = AddEdges("upper10", **options)(nodes)
    assert torch.equal(found.edge_index, expected.edge_index)
    assert torch.equal(found.edge_type, expected.edge_type)
    assert torch.equal(found.edge_is_temporal, expected.edge_is_temporal)
    assert bool(found.edge_is_temporal.any()) == temporal


def test_cropping_afterwards_is_an_error(clip: SkeletonData) -> None:
    with pytest.raises(ValueError, match="AddEdges must be the last transform"):
        CenterCrop(3)(AddEdges(UPPER10)(clip))


def test_an_unknown_layout_is_an_error() -> None:
    with pytest.raises(LayoutError, match="no layout 'upper11'"):
        AddEdges("upper11")
