"""Every option of an ablation reaches the network."""

import numpy as np
import pytest
from skelgraph.training.model_factory import make_model

from skelgraph.config import TrainConfig
from skelgraph.layouts import UPPER10, partition
from skelgraph.models import S_STGCN_CHANNELS, SSTGCN, ST_GCN_CHANNELS, STGCN, ClipNetwork, ResNet18
from skelgraph.nn import DenseSpatialPartitionConv, GatedSpatialConv, JointSelfAttention


def make(**settings: object) -> ClipNetwork:
    config = TrainConfig(**settings)  # type: ignore[arg-type]
    return make_model(config, UPPER10, "xyz", num_classes=5)


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


@pytest.mark.parametrize("model", ["s-stgcn", "st-gcn", "resnet18"])
def test_channels_of_the_input_are_those_of_the_stream(model: str) -> None:
    assert make(model=model, stream="speed").in_channels == 2
    assert make(model=model, stream="bone-motion").in_channels == 3


def test_resnet18_sees_the_layout() -> None:
    network = make(model="resnet18")
    assert isinstance(network, ResNet18)
    assert network.layout is UPPER10
