"""The convolution over nine frames with fewer products."""

import pytest
import torch

from skelgraph.nn import (
    DenseSpatialPartitionConv,
    FrameMajorBlock,
    InferenceBlock,
    MaskedBatchNorm,
    SpatialTemporalBlock,
    TemporalConv,
    filter_frames,
)
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
    filtered = FilteredConv(conv.weight, conv.bias, conv.window)(x.permute(0, 2, 3, 1))
    torch.testing.assert_close(filtered, expected, atol=2e-6, rtol=1e-5)


def test_the_number_of_products() -> None:
    convs = (fold(64, stride) for stride in (1, 2))
    close, strided = (FilteredConv(conv.weight, conv.bias, conv.window) for conv in convs)
    assert (close.output.shape, close.weight.shape) == ((12, 30), (30, 64, 64))
    assert (strided.output.shape, strided.weight.shape) == ((4, 8), (8, 128, 64))


def test_a_network_is_filtered_where_that_saves_products() -> None:
    torch.manual_seed(0)
    blocks = torch.nn.ModuleList(
        FrameMajorBlock(
            InferenceBlock(
                SpatialTemporalBlock(
                    DenseSpatialPartitionConv(C, 64, torch.rand(3, 5, 5)), C, 64, stride, size
                ).eval()
            )
        )
        for C, stride, size in ((64, 1, 9), (64, 2, 9), (64, 1, 15))
    )
    rows = torch.randn(2, 31, 5, 64)
    with torch.no_grad():
        expected = [block(rows, None)[0] for block in blocks]
        filter_frames(blocks)
        filtered = [block(rows, None)[0] for block in blocks]
    kinds = [type(block.temporal) for block in blocks]
    assert [kind is FilteredConv for kind in kinds] == [True, True, False]
    torch.testing.assert_close(filtered, expected, atol=1e-5, rtol=1e-5)


def test_few_channels_and_other_sizes_stay_as_they_are() -> None:
    convs = (fold(64, 2), fold(32, 1), fold(64, 3), fold(64, 1, size=15))
    saves = [saves_products(conv.weight, conv.window) for conv in convs]
    assert saves == [True, False, False, False]
