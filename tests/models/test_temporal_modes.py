"""Networks whose temporal convolutions look around, at what is there alone, or back."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from skelgraph.errors import DatasetError
from skelgraph.models import SSTGCN, STGCN, SmallSSTGCN, fold_for_inference
from skelgraph.models.frame_major_network import FrameMajorNetwork
from skelgraph.models.spatial_temporal_network import SpatialTemporalNetwork
from skelgraph.nn import TemporalPooling

MAKERS: dict[str, Callable[..., SpatialTemporalNetwork]] = {
    "s-stgcn": lambda **options: SSTGCN(
        channels=(8, 8, 12), downsampling_blocks=(1,), kernel_size=5, **options
    ),
    "st-gcn": lambda **options: STGCN(channels=(8,) * 5, kernel_size=3, **options),
    "s-stgcn-small": lambda **options: SmallSSTGCN(
        members=2, channels=8, kernel_size=5, num_heads=2, **options
    ),
}
TEMPORALS = ("centered", "valid", "causal")


def make(name: str, temporal: str) -> Any:
    torch.manual_seed(0)
    network = MAKERS[name](temporal=temporal)
    for _ in range(3):  # statistics of batch norms that are not those of the start
        network(torch.randn(6, 3, 40, 10), torch.rand(6, 40, 10) > 0.2)
    return network.eval()


def draw(clips: int, frames: int) -> tuple[Tensor, Tensor]:
    x, mask = torch.randn(clips, 3, frames, 10), torch.rand(clips, frames, 10) > 0.2
    mask[:, :, 0] = True
    return x, mask


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("temporal", TEMPORALS)
@torch.no_grad()
def test_all_forms_of_a_network_agree(name: str, temporal: str) -> None:
    network = make(name, temporal)
    x, mask = draw(2, 41)
    mask[0, 12] = False
    for present in (None, mask):
        expected = network(x, present)
        cleared = x if present is None else x * present.unsqueeze(1)
        for form in (fold_for_inference(network), FrameMajorNetwork(network)):
            torch.testing.assert_close(form(cleared, present), expected, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("temporal", TEMPORALS)
@torch.no_grad()
def test_frames_that_pad_a_clip_of_a_batch_change_nothing(name: str, temporal: str) -> None:
    network = make(name, temporal)
    x, mask = draw(2, 41)
    mask[0, 30:] = False
    torch.testing.assert_close(
        network(x, mask)[:1], network(x[:1, :, :30], mask[:1, :30]), atol=1e-5, rtol=1e-4
    )


@pytest.mark.parametrize("name", MAKERS)
@torch.no_grad()
def test_the_mean_of_a_causal_network_so_far_knows_nothing_of_later_frames(name: str) -> None:
    network = make(name, "causal")
    x, mask = draw(1, 40)
    network.pooling = TemporalPooling("window", 1)
    geometry = network.temporal_geometry
    assert (geometry.delay_frames, geometry.warmup_frames) == (0, 1)
    last = network(x[:, :, :33], mask[:, :33])
    x[:, :, 33:] = 7.0
    later = network(x[:, :, : 33 + geometry.stride - 1], mask[:, : 33 + geometry.stride - 1])
    torch.testing.assert_close(later, last)


@pytest.mark.parametrize("name", MAKERS)
@torch.no_grad()
def test_the_middle_of_a_centered_clip_is_that_of_a_valid_one(name: str) -> None:
    centered, valid = make(name, "centered"), MAKERS[name](temporal="valid").eval()
    valid.load_state_dict(centered.state_dict())
    geometry = valid.temporal_geometry
    delay, stride = geometry.delay_frames, geometry.stride
    lead = next(n for n in range(delay, delay + stride) if (n + delay) % stride == 0)
    clip = torch.randn(1, 3, lead + geometry.receptive_field + delay, 10)
    features = []
    for network, x in ((centered, clip), (valid, clip[:, :, lead:-delay])):
        network.blocks[-1].register_forward_hook(lambda *call: features.append(call[2][0]))
        network(x)
    assert features[1].size(2) == 1
    torch.testing.assert_close(features[0][:, :, [(lead + delay) // stride]], features[1])


@pytest.mark.parametrize("name", MAKERS)
def test_a_clip_that_is_too_short_is_named(name: str) -> None:
    network = make(name, "valid")
    fewest = network.temporal_geometry.receptive_field
    x, mask = draw(2, fewest)
    network(x, mask)
    mask[1, fewest - 1 :] = False
    for model in (network, fold_for_inference(network)):
        with pytest.raises(DatasetError, match=rf"at least {fewest} frames.*one of {fewest - 1};"):
            model(x, mask)
        with pytest.raises(DatasetError, match="take longer clips"):
            model(x[:, :, : fewest - 1])
