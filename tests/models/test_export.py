"""Networks and layers as exported programs, and compiled, for any number of clips and frames."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim, export

from skelgraph.layouts import UPPER10, partition
from skelgraph.models import SSTGCN, STGCN, ResNet18, SmallSSTGCN
from skelgraph.nn import (
    DenseSpatialPartitionConv,
    GatedSpatialConv,
    JointSelfAttention,
    SpatialTemporalBlock,
)

A = torch.from_numpy(partition(UPPER10))
FEW = {"channels": (8, 8, 16), "downsampling_blocks": (1, 2)}  # two strides, as all of them have
MODULES: dict[str, Callable[[], nn.Module]] = {
    "SSTGCN": lambda: SSTGCN(**FEW),
    "SSTGCN as released": lambda: SSTGCN(
        **FEW, input_norm=True, normalize_spatial_input=True, normalize_query=True
    ),
    "STGCN": lambda: STGCN(channels=(8,) * 8),
    "SmallSSTGCN": lambda: SmallSSTGCN(channels=8),
    "ResNet18": lambda: ResNet18(channels=(8, 8, 8, 8)),
    "JointSelfAttention": lambda: JointSelfAttention(3, 8),
    "DenseSpatialPartitionConv": lambda: DenseSpatialPartitionConv(3, 8, A),
    "GatedSpatialConv": lambda: GatedSpatialConv(3, 8, A),
    "SpatialTemporalBlock": lambda: SpatialTemporalBlock(GatedSpatialConv(3, 8, A), 3, 8, stride=2),
}
SIZES = ((2, 8), (5, 37), (64, 300))


def draw_clips(N: int, T: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(N)
    x = torch.randn(N, 3, T, 10, generator=generator)
    return x, torch.rand(N, T, 10, generator=generator) > 0.2


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> nn.Module:
    """A module in evaluation mode of which no weight is at its start."""
    torch.manual_seed(0)
    made = MODULES[request.param]().eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return made


@pytest.mark.parametrize("masked", [True, False], ids=["masked", "whole"])
def test_one_exported_program_serves_any_number_of_clips_and_frames(
    module: nn.Module, masked: bool
) -> None:
    N, T = Dim("clips", min=2, max=4096), Dim("frames", min=8, max=4096)
    shapes = ({0: N, 2: T}, {0: N, 1: T}) if masked else ({0: N, 2: T},)
    count = 2 if masked else 1
    program = export(module, draw_clips(5, 37)[:count], dynamic_shapes=shapes).module()
    for size in SIZES:
        clips = draw_clips(*size)[:count]
        torch.testing.assert_close(program(*clips), module(*clips), rtol=1e-4, atol=1e-5)


def test_one_compiled_graph_serves_any_number_of_clips_and_frames(module: nn.Module) -> None:
    torch.compiler.reset()
    compiled = torch.compile(module, fullgraph=True, dynamic=True, backend="eager")
    with torch.no_grad():
        for size in SIZES[:2]:
            clips = draw_clips(*size)
            torch.testing.assert_close(compiled(*clips), module(*clips), rtol=1e-4, atol=1e-5)
