"""The layer used as PyG's own layers are used."""

import copy
import pickle

import pytest
import torch
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.data import Data, HeteroData
from torch_geometric.explain import Explainer, GNNExplainer
from torch_geometric.nn import Linear, to_hetero
from torch_geometric.utils import to_torch_csr_tensor

from skelgraph.layouts import UPPER10, partition
from skelgraph.nn import DenseSpatialPartitionConv, SpatialPartitionConv


def draw_graph(seed: int = 0) -> dict[str, Tensor]:
    """Return an unsorted graph of 9 nodes without repeated edges."""
    generator = torch.Generator().manual_seed(seed)
    cells = torch.randperm(64, generator=generator)[:23]
    return {
        "x": torch.randn(9, 4, generator=generator),
        "edge_index": torch.stack([cells // 8, cells % 8]),
        "edge_type": torch.randint(3, (23,), generator=generator),
    }


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("num_joints", [None, 9])
def test_compiles_without_a_graph_break(dynamic: bool, num_joints: int | None) -> None:
    conv = SpatialPartitionConv(4, 6, 3, num_joints=num_joints)
    compiled = torch.compile(copy.deepcopy(conv), fullgraph=True, dynamic=dynamic, backend="eager")
    for seed in (0, 1):
        graph = {**draw_graph(seed), "joint": torch.arange(9)}
        torch.testing.assert_close(compiled(**graph), conv(**graph))


def test_exports_for_any_number_of_nodes_and_edges() -> None:
    conv = SpatialPartitionConv(4, 6, 3).eval()
    nodes, edges = torch.export.Dim("nodes", min=2), torch.export.Dim("edges", min=2)
    shapes = {"x": {0: nodes}, "edge_index": {1: edges}, "edge_type": {0: edges}}
    program = torch.export.export(conv, (), draw_graph(), dynamic_shapes=shapes)
    other = {
        "x": torch.randn(5, 4),
        "edge_index": torch.tensor([[0, 4, 4], [1, 1, 3]]),
        "edge_type": torch.tensor([0, 2, 1]),
    }
    torch.testing.assert_close(program.module()(**other), conv(**other))


def test_takes_the_number_of_channels_from_the_first_input() -> None:
    torch.manual_seed(0)
    lazy, graph = SpatialPartitionConv(-1, 6, 3), draw_graph()
    first = lazy(**graph)
    assert str(lazy) == "SpatialPartitionConv(4, 6, num_subsets=3)"
    conv = SpatialPartitionConv(4, 6, 3)
    conv.load_state_dict(lazy.state_dict())
    torch.testing.assert_close(conv(**graph), first)
    again = SpatialPartitionConv(-1, 6, 3)
    again.load_state_dict(conv.state_dict())
    torch.testing.assert_close(again(**graph), first)


@pytest.mark.filterwarnings("ignore:Sparse")  # of torch, about its sparse tensors
@pytest.mark.parametrize("layout", ["csr", "coo", "csc"])
def test_takes_a_transposed_sparse_matrix_of_edge_types(layout: str) -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3), draw_graph()
    source, target = graph["edge_index"]
    adj_t = to_torch_csr_tensor(torch.stack([target, source]), graph["edge_type"], size=9)
    if layout != "csr":
        adj_t = adj_t.to_sparse_coo() if layout == "coo" else adj_t.to_sparse_csc()
    torch.testing.assert_close(conv(graph["x"], adj_t), conv(**graph))


@pytest.mark.filterwarnings("ignore:Sparse")
def test_a_matrix_of_ones_has_no_types() -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3), draw_graph()
    adj_t = to_torch_csr_tensor(graph["edge_index"].flip(0), size=9)
    with pytest.raises(ValueError, match="expected an adj_t whose values are the types"):
        conv(graph["x"], adj_t)
    assert conv(graph["x"], adj_t, edge_type=torch.zeros(23, dtype=torch.long)).shape == (9, 6)


def test_takes_an_edge_index_with_its_metadata() -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3), draw_graph()
    sorted_index, order = EdgeIndex(graph["edge_index"], sparse_size=(9, 9)).sort_by("col")
    result = conv(graph["x"], sorted_index, graph["edge_type"][order])
    assert type(result) is Tensor
    torch.testing.assert_close(result, conv(**graph))


def test_flows_the_other_way() -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3), draw_graph()
    back = SpatialPartitionConv(4, 6, 3, flow="target_to_source")
    back.load_state_dict(conv.state_dict())
    flipped = {**graph, "edge_index": graph["edge_index"].flip(0)}
    torch.testing.assert_close(back(**flipped), conv(**graph))


def test_an_edge_that_is_explained_away_sends_no_message() -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3, normalize=False), draw_graph()
    kept = torch.arange(23) % 3 > 0
    conv.explain, conv._edge_mask, conv._apply_sigmoid = True, kept.float(), False
    explained = conv(**graph)
    conv.explain = False
    left = conv(graph["x"], graph["edge_index"][:, kept], graph["edge_type"][kept])
    torch.testing.assert_close(explained, left)


def test_gnn_explainer_finds_the_edge_that_matters() -> None:
    torch.manual_seed(0)

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = SpatialPartitionConv(1, 1, 2, bias=False, normalize=False)
            self.conv.linear.weight.data = torch.tensor([[1.0], [0.0]])

        def forward(self, x: Tensor, edge_index: Tensor, edge_type: Tensor) -> Tensor:
            return self.conv(x, edge_index, edge_type)

    edge_index = torch.tensor([[0, 1, 2, 3], [4, 4, 4, 4]])
    edge_type = torch.tensor([1, 1, 0, 1])  # only the third edge carries anything
    explainer = Explainer(
        Network(),
        GNNExplainer(epochs=60),
        explanation_type="model",
        edge_mask_type="object",
        model_config={"mode": "regression", "task_level": "node", "return_type": "raw"},
    )
    found = explainer(torch.ones(5, 1), edge_index, index=4, edge_type=edge_type)
    assert found.edge_mask.argmax() == 2
    assert found.edge_mask[2] > 2 * found.edge_mask[[0, 1, 3]].max()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.half])
def test_half_precision_is_close(dtype: torch.dtype) -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3), draw_graph()
    half = copy.deepcopy(conv).to(dtype)
    result = half(graph["x"].to(dtype), graph["edge_index"], graph["edge_type"])
    assert result.dtype == dtype
    torch.testing.assert_close(result.float(), conv(**graph), rtol=0.05, atol=0.05)


@pytest.mark.parametrize("missing", [False, True])
def test_gradients_are_right_to_finite_differences(missing: bool) -> None:
    conv, graph = SpatialPartitionConv(2, 3, 3, num_joints=9).double(), draw_graph()
    x = torch.randn(9, 2, 2, dtype=torch.double, requires_grad=True)
    mask = torch.rand(9, 2, generator=torch.Generator().manual_seed(1)) > 0.3 if missing else None
    weight = torch.rand(23, dtype=torch.double, requires_grad=True)

    def call(x: Tensor, weight: Tensor, *parameters: Tensor) -> Tensor:
        names = dict(zip(dict(conv.named_parameters()), parameters, strict=True))
        values = (x, graph["edge_index"], graph["edge_type"], weight, torch.arange(9), mask)
        return torch.func.functional_call(conv, names, values)

    assert torch.autograd.gradcheck(call, (x, weight, *conv.parameters()))


def test_gradients_are_finite_where_all_neighbors_are_missing() -> None:
    conv, edge_index = SpatialPartitionConv(2, 3, 1), torch.tensor([[0, 1, 2], [1, 2, 2]])
    weight = torch.ones(3, requires_grad=True)
    mask = torch.tensor([[False], [True], [False]])
    out = conv(
        torch.randn(3, 1, 2), edge_index, torch.zeros(3, dtype=torch.long), weight, mask=mask
    )
    out.sum().backward()
    assert weight.grad is not None
    assert weight.grad.isfinite().all()


def test_nothing_in_nothing_out() -> None:
    conv, none = SpatialPartitionConv(4, 6, 3), torch.zeros(2, 0, dtype=torch.long)
    assert conv(torch.zeros(0, 4), none, none[0]).shape == (0, 6)


def test_becomes_heterogeneous() -> None:
    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = Linear(-1, 4)
            self.conv = SpatialPartitionConv(4, 6, 3)

        def forward(self, x: Tensor, edge_index: Tensor, edge_type: Tensor) -> Tensor:
            return self.conv(self.first(x), edge_index, edge_type)

    graph, data = draw_graph(), HeteroData()
    data["joint"].x = graph["x"]
    data["joint", "moves", "joint"].edge_index = graph["edge_index"]
    data["joint", "moves", "joint"].edge_type = graph["edge_type"]
    network = to_hetero(Network(), data.metadata())
    out = network(data.x_dict, data.edge_index_dict, data.edge_type_dict)
    assert out["joint"].shape == (9, 6)


def test_pickled_layer_computes_the_same() -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3), draw_graph()
    torch.testing.assert_close(pickle.loads(pickle.dumps(conv))(**graph), conv(**graph))


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("num_nodes", [10, 1000])
def test_series_equal_the_frames_one_by_one(missing: bool, num_nodes: int) -> None:
    generator = torch.Generator().manual_seed(0)
    conv = SpatialPartitionConv(4, 6, 3)
    x = torch.randn(num_nodes, 7, 4, generator=generator)
    edge_index = torch.randint(num_nodes, (2, 4 * num_nodes), generator=generator)
    edge_type = torch.randint(3, (4 * num_nodes,), generator=generator)
    mask = torch.rand(num_nodes, 7, generator=generator) > 0.3 if missing else None
    together = conv(x, edge_index, edge_type, mask=mask)
    for frame in range(7):
        there = slice(None) if mask is None else mask[edge_index, frame].all(dim=0)
        alone = conv(x[:, frame], edge_index[:, there], edge_type[there])
        torch.testing.assert_close(together[:, frame], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("missing", [False, True])
def test_series_equal_the_dense_layer(missing: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    A = torch.from_numpy(partition(UPPER10))
    dense = DenseSpatialPartitionConv(4, 6, A)
    torch.nn.init.normal_(dense.edge_importance)
    conv = SpatialPartitionConv(4, 6, 3, num_joints=10)
    conv.load_state_dict(dense.state_dict())
    x = torch.randn(1, 4, 7, 10, generator=generator)
    mask = torch.rand(1, 7, 10, generator=generator) > 0.3 if missing else None
    subset, source, target = A.nonzero(as_tuple=True)
    series = conv(
        x[0].permute(2, 1, 0),
        torch.stack([source, target]),
        subset,
        joint=torch.arange(10),
        mask=None if mask is None else mask[0].T,
    )
    torch.testing.assert_close(series, dense(x, mask)[0].permute(2, 1, 0), rtol=1e-5, atol=1e-5)


def test_without_edge_types_it_says_what_to_pass() -> None:
    conv, graph = SpatialPartitionConv(4, 6, 3), draw_graph()
    with pytest.raises(ValueError, match="expected the type of each edge; pass edge_type"):
        conv(graph["x"], graph["edge_index"])


def test_takes_what_a_skeleton_graph_has() -> None:
    data = Data(**draw_graph())
    assert SpatialPartitionConv(4, 6, 3)(data.x, data.edge_index, data.edge_type).shape == (9, 6)
