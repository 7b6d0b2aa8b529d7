"""What all networks have in common, whichever their blocks."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from skelgraph.layouts import UPPER10, JointLayout, partition
from skelgraph.models import SSTGCN, STGCN, ClipNetwork, SpatialTemporalNetwork
from skelgraph.nn import DenseSpatialPartitionConv

SMALL = (4, 8)

Maker = Callable[[], ClipNetwork]


def assert_close(result: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    assert (result - expected).abs().max() <= tolerance * expected.abs().max()


def test_logits_are_classified_embeddings(network: ClipNetwork) -> None:
    network.eval()
    x = torch.randn(2, 3, 9, 10)
    embedding = network.embed(x)
    assert embedding.shape == (2, network.embedding_channels)
    assert network(x).shape == (2, 4)
    assert torch.equal(network(x), network.last_layer(embedding))


def test_batch_of_two_is_two_batches_of_one(network: ClipNetwork) -> None:
    network.eval()
    x = torch.randn(2, 3, 9, 10)
    assert_close(network(x), torch.cat([network(x[:1]), network(x[1:])]))


def cancelled_biases(network: ClipNetwork) -> set[str]:
    """Biases that add one number to each entry of a channel that is then batch-normalized, which
    takes the mean and so the number away: of the temporal convolution, of the convolution in the
    block's residual, and of the linear layer in the attention's residual (which the gate only
    scales). The bias of a spatial convolution is no such one: it is weighed by the share of its
    subset in each joint's neighborhood, so that it differs from joint to joint. ResNet18 has none.
    """
    if not isinstance(network, SpatialTemporalNetwork):
        return set()
    names = ("temporal.bias", "residual.bias", "spatial.attention.residual.bias")
    return {
        f"blocks.{number}.{name}"
        for number, block in enumerate(network.blocks)
        for name in names
        if name in dict(block.named_parameters())
    }


def test_every_parameter_gets_a_gradient(network: ClipNetwork) -> None:
    network.double()
    x = torch.randn(4, 3, 13, 10, dtype=torch.double)
    F.cross_entropy(network(x), torch.arange(4)).backward()
    zero = set()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        if parameter.grad.abs().max() < 1e-12:
            zero.add(name)
    assert zero == cancelled_biases(network)


def test_cancelled_biases_by_number() -> None:
    residuals = {"blocks.4.residual.bias", "blocks.7.residual.bias"}
    temporal = {f"blocks.{number}.temporal.bias" for number in range(10)}
    assert cancelled_biases(STGCN()) == temporal | residuals
    attention = {f"blocks.{number}.spatial.attention.residual.bias" for number in (0, 4, 7)}
    assert cancelled_biases(SSTGCN()) == temporal | residuals | attention


def test_state_dict_round_trip(network: ClipNetwork, make_network: Maker) -> None:
    network.eval()
    x = torch.randn(2, 3, 9, 10)
    other = make_network().eval()
    assert not torch.allclose(other(x), network(x))
    other.load_state_dict(network.state_dict(), strict=True)
    assert torch.equal(other(x), network(x))


def test_reset_parameters_starts_anew(network: ClipNetwork, make_network: Maker) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.reset_parameters()
    fresh = make_network().state_dict()
    for name, value in network.state_dict().items():
        if fresh[name].numel() > 1 and (fresh[name] == fresh[name].flatten()[0]).all():
            assert torch.equal(value, fresh[name]), name  # ones and zeros
        elif value.is_floating_point() and value.dim() > 0:
            assert not torch.equal(value, before[name]), name
            assert 0.3 < value.std() / fresh[name].std() < 3.0, name
        else:
            assert torch.equal(value, fresh[name]), name  # gates, counters


def test_joints_may_be_permuted_with_the_layout() -> None:
    new_from_old = torch.randperm(10).tolist()
    old_to_new = {old: new for new, old in enumerate(new_from_old)}
    permuted = JointLayout(
        name="permuted",
        joints=tuple(UPPER10.joints[old] for old in new_from_old),
        bones=tuple((old_to_new[child], old_to_new[parent]) for child, parent in UPPER10.bones),
        center=old_to_new[UPPER10.center],
    )
    x = torch.randn(2, 3, 9, 10)
    mask = torch.rand(2, 9, 10) > 0.2
    for make in (
        lambda layout: SSTGCN(layout=layout, input_norm=True),
        lambda layout: STGCN(layout=layout),
    ):
        network, other = make(UPPER10), make(permuted)
        for conv in network.modules():
            if isinstance(conv, DenseSpatialPartitionConv):
                conv.edge_importance.data = torch.rand(3, 10, 10)
        network(torch.randn(8, 3, 24, 10))
        state = network.state_dict()
        for name, value in state.items():
            if name.endswith("edge_importance"):
                state[name] = value[:, new_from_old][:, :, new_from_old]
            elif name.startswith("input_norm.") and value.dim() > 0:
                state[name] = value.view(10, 3)[new_from_old].flatten()
        other.load_state_dict(state)
        expected = network.eval()(x, mask)
        other.eval()
        assert_close(other(x[..., new_from_old], mask[..., new_from_old]), expected)
        assert (other(x, mask) - expected).abs().max() > 1e-3 * expected.abs().max()


def test_double_precision_agrees_with_single(network: ClipNetwork) -> None:
    x, mask = torch.randn(2, 3, 9, 10), torch.rand(2, 9, 10) > 0.2
    single = network.eval()(x, mask)
    double = network.double()(x.double(), mask)
    assert double.dtype == torch.double
    assert_close(single.double(), double)
    assert network.train()(x.double(), mask).dtype == torch.double


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_bfloat16_autocast_runs(network: ClipNetwork, training: bool) -> None:
    network.train(training)
    x, mask = torch.randn(4, 3, 9, 10), torch.rand(4, 9, 10) > 0.2
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = network(x, mask)
        loss = F.cross_entropy(logits.float(), torch.arange(4))
    loss.backward()
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())
    assert_close(logits.float(), network(x, mask), tolerance=0.1)


@pytest.mark.parametrize("num_frames", [1, 2])
def test_shortest_clips_have_logits(network: ClipNetwork, num_frames: int) -> None:
    network.eval()
    x = torch.randn(2, 3, num_frames, 10)
    logits = network(x)
    assert logits.isfinite().all()
    assert not torch.allclose(logits[0], logits[1])
    assert_close(network(F.pad(x, (0, 0, 0, 7)), padding_mask(num_frames, 7)), logits)


def padding_mask(num_frames: int, padding: int) -> Tensor:
    mask = torch.arange(num_frames + padding) < num_frames
    return mask.view(1, -1, 1).expand(2, -1, 10)


def test_persons_are_averaged(network: ClipNetwork) -> None:
    network.eval()
    x = torch.randn(2, 3, 9, 10, 3)
    embeddings = torch.stack([network.embed(x[..., person]) for person in range(3)])
    assert_close(network.embed(x), embeddings.mean(dim=0))
    assert_close(network(x), network.last_layer(embeddings.mean(dim=0)))
    everybody = torch.ones(2, 9, 10, 3, dtype=torch.bool)
    assert_close(network(x, everybody), network(x))


def test_absent_persons_do_not_count(network: ClipNetwork) -> None:
    network.eval()
    x = torch.randn(3, 3, 9, 10, 2)
    mask = torch.rand(3, 9, 10, 2) > 0.2
    mask[1, ..., 0] = False
    mask[2] = False
    x[1, ..., 0] = float("nan")
    logits = network(x, mask)
    both = [network.embed(x[:1, ..., person], mask[:1, ..., person]) for person in range(2)]
    assert_close(logits[:1], network.last_layer((both[0] + both[1]) / 2))
    assert_close(logits[1:2], network(x[1:2, ..., 1], mask[1:2, ..., 1]))
    assert torch.equal(logits[2], network.last_layer.bias)


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_batch_without_persons_gets_the_logits_of_a_zero_embedding(
    network: ClipNetwork, training: bool
) -> None:
    network.train(training)
    nobody = torch.zeros(2, 9, 10, 2, dtype=torch.bool)
    logits = network(torch.randn(2, 3, 9, 10, 2), nobody)
    assert torch.equal(logits, network.last_layer.bias.expand(2, 4))
    assert all(buffer.isfinite().all() for buffer in network.buffers())


@pytest.mark.parametrize("make", [SSTGCN, STGCN])
@pytest.mark.parametrize("strategy", ["uniform", "distance", "spatial"])
def test_options_of_the_graph_reach_every_block(make: type[SSTGCN], strategy: str) -> None:
    tall = replace(UPPER10, name="tall")
    network = make(
        2, 5, tall, strategy=strategy, center=2, hop_distance="truncated",
        subset_order="st-gcn", channels=SMALL, kernel_size=3,
    )  # fmt: skip
    A = partition(tall, strategy, center=2, hop_distance="truncated", subset_order="st-gcn")
    convs = [m for m in network.modules() if isinstance(m, DenseSpatialPartitionConv)]
    assert len(convs) == len(network.blocks) == 2
    for conv in convs:
        assert torch.equal(conv.adjacency, torch.from_numpy(A))
    assert network.layout is tall
    assert network(torch.randn(2, 2, 9, 10)).shape == (2, 5)


@pytest.mark.parametrize("shape", [(2, 9, 10), (2, 2, 9, 10), (2, 3, 9, 11), (2, 3, 0, 10)])
def test_input_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    expected = r"expected x to be \(clips, 3, frames, 10\[, persons\]\), but got \("
    for network in (SSTGCN(channels=SMALL), STGCN(channels=SMALL)):
        with pytest.raises(ValueError, match=expected):
            network(torch.zeros(shape))


@pytest.mark.parametrize(
    "mask",
    [torch.ones(2, 9, 10), torch.ones(2, 9, dtype=torch.bool), torch.ones(9, 10, dtype=torch.bool)],
    ids=["numbers", "without joints", "without clips"],
)
def test_mask_of_another_shape_or_type_is_refused(mask: Tensor) -> None:
    expected = r"a boolean mask \(2, 9, 10\) for x \(2, 3, 9, 10\), but got torch\.\w+ \("
    with pytest.raises(ValueError, match=expected):
        SSTGCN(channels=SMALL)(torch.zeros(2, 3, 9, 10), mask)


def test_mask_of_persons_must_have_persons() -> None:
    mask = torch.ones(2, 9, 10, dtype=torch.bool)
    with pytest.raises(ValueError, match=r"a boolean mask \(2, 9, 10, 2\) for x"):
        STGCN(channels=SMALL)(torch.zeros(2, 3, 9, 10, 2), mask)
