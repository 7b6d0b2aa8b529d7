import math

import pytest
import torch
from torch import Tensor, nn

from skelgraph.nn import JointSelfAttention


def draw_parameters(module: nn.Module) -> None:
    generator = torch.Generator().manual_seed(0)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) / 2


def weigh(layer: JointSelfAttention, x: Tensor, mask: Tensor) -> Tensor:
    """The coefficients of equation (4), joint by joint."""
    N, _, T, V = x.shape
    d = layer.head_channels
    coefficients = torch.zeros(N, layer.num_heads, T, V, V)
    for n, t, i in mask.nonzero().tolist():
        joints = [j for j in range(V) if mask[n, t, j]]
        for head in range(layer.num_heads):
            rows = slice(head * d, (head + 1) * d)
            q = layer.query.weight[rows] @ layer.query_norm(x[n, :, t, i])
            keys = [layer.key.weight[rows] @ x[n, :, t, j] for j in joints]
            scores = [(q @ key).item() / math.sqrt(d) for key in keys]
            total = sum(math.exp(score) for score in scores)
            for score, j in zip(scores, joints, strict=True):
                coefficients[n, head, t, i, j] = math.exp(score) / total
    return coefficients


def attend(layer: JointSelfAttention, x: Tensor, mask: Tensor) -> Tensor:
    """Equations (3) to (8), joint by joint."""
    N, _, T, V = x.shape
    d = layer.head_channels
    coefficients = weigh(layer, x, mask)
    out = torch.zeros(N, layer.output.out_features, T, V)
    for n, t, i in mask.nonzero().tolist():
        heads = [
            sum(
                coefficients[n, head, t, i, j]
                * (layer.value.weight[head * d : (head + 1) * d] @ x[n, :, t, j])
                for j in range(V)
            )
            for head in range(layer.num_heads)
        ]
        out[n, :, t, i] = layer.output.weight @ torch.cat(heads) + layer.residual(x[n, :, t, i])
    return out


@pytest.mark.parametrize("out_channels", [6, 8], ids=["residual identity", "residual linear"])
@pytest.mark.parametrize("normalize_query", [False, True], ids=["paper", "released"])
@pytest.mark.parametrize("missing", [False, True], ids=["whole", "missing"])
def test_equals_a_loop_over_joints(out_channels: int, normalize_query: bool, missing: bool) -> None:
    layer = JointSelfAttention(
        6, out_channels, num_heads=3, head_channels=4, normalize_query=normalize_query
    ).eval()
    draw_parameters(layer)
    generator = torch.Generator().manual_seed(1)
    mask = torch.rand(2, 5, 7, generator=generator) > (0.4 if missing else -1.0)
    x = torch.randn(2, 6, 5, 7, generator=generator) * mask.unsqueeze(1)
    expected = attend(layer, x, mask)
    torch.testing.assert_close(layer(x, mask), expected, rtol=1e-5, atol=1e-5)
    if not missing:
        torch.testing.assert_close(layer(x), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("normalize_query", [False, True], ids=["paper", "released"])
@pytest.mark.parametrize("missing", [False, True], ids=["whole", "missing"])
def test_coefficients_are_those_of_the_equation(normalize_query: bool, missing: bool) -> None:
    layer = JointSelfAttention(
        6, 8, num_heads=3, head_channels=4, dropout=0.5, normalize_query=normalize_query
    )
    draw_parameters(layer)
    generator = torch.Generator().manual_seed(1)
    mask = torch.rand(2, 5, 7, generator=generator) > (0.4 if missing else -1.0)
    mask[1, 2] = not missing
    x = torch.randn(2, 6, 5, 7, generator=generator)
    coefficients = layer.coefficients(x, mask)
    assert not coefficients.requires_grad
    torch.testing.assert_close(coefficients, weigh(layer, x, mask), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(coefficients.sum(dim=4), mask[:, None].float().expand(2, 3, 5, 7))
    if not missing:
        torch.testing.assert_close(layer.coefficients(x), coefficients)


def test_permuted_joints_give_permuted_results() -> None:
    layer = JointSelfAttention(6, 8).eval()
    permutation = torch.randperm(7, generator=torch.Generator().manual_seed(0))
    x = torch.randn(2, 6, 5, 7)
    mask = torch.rand(2, 5, 7, generator=torch.Generator().manual_seed(1)) > 0.3
    torch.testing.assert_close(
        layer(x[..., permutation], mask[..., permutation]), layer(x, mask)[..., permutation]
    )


@pytest.mark.parametrize("value", [0.0, 1e6])
def test_missing_joints_are_no_keys(value: float) -> None:
    layer = JointSelfAttention(6, 8).eval()
    draw_parameters(layer)
    mask = torch.rand(2, 5, 7, generator=torch.Generator().manual_seed(1)) > 0.3
    x = torch.randn(2, 6, 5, 7)
    replaced = x.masked_fill(~mask.unsqueeze(1), value)
    torch.testing.assert_close(layer(replaced, mask), layer(x, mask))
    assert not torch.allclose(layer(replaced), layer(x))


def test_frame_without_joints_gives_zeros_and_finite_gradients() -> None:
    layer = JointSelfAttention(6, 8)
    mask = torch.ones(2, 5, 7, dtype=torch.bool)
    mask[0, 3] = False
    mask[1] = False
    x = (torch.randn(2, 6, 5, 7) * mask.unsqueeze(1)).requires_grad_()
    out = layer(x, mask)
    assert not out[0, :, 3].any()
    assert not out[1].any()
    assert out[0, :, 2].any()
    out.square().sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    assert not x.grad[1].any()
    for parameter in layer.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.any()


@pytest.mark.parametrize("channels", [(6, 8), (6, 6)])
def test_every_parameter_gets_a_gradient(channels: tuple[int, int]) -> None:
    layer = JointSelfAttention(*channels, normalize_query=True)
    layer(torch.randn(2, 6, 5, 7)).square().sum().backward()
    for parameter in layer.parameters():
        assert parameter.grad is not None
        assert parameter.grad.isfinite().all()
        assert parameter.grad.any()


def test_head_channels_follow_the_released_code() -> None:
    first = JointSelfAttention(3, 32)
    assert (first.num_heads, first.head_channels) == (4, 32)
    assert first.query.weight.shape == (128, 3)
    assert first.output.weight.shape == (32, 128)
    later = JointSelfAttention(64, 128)
    assert later.value.weight.shape == (4 * 32, 64)
    assert JointSelfAttention(64, 64, num_heads=2, head_channels=5).key.weight.shape == (10, 64)
    assert [name for name, _ in first.named_parameters() if name.endswith("bias")] == [
        "residual.bias"
    ]


@pytest.mark.parametrize("arguments", [{"num_heads": 0}, {"head_channels": 0}])
def test_no_head_or_no_channel_is_refused(arguments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one head of at least one channel, but got"):
        JointSelfAttention(6, 8, **arguments)


def test_too_few_output_channels_for_the_rule_are_refused() -> None:
    with pytest.raises(ValueError, match="but got 4 heads of 0; pass num_heads and head_channels"):
        JointSelfAttention(6, 3)


def test_dropout_is_for_training_only() -> None:
    layer = JointSelfAttention(6, 8, dropout=0.5)
    x = torch.randn(2, 6, 5, 7)
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))


def test_reset_parameters_draws_anew() -> None:
    layer = JointSelfAttention(6, 8, normalize_query=True)
    draw_parameters(layer)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    layer.reset_parameters()
    assert all(not torch.equal(layer.state_dict()[name], before[name]) for name in before)
    assert torch.equal(layer.state_dict()["query_norm.weight"], torch.ones(6))


def test_empty_batch_passes() -> None:
    assert JointSelfAttention(6, 8)(torch.zeros(0, 6, 5, 7)).shape == (0, 8, 5, 7)
