import copy
from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import nn

from skelgraph.models import S_STGCN_CHANNELS, SSTGCN, STGCN, ClipNetwork, ResNet18

NARROW = (16, 16, 16, 16, 24, 24, 24, 32, 32, 32)
RELEASED = {"input_norm": True, "normalize_spatial_input": True, "normalize_query": True}

NETWORKS: dict[str, Callable[[], ClipNetwork]] = {
    "s-stgcn": lambda: SSTGCN(attention_dropout=0.0),
    "s-stgcn as released": lambda: SSTGCN(attention_dropout=0.0, channels=NARROW, **RELEASED),
    "s-stgcn without attention": lambda: SSTGCN(attention=False, channels=NARROW),
    "st-gcn": lambda: STGCN(channels=NARROW),
    "st-gcn of s-stgcn's width": lambda: STGCN(channels=S_STGCN_CHANNELS),
    "resnet18": lambda: ResNet18(channels=(8, 16, 24, 32)),
}


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(params=NETWORKS)
def make_network(request: pytest.FixtureRequest) -> Callable[[], ClipNetwork]:
    """Constructor of a network without dropout."""
    return NETWORKS[request.param]


@pytest.fixture
def network(make_network: Callable[[], ClipNetwork]) -> ClipNetwork:
    """A network in training mode that has lived: no parameter is at its start, and the running
    statistics are those of its activations, so that all that it is given can be seen in its logits.
    """
    return copy.deepcopy(_make_lived_in(make_network))


@cache
def _make_lived_in(make_network: Callable[[], ClipNetwork]) -> ClipNetwork:
    torch.manual_seed(0)
    network = make_network()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
        norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = None
        network.train()(torch.randn(8, 3, 24, 10))
        for norm in norms:
            norm.momentum = 0.1
    return network
