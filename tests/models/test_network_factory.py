"""Every option of an ablation reaches the network."""

from pathlib import Path

import numpy as np
import pytest
import torch

from skelgraph.config import MODELS, ModelSettings, TrainConfig
from skelgraph.errors import RunError
from skelgraph.layouts import UPPER10, partition
from skelgraph.models import (
    S_STGCN_CHANNELS,
    SSTGCN,
    ST_GCN_CHANNELS,
    STGCN,
    ClipNetwork,
    ResNet18,
    fold_for_inference,
    load_factory,
    make_network,
)
from skelgraph.nn import DenseSpatialPartitionConv, GatedSpatialConv, JointSelfAttention


def make(**settings: object) -> ClipNetwork:
    config = TrainConfig.of(**settings)
    in_channels = 2 if config.stream.names == ("speed",) else 3
    network = make_network(config.model, UPPER10, in_channels=in_channels, num_classes=5)
    assert isinstance(network, ClipNetwork)
    return network


def spatial_layers(network: ClipNetwork) -> list[GatedSpatialConv]:
    layers = [module for module in network.modules() if isinstance(module, GatedSpatialConv)]
    assert len(layers) == 10
    return layers


def test_the_default_is_the_papers_network() -> None:
    network = make()
    assert isinstance(network, SSTGCN)
    assert (network.in_channels, network.num_classes) == (3, 5)
    for layer in spatial_layers(network):
        assert layer.gate is not None
        assert layer.attention is not None
        assert layer.attention.num_heads == 4


def test_without_gate_there_is_attention_of_equation_10() -> None:
    layers = spatial_layers(make(gate=False))
    assert all(layer.gate is None and layer.attention is not None for layer in layers)


def test_without_attention_there_is_no_gate() -> None:
    layers = spatial_layers(make(attention=False))
    assert all(layer.gate is None and layer.attention is None for layer in layers)


def test_heads() -> None:
    modules = make(num_heads=2).modules()
    heads = [module.num_heads for module in modules if isinstance(module, JointSelfAttention)]
    assert heads == [2] * 10


@pytest.mark.parametrize("model", ["s-stgcn", "st-gcn", "st-gcn-small"])
@pytest.mark.parametrize("strategy", ["spatial", "distance", "uniform"])
@pytest.mark.parametrize("center", [None, "thorax"])
@pytest.mark.parametrize("hop_distance", ["bfs", "truncated"])
def test_the_graph(model: str, strategy: str, center: str | None, hop_distance: str) -> None:
    network = make(model=model, strategy=strategy, center=center, hop_distance=hop_distance)
    number = None if center is None else UPPER10.index(center)
    expected = partition(UPPER10, strategy, center=number, hop_distance=hop_distance)
    convs = [one for one in network.modules() if isinstance(one, DenseSpatialPartitionConv)]
    assert len(convs) == 10
    for conv in convs:
        assert np.array_equal(conv.adjacency.numpy(), expected)


@pytest.mark.parametrize(
    ("model", "channels"), [("st-gcn", ST_GCN_CHANNELS), ("st-gcn-small", S_STGCN_CHANNELS)]
)
def test_both_widths_of_st_gcn(model: str, channels: tuple[int, ...]) -> None:
    network = make(model=model)
    assert isinstance(network, STGCN)
    assert tuple(block.temporal.out_channels for block in network.blocks) == channels


def test_resnet18_has_the_layout() -> None:
    network = make(model="resnet18")
    assert isinstance(network, ResNet18)
    assert network.layout is UPPER10


MINE = """
import torch


class Mine(torch.nn.Module):
    def __init__(self, in_channels, num_classes, layout):
        super().__init__()
        self.linear = torch.nn.Linear(in_channels * layout.num_joints, num_classes)

    def forward(self, x, mask=None):
        return self.linear(x.mean(dim=2).flatten(1))


def Wrong(num_classes):
    return num_classes
"""


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    return file


def test_a_network_of_ones_own_is_made_like_ours(own_file: Path) -> None:
    settings = ModelSettings(name=f"{own_file}:Mine")
    network = make_network(settings, UPPER10, in_channels=3, num_classes=5)
    assert network(torch.zeros(2, 3, 7, 10)).shape == (2, 5)
    folded = fold_for_inference(network)
    assert not folded.training
    assert not any(parameter.requires_grad for parameter in folded.parameters())
    again = make_network(settings, UPPER10, in_channels=3, num_classes=5)
    assert type(again) is type(network)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("{file}:Absent", "expected it to define 'Absent', but it does not"),
        ("{file}:Wrong", "made with in_channels, num_classes and layout, but got TypeError"),
        ("{folder}/none.py:Net", "there is no such file; --model takes FILE.py:NETWORK"),
        ("no.such.module:Net", "no.such.module: there is no such module"),
        ("builtins:dict", "expected a torch.nn.Module"),
    ],
)
def test_what_is_no_network_is_an_error(own_file: Path, name: str, message: str) -> None:
    settings = ModelSettings(name=name.format(file=own_file, folder=own_file.parent))
    with pytest.raises(RunError, match=message):
        make_network(settings, UPPER10, in_channels=3, num_classes=5)


def test_a_file_that_fails_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("1 / 0")
    with pytest.raises(RunError, match=r"broken\.py: cannot be imported \(ZeroDivisionError"):
        make_network(ModelSettings(name=f"{file}:Net"), UPPER10, in_channels=3, num_classes=5)


def test_every_model_of_skeletons_is_made_by_the_table() -> None:
    for info in MODELS.values():
        assert callable(load_factory(info.factory))
        if not (info.is_multimodal or info.is_ridge):
            network = make_network(
                ModelSettings(name=info.name), UPPER10, in_channels=3, num_classes=5
            )
            assert network.eval()(torch.zeros(1, 3, 16, 10)).shape == (1, 5)
