"""The small S-STGCN: members that learn by themselves and answer together."""

import pytest
import torch
from torch.nn import functional as F

from skelgraph.models import SmallSSTGCN
from skelgraph.nn import GatedSpatialConv


def make_network(**options: object) -> SmallSSTGCN:
    torch.manual_seed(0)
    return SmallSSTGCN(in_channels=5, num_classes=3, channels=8, kernel_size=5, **options)


def draw_clips(num_clips: int = 4) -> torch.Tensor:
    return torch.randn(num_clips, 5, 20, 10, generator=torch.Generator().manual_seed(1))


def test_in_training_each_member_answers_and_afterwards_their_mean() -> None:
    network = make_network(members=3, dropout=0.0, head_dropout=0.0, attention=False)
    x = draw_clips()
    assert network.train()(x).shape == (4, 3, 3)
    network.eval()
    together = network(x)
    assert together.shape == (4, 3)
    alone = []
    for member in range(3):
        kept = torch.zeros(3, 8)
        kept[member] = 1
        vector = network.embed(x) * network.members * kept.flatten()
        alone.append(vector @ network.last_layer.weight.T + network.last_layer.bias)
    torch.testing.assert_close(torch.stack(alone).mean(dim=0), together)


def test_members_differ_and_a_loss_of_one_reaches_no_other() -> None:
    network = make_network(members=2)
    first, second = network.blocks
    assert isinstance(first.spatial, GatedSpatialConv)
    assert any(
        not torch.equal(one, other)
        for one, other in zip(first.parameters(), second.parameters(), strict=True)
    )
    logits = network.train()(draw_clips())
    F.cross_entropy(logits[:, 0], torch.tensor([0, 1, 2, 0])).backward()
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in first.parameters())
    assert all(p.grad is None or p.grad.abs().max() == 0 for p in second.parameters())
    weight = network.last_layer.weight.grad
    assert weight is not None
    assert weight[:, :8].abs().max() > 0
    assert weight[:, 8:].abs().max() == 0


def test_padding_has_no_influence() -> None:
    network, x = make_network().eval(), draw_clips()
    mask = torch.zeros(4, 20, 10, dtype=torch.bool)
    mask[:, :13] = True
    spoiled = x.clone()
    spoiled[:, :, 13:] = 7
    torch.testing.assert_close(network(x, mask), network(spoiled, mask))


@pytest.mark.parametrize("members", [1, 4])
def test_one_clip_trains_and_the_number_of_members_is_free(members: int) -> None:
    network = make_network(members=members).train()
    assert network(draw_clips(1)).shape == (1, members, 3)
    assert network.members == members
    assert len(network.gates) == members
