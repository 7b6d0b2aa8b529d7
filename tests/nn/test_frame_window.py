"""Which frames an output frame of a convolution is made of."""

import pytest
import torch

from skelgraph.nn import FrameWindow, TemporalConv, TemporalGeometry


def test_a_causal_window_sees_its_frame_and_those_before_it() -> None:
    conv = TemporalConv(1, 1, kernel_size=3, bias=False, temporal="causal")
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([100.0, 10.0, 1.0]).view(1, 1, 3, 1))
    x = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 1, 4, 1)
    assert conv(x).flatten().tolist() == [1.0, 12.0, 123.0, 234.0]


def test_a_valid_window_has_frames_of_the_clip_alone() -> None:
    conv = TemporalConv(1, 1, kernel_size=3, bias=False, temporal="valid")
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([100.0, 10.0, 1.0]).view(1, 1, 3, 1))
    x = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 1, 4, 1)
    assert conv(x).flatten().tolist() == [123.0, 234.0]


@pytest.mark.parametrize("temporal", ["centered", "valid", "causal"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_a_mask_has_as_many_frames_as_the_output(temporal: str, stride: int) -> None:
    for frames in range(5, 13):
        conv = TemporalConv(2, 2, kernel_size=5, stride=stride, temporal=temporal)  # type: ignore[arg-type]
        mask = conv.window.carry(torch.ones(1, frames, 4, dtype=torch.bool))
        assert mask is not None
        assert conv(torch.zeros(1, 2, frames, 4)).size(2) == mask.size(1)
        assert mask.all()


def test_a_blank_frame_leaves_no_valid_window_that_has_it() -> None:
    mask = torch.ones(1, 7, 2, dtype=torch.bool)
    mask[0, 5] = False
    mask[0, 1, 0] = False  # a joint is missing, but the frame is not blank
    carried = FrameWindow(3, temporal="valid").carry(mask)
    assert carried is not None
    assert carried.int().tolist() == [[[0, 1], [1, 1], [1, 1], [0, 0], [0, 0]]]


def test_a_window_that_does_not_fit_is_refused() -> None:
    conv = TemporalConv(1, 1, kernel_size=5, temporal="valid")
    with pytest.raises(ValueError, match="at least 5 frames"):
        conv(torch.zeros(1, 1, 4, 2))
    with pytest.raises(ValueError, match=r"one of .*valid.*, but got 'late'"):
        FrameWindow(3, temporal="late")  # type: ignore[arg-type]


def test_the_geometry_of_the_papers_network() -> None:
    def measure(temporal: str) -> TemporalGeometry:
        return TemporalGeometry.of(
            FrameWindow(9, 2 if number in (4, 7) else 1, temporal)  # type: ignore[arg-type]
            for number in range(10)
        )

    assert measure("centered") == TemporalGeometry(153, 76, 77, 4)
    assert measure("valid") == TemporalGeometry(153, 76, 153, 4)
    assert measure("causal") == TemporalGeometry(153, 0, 1, 4)
