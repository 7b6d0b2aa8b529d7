"""Fused steps give what the fused networks give for whole clips."""

import numpy as np
import pytest
import torch
from torch import Tensor

from skelgraph.evaluation import ConcatFusion, SumFusion, temper
from skelgraph.models import SSTGCN, SpatialTemporalNetwork
from skelgraph.streaming import StepFusion, StepNetwork


def make_networks() -> list[SpatialTemporalNetwork]:
    """Networks of two streams."""
    torch.manual_seed(0)
    networks = [
        SSTGCN(C, 3, channels=(8, 8), downsampling_blocks=(1,), temporal="causal") for C in (3, 2)
    ]
    for network in networks:
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
            network.train()(torch.randn(8, network.in_channels, 30, 10))
        network.eval()
    return networks


def compute_clips(
    networks: list[SpatialTemporalNetwork], inputs: list[Tensor], masks: list[Tensor]
) -> np.ndarray:
    """Tempered probabilities of each network, (streams, people, classes): a mean of two views."""
    scores = []
    for network, x, mask, temperature in zip(networks, inputs, masks, (1.5, 1.0), strict=True):
        with torch.no_grad():
            views = [network(x[:, view], mask[:, view]).softmax(dim=1) for view in (0, 1)]
        scores.append(temper(torch.stack(views).mean(dim=0).double().numpy(), temperature))
    return np.stack(scores)


@pytest.mark.parametrize(
    "fusion",
    [
        SumFusion(weights=(3.0, 1.0)),
        ConcatFusion(weight=np.arange(18.0).reshape(3, 6) % 5, bias=np.array([0.1, 0.2, -0.3])),
    ],
)
def test_probabilities_are_those_of_whole_clips(fusion: SumFusion | ConcatFusion) -> None:
    networks = make_networks()
    steps = [StepNetwork(network) for network in networks]
    together = StepFusion(steps, fusion, temperatures=(1.5, 1.0), num_views=2, temperature=2.0)
    inputs = [torch.randn(4, 2, network.in_channels, 21, 10) for network in networks]
    masks = [torch.rand(4, 2, 21, 10) > 0.2 for _ in networks]
    states = together.init_state(4)
    states, early = together.advance(
        states, [x[..., :8, :] for x in inputs], [mask[:, :, :8] for mask in masks]
    )
    assert early.shape == (4, 4, 3)
    for frame in range(8, 21):
        states, fused = together(
            states, [x[..., frame, :] for x in inputs], [mask[:, :, frame] for mask in masks]
        )
        assert (fused is None) == (frame % 2 == 1)
    expected = temper(fusion.combine(compute_clips(networks, inputs, masks)), 2.0)
    np.testing.assert_allclose(fused.numpy(), expected, atol=1e-5)
    seen = [x[..., :7, :] for x in inputs], [mask[:, :, :7] for mask in masks]
    expected = temper(fusion.combine(compute_clips(networks, *seen)), 2.0)
    np.testing.assert_allclose(early[:, -1].numpy(), expected, atol=1e-5)


def test_one_stream_needs_no_fusion() -> None:
    network = make_networks()[0]
    together = StepFusion([StepNetwork(network)])
    x = torch.randn(2, 1, 3, 9, 10)
    _, probabilities = together.advance(together.init_state(2), [x], [None])
    with torch.no_grad():
        expected = network(x[:, 0]).softmax(dim=1)
    torch.testing.assert_close(probabilities[:, -1], expected, rtol=0, atol=1e-6)


def test_networks_that_do_not_fit_are_errors() -> None:
    first, second = map(StepNetwork, make_networks())
    other = StepNetwork(SSTGCN(2, 3, channels=(4,), temporal="causal"))
    with pytest.raises(ValueError, match="expected networks of one stride and warm-up"):
        StepFusion([first, other], SumFusion(weights=(1.0, 1.0)))
    with pytest.raises(ValueError, match="expected one network, or several and a fusion"):
        StepFusion([first, second])
    with pytest.raises(ValueError, match="expected one network, or several and a fusion"):
        StepFusion([])
