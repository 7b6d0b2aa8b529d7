"""The network equals its plain form, which is written straight from the equations."""

import pytest
import torch
from torch import nn

from skelgraph.experiments.plain_s_stgcn import PlainSSTGCN
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.models import SSTGCN


@pytest.fixture(params=[UPPER10, COCO17], ids=lambda layout: layout.name)
def networks(request: pytest.FixtureRequest) -> tuple[nn.Module, SSTGCN]:
    layout: JointLayout = request.param
    torch.manual_seed(0)
    plain = PlainSSTGCN(3, 4, layout)
    with torch.no_grad():
        for parameter in plain.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    ours = SSTGCN(3, 4, layout)
    ours.load_state_dict(plain.state_dict())
    return plain, ours


def test_logits_are_equal(networks: tuple[nn.Module, SSTGCN]) -> None:
    plain, ours = (network.eval() for network in networks)
    x = torch.randn(2, 3, 37, ours.num_joints)
    torch.testing.assert_close(ours(x), plain(x), rtol=1e-5, atol=1e-6)


def test_gradients_are_equal(networks: tuple[nn.Module, SSTGCN]) -> None:
    plain, ours = (network.double().eval() for network in networks)
    x = torch.randn(2, 3, 21, ours.num_joints, dtype=torch.float64)
    labels = torch.tensor([0, 3])
    for network in (plain, ours):
        nn.functional.cross_entropy(network(x), labels).backward()
    expected = dict(plain.named_parameters())
    for name, parameter in ours.named_parameters():
        assert parameter.grad is not None
        torch.testing.assert_close(
            parameter.grad, expected[name].grad, rtol=1e-6, atol=1e-10, msg=name
        )
