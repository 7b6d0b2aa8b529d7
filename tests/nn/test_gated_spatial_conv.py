import pytest
import torch
from torch import Tensor

from skelgraph.layouts import UPPER10, partition
from skelgraph.nn import GatedSpatialConv


@pytest.fixture
def adjacency() -> Tensor:
    return torch.from_numpy(partition(UPPER10))


@pytest.fixture
def x() -> Tensor:
    return torch.randn(2, 6, 5, 10, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def mask() -> Tensor:
    return torch.rand(2, 5, 10, generator=torch.Generator().manual_seed(1)) > 0.3


def test_gate_weighs_the_attention(adjacency: Tensor, x: Tensor, mask: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency).eval()
    assert layer.gate.item() == 1.0
    layer.gate.data.fill_(0.3)
    f_g, f_a = layer.conv(x, mask), layer.attention(x, mask)
    torch.testing.assert_close(layer(x, mask), (f_g + 0.3 * f_a) / 2)
    torch.testing.assert_close(layer(x), (layer.conv(x) + 0.3 * layer.attention(x)) / 2)
    assert f_g.any()
    assert f_a.any()


def test_without_gate_both_count_alike(adjacency: Tensor, x: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency, gate=False).eval()
    assert layer.gate is None
    torch.testing.assert_close(layer(x), (layer.conv(x) + layer.attention(x)) / 2)


def test_without_attention_it_is_the_convolution(adjacency: Tensor, x: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency, attention=False)
    assert layer.attention is None
    assert layer.gate is None
    assert torch.equal(layer(x), layer.conv(x))


def test_input_norm_feeds_both_parts(adjacency: Tensor, x: Tensor, mask: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency, normalize_input=True, normalize_query=True).eval()
    generator = torch.Generator().manual_seed(2)
    layer.input_norm.running_mean = torch.randn(6, generator=generator)
    layer.input_norm.running_var = torch.rand(6, generator=generator) + 0.5
    layer.input_norm.bias.data = torch.randn(6, generator=generator)
    mean, std, bias = (
        value.view(6, 1, 1)
        for value in (
            layer.input_norm.running_mean,
            (layer.input_norm.running_var + layer.input_norm.eps).sqrt(),
            layer.input_norm.bias,
        )
    )
    h = ((x - mean) / std + bias) * mask.unsqueeze(1)
    expected = (layer.conv(h, mask) + layer.attention(h, mask)) / 2
    torch.testing.assert_close(layer(x * mask.unsqueeze(1), mask), expected)
    assert isinstance(layer.attention.query_norm, torch.nn.LayerNorm)


def test_masked_entries_stay_zero(adjacency: Tensor, x: Tensor, mask: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency, normalize_input=True)
    out = layer(x * mask.unsqueeze(1), mask)
    assert not out.masked_select(~mask.unsqueeze(1)).any()
    assert out.masked_select(mask.unsqueeze(1)).all()


def test_permuted_joints_give_permuted_results(adjacency: Tensor, x: Tensor, mask: Tensor) -> None:
    permutation = torch.randperm(10, generator=torch.Generator().manual_seed(3))
    layer = GatedSpatialConv(6, 8, adjacency).eval()
    layer.conv.edge_importance.data.normal_(generator=torch.Generator().manual_seed(4))
    expected = layer(x, mask)[..., permutation]
    layer.conv.adjacency = adjacency[:, permutation][..., permutation]
    layer.conv.edge_importance.data = layer.conv.edge_importance[:, permutation][..., permutation]
    torch.testing.assert_close(layer(x[..., permutation], mask[..., permutation]), expected)


def test_every_parameter_gets_a_gradient(adjacency: Tensor, x: Tensor, mask: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency, normalize_input=True, normalize_query=True)
    layer(x * mask.unsqueeze(1), mask).square().sum().backward()
    for parameter in layer.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.any()


def test_attention_dropout_reaches_the_attention(adjacency: Tensor, x: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency, num_heads=2, attention_dropout=0.25)
    assert (layer.attention.num_heads, layer.attention.dropout) == (2, 0.25)


def test_reset_parameters_opens_the_gate(adjacency: Tensor) -> None:
    layer = GatedSpatialConv(6, 8, adjacency, normalize_input=True)
    before = [layer.conv.linear.weight.clone(), layer.attention.query.weight.clone()]
    layer.gate.data.fill_(0.3)
    layer.input_norm.running_mean.fill_(7.0)
    layer.reset_parameters()
    assert layer.gate.item() == 1.0
    assert not layer.input_norm.running_mean.any()
    assert not torch.equal(layer.conv.linear.weight, before[0])
    assert not torch.equal(layer.attention.query.weight, before[1])
