"""Trained weights in a new network: what is taken, what stays, and how fast it learns."""

import pytest
import torch
from torch import nn

from skelgraph.config import ModelSettings
from skelgraph.errors import RunError
from skelgraph.layouts import UPPER10
from skelgraph.models import STGCN, ResNet18, SmallSSTGCN
from skelgraph.training.starting import (
    SourceNetwork,
    freeze_stages,
    initialize_network,
    rate_parameters,
)

SETTINGS = ModelSettings(name="st-gcn")


def make(num_classes: int = 3, in_channels: int = 2, seed: int = 0) -> STGCN:
    torch.manual_seed(seed)
    return STGCN(in_channels, num_classes, channels=(4, 6))


def initialize(model: nn.Module, source: SourceNetwork, settings: ModelSettings = SETTINGS):
    return initialize_network(
        model, source, settings, classes=("a", "b", "c"), layout=UPPER10, channels="xy"
    )


def test_weights_of_a_file_are_taken_and_the_classifier_is_new() -> None:
    before, model = make(seed=1), make(seed=2)
    head = model.classifier.weight.clone()
    taken = initialize(model, SourceNetwork(where="w.pt", weights=before.state_dict()))
    state = before.state_dict()
    own = sum(value.numel() for name, value in state.items() if "classifier" not in name)
    assert taken == {"weights": own, "classifier": "new"}
    for name, value in model.state_dict().items():
        if not name.startswith("classifier"):
            assert torch.equal(value, state[name]), name
    assert torch.equal(model.classifier.weight, head)


def test_weights_of_another_shape_are_named() -> None:
    source = SourceNetwork(where="w.pt", weights=make(in_channels=3).state_dict())
    with pytest.raises(
        RunError, match=r"w.pt: \d+ of its weights have another shape .* or the stream other chan"
    ):
        initialize(make(in_channels=2), source)


def test_missing_and_unknown_weights_are_named() -> None:
    state = make().state_dict()
    del state["blocks.1.temporal.weight"]
    state["blocks.9.bias"] = torch.zeros(2)
    with pytest.raises(
        RunError,
        match=r"1 are missing, such as 'blocks.1.temporal.weight' and 1 are unknown, such as "
        r"'blocks.9.bias'; choose the --model",
    ):
        initialize(make(), SourceNetwork(where="w.pt", weights=state))


def test_a_network_without_a_last_layer_has_no_classifier_to_start_anew() -> None:
    model = nn.Sequential(nn.Linear(2, 2))
    source = SourceNetwork(where="w.pt", weights=model.state_dict())
    with pytest.raises(RunError, match="no classifier that could start anew"):
        initialize(model, source)


def test_another_model_is_an_error() -> None:
    source = SourceNetwork(where="w.pkl", weights={}, model="s-stgcn-released")
    with pytest.raises(RunError, match="pass --model s-stgcn-released"):
        initialize(make(), source)


@pytest.mark.parametrize(
    "model",
    [STGCN(2, 3, channels=(4, 6)), SmallSSTGCN(2, 3, channels=4, num_heads=2), ResNet18(2, 3)],
    ids=lambda model: type(model).__name__,
)
def test_stages_have_all_parameters_once_and_end_with_the_classifier(model) -> None:
    stages = model.list_stages()
    listed = [
        parameter for stage in stages for module in stage for parameter in module.parameters()
    ]
    assert len(listed) == len({id(one) for one in listed})
    assert {id(one) for one in listed} == {id(one) for one in model.parameters()}
    assert stages[-1][-1] is model.last_layer


def test_the_first_stages_are_frozen_with_what_precedes_them() -> None:
    model = make().train()
    freeze_stages(model, 1, name="st-gcn")
    still = {name for name, one in model.named_parameters() if not one.requires_grad}
    assert still == {
        name
        for name, _ in model.named_parameters()
        if name.startswith(("input_norm.", "blocks.0."))
    }
    assert not model.input_norm.training
    assert not model.blocks[0].spatial_norm.training
    assert model.blocks[1].training
    with pytest.raises(RunError, match=r"expected freeze from 0 to 2, .* st-gcn .* but got 3"):
        freeze_stages(model, 3, name="st-gcn")
    with pytest.raises(RunError, match=r"lists its stages, .* but mine.py:Net is none"):
        freeze_stages(nn.Linear(1, 1), 1, name="mine.py:Net")


def test_rates_decay_toward_the_input() -> None:
    model = make()
    rates = rate_parameters(model, 0.5, name="st-gcn")
    assert rates["classifier.weight"] == 1.0
    assert rates["blocks.1.temporal.bias"] == 0.5
    assert rates["blocks.0.temporal.bias"] == 0.25
    assert {rate for name, rate in rates.items() if name.startswith("input_norm")} == {0.25}
    assert rates.keys() == dict(model.named_parameters()).keys()
    assert rate_parameters(model, 1.0, name="st-gcn") == {}
