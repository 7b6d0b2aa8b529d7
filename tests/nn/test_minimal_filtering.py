"""The convolution over nine frames with fewer products."""

import pytest
import torch

from skelgraph.nn import MaskedBatchNorm, TemporalConv
from skelgraph.nn.inference_block import FoldedConv
from skelgraph.nn.joint_major import from_rows, to_rows
from skelgraph.nn.minimal_filtering import FilteredConv, saves_products


def fold(channels: int, stride: int, temporal: str = "centered", size: int = 9) -> FoldedConv:
    torch.manual_seed(1)
    conv = TemporalConv(channels, channels, size, stride, temporal=temporal)  # type: ignore[arg-type]
    return FoldedConv(conv, MaskedBatchNorm(channels).eval(), torch.float32)


@pytest.mark.parametrize("temporal", ["centered", "valid", "causal"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("frames", [9, 10, 12, 13, 16, 24, 25, 61])
def test_it_equals_the_convolution(frames: int, stride: int, temporal: str) -> None:
    conv = fold(6, stride, temporal)
    x = torch.randn(2, 6, frames, 5)
    expected = from_rows(conv(to_rows(x))).permute(0, 2, 3, 1)
    filtered = FilteredConv(conv)(x.permute(0, 2, 3, 1))
    torch.testing.assert_close(filtered, expected, atol=2e-6, rtol=1e-5)


def test_the_number_of_products() -> None:
    close, strided = FilteredConv(fold(64, 1)), FilteredConv(fold(64, 2))
    assert (close.output.shape, close.weight.shape) == ((12, 30), (30, 64, 64))
    assert (strided.output.shape, strided.weight.shape) == ((4, 8), (8, 128, 64))


def test_few_channels_and_other_sizes_stay_as_they_are() -> None:
    assert saves_products(fold(64, 2))
    assert not any(map(saves_products, (fold(32, 1), fold(64, 3), fold(64, 1, size=15))))
