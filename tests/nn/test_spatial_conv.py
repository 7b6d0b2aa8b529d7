import random
from importlib.util import find_spec

import pytest
import torch
import torch_geometric.typing
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.nn import RGCNConv

from skelgraph.layouts import COCO17, UPPER10, JointLayout, partition
from skelgraph.nn import DenseSpatialPartitionConv, SpatialPartitionConv


@pytest.fixture(params=["torch", "torch-scatter"])
def segment_kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose kernels PyG's segment uses."""
    with_scatter = request.param == "torch-scatter"
    if with_scatter and find_spec("torch_scatter") is None:
        pytest.skip("torch-scatter is not installed")
    monkeypatch.setattr(torch_geometric.typing, "WITH_TORCH_SCATTER", with_scatter)


def random_skeleton(seed: int) -> tuple[JointLayout, Tensor]:
    """A random tree of 7 to 12 joints and its spatial partition around a random joint."""
    rng = random.Random(seed)
    num_joints = rng.randint(7, 12)
    parents: dict[str, str | None] = {"j0": None}
    parents.update({f"j{joint}": f"j{rng.randrange(joint)}" for joint in range(1, num_joints)})
    layout = JointLayout.from_parents("random tree", parents)
    return layout, torch.from_numpy(partition(layout, center=rng.randrange(num_joints)))


def frame_edges(A: Tensor, num_frames: int) -> tuple[Tensor, Tensor]:
    """Edges and types of a graph of separate frames, frame-major."""
    subset, source, target = A.nonzero(as_tuple=True)
    offset = torch.arange(num_frames).repeat_interleave(subset.numel()) * A.size(1)
    edge_index = torch.stack([source, target]).repeat(1, num_frames) + offset
    return edge_index, subset.repeat(num_frames)


def draw_parameters(conv: torch.nn.Module, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    for parameter in conv.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)


def random_graph(seed: int, num_joints: int = 5) -> dict[str, Tensor]:
    """An unsorted multigraph of 9 nodes whose last node has no edge."""
    generator = torch.Generator().manual_seed(seed)
    return {
        "x": torch.randn(9, 4, generator=generator),
        "edge_index": torch.randint(8, (2, 23), generator=generator),
        "edge_type": torch.randint(3, (23,), generator=generator),
        "edge_weight": torch.rand(23, generator=generator) + 0.1,
        "joint": torch.randint(num_joints, (9,), generator=generator),
    }


def sum_over_edges(
    conv: SpatialPartitionConv,
    x: Tensor,
    edge_index: Tensor,
    edge_type: Tensor,
    edge_weight: Tensor | None,
    joint: Tensor | None,
) -> Tensor:
    W = conv.linear.weight.view(conv.num_subsets, conv.out_channels, conv.in_channels)
    b = conv.linear.bias.view(conv.num_subsets, conv.out_channels)
    weights = [1.0] * edge_type.numel() if edge_weight is None else edge_weight.tolist()
    edges = list(zip(*edge_index.tolist(), edge_type.tolist(), weights, strict=True))
    out = torch.zeros(x.size(0), conv.out_channels)
    for source, target, subset, weight in edges:
        message = weight * (W[subset] @ x[source] + b[subset])
        if conv.normalize:
            message = message / sum(w for _, other, _, w in edges if other == target)
        if conv.edge_importance is not None:
            assert joint is not None
            message = message * conv.edge_importance[subset, joint[source], joint[target]]
        out[target] += message
    return out


def sum_over_joints(conv: DenseSpatialPartitionConv, x: Tensor, mask: Tensor) -> Tensor:
    A = conv.adjacency
    K, V, _ = A.shape
    M = torch.ones_like(A) if conv.edge_importance is None else conv.edge_importance
    W = conv.linear.weight.view(K, conv.out_channels, conv.in_channels)
    b = conv.linear.bias.view(K, conv.out_channels)
    out = torch.zeros(x.size(0), conv.out_channels, x.size(2), V)
    for n, t, target in mask.nonzero().tolist():
        total = 0.0
        for k in range(K):
            for source in range(V):
                if mask[n, t, source]:
                    f = W[k] @ x[n, :, t, source] + b[k]
                    out[n, :, t, target] += A[k, source, target] * M[k, source, target] * f
                    total += float(A[k, source, target])
        out[n, :, t, target] /= total
    return out


@pytest.mark.usefixtures("segment_kernels")
@pytest.mark.parametrize("normalize", [True, False], ids=["mean", "sum"])
@pytest.mark.parametrize("weighted", [True, False], ids=["weighted", "unweighted"])
@pytest.mark.parametrize("num_joints", [None, 5], ids=["plain", "importance"])
def test_sparse_equals_a_loop_over_edges(
    normalize: bool, weighted: bool, num_joints: int | None
) -> None:
    conv = SpatialPartitionConv(4, 6, 3, num_joints=num_joints, normalize=normalize)
    draw_parameters(conv)
    graph = random_graph(seed=1)
    if not weighted:
        del graph["edge_weight"]
    expected = sum_over_edges(conv, **{"edge_weight": None, **graph})
    torch.testing.assert_close(conv(**graph), expected, rtol=1e-5, atol=1e-5)
    assert not expected[-1].any()
    assert expected[:8].any(dim=1).sum() >= 7


@pytest.mark.parametrize("edge_importance", [True, False], ids=["importance", "plain"])
@pytest.mark.parametrize("missing", [True, False], ids=["missing", "whole"])
def test_dense_equals_a_loop_over_joints(edge_importance: bool, missing: bool) -> None:
    _, A = random_skeleton(seed=2)
    conv = DenseSpatialPartitionConv(4, 6, A, edge_importance=edge_importance)
    draw_parameters(conv)
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(2, 4, 5, A.size(1), generator=generator)
    mask = torch.rand(2, 5, A.size(1), generator=generator) > (0.4 if missing else -1.0)
    expected = sum_over_joints(conv, x, mask)
    torch.testing.assert_close(conv(x, mask), expected, rtol=1e-5, atol=1e-5)
    if not missing:
        torch.testing.assert_close(conv(x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("segment_kernels")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("importance", [True, False], ids=["importance", "plain"])
@pytest.mark.parametrize("missing", [True, False], ids=["missing", "whole"])
def test_sparse_equals_dense_with_one_state_dict(
    seed: int, importance: bool, missing: bool
) -> None:
    layout, A = random_skeleton(seed)
    N, C, T, V = 2, 4, 5, layout.num_joints
    sparse = SpatialPartitionConv(C, 6, num_subsets=3, num_joints=V if importance else None)
    draw_parameters(sparse, seed)
    dense = DenseSpatialPartitionConv(C, 6, A, edge_importance=importance)
    dense.load_state_dict(sparse.state_dict())

    generator = torch.Generator().manual_seed(seed)
    mask = torch.rand(N, T, V, generator=generator) > (0.4 if missing else -1.0)
    x = torch.randn(N, C, T, V, generator=generator) * mask.unsqueeze(1)
    edge_index, edge_type = frame_edges(A, N * T)
    there = mask.flatten()[edge_index].all(dim=0)
    joint = torch.arange(V).repeat(N * T)
    nodes = x.permute(0, 2, 3, 1).reshape(-1, C)

    result = sparse(nodes, edge_index[:, there], edge_type[there], joint=joint)
    expected = dense(x, mask if missing else None).permute(0, 2, 3, 1).reshape(-1, 6)
    torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-5)
    # The same said with weights: an edge of a missing joint weighs nothing.
    weighted = sparse(nodes, edge_index, edge_type, edge_weight=there.float(), joint=joint)
    torch.testing.assert_close(weighted, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_equals_dense_in_double_precision() -> None:
    layout, A = random_skeleton(seed=7)
    dense = DenseSpatialPartitionConv(4, 6, A).double()
    dense.adjacency = (A > 0) / (A > 0).sum(dim=(0, 1), dtype=torch.double)
    sparse = SpatialPartitionConv(4, 6, 3, num_joints=layout.num_joints).double()
    draw_parameters(dense)
    sparse.load_state_dict(dense.state_dict())
    x = torch.randn(1, 4, 1, layout.num_joints, dtype=torch.double)
    joint = torch.arange(layout.num_joints)
    result = sparse(x[0, :, 0].T, *frame_edges(A, 1), joint=joint)
    torch.testing.assert_close(result, dense(x)[0, :, 0].T, rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_batch_of_two_skeletons_equals_the_two_alone() -> None:
    conv = SpatialPartitionConv(3, 8, num_subsets=4)
    clips = []
    for layout, num_frames in ((UPPER10, 2), (COCO17, 5)):
        A = torch.from_numpy(partition(layout))
        edge_index, edge_type = frame_edges(A, num_frames)
        x = torch.randn(num_frames * layout.num_joints, 3)
        clips.append(Data(x=x, edge_index=edge_index, edge_type=edge_type))
    batch = Batch.from_data_list(clips)
    together = conv(batch.x, batch.edge_index, batch.edge_type)
    alone = torch.cat([conv(clip.x, clip.edge_index, clip.edge_type) for clip in clips])
    torch.testing.assert_close(together, alone)
    assert together.shape == (2 * 10 + 5 * 17, 8)


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_without_normalization_is_a_sum_of_relations() -> None:
    conv = SpatialPartitionConv(4, 6, num_subsets=3, bias=False, normalize=False)
    relations = RGCNConv(4, 6, num_relations=3, aggr="sum", root_weight=False, bias=False)
    relations.weight.data = conv.linear.weight.detach().view(3, 6, 4).transpose(1, 2)
    graph = random_graph(seed=4)
    x, edge_index, edge_type = graph["x"], graph["edge_index"], graph["edge_type"]
    torch.testing.assert_close(
        conv(x, edge_index, edge_type), relations(x, edge_index, edge_type), rtol=1e-5, atol=1e-5
    )


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_edges_may_come_in_any_order() -> None:
    conv = SpatialPartitionConv(4, 6, 3, num_joints=5)
    draw_parameters(conv)
    graph = random_graph(seed=5)
    order = torch.randperm(23, generator=torch.Generator().manual_seed(6))
    shuffled = {
        "x": graph["x"],
        "edge_index": graph["edge_index"][:, order],
        "edge_type": graph["edge_type"][order],
        "edge_weight": graph["edge_weight"][order],
        "joint": graph["joint"],
    }
    torch.testing.assert_close(conv(**shuffled), conv(**graph))


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_nodes_without_edges_get_zeros() -> None:
    conv = SpatialPartitionConv(4, 6, 3)
    x = torch.randn(5, 4)
    alone = conv(x, torch.tensor([[0, 1], [1, 1]]), torch.tensor([2, 0]))
    assert alone.any(dim=1).tolist() == [False, True, False, False, False]
    nothing = conv(x, torch.zeros(2, 0, dtype=torch.long), torch.zeros(0, dtype=torch.long))
    assert torch.equal(nothing, torch.zeros(5, 6))


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_joints_are_permuted_with_their_edges() -> None:
    conv = SpatialPartitionConv(4, 6, 3, num_joints=5)
    draw_parameters(conv)
    graph = random_graph(seed=8)
    permutation = torch.randperm(9, generator=torch.Generator().manual_seed(9))
    permuted = {
        **graph,
        "x": graph["x"][permutation],
        "joint": graph["joint"][permutation],
        "edge_index": permutation.argsort()[graph["edge_index"]],
    }
    torch.testing.assert_close(conv(**permuted), conv(**graph)[permutation])


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_parameters_and_inputs_get_gradients() -> None:
    conv = SpatialPartitionConv(4, 6, 3, num_joints=5)
    graph = random_graph(seed=10)
    graph["x"].requires_grad_()
    graph["edge_weight"].requires_grad_()
    conv(**graph).square().sum().backward()
    for tensor in (*conv.parameters(), graph["x"], graph["edge_weight"]):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()
        assert tensor.grad.any()


@pytest.mark.usefixtures("segment_kernels")
def test_sparse_gradient_is_the_dense_gradient() -> None:
    layout, A = random_skeleton(seed=11)
    sparse = SpatialPartitionConv(4, 6, 3, num_joints=layout.num_joints)
    dense = DenseSpatialPartitionConv(4, 6, A)
    draw_parameters(sparse)
    dense.load_state_dict(sparse.state_dict())
    x = torch.randn(1, 4, 1, layout.num_joints)
    joint = torch.arange(layout.num_joints)
    sparse(x[0, :, 0].T, *frame_edges(A, 1), joint=joint).square().sum().backward()
    dense(x).square().sum().backward()
    for name, parameter in dense.named_parameters():
        torch.testing.assert_close(
            sparse.get_parameter(name).grad, parameter.grad, rtol=1e-4, atol=1e-4
        )


def test_dense_parameters_get_gradients() -> None:
    conv = DenseSpatialPartitionConv(4, 6, torch.from_numpy(partition(UPPER10)))
    mask = torch.rand(2, 5, 10, generator=torch.Generator().manual_seed(0)) > 0.3
    conv(torch.randn(2, 4, 5, 10) * mask.unsqueeze(1), mask).square().sum().backward()
    for parameter in conv.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.any()


def test_dense_joint_whose_neighbors_are_missing_gets_zeros() -> None:
    one_way = torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])  # joint 1 hears joint 0, joint 0 hears none
    conv = DenseSpatialPartitionConv(4, 6, one_way)
    mask = torch.tensor([[[False, True], [True, True]]])
    x = torch.randn(1, 4, 2, 2) * mask.unsqueeze(1)
    out = conv(x, mask)
    assert out.abs().sum(dim=1).ne(0).tolist() == [[[False, False], [False, True]]]
    (1e4 * out).sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in conv.parameters())


def test_dense_keeps_the_adjacency_out_of_the_state_dict() -> None:
    conv = DenseSpatialPartitionConv(4, 6, torch.from_numpy(partition(UPPER10)))
    assert set(conv.state_dict()) == {"linear.weight", "linear.bias", "edge_importance"}


@pytest.mark.parametrize("form", ["sparse", "dense"])
def test_reset_parameters_of_sparse_and_dense(form: str) -> None:
    conv: SpatialPartitionConv | DenseSpatialPartitionConv = (
        SpatialPartitionConv(4, 6, 3, num_joints=10)
        if form == "sparse"
        else DenseSpatialPartitionConv(4, 6, torch.from_numpy(partition(UPPER10)))
    )
    draw_parameters(conv)
    before = conv.linear.weight.detach().clone()
    conv.reset_parameters()
    assert not torch.equal(conv.linear.weight, before)
    assert torch.equal(conv.edge_importance, torch.ones(3, 10, 10))


def test_sparse_refuses_an_edge_type_out_of_range() -> None:
    conv = SpatialPartitionConv(4, 6, 3)
    edge_index = torch.tensor([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="every edge type to be from 0 to 2, but got 1 to 3"):
        conv(torch.randn(2, 4), edge_index, torch.tensor([1, 3]))
    with pytest.raises(ValueError, match="every edge type to be from 0 to 2, but got -1 to 0"):
        conv(torch.randn(2, 4), edge_index, torch.tensor([-1, 0]))


def test_sparse_with_importance_needs_joints_in_range() -> None:
    conv = SpatialPartitionConv(4, 6, 3, num_joints=5)
    x, edge_index, edge_type = torch.randn(2, 4), torch.tensor([[0], [1]]), torch.tensor([0])
    with pytest.raises(ValueError, match=r"pass joint=data\.joint"):
        conv(x, edge_index, edge_type)
    with pytest.raises(ValueError, match="every joint to be from 0 to 4, but got 0 to 5"):
        conv(x, edge_index, edge_type, joint=torch.tensor([0, 5]))


@pytest.mark.parametrize("shape", [(10, 10), (3, 10, 9), (2, 3, 10, 10)])
def test_dense_refuses_another_adjacency(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"adjacency \(subsets, joints, joints\), but got \("):
        DenseSpatialPartitionConv(4, 6, torch.zeros(shape))


def test_sparse_and_dense_print_their_sizes() -> None:
    assert repr(SpatialPartitionConv(4, 6, 3)) == "SpatialPartitionConv(4, 6, num_subsets=3)"
    dense = DenseSpatialPartitionConv(4, 6, torch.zeros(3, 2, 2))
    assert "4, 6, num_subsets=3" in repr(dense)
