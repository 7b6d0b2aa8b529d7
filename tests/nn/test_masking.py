import pytest
import torch
from torch import Tensor, nn

from skelgraph.nn import JointBatchNorm, MaskedBatchNorm, apply_mask, masked_mean


@pytest.fixture
def x() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return 3.0 * torch.randn(2, 4, 5, 7, generator=generator, dtype=torch.double) + 1.0


@pytest.fixture
def mask() -> Tensor:
    return torch.rand(2, 5, 7, generator=torch.Generator().manual_seed(1)) > 0.4


def draw_affine(norm: nn.Module) -> None:
    generator = torch.Generator().manual_seed(2)
    for parameter in norm.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype)


def test_apply_mask_clears_what_is_masked_even_nan(x: Tensor, mask: Tensor) -> None:
    spoiled = x.masked_fill(~mask.unsqueeze(1), float("nan"))
    cleared = apply_mask(spoiled, mask)
    for channel in range(4):
        assert torch.equal(cleared[:, channel][mask], x[:, channel][mask])
        assert not cleared[:, channel][~mask].any()
    assert apply_mask(x, None) is x


def test_masked_mean_is_over_what_is_there(x: Tensor, mask: Tensor) -> None:
    spoiled = x.masked_fill(~mask.unsqueeze(1), float("nan"))
    for n, clip in enumerate(masked_mean(spoiled, mask)):
        torch.testing.assert_close(clip, x[n][:, mask[n]].mean(dim=1))
    torch.testing.assert_close(masked_mean(x, None), x.mean(dim=(2, 3)))


def test_masked_mean_of_nothing_is_zero(x: Tensor, mask: Tensor) -> None:
    mask[1] = False
    assert not masked_mean(x, mask)[1].any()


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_batch_norm_without_mask_is_torchs(x: Tensor, training: bool) -> None:
    ours, theirs = MaskedBatchNorm(4).double(), nn.BatchNorm2d(4).double()
    draw_affine(ours)
    theirs.load_state_dict(ours.state_dict())
    ours(x), theirs(x)
    ours.train(training), theirs.train(training)
    close = {"rtol": 1e-12, "atol": 1e-12}  # sums in another order
    torch.testing.assert_close(ours(x), theirs(x), **close)
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, **close)


def test_batch_norm_with_a_full_mask_is_torchs(x: Tensor, mask: Tensor) -> None:
    ours, theirs = MaskedBatchNorm(4).double(), nn.BatchNorm2d(4).double()
    torch.testing.assert_close(ours(x, torch.ones_like(mask)), theirs(x), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(dict(ours.state_dict()), dict(theirs.state_dict()))


@pytest.mark.parametrize("momentum", [0.1, 0.3, None])
@pytest.mark.parametrize("affine", [True, False], ids=["affine", "plain"])
def test_batch_norm_is_over_the_entries_that_are_there(
    x: Tensor, mask: Tensor, momentum: float | None, affine: bool
) -> None:
    ours = MaskedBatchNorm(4, momentum=momentum, affine=affine).double()
    theirs = nn.BatchNorm1d(4, momentum=momentum, affine=affine).double()
    draw_affine(ours)
    theirs.load_state_dict(ours.state_dict())
    spoiled = x.masked_fill(~mask.unsqueeze(1), 1e6)
    for scale in (1.0, 2.0):
        there = scale * x.permute(0, 2, 3, 1)[mask]
        normalized = ours(scale * spoiled, mask).permute(0, 2, 3, 1)[mask]
        torch.testing.assert_close(normalized, theirs(there), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(
        dict(ours.state_dict()), dict(theirs.state_dict()), rtol=1e-12, atol=1e-12
    )
    there = x.permute(0, 2, 3, 1)[mask]
    normalized = ours.eval()(x, mask).permute(0, 2, 3, 1)[mask]
    torch.testing.assert_close(normalized, theirs.eval()(there), rtol=1e-12, atol=1e-12)


def test_batch_norm_without_running_statistics_masks_in_evaluation_too(
    x: Tensor, mask: Tensor
) -> None:
    norm = MaskedBatchNorm(4, track_running_stats=False).double()
    assert torch.equal(norm.eval()(x, mask), norm.train()(x, mask))


def test_batch_norm_of_nothing_keeps_the_running_statistics(x: Tensor, mask: Tensor) -> None:
    norm = MaskedBatchNorm(4).double()
    norm(x, mask)
    before = {name: value.clone() for name, value in norm.state_dict().items()}
    out = norm(x, torch.zeros_like(mask))
    assert out.isfinite().all()
    assert torch.equal(norm.running_mean, before["running_mean"])
    assert torch.equal(norm.running_var, before["running_var"])


def test_batch_norm_of_one_entry_is_its_bias(x: Tensor, mask: Tensor) -> None:
    norm = MaskedBatchNorm(4).double()
    draw_affine(norm)
    one = torch.zeros_like(mask)
    one[1, 3, 2] = True
    torch.testing.assert_close(norm(x, one)[1, :, 3, 2], norm.bias)


def test_batch_norm_gradient(x: Tensor, mask: Tensor) -> None:
    norm = MaskedBatchNorm(4).double()
    draw_affine(norm)
    inputs = x[:, :, :3, :4].clone().requires_grad_()
    part = mask[:, :3, :4]
    assert torch.autograd.gradcheck(lambda values: norm(values, part), inputs)
    norm(inputs, part).square().sum().backward()
    assert inputs.grad is not None
    assert not inputs.grad.masked_select(~part.unsqueeze(1)).any()


def test_batch_norm_in_bfloat16_takes_statistics_in_single_precision(
    x: Tensor, mask: Tensor
) -> None:
    ours, single = MaskedBatchNorm(4), MaskedBatchNorm(4)
    half = x.bfloat16()
    out = ours(half, mask)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), single(half.float(), mask), rtol=0.01, atol=0.01)
    torch.testing.assert_close(ours.running_var, single.running_var)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_joint_batch_norm_without_mask_is_torchs(x: Tensor, training: bool) -> None:
    ours, theirs = JointBatchNorm(4, num_joints=7).double(), nn.BatchNorm1d(28).double()
    draw_affine(ours)
    theirs.load_state_dict(ours.state_dict())
    flat = x.permute(0, 3, 1, 2).reshape(2, 28, 5)  # the coordinates of joint 0, of joint 1, ...
    ours(x), theirs(flat)
    ours.train(training), theirs.train(training)
    expected = theirs(flat).view(2, 7, 4, 5).permute(0, 2, 3, 1)
    close = {"rtol": 1e-12, "atol": 1e-12}  # sums in another order
    torch.testing.assert_close(ours(x), expected, **close)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, **close)


def test_joint_batch_norm_is_over_the_frames_where_a_joint_is_there(
    x: Tensor, mask: Tensor
) -> None:
    norm = JointBatchNorm(4, num_joints=7).double()
    draw_affine(norm)
    weight, bias = norm.weight.view(7, 4), norm.bias.view(7, 4)
    out = norm(x.masked_fill(~mask.unsqueeze(1), 1e6), mask)
    for v in range(7):
        for c in range(4):
            there = x[:, c, :, v][mask[..., v]]
            normalized = (there - there.mean()) / (there.var(correction=0) + 1e-5).sqrt()
            torch.testing.assert_close(
                out[:, c, :, v][mask[..., v]], normalized * weight[v, c] + bias[v, c]
            )
            torch.testing.assert_close(norm.running_mean[4 * v + c], 0.1 * there.mean())
            torch.testing.assert_close(norm.running_var[4 * v + c], 0.9 + 0.1 * there.var())


def test_joint_batch_norm_of_an_absent_joint_keeps_its_statistics(x: Tensor, mask: Tensor) -> None:
    norm = JointBatchNorm(4, num_joints=7).double()
    norm(x, torch.ones_like(mask))
    mean, variance = norm.running_mean.view(7, 4).clone(), norm.running_var.view(7, 4).clone()
    mask[..., 3] = False
    assert norm(2.0 * x, mask).isfinite().all()
    kept = (norm.running_mean.view(7, 4) == mean).all(dim=1)
    assert kept.tolist() == [v == 3 for v in range(7)]
    kept = (norm.running_var.view(7, 4) == variance).all(dim=1)
    assert kept.tolist() == [v == 3 for v in range(7)]


def test_joint_batch_norm_gradient(x: Tensor, mask: Tensor) -> None:
    norm = JointBatchNorm(4, num_joints=3).double()
    part = mask[..., :3]
    part[..., 2] = False
    inputs = x[..., :3].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda values: norm(values, part), inputs)
