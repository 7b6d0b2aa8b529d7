import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.layouts import UPPER10, partition
from skelgraph.nn import DenseSpatialPartitionConv, SpatialTemporalBlock


def make_block(in_channels: int = 6, out_channels: int = 8, **options: float) -> nn.Module:
    conv = DenseSpatialPartitionConv(
        in_channels, out_channels, torch.from_numpy(partition(UPPER10))
    )
    block = SpatialTemporalBlock(conv, in_channels, out_channels, **options)
    generator = torch.Generator().manual_seed(0)
    for name, tensor in block.state_dict().items():
        if tensor.is_floating_point():
            tensor.normal_(generator=generator)
            if name.endswith("running_var"):
                tensor.abs_().add_(0.5)
    return block


def normalize(norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("num_frames", [1, 2, 12, 13])
def test_output_has_a_frame_for_each_stride(stride: int, num_frames: int) -> None:
    block = make_block(stride=stride)
    mask = torch.rand(2, num_frames, 10, generator=torch.Generator().manual_seed(1)) > 0.3
    y, out_mask = block(torch.randn(2, 6, num_frames, 10), mask)
    assert y.shape == (2, 8, -(-num_frames // stride), 10)
    assert torch.equal(out_mask, mask[:, ::stride])
    assert not y.masked_select(~out_mask.unsqueeze(1)).any()
    y, out_mask = block.eval()(torch.randn(2, 6, num_frames, 10))
    assert y.shape == (2, 8, -(-num_frames // stride), 10)
    assert out_mask is None


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("out_channels", [6, 8])
def test_block_is_that_of_the_figure(stride: int, out_channels: int) -> None:
    block = make_block(6, out_channels, stride=stride, kernel_size=3).eval()
    x = torch.randn(2, 6, 7, 10)
    y = normalize(block.spatial_norm, block.spatial(x)).relu()
    y = F.pad(y, (0, 0, 1, 1))
    frames = range(0, 7, stride)
    taps = block.temporal.weight.squeeze(3)
    y = torch.stack(
        [
            sum(torch.einsum("oi,niv->nov", taps[..., k], y[:, :, frame + k]) for k in range(3))
            for frame in frames
        ],
        dim=2,
    ) + block.temporal.bias.view(-1, 1, 1)
    y = normalize(block.temporal_norm, y)
    shortcut = x
    if stride != 1 or out_channels != 6:
        matrix = block.residual.weight[:, :, 0, 0]
        shortcut = torch.einsum("oi,nitv->notv", matrix, x[:, :, ::stride])
        shortcut = normalize(block.residual_norm, shortcut + block.residual.bias.view(-1, 1, 1))
    else:
        assert block.residual is None
    torch.testing.assert_close(block(x)[0], (y + shortcut).relu(), rtol=1e-4, atol=1e-4)


def test_without_residual_there_is_no_shortcut() -> None:
    block = make_block(residual=False).eval()
    assert block.residual is None
    x = torch.randn(2, 6, 7, 10)
    y = normalize(block.spatial_norm, block.spatial(x)).relu()
    y = normalize(block.temporal_norm, block.temporal(y)).relu()
    torch.testing.assert_close(block(x)[0], y)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("stride", [1, 2])
def test_padding_changes_nothing(training: bool, stride: int) -> None:
    x = torch.randn(2, 6, 13, 10)
    mask = torch.rand(2, 13, 10, generator=torch.Generator().manual_seed(1)) > 0.3
    mask[1, 9:] = False
    x = x * mask.unsqueeze(1)
    short = make_block(stride=stride).train(training)
    long = make_block(stride=stride).train(training)
    y, out_mask = short(x, mask)
    padded, padded_mask = long(F.pad(x, (0, 0, 0, 8)), F.pad(mask, (0, 0, 0, 8)))
    frames = y.size(2)
    torch.testing.assert_close(padded[:, :, :frames], y, rtol=1e-5, atol=1e-5)
    assert torch.equal(padded_mask[:, :frames], out_mask)
    assert not padded[:, :, frames:].any()
    torch.testing.assert_close(dict(long.state_dict()), dict(short.state_dict()))


def test_dropout_is_for_training_only() -> None:
    block = make_block(dropout=0.5)
    x = torch.randn(2, 6, 7, 10)
    assert not torch.equal(block(x)[0], block(x)[0])
    block.eval()
    assert torch.equal(block(x)[0], block(x)[0])


def test_even_kernel_is_refused() -> None:
    with pytest.raises(ValueError, match="odd temporal kernel size, but got 8"):
        make_block(kernel_size=8)
