import pytest
import torch
from torch import nn

from skelgraph.layouts import OPENPOSE18, UPPER10, JointLayout
from skelgraph.models import S_STGCN_CHANNELS, ST_GCN_CHANNELS, STGCN


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def expected_count(channels: tuple[int, ...], num_joints: int, num_classes: int) -> int:
    total = 2 * 3 * num_joints + (channels[-1] + 1) * num_classes  # input norm; classifier
    for number, (C_in, C_out) in enumerate(zip((3, *channels), channels, strict=False)):
        total += 3 * (C_in * C_out + C_out) + 3 * num_joints**2  # three subsets; edge importance
        total += 9 * C_out * C_out + C_out + 2 * 2 * C_out  # temporal; two batch norms
        if number > 0 and C_in != C_out:
            total += C_in * C_out + C_out + 2 * C_out  # residual of the block
    return total


def test_number_of_parameters() -> None:
    assert count(STGCN()) == expected_count(ST_GCN_CHANNELS, 10, 4)
    assert count(STGCN(channels=S_STGCN_CHANNELS)) == expected_count(S_STGCN_CHANNELS, 10, 4)


def test_number_of_parameters_of_the_original_models() -> None:
    kinetics = STGCN(num_classes=400, layout=OPENPOSE18)
    assert count(kinetics) == expected_count(ST_GCN_CHANNELS, 18, 400) == 3_177_140
    # For NTU RGB+D, 25 joints and 60 classes, the literature counts 3.10 million. The number does
    # not depend on the bones.
    parents: dict[str, str | None] = {"0": None, **{str(v): str(v - 1) for v in range(1, 25)}}
    ntu = STGCN(num_classes=60, layout=JointLayout.from_parents("chain", parents))
    assert count(ntu) == expected_count(ST_GCN_CHANNELS, 25, 60) == 3_098_832


def test_blocks_are_those_of_the_original() -> None:
    network = STGCN(dropout=0.5)
    assert [block.temporal.out_channels for block in network.blocks] == list(ST_GCN_CHANNELS)
    assert [block.stride for block in network.blocks] == [1, 1, 1, 1, 2, 1, 1, 2, 1, 1]
    assert [block.has_residual for block in network.blocks] == [False] + [True] * 9
    assert [block.dropout.p for block in network.blocks] == [0.0] + [0.5] * 9
    assert network.input_norm is not None
    assert network.layout is UPPER10


@pytest.mark.parametrize("again", [False, True], ids=["constructed", "reset"])
def test_weights_are_drawn_as_in_the_original(again: bool) -> None:
    network = STGCN()
    if again:
        network.reset_parameters()
    for kinds, mean in (
        ((nn.Conv2d, nn.Linear), 0.0),
        ((nn.BatchNorm1d, nn.BatchNorm2d), 1.0),
    ):
        modules = [module for module in network.modules() if isinstance(module, kinds)]
        weights = torch.cat([module.weight.detach().flatten() for module in modules])
        assert weights.mean().item() == pytest.approx(mean, abs=0.002)
        assert weights.std().item() == pytest.approx(0.02, rel=0.1)
        assert not any(module.bias.any() for module in modules)


def test_dropout_is_for_training_only() -> None:
    network = STGCN(channels=(8, 8), dropout=0.5)
    x = torch.randn(2, 3, 9, 10)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))
