"""The networks of several modalities: MDRE, SERN and SERN-2s."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from skelgraph.models import (
    SERN,
    SSTGCN,
    AudioRecurrentEncoder,
    DualRecurrentEncoder,
    FusionNetwork,
    TextRecurrentEncoder,
    drop_modalities,
)

Inputs = dict[str, tuple[Tensor, ...]]


def make_skeleton() -> SSTGCN:
    return SSTGCN(2, 3, channels=(4, 6), attention_dropout=0.0)


def make_encoders() -> tuple[AudioRecurrentEncoder, TextRecurrentEncoder]:
    audio = AudioRecurrentEncoder(
        3, num_coefficients=5, num_prosodic=4, hidden_channels=6, dropout=0.0
    )
    return audio, TextRecurrentEncoder(11, 3, embedding_size=7, hidden_channels=8, dropout=0.0)


def make_mdre() -> FusionNetwork:
    return DualRecurrentEncoder(*make_encoders(), num_classes=3)


def make_sern(**options) -> FusionNetwork:
    options = {"frozen": False, **options}
    return SERN(*make_encoders(), {"joint": make_skeleton()}, 3, **options)


def make_sern_2s() -> FusionNetwork:
    streams = {"joint": make_skeleton(), "bone": make_skeleton()}
    return SERN(*make_encoders(), streams, 3, channels=5, activation="tanh", frozen=False)


MAKERS = {"mdre": make_mdre, "sern": make_sern, "sern-2s": make_sern_2s}


@pytest.fixture(params=MAKERS)
def make_network(request: pytest.FixtureRequest) -> Callable[[], FusionNetwork]:
    return MAKERS[request.param]


@pytest.fixture
def network(make_network: Callable[[], FusionNetwork]) -> FusionNetwork:
    return make_network()


def make_inputs(network: FusionNetwork, N: int = 4, *, longer: int = 0) -> Inputs:
    """The same clips whatever the padding, which holds random numbers."""
    draws = torch.Generator().manual_seed(1)
    steps = torch.tensor([9, 4, 7, 5])[:N]
    words = torch.tensor([5, 9, 2, 8])[:N]

    def padded(x: Tensor, time: int) -> Tensor:
        more = torch.randn(*x.shape[:time], longer, *x.shape[time + 1 :])
        return torch.cat([x, more.to(x.dtype).abs() if x.dtype == torch.int64 else more], dim=time)

    mfcc = torch.randn(4, 9, 5, generator=draws)[:N]
    tokens = torch.randint(1, 11, (4, 9), generator=draws)[:N]
    prosody = torch.randn(4, 4, generator=draws)[:N]
    inputs: Inputs = {
        "audio": (padded(mfcc, 1), steps, prosody),
        "text": (padded(tokens, 1), words),
    }
    for stream in set(network.encoders) - {"audio", "text"}:
        x = torch.randn(4, 2, 9, 10, generator=draws)[:N]
        mask = (torch.arange(9) < steps.unsqueeze(1)).unsqueeze(2).expand(N, 9, 10)
        inputs[stream] = (padded(x, 2), F.pad(mask, (0, 0, 0, longer)))
    return inputs


def test_the_sizes_are_the_papers() -> None:
    audio, text = AudioRecurrentEncoder(), TextRecurrentEncoder(20)
    mdre = DualRecurrentEncoder(audio, text)
    assert [mdre.adjust[name][0].out_features for name in ("audio", "text")] == [117, 100]
    assert SERN(audio, text, {"joint": SSTGCN()}).classifier.in_features == 117 + 100 + 64
    two = SERN(audio, text, {"joint": SSTGCN(), "bone": SSTGCN()}, channels=100)
    assert two.adjust["skeleton"][0].in_features == 256
    assert two.classifier.in_features == 300
    assert two.modalities == ("audio", "text", "skeleton")


def test_it_is_the_formula(network: FusionNetwork) -> None:
    network.eval()
    inputs = make_inputs(network)
    M = len(network.modalities)
    presence = torch.rand(4, M) > 0.4
    presence[0] = True
    presence[1] = torch.arange(M) == 1
    logits = network(inputs, presence)
    for clip in range(4):
        expected, place = network.classifier.bias.clone(), 0
        for number, (modality, names) in enumerate(network.members.items()):
            parts = [
                network.encoder(name).embed(*(t[clip : clip + 1] for t in inputs[name]))
                for name in names
            ]
            vector = network.adjust[modality](torch.cat(parts, dim=1))[0]
            weight = network.classifier.weight[:, place : place + len(vector)]
            place += len(vector)
            if presence[clip, number]:
                expected = expected + M / presence[clip].sum() * (weight @ vector)
        torch.testing.assert_close(logits[clip], expected, rtol=1e-4, atol=1e-5)


def test_padding_of_any_modality_changes_no_logit(network: FusionNetwork) -> None:
    network.eval()
    reference = network(make_inputs(network))
    for longer in (1, 20):
        again = network(make_inputs(network, longer=longer))
        torch.testing.assert_close(again, reference, rtol=0, atol=1e-5)
    alone = network(make_inputs(network, N=1))
    torch.testing.assert_close(alone, reference[:1], rtol=0, atol=1e-5)


@pytest.mark.parametrize("value", [1e6, float("nan")])
def test_what_a_missing_modality_holds_changes_nothing(
    network: FusionNetwork, value: float
) -> None:
    network.eval()
    inputs = make_inputs(network)
    M = len(network.modalities)
    for number, names in enumerate(network.members.values()):
        presence = torch.ones(4, M, dtype=torch.bool)
        presence[2, number] = False
        reference = network(inputs, presence)
        spoiled = dict(inputs)
        for name in names:
            first, *others = (tensor.clone() for tensor in inputs[name])
            first[2] = value if first.is_floating_point() else 10**6
            spoiled[name] = (first, *others)
        assert torch.equal(network(spoiled, presence), reference)
        whole = network(inputs)
        torch.testing.assert_close(reference[[0, 1, 3]], whole[[0, 1, 3]])
        assert (reference[2] - whole[2]).abs().max() > 1e-4


def test_a_modality_that_no_clip_has_needs_no_inputs(network: FusionNetwork) -> None:
    network.eval()
    inputs = make_inputs(network)
    presence = torch.ones(4, len(network.modalities), dtype=torch.bool)
    presence[:, 0] = False
    known = {name: tensors for name, tensors in inputs.items() if name != "audio"}
    assert torch.equal(network(known, presence), network(inputs, presence))


def test_no_modality_at_all_gives_the_bias(network: FusionNetwork) -> None:
    network.eval()
    presence = torch.zeros(4, len(network.modalities), dtype=torch.bool)
    logits = network(make_inputs(network), presence)
    assert torch.equal(logits, network.classifier.bias.expand(4, 3))


def test_every_trained_parameter_gets_a_gradient(network: FusionNetwork) -> None:
    network.train()
    network(make_inputs(network)).square().sum().backward()
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:  # the encoders' own classifiers have no part in it
            assert name.startswith("encoders.")
            assert "classifier" in name
        elif not name.endswith("conv.bias"):  # a batch norm that follows cancels it
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            assert parameter.grad.any(), name


def test_a_state_dict_round_trip(make_network: Callable[[], FusionNetwork]) -> None:
    network, other = make_network().eval(), make_network().eval()
    inputs = make_inputs(network)
    assert not torch.equal(network(inputs), other(inputs))
    other.load_state_dict(network.state_dict())
    assert torch.equal(network(inputs), other(inputs))


def test_frozen_encoders_stay_as_they_are() -> None:
    network = make_sern(frozen=True).train()
    assert not any(module.training for module in network.encoders.modules())
    inputs = make_inputs(network)
    before = {name: t.clone() for name, t in network.encoders.state_dict().items()}
    network(inputs).sum().backward()
    assert all(p.grad is None for p in network.encoders.parameters())
    assert all(p.grad is not None for p in network.adjust.parameters())
    assert all(torch.equal(t, before[name]) for name, t in network.encoders.state_dict().items())


def test_vectors_made_before_give_the_same_logits(network: FusionNetwork) -> None:
    network.eval()
    inputs = make_inputs(network)
    vectors = network.encode(inputs)
    assert torch.equal(network({}, None, vectors), network(inputs))


def test_the_form_for_inference_is_equal(network: FusionNetwork) -> None:
    network.eval()
    inputs = make_inputs(network)
    presence = torch.rand(4, len(network.modalities)) > 0.3
    fast = network.optimize_for_inference()
    torch.testing.assert_close(
        fast(inputs, presence), network(inputs, presence), rtol=1e-4, atol=1e-5
    )
    assert not any(parameter.requires_grad for parameter in fast.parameters())
    assert any(parameter.requires_grad for parameter in network.parameters())


def test_modality_dropout_is_for_training_alone() -> None:
    network = make_sern(modality_dropout=0.5)
    inputs = make_inputs(network)
    network.eval()
    assert torch.equal(network(inputs), network(inputs))
    network.train()
    network.encoders.eval()
    torch.manual_seed(0)
    draws = [network(inputs) for _ in range(4)]
    assert not all(torch.equal(draw, draws[0]) for draw in draws)
    torch.manual_seed(0)
    assert torch.equal(network(inputs), draws[0])


def test_dropped_modalities_leave_one_that_is_there() -> None:
    presence = torch.rand(2000, 3) > 0.3
    kept = drop_modalities(presence, 0.5)
    assert not (kept & ~presence).any()
    assert torch.equal(kept.any(dim=1), presence.any(dim=1))
    whole = drop_modalities(torch.ones(4000, 3, dtype=torch.bool), 0.2)
    assert whole.float().mean(dim=0).sub(0.8).abs().max() < 0.03
    assert torch.equal(drop_modalities(presence, 0.0), presence)


def test_what_does_not_fit_is_an_error() -> None:
    network = make_sern()
    inputs = make_inputs(network)
    with pytest.raises(ValueError, match=r"boolean presence \(clips, 3\), but got"):
        network(inputs, torch.ones(4, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="expected inputs of the encoder joint"):
        network({name: inputs[name] for name in ("audio", "text")})
    with pytest.raises(ValueError, match="one or more modalities"):
        SERN(None, None, {})
