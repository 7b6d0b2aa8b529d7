"""The form of networks that is exported: its logits are those of the network."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import nn

from skelgraph.models import (
    SSTGCN,
    ClipNetwork,
    FrameMajorNetwork,
    ResNet18,
    SmallSSTGCN,
    arrange_for_export,
)
from skelgraph.models.inference_network import InferenceNetwork
from skelgraph.nn import FrameMajorBlock, InferenceBlock, SpatialTemporalBlock


def draw_clips(in_channels: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three clips: some joints missing, half of it padding, and one joint in one frame."""
    generator = torch.Generator().manual_seed(1)
    mask = torch.rand(3, 37, 10, generator=generator) > 0.3
    mask[1, 20:] = False
    mask[2] = False
    mask[2, 3, 4] = True
    x = torch.randn(3, in_channels, 37, 10, generator=generator)
    return x * mask[:, None], mask


def test_it_gives_the_logits_of_the_network(network: ClipNetwork) -> None:
    network.eval()
    before = copy.deepcopy(network.state_dict())
    form = arrange_for_export(network)
    assert isinstance(form, FrameMajorNetwork) == (not isinstance(network, ResNet18))
    x, mask = draw_clips(network.in_channels)
    with torch.no_grad():
        torch.testing.assert_close(form(x, mask), network(x, mask), rtol=1e-4, atol=1e-5)
        whole = torch.ones_like(mask)
        torch.testing.assert_close(form(x, whole), network(x), rtol=1e-4, atol=1e-5)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])


@pytest.mark.parametrize("settings", [{}, {"num_heads": 2, "members": 2}, {"attention": False}])
def test_blocks_side_by_side_give_the_logits_of_the_small_network(settings: dict) -> None:
    torch.manual_seed(0)
    network = SmallSSTGCN(5, channels=8, **settings)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    for _ in range(3):
        network(torch.randn(8, 5, 32, 10))
    network.eval()
    x, mask = draw_clips(5)
    with torch.no_grad():
        expected = network(x, mask)
        torch.testing.assert_close(arrange_for_export(network)(x, mask), expected)


class _Own(nn.Module):
    def __init__(self, C_in: int, C_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(C_in, C_out)


def test_what_may_compute_something_else_keeps_its_form_for_inference() -> None:
    class Changed(SSTGCN):
        """A network of a user."""

    few = {"channels": (8, 8)}
    assert isinstance(arrange_for_export(Changed(**few)), InferenceNetwork)
    mixed = arrange_for_export(SSTGCN(any_skeleton=True, **few))
    assert isinstance(mixed, SSTGCN)
    block = InferenceBlock(SpatialTemporalBlock(_Own(3, 8), 3, 8).eval())
    with pytest.raises(ValueError, match="one of your own"):
        FrameMajorBlock(block)


def test_padding_and_the_other_clips_change_nothing(
    network: ClipNetwork, make_network: Callable[[], ClipNetwork]
) -> None:
    form = arrange_for_export(network.eval())
    x, mask = draw_clips(network.in_channels)
    with torch.no_grad():
        together = form(x, mask)
        torch.testing.assert_close(
            together[1:2], form(x[1:2, :, :20], mask[1:2, :20]), rtol=1e-4, atol=1e-5
        )
