import pytest
import torch

from skelgraph.nn import TemporalConv


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("frames", [7, 8, 31])
def test_it_is_a_convolution_over_frames(stride: int, frames: int) -> None:
    conv = TemporalConv(3, 5, kernel_size=5, stride=stride)
    x = torch.randn(2, 3, frames, 4)
    plain = torch.nn.functional.conv2d(
        x, conv.weight, conv.bias, stride=(stride, 1), padding=(2, 0)
    )
    torch.testing.assert_close(conv(x), plain, rtol=1e-5, atol=1e-5)
    assert conv(x).size(2) == -(-frames // stride)


def test_series_of_nodes_are_clips_without_persons() -> None:
    conv = TemporalConv(3, 5, stride=2)
    x = torch.randn(6, 20, 3)  # (nodes, frames, channels)
    torch.testing.assert_close(conv(x), conv(x.permute(2, 1, 0)[None])[0].permute(2, 1, 0))


def test_a_window_has_a_middle() -> None:
    with pytest.raises(ValueError, match="expected an odd temporal kernel size, but got 4"):
        TemporalConv(3, 5, kernel_size=4)
