"""Networks on a device: the host never waits, and results are those of the CPU.

Fake tensors have a device and a shape but no values: a tensor left on the CPU and whatever needs a
value raise. Their device is ``meta``, which takes the same way through our code as ``cuda`` does.
PyTorch for the CPU alone cannot differentiate tensors of ``cuda``, not even fake ones, and the GRU
of ``cuda`` has no fake form: neither cuDNN's backward pass nor the other one's cell.
"""

import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
)
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

import skelgraph.models
from skelgraph.lifting import TemporalLifter
from skelgraph.models import (
    SERN,
    SSTGCN,
    STGCN,
    AudioRecurrentEncoder,
    ClipNetwork,
    DualRecurrentEncoder,
    FrameMajorNetwork,
    FusionNetwork,
    InferenceNetwork,
    JointNodeNetwork,
    RecurrentEncoder,
    ResNet18,
    SmallSSTGCN,
    SpatialTemporalNetwork,
    TextRecurrentEncoder,
)
from skelgraph.nn import JointSelfAttention, MaskedBatchNorm, SpatialPartitionConv, is_on_host

DEVICE = "meta"
NARROW = (4, 6)
Inputs = tuple[Any, ...]


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


def make_inputs(network: nn.Module, *, with_mask: bool, persons: tuple[int, ...] = ()) -> Inputs:
    """What a network is called on; without mask, nothing is missing."""
    lengths = torch.tensor([9, 4, 0, 5])
    if isinstance(network, TemporalLifter):
        return (torch.randn(2, network.receptive_field, 17, 2),)
    if isinstance(network, ClipNetwork):
        x, mask = make_clips(*persons)
        return (x.float(), mask) if with_mask else (x.float().nan_to_num(), None)
    if isinstance(network, AudioRecurrentEncoder):
        return torch.randn(4, 9, network.num_coefficients), lengths, torch.randn(4, 35)
    if isinstance(network, TextRecurrentEncoder):
        return torch.randint(0, 11, (4, 9)), lengths
    assert isinstance(network, FusionNetwork)
    inputs = {
        name: make_inputs(network.encoder(name), with_mask=with_mask) for name in network.encoders
    }
    return inputs, (torch.rand(4, len(network.modalities)) > 0.3 if with_mask else None)


def make_network_of_layers() -> SSTGCN:
    """A network with a spatial layer that has no folded form."""
    network = SSTGCN(**SHORT)
    network.blocks[1].spatial = JointSelfAttention(8, 8)
    return network


def make_encoders() -> tuple[AudioRecurrentEncoder, TextRecurrentEncoder]:
    return AudioRecurrentEncoder(), TextRecurrentEncoder(11)


RELEASED = {"input_norm": True, "normalize_spatial_input": True, "normalize_query": True}
SHORT = {"channels": (8, 8, 8, 8, 12)}  # the fifth block has a stride
MAKERS: dict[str, Callable[[], nn.Module]] = {
    "s-stgcn": lambda: SSTGCN(**SHORT),
    "s-stgcn-small": lambda: SmallSSTGCN(),
    "s-stgcn as released": lambda: SSTGCN(**RELEASED, **SHORT),
    "s-stgcn of other layers": make_network_of_layers,
    "st-gcn": lambda: STGCN(dropout=0.5, **SHORT),
    "resnet18": lambda: ResNet18(channels=(4, 4, 6, 6)),
    "audio": AudioRecurrentEncoder,
    "text": lambda: TextRecurrentEncoder(11),
    "mdre": lambda: DualRecurrentEncoder(*make_encoders(), modality_dropout=0.2),
    "sern": lambda: SERN(*make_encoders(), {"joint": SSTGCN(**SHORT), "bone": ResNet18()}),
    "sern, trained": lambda: SERN(
        *make_encoders(), {"joint": SSTGCN(**SHORT), "bone": ResNet18()}, frozen=False
    ),
    "fusion": lambda: FusionNetwork({"skeleton": {"joint": STGCN(**SHORT)}}, 3),
    "lifter": TemporalLifter,
}
CLIP_MAKERS = {name: MAKERS[name] for name in MAKERS if "gcn" in name or "resnet" in name}


def test_every_network_is_among_them() -> None:
    public = [getattr(skelgraph.models, name) for name in dir(skelgraph.models)]
    networks = {kind for kind in public if isinstance(kind, type) and issubclass(kind, nn.Module)}
    bases = {ClipNetwork, RecurrentEncoder, SpatialTemporalNetwork}
    forms = {InferenceNetwork, FrameMajorNetwork, JointNodeNetwork}  # of trained networks
    made = {type(make()) for make in MAKERS.values()} - {TemporalLifter}
    assert networks - bases - forms == made


class HostWaits(TorchDispatchMode):
    """Raises for the waits that fake tensors let pass."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name.startswith(("index_put", "_index_put")):
            picked = [index.dtype for index in args[1] if index is not None]
            if not {torch.bool, torch.uint8}.isdisjoint(picked):
                raise DynamicOutputShapeException(func)
        if name in ("_to_copy", "copy_"):
            source = args[1] if name == "copy_" else args[0]
            if source.device.type != result.device.type:
                raise DataDependentOutputException(func)
        return result


@pytest.fixture
def fake_mode(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTensorMode]:
    """Everything inside computes with fake tensors, and waits for the device are errors."""
    monkeypatch.setattr(torch, "autocast", lambda *args, **options: nullcontext())  # meta has none
    with FakeTensorMode() as mode, HostWaits():
        yield mode


def to_device(held: Any) -> Any:
    """The same with a fake tensor for each tensor."""
    if isinstance(held, Tensor):
        return torch.empty_strided(held.shape, held.stride(), dtype=held.dtype, device=DEVICE)
    if isinstance(held, nn.Module):
        return held._apply(to_device)
    if isinstance(held, Mapping):
        return {name: to_device(value) for name, value in held.items()}
    return tuple(map(to_device, held)) if isinstance(held, tuple) else held


def assert_on_device(network: nn.Module) -> None:
    tensors = dict(network.named_parameters()) | dict(network.named_buffers())
    gradients = {f"gradient of {n}": t.grad for n, t in tensors.items() if t.grad is not None}
    assert {tensor.device.type for tensor in (tensors | gradients).values()} == {DEVICE}


VALUES: dict[str, Callable[[Tensor], object]] = {
    "item": lambda x: x.sum().item(),
    "bool": lambda x: bool((x > 0).all()),
    "comparison": lambda x: 1 if x.sum() > 0 else 0,
    "boolean index": lambda x: x[x > 0],
    "assignment": lambda x: x.__setitem__(x > 0, torch.zeros(2, device=DEVICE)),
    "nonzero": lambda x: x.nonzero(),
    "tolist": lambda x: x.tolist(),
    "to the host": lambda x: x.cpu(),
    "from the host": lambda x: torch.zeros(3).to(x.device),
    "tensor on the host": lambda x: x + torch.zeros(3),
}


@pytest.mark.parametrize("take", VALUES.values(), ids=VALUES)
def test_taking_a_value_raises(fake_mode: FakeTensorMode, take: Callable[[Tensor], object]) -> None:
    expected = (DataDependentOutputException, DynamicOutputShapeException, RuntimeError)
    with pytest.raises(expected, match=r"aten|same device"):
        take(torch.randn(3, device=DEVICE))


@pytest.mark.parametrize("with_mask", [True, False], ids=["mask", "no mask"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_training_step_never_waits(
    request: pytest.FixtureRequest, make: Callable[[], nn.Module], with_mask: bool
) -> None:
    network = make()
    inputs = make_inputs(network, with_mask=with_mask)
    request.getfixturevalue("fake_mode")
    network, inputs = to_device(network), to_device(inputs)
    network.train()(*inputs).square().sum().backward()
    assert_on_device(network)
    assert any(parameter.grad is not None for parameter in network.parameters())
    with torch.no_grad():
        network.eval()(*inputs)


@pytest.mark.parametrize("with_mask", [True, False], ids=["mask", "no mask"])
@pytest.mark.parametrize("make", CLIP_MAKERS.values(), ids=CLIP_MAKERS)
def test_a_training_step_of_persons_never_waits(
    request: pytest.FixtureRequest, make: Callable[[], nn.Module], with_mask: bool
) -> None:
    network = make()
    inputs = make_inputs(network, with_mask=with_mask, persons=(2,))
    request.getfixturevalue("fake_mode")
    network, inputs = to_device(network), to_device(inputs)
    network.train()(*inputs).square().sum().backward()
    assert_on_device(network)


@pytest.mark.parametrize("with_mask", [True, False], ids=["mask", "no mask"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_form_for_inference_never_waits(
    request: pytest.FixtureRequest, make: Callable[[], nn.Module], with_mask: bool
) -> None:
    network = make().eval()
    inputs = make_inputs(network, with_mask=with_mask)
    if isinstance(network, TemporalLifter):
        forms = [network]
    elif isinstance(network, SpatialTemporalNetwork | ResNet18):
        forms = [network.optimize_for_inference(kind) for kind in (torch.float32, torch.bfloat16)]
    else:
        forms = [network.optimize_for_inference()]
    request.getfixturevalue("fake_mode")
    inputs = to_device(inputs)
    for form in map(to_device, forms):
        with torch.no_grad():
            form.lift(*inputs) if isinstance(form, TemporalLifter) else form(*inputs)
        assert_on_device(form)


def test_the_sparse_layer_never_waits(request: pytest.FixtureRequest) -> None:
    conv = SpatialPartitionConv(4, 6, 3, num_joints=5)
    edges = torch.tensor([[0, 1, 2], [1, 2, 2]])
    graph = (torch.randn(5, 4), edges, torch.tensor([0, 1, 2]), None, torch.arange(5))
    request.getfixturevalue("fake_mode")
    conv = to_device(conv)
    conv(*to_device(graph)).square().sum().backward()
    assert_on_device(conv)


def test_a_norm_with_a_cumulative_average_never_waits(request: pytest.FixtureRequest) -> None:
    norm = MaskedBatchNorm(3, momentum=None)
    x, mask = torch.randn(2, 3, 5, 10), torch.rand(2, 5, 10) > 0.2
    request.getfixturevalue("fake_mode")
    norm = to_device(norm)
    norm(to_device(x), to_device(mask)).sum().backward()
    assert_on_device(norm)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("with_mask", [True, False], ids=["mask", "no mask"])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_gpu_is_never_waited_for(make: Callable[[], nn.Module], with_mask: bool) -> None:
    network = make().cuda()
    inputs = move(make_inputs(network, with_mask=with_mask))
    for mode in ("default", "error"):  # the first call loads libraries
        torch.cuda.set_sync_debug_mode(mode)
        try:
            loss = network.train()(*inputs).square().sum()
            loss.backward()
        finally:
            torch.cuda.set_sync_debug_mode("default")
        assert loss.isfinite()


def move(held: Any) -> Any:
    """The same on the GPU."""
    if isinstance(held, Tensor):
        return held.cuda()
    if isinstance(held, Mapping):
        return {name: move(value) for name, value in held.items()}
    return tuple(map(move, held)) if isinstance(held, tuple) else held
