import pytest
import torch

from skelgraph.layouts import H36M17, UPPER10, JointLayout
from skelgraph.models import S_STGCN_CHANNELS, SSTGCN


def count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def expected_count(layout: JointLayout, num_classes: int = 4, heads: int = 4) -> int:
    V = layout.num_joints
    total = 128 * num_classes + num_classes
    for number, (C_in, C_out) in enumerate(
        zip((3, *S_STGCN_CHANNELS), S_STGCN_CHANNELS, strict=False)
    ):
        inner = heads * (C_out if C_in < 4 else C_out // 4)
        total += 3 * (C_in * C_out + C_out) + 3 * V * V  # three subsets; edge importance
        total += 3 * C_in * inner + inner * C_out + 1  # queries, keys, values; output; gate
        total += C_in * C_out + C_out if C_in != C_out else 0  # residual of the attention
        total += 9 * C_out * C_out + C_out + 2 * 2 * C_out  # temporal; two batch norms
        if number > 0 and C_in != C_out:
            total += C_in * C_out + C_out + 2 * C_out  # residual of the block
    return total


def test_number_of_parameters() -> None:
    assert count(SSTGCN()) == expected_count(UPPER10) == 1_016_038
    assert count(SSTGCN(layout=H36M17, num_classes=7)) == expected_count(H36M17, num_classes=7)


def test_number_of_parameters_with_the_released_norms() -> None:
    released = SSTGCN(input_norm=True, normalize_spatial_input=True, normalize_query=True)
    inputs = (3, *S_STGCN_CHANNELS[:-1])
    # Weight and bias for each coordinate of each joint, and twice for each layer's input.
    assert count(released) == count(SSTGCN()) + 2 * 3 * 10 + 2 * 2 * sum(inputs) == 1_018_414


def test_number_of_parameters_without_attention_or_gate() -> None:
    assert count(SSTGCN()) - count(SSTGCN(gate=False)) == 10
    assert count(SSTGCN(attention=False)) == 772_892


def test_blocks_are_those_of_the_paper() -> None:
    network = SSTGCN(dropout=0.25)
    assert [block.temporal.out_channels for block in network.blocks] == list(S_STGCN_CHANNELS)
    assert [block.stride for block in network.blocks] == [1, 1, 1, 1, 2, 1, 1, 2, 1, 1]
    assert [block.has_residual for block in network.blocks] == [False] + [True] * 9
    assert {block.temporal.kernel_size for block in network.blocks} == {(9, 1)}
    assert {block.dropout.p for block in network.blocks} == {0.25}
    assert {block.spatial.attention.dropout for block in network.blocks} == {0.1}
    assert {block.spatial.attention.num_heads for block in network.blocks} == {4}
    assert network.input_norm is None
    assert network.embedding_channels == 128


def test_embedding_is_the_mean_over_downsampled_frames() -> None:
    network = SSTGCN().eval()
    x = torch.randn(1, 3, 21, 10)
    shapes = []
    for block in network.blocks:
        x, _ = block(x)
        shapes.append(tuple(x.shape))
    assert shapes[3] == (1, 32, 21, 10)
    assert shapes[4] == (1, 64, 11, 10)
    assert shapes[9] == (1, 128, 6, 10)


def test_gates_are_read_block_by_block() -> None:
    network = SSTGCN()
    assert network.gates == [1.0] * 10
    network.blocks[3].spatial.gate.data.fill_(0.5)
    assert network.gates == [1.0] * 3 + [0.5] + [1.0] * 6
    assert SSTGCN(gate=False).gates == []
    assert SSTGCN(attention=False).gates == []


@pytest.mark.parametrize("option", ["dropout", "attention_dropout"])
def test_dropout_is_for_training_only(option: str) -> None:
    network = SSTGCN(channels=(8, 8), **{"attention_dropout": 0.0, option: 0.5})
    x = torch.randn(2, 3, 9, 10)
    assert not torch.equal(network(x), network(x))
    network.eval()
    assert torch.equal(network(x), network(x))
