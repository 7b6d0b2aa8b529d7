from pathlib import Path

import numpy as np
import pytest
import torch
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import Compose

from skelgraph.data import SkeletonData, SkeletonFolder
from skelgraph.errors import DatasetError
from skelgraph.evaluation import make_split
from skelgraph.models import SmallSSTGCN
from skelgraph.poses import Preprocessing, resample, to_meters
from skelgraph.transforms import AddEdges, OnSequence, Preprocess, RandomCrop, ToMotion


def test_recordings_are_graphs(arm_swings: Path) -> None:
    folder = SkeletonFolder(arm_swings)
    assert len(folder) == len(folder.clips)
    assert folder.num_classes == len(folder.class_names) == 2
    for number in (0, len(folder) - 1):
        graph, sequence = folder[number], folder.clips.sequences[number]
        assert isinstance(graph, SkeletonData)
        assert (graph.num_frames, graph.fps) == (sequence.num_frames, 30.0)
        np.testing.assert_array_equal(graph.positions.numpy(), sequence.positions)
        assert folder.class_names[int(graph.y)] == sequence.label
        assert (graph.subject, graph.recording) == (sequence.subject, sequence.recording)
        assert graph.to_sequence().layout == sequence.layout
    assert not (arm_swings / "processed").exists()


def test_transforms_do_what_a_training_does(arm_swings: Path) -> None:
    preprocessing = Preprocessing(fps=20.0)
    folder = SkeletonFolder(
        arm_swings,
        transform=Compose([ToMotion(), RandomCrop(8), AddEdges("upper10")]),
        pre_transform=Preprocess(preprocessing),
        pre_filter=lambda graph: graph.subject != "ann",
    )
    assert {graph.subject for graph in folder} == {"bob", "cid"}
    assert [graph.name for graph in folder] == [one.name for one in folder.clips.sequences]
    assert folder[0].num_frames == 8
    assert folder[0].edge_index.size(1) == 8 * 28
    plain = SkeletonFolder(arm_swings, pre_transform=Preprocess(preprocessing))
    expected = preprocessing.apply(plain.clips.sequences[3])
    np.testing.assert_allclose(plain[3].positions.numpy(), expected.positions, atol=1e-6)
    steps = Compose([OnSequence(to_meters), OnSequence(resample, fps=15.0)])
    assert steps(plain[3]).num_frames == resample(expected, 15.0).num_frames


def test_a_loader_over_a_part_trains_a_network(arm_swings: Path) -> None:
    folder = SkeletonFolder(arm_swings, ToMotion(), Preprocess())
    clips = folder.clips
    split = make_split(
        "subject",
        labels=clips.labels,
        subjects=clips.subjects,
        recordings=clips.recordings,
        test_subjects=("cid",),
    )
    torch.manual_seed(0)
    network = SmallSSTGCN(num_classes=folder.num_classes, members=1, attention=False)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(10):
        for batch in DataLoader(folder[split.train.tolist()], batch_size=8, shuffle=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(batch)[:, 0], batch.y).backward()
            optimizer.step()
    test = next(iter(DataLoader(folder[split.test.tolist()], batch_size=64)))
    assert (network.eval()(test).argmax(dim=1) == test.y).float().mean() > 0.8


def test_a_graph_with_edges_takes_no_other_motion(arm_swings: Path) -> None:
    graph = AddEdges("upper10")(SkeletonFolder(arm_swings)[0])
    with pytest.raises(ValueError, match="AddEdges must be the last transform"):
        OnSequence(resample, fps=15.0)(graph)


def test_a_filter_that_keeps_nothing_is_named(arm_swings: Path) -> None:
    with pytest.raises(DatasetError, match="expected a graph that pre_filter keeps"):
        SkeletonFolder(arm_swings, pre_filter=lambda graph: False)


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError):
        SkeletonFolder(tmp_path)
