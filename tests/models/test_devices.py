"""Networks on a device: the host never waits, and results are those of the CPU."""

import copy
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.models import (
    SERN,
    SSTGCN,
    STGCN,
    AudioRecurrentEncoder,
    ClipNetwork,
    ResNet18,
    TextRecurrentEncoder,
)
from skelgraph.nn import is_on_host

NARROW = (4, 6)


@pytest.fixture
def hide_values(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes all layers and networks treat tensors on the CPU as those of a device."""

    def hide() -> None:
        modules = [module for name, module in sys.modules.items() if name.startswith("skelgraph.")]
        for module in modules:
            if vars(module).get("is_on_host") is is_on_host:
                monkeypatch.setattr(module, "is_on_host", lambda tensor: False)

    return hide


def make_clips(*person: int) -> tuple[Tensor, Tensor]:
    """Clips with gaps, the third absent, or with an absent person in the first two as well."""
    x = torch.randn(4, 3, 13, 10, *person, dtype=torch.double)
    mask = torch.rand(4, 13, 10, *person) > 0.15
    mask[1, 9:] = False
    mask[2] = False
    if person:
        mask[:2, ..., 1] = False
    return x.masked_fill(~mask.unsqueeze(1), float("nan")), mask


def make_sern(skeleton: ClipNetwork) -> SERN:
    return SERN(
        AudioRecurrentEncoder(
            3, num_coefficients=5, num_prosodic=4, hidden_channels=6, dropout=0.0
        ),
        TextRecurrentEncoder(11, 3, embedding_size=5, hidden_channels=6, dropout=0.0),
        {"joint": skeleton},
        3,
        frozen=False,
    )


def step(network: nn.Module, *inputs: object) -> dict[str, Tensor]:
    """Logits in evaluation and in training, gradients and new statistics."""
    network = copy.deepcopy(network)
    with torch.no_grad():
        evaluated = network.eval()(*inputs)
    logits = network.train()(*inputs)
    F.cross_entropy(logits, torch.arange(len(logits)) % 3).backward()
    gradients = {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    assert all(tensor.isfinite().all() for tensor in gradients.values())
    return {"evaluated": evaluated, "logits": logits, **gradients, **dict(network.named_buffers())}


@pytest.mark.parametrize("persons", [(), (3,)], ids=["one person", "three persons"])
def test_a_clip_network_computes_the_same_on_a_device(
    network: ClipNetwork, hide_values: Callable[[], None], persons: tuple[int, ...]
) -> None:
    network.double()
    x, mask = make_clips(*persons)
    everybody = x.nan_to_num(), torch.ones_like(mask)
    expected = step(network, x, mask), step(network, *everybody)
    hide_values()
    torch.testing.assert_close(step(network, x, mask), expected[0], rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(step(network, *everybody), expected[1], rtol=1e-5, atol=1e-6)


def test_a_batch_of_absent_clips_changes_no_statistic_on_a_device(
    network: ClipNetwork, hide_values: Callable[[], None]
) -> None:
    hide_values()
    before = {n: b.clone() for n, b in network.named_buffers() if "tracked" not in n}
    nobody = torch.zeros(2, 9, 10, dtype=torch.bool)
    logits = network.train()(torch.randn(2, 3, 9, 10), nobody)
    assert torch.equal(logits, network.last_layer.bias.expand(2, 4))
    logits.sum().backward()
    after = dict(network.named_buffers())
    assert all(torch.equal(after[name], value) for name, value in before.items())


@pytest.mark.parametrize(
    "skeleton",
    [
        lambda: SSTGCN(3, 3, channels=NARROW, attention_dropout=0.0),
        lambda: ResNet18(3, 3, channels=(4, 4, 6, 6)),
    ],
    ids=["s-stgcn", "resnet18"],
)
@pytest.mark.parametrize("with_mask", [True, False])
def test_a_fusion_network_computes_the_same_on_a_device(
    hide_values: Callable[[], None], skeleton: Callable[[], ClipNetwork], with_mask: bool
) -> None:
    network = make_sern(skeleton()).double()
    x, mask = make_clips()
    mask[2, 3] = True
    inputs = {
        "audio": (
            torch.randn(4, 9, 5).double(),
            torch.tensor([9, 4, 0, 5]),
            torch.rand(4, 4).double(),
        ),
        "text": (torch.randint(1, 11, (4, 9)), torch.tensor([9, 4, 0, 5])),
        "joint": (x.nan_to_num(), mask if with_mask else None),
    }
    presence = torch.tensor([[1, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0]]).bool()
    expected = step(network, inputs, presence)
    hide_values()
    inputs["text"][0][3] = 10**6
    inputs["text"][1][3] = -1
    inputs["audio"][0][1] = float("nan")
    inputs["joint"][0][3] = float("nan")
    torch.testing.assert_close(step(network, inputs, presence), expected, rtol=1e-9, atol=1e-12)
    presence[:, 1] = False
    expected = step(network, inputs, presence)
    del inputs["text"]  # that no clip has
    torch.testing.assert_close(step(network, inputs, presence)["logits"], expected["logits"])


@pytest.mark.parametrize("lengths", [[9, 4, 0], [5, 1, 3], [0, 0, 0]])
def test_recurrent_encoders_compute_the_same_on_a_device(
    hide_values: Callable[[], None], lengths: list[int]
) -> None:
    network = make_sern(STGCN(3, 3, channels=NARROW)).eval()
    many = torch.tensor(lengths)
    audio = torch.randn(3, 9, 5), many, torch.randn(3, 4)
    text = torch.randint(0, 11, (3, 9)), many
    expected = network.encoder("audio").embed(*audio), network.encoder("text").embed(*text)
    hide_values()
    for name, inputs, vectors in zip(("audio", "text"), (audio, text), expected, strict=True):
        torch.testing.assert_close(network.encoder(name).embed(*inputs), vectors)
