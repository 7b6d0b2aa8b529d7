"""The inference form equals the network that it came from."""

import copy
import threading
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from skelgraph.layouts import OPENPOSE18
from skelgraph.models import SSTGCN, ClipNetwork, InferenceNetwork, ResNet18
from skelgraph.nn import DenseSpatialPartitionConv, JointSelfAttention, SpatialTemporalBlock


def relative_error(result: Tensor, expected: Tensor) -> float:
    return float((result - expected).norm() / expected.norm())


def make_clips(num_clips: int, num_frames: int, num_joints: int = 10) -> tuple[Tensor, Tensor]:
    """Clips with joints, frames and ends missing, NaN where they are."""
    x = torch.randn(num_clips, 3, num_frames, num_joints)
    mask = torch.rand(num_clips, num_frames, num_joints) > 0.2
    mask[0, num_frames // 2 :] = False
    mask[-1, 1] = False
    return x.masked_fill(~mask.unsqueeze(1), float("nan")), mask


@pytest.mark.parametrize(("num_clips", "num_frames"), [(3, 41), (1, 13), (5, 120)])
def test_equals_the_network(network: ClipNetwork, num_clips: int, num_frames: int) -> None:
    network.eval()
    fast = network.optimize_for_inference()
    x, mask = make_clips(num_clips, num_frames)
    with torch.no_grad():
        assert relative_error(fast(x, mask), network(x, mask)) < 1e-4
        assert relative_error(fast.embed(x, mask), network.embed(x, mask)) < 1e-4
        whole = x.nan_to_num()
        assert relative_error(fast(whole), network(whole)) < 1e-4


def test_equals_the_network_on_persons_and_another_skeleton() -> None:
    network = SSTGCN(layout=OPENPOSE18, channels=(16,) * 10).eval()
    x = torch.randn(2, 3, 20, 18, 2)
    mask = torch.ones(2, 20, 18, 2, dtype=torch.bool)
    mask[0, ..., 1] = False
    with torch.no_grad():
        expected = network(x, mask)
    assert relative_error(network.optimize_for_inference()(x, mask), expected) < 1e-4


def bfloat16_bound(network: ClipNetwork) -> float:
    """Relative error of the logits that rounding to bfloat16 explains, on any processor.

    A product rounds its weights and its result, each by at most u = 2**-8 of the value; it sums in
    float32, so that the order of the sum does not matter. Between batch norms an error keeps its
    share of the features, and n rounding errors of mean zero add up to less than 4 sqrt(n) u with
    probability 1 - 2 exp(-4**2 / 2) > 0.999 (Higham and Mary, SIAM J. Sci. Comput. 41, A2815).
    """
    if isinstance(network, ResNet18):
        products = 17  # in a row
    else:
        # The spatial layer and the temporal convolution; an attention has two products in a row.
        attentions = [getattr(block.spatial, "attention", None) for block in network.blocks]
        products = sum(2 if attention is None else 3 for attention in attentions)
    return 4 * (2 * products) ** 0.5 * 2**-8


@pytest.mark.parametrize("num_frames", [41, 120], ids=["few frames", "many frames"])
def test_bfloat16_rounds_to_three_digits(network: ClipNetwork, num_frames: int) -> None:
    network.eval()
    x, mask = make_clips(3, num_frames)
    fast = network.optimize_for_inference(torch.bfloat16)
    with torch.no_grad():
        assert fast(x, mask).dtype == torch.float32
        assert relative_error(fast(x, mask), network(x, mask)) < bfloat16_bound(network)


def test_a_wrong_weight_is_beyond_the_bound_of_bfloat16(network: ClipNetwork) -> None:
    network.eval()
    x, mask = make_clips(3, 41)
    fast = network.optimize_for_inference(torch.bfloat16)
    expected = network(x, mask).detach()
    weights = [tensor for tensor in fast.state_dict().values() if tensor.dim() == 4]
    assert len(weights) >= 10
    for weight in weights:
        kept = weight.clone()
        weight.zero_()
        assert relative_error(fast(x, mask), expected) > bfloat16_bound(network)
        weight.copy_(kept)


def test_is_a_copy_without_gradients(network: ClipNetwork) -> None:
    network.eval()
    state = copy.deepcopy(network.state_dict())
    fast = network.optimize_for_inference()
    x = torch.randn(2, 3, 20, 10, requires_grad=True)
    before = fast(x).clone()
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert not any(parameter.requires_grad for parameter in fast.parameters())
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 1
    assert torch.equal(fast(x), before)


def test_starts_no_thread(network: ClipNetwork) -> None:
    fast = network.eval().optimize_for_inference()
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        before = set(threading.enumerate())
        fast(*make_clips(5, 33))
        assert set(threading.enumerate()) == before
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_wrong_shapes_are_the_networks_errors(
    make_network: Callable[[], ClipNetwork],
) -> None:
    fast = make_network().optimize_for_inference()
    assert isinstance(fast, InferenceNetwork | ResNet18)
    with pytest.raises(ValueError, match="expected x to be"):
        fast(torch.zeros(2, 3, 20, 9))


class NeighborMean(nn.Module):
    """A user's spatial layer: a linear layer of each joint and of the mean of all present ones."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.own = nn.Linear(in_channels, out_channels)
        self.others = nn.Linear(in_channels, out_channels)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        present = x.new_ones(x.shape[:3]) if mask is None else mask.to(x.dtype)
        present = present.unsqueeze(3)
        mean = (x * present).sum(dim=2, keepdim=True) / present.sum(dim=2, keepdim=True).clamp(1)
        return self.dropout(self.own(x) + self.others(mean)).permute(0, 3, 1, 2)


class HalvedConv(DenseSpatialPartitionConv):
    """A subclass of a layer that has a folded form, which computes something else."""

    def forward(self, x: Tensor, mask: Tensor | None = None, scale: float = 1.0) -> Tensor:
        return super().forward(x, mask, scale / 2)


def replace_layers(network: SSTGCN) -> SSTGCN:
    """The network with layers of other kinds in the first, a middle and a strided block."""
    for number in (0, 3, 4):
        network.blocks[number].spatial = NeighborMean(*(3, *SMALL)[number : number + 2])
    adjacency = network.blocks[5].spatial.conv.adjacency
    network.blocks[5].spatial.conv = HalvedConv(16, 16, adjacency)
    network.blocks[6].spatial = HalvedConv(16, 16, adjacency)
    network.blocks[7].spatial = JointSelfAttention(16, 24)
    network.train()(torch.randn(8, 3, 24, 10))
    return network.eval()


SMALL = (8, 8, 8, 8, 16, 16, 16, 24, 24, 24)


def assert_same_logits(fast: ClipNetwork, network: ClipNetwork) -> None:
    x, mask = make_clips(3, 41)
    persons, masks = torch.stack([x, x.flip(3)], dim=4), torch.stack([mask, mask.flip(2)], dim=3)
    masks[0, ..., 1] = False
    with torch.no_grad():
        for inputs in ((x.nan_to_num(),), (x, mask), (persons, masks)):
            torch.testing.assert_close(fast(*inputs), network(*inputs), rtol=1e-5, atol=1e-5)


def test_a_spatial_layer_of_another_kind_runs_as_it_is() -> None:
    network = replace_layers(SSTGCN(channels=SMALL))
    fast = network.train().optimize_for_inference()
    assert isinstance(fast, InferenceNetwork)
    assert_same_logits(fast, network.eval())
    assert not any(parameter.requires_grad for parameter in fast.parameters())
    x, mask = make_clips(3, 41)
    assert torch.equal(fast.train()(x, mask), fast.eval()(x, mask))
    half = network.optimize_for_inference(torch.bfloat16)
    assert relative_error(half(x, mask), fast(x, mask)) < bfloat16_bound(network)


def test_a_spatial_layer_of_another_kind_is_copied() -> None:
    network = replace_layers(SSTGCN(channels=SMALL))
    fast = network.optimize_for_inference()
    x = torch.randn(2, 3, 20, 10)
    before = fast(x)
    with torch.no_grad():
        network.blocks[3].spatial.own.weight += 1
    assert torch.equal(fast(x), before)
    assert network.blocks[3].spatial.own.weight.requires_grad


class DoubledNetwork(SSTGCN):
    def _embed_clips(self, x: Tensor, mask: Tensor | None) -> Tensor:
        return 2 * super()._embed_clips(x, mask)


class DoubledBlock(SpatialTemporalBlock):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        y, mask = super().forward(x, mask)
        return 2 * y, mask


def test_a_network_of_another_kind_runs_as_it_is() -> None:
    with_a_block = SSTGCN(channels=SMALL)
    block = DoubledBlock(NeighborMean(8, 8), 8, 8)
    with_a_block.blocks[2] = block
    for network in (DoubledNetwork(channels=SMALL).eval(), with_a_block.eval()):
        fast = network.optimize_for_inference()
        assert_same_logits(fast, network)
        assert not any(parameter.requires_grad for parameter in fast.parameters())
