from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.nn import GCNConv, RGCNConv

from skelgraph.data import SkeletonData, build_edges, to_dense
from skelgraph.errors import DatasetError
from skelgraph.layouts import COCO17, UPPER10, JointLayout, partition
from skelgraph.poses import PoseSequence

STRATEGIES = ["uniform", "distance", "spatial"]


def list_edges_by_loop(
    layout: JointLayout, num_frames: int, present: np.ndarray, strategy: str
) -> list[tuple[int, int, int, bool]]:
    A = partition(layout, strategy)
    V = layout.num_joints
    edges = []
    for t in range(num_frames):
        for k, s, v in zip(*np.nonzero(A), strict=True):
            if present[t, s] and present[t, v]:
                edges.append((t * V + s, t * V + v, k, False))
        edges += [
            (other * V + v, t * V + v, len(A), True)
            for other in (t - 1, t + 1)
            for v in range(V)
            if 0 <= other < num_frames and present[other, v] and present[t, v]
        ]
    return sorted(edges, key=lambda edge: (edge[1], edge[0]))


@pytest.mark.parametrize("layout", [UPPER10, COCO17], ids=lambda layout: layout.name)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_edges_equal_those_of_a_loop(layout: JointLayout, strategy: str, missing: float) -> None:
    present = np.random.default_rng(1).random((4, layout.num_joints)) >= missing
    mask = torch.from_numpy(present).reshape(-1)
    edges = build_edges(layout, 4, mask=mask, strategy=strategy, temporal=True)
    listed = list(
        zip(
            *edges.edge_index.tolist(),
            edges.edge_type.tolist(),
            edges.edge_is_temporal.tolist(),
            strict=True,
        )
    )
    assert listed == list_edges_by_loop(layout, 4, present, strategy)


def test_dividing_by_the_in_degree_gives_the_weights_of_the_partition() -> None:
    A = torch.from_numpy(partition(COCO17))
    edges = build_edges(COCO17, 1)
    source, target = edges.edge_index
    in_degree = target.bincount(minlength=17)
    assert torch.allclose(A[edges.edge_type, source, target], 1 / in_degree[target])
    assert len(source) == int((A > 0).sum())
    assert not edges.edge_is_temporal.any()


def test_options_reach_the_partition() -> None:
    types = build_edges(
        UPPER10, 1, center=2, hop_distance="truncated", subset_order="st-gcn"
    ).edge_type
    A = partition(UPPER10, center=2, hop_distance="truncated", subset_order="st-gcn")
    assert types.bincount().tolist() == (A > 0).sum(axis=(1, 2)).tolist()
    assert types.bincount().tolist() != build_edges(UPPER10, 1).edge_type.bincount().tolist()


def test_a_single_frame_has_no_temporal_edges() -> None:
    assert not build_edges(UPPER10, 1, temporal=True).edge_is_temporal.any()


def test_a_joint_without_neighbors_keeps_its_self_loop() -> None:
    lone = replace(UPPER10, name="lone", joints=("only",), bones=(), pairs=())
    assert build_edges(lone, 1).edge_index.tolist() == [[0], [0]]


def test_a_mask_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"each of 2 \* 10 nodes, but got \(10,\)"):
        build_edges(UPPER10, 2, mask=torch.ones(10, dtype=torch.bool))


def test_nodes_are_frame_major_and_missing_joints_are_zero(make_sequence) -> None:
    sequence = make_sequence(4, missing=0.3)
    data = SkeletonData.nodes_from_sequence(sequence, y=2)
    assert data.joint.tolist() == list(range(10)) * 4
    for frame in range(4):
        for joint in range(10):
            node = frame * 10 + joint
            is_there = bool(sequence.present[frame, joint])
            expected = sequence.positions[frame, joint] if is_there else np.zeros(3)
            assert data.mask[node] == is_there
            assert data.x[node].tolist() == expected.tolist()
    assert 0 < data.mask.sum() < 40
    assert data.y.dtype == torch.long
    assert data.y.shape == ()
    assert (data.num_frames, data.layout, data.name, int(data.y)) == (4, "upper10", "clip", 2)
    assert data.num_joints == 10
    assert "edge_index" not in data
    assert "y" not in SkeletonData.nodes_from_sequence(sequence)


def test_changing_a_graph_leaves_the_sequence_alone(make_sequence) -> None:
    sequence = make_sequence()
    before = sequence.positions.copy()
    SkeletonData.nodes_from_sequence(sequence).x.zero_()
    assert np.array_equal(sequence.positions, before)


@pytest.mark.parametrize("seed", range(5))
def test_no_edge_touches_a_missing_node(make_sequence, seed: int) -> None:
    data = SkeletonData.from_sequence(make_sequence(6, missing=0.4, seed=seed))
    assert data.mask[data.edge_index].all()
    assert data.validate()
    assert not data.mask.all()


def test_convolutions_of_pyg_run(make_sequence) -> None:
    data = SkeletonData.from_sequence(make_sequence(3, missing=0.2), temporal=True)
    assert GCNConv(3, 7)(data.x, data.edge_index).shape == (30, 7)
    relational = RGCNConv(3, 7, num_relations=4)
    assert relational(data.x, data.edge_index, data.edge_type).shape == (30, 7)
    assert int(data.edge_type.max()) == 3


def test_a_batch_of_two_skeletons_shifts_edges_and_nothing_else(make_sequence) -> None:
    clips = [
        SkeletonData.from_sequence(make_sequence(3, name="a"), y=1),
        SkeletonData.from_sequence(make_sequence(2, layout=COCO17, name="b", missing=0.3), y=0),
    ]
    batch = Batch.from_data_list(clips)
    first, second = clips
    E = first.edge_index.shape[1]
    assert torch.equal(batch.edge_index[:, E:], second.edge_index + 30)
    assert torch.equal(batch.edge_index[:, :E], first.edge_index)
    for key in ("x", "mask", "joint", "edge_type", "edge_is_temporal"):
        assert torch.equal(batch[key], torch.cat([first[key], second[key]])), key
    assert batch.num_frames.tolist() == [3, 2]
    assert batch.y.tolist() == [1, 0]
    assert (batch.layout, batch.name) == (["upper10", "coco17"], ["a", "b"])
    assert torch.equal(batch[1].edge_index, second.edge_index)
    assert batch[1].num_joints == 17
    with pytest.raises(DatasetError, match=r"one number of joints, but the batch has \[10, 17\]"):
        _ = batch.num_joints


def test_positions_are_a_view_by_frame_and_joint(make_sequence) -> None:
    sequence = make_sequence(4)
    data = SkeletonData.nodes_from_sequence(sequence)
    assert torch.equal(data.positions, torch.from_numpy(sequence.positions.copy()))
    assert data.present.shape == (4, 10)
    taken_from_batch = Batch.from_data_list([data, data])[1]
    assert taken_from_batch.positions.shape == (4, 10, 3)


def test_a_batch_has_no_positions_of_one_clip(make_sequence) -> None:
    batch = Batch.from_data_list([SkeletonData.nodes_from_sequence(make_sequence())] * 2)
    with pytest.raises(ValueError, match="transform clips before batching"):
        _ = batch.positions


def test_new_positions_may_have_another_number_of_frames(make_sequence) -> None:
    data = SkeletonData.nodes_from_sequence(make_sequence(5), y=1)
    present = torch.ones(2, 10, dtype=torch.bool)
    present[1, 3] = False
    new = data.with_positions(torch.full((2, 10, 3), 7.0), present)
    assert new.num_frames == 2
    assert new.joint.tolist() == list(range(10)) * 2
    assert new.x[13].tolist() == [0, 0, 0]
    assert new.x[12].tolist() == [7, 7, 7]
    assert data.x.shape == (50, 3)


def test_edges_do_not_survive_another_number_of_frames(make_sequence) -> None:
    data = SkeletonData.from_sequence(make_sequence(5))
    with pytest.raises(ValueError, match="AddEdges must be the last transform"):
        data.with_positions(data.positions[:2], data.present[:2])
    assert data.with_positions(data.positions * 2, data.present).num_edges == data.num_edges


def test_new_positions_must_fit(make_sequence) -> None:
    data = SkeletonData.nodes_from_sequence(make_sequence(5))
    with pytest.raises(ValueError, match=r"expected positions \(T, 10, C\)"):
        data.with_positions(data.positions[:, :4], data.present[:, :4])


def test_two_coordinates_are_fine() -> None:
    sequence = PoseSequence(positions=np.ones((2, 10, 2)), layout=UPPER10, fps=25.0)
    assert SkeletonData.from_sequence(sequence).x.shape == (20, 2)


def test_saved_graph_is_loaded_as_it_is(make_sequence, tmp_path: Path) -> None:
    data = SkeletonData.from_sequence(make_sequence(5, missing=0.2), y=1)
    torch.save(data, tmp_path / "clip.pt")
    loaded = torch.load(tmp_path / "clip.pt")
    assert isinstance(loaded, SkeletonData)
    assert loaded.keys() == data.keys()
    assert torch.equal(loaded.x, data.x)
    assert loaded.name == "clip"


@pytest.mark.parametrize("nodes", [slice(0, 31), slice(1, 41), slice(0, 40, 2)])
def test_part_of_a_graph_is_refused_where_frames_are_needed(make_sequence, nodes: slice) -> None:
    data = SkeletonData.from_sequence(make_sequence(5))
    part = data.subgraph(torch.arange(50)[nodes])
    with pytest.raises(DatasetError, match="a part of a graph has no frames any more"):
        to_dense(part)
    with pytest.raises(DatasetError, match="expected the same joints in each of 5 frames"):
        to_dense(Batch.from_data_list([data, part]))


def test_persons_of_a_clip_are_one_graph(make_sequence) -> None:
    first, second = (
        SkeletonData.nodes_from_sequence(make_sequence(5, seed=seed, missing=0.2), y=1)
        for seed in (1, 2)
    )
    both = SkeletonData.join_persons([first, second])
    assert both.num_joints == 10
    assert both.num_persons == 2
    assert torch.equal(both.x, torch.cat([first.x, second.x]))
    assert Batch.from_data_list([both, both]).num_joints == 10
    with pytest.raises(ValueError, match="expected one person, but got several"):
        _ = both.positions
    longer = SkeletonData.nodes_from_sequence(make_sequence(6))
    with pytest.raises(DatasetError, match="expected persons of one layout in the same frames"):
        SkeletonData.join_persons([first, longer])
