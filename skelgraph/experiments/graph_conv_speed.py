"""The dense graph convolution against the sparse one."""

from functools import partial
from importlib.util import find_spec
from typing import Any

import torch
import torch_geometric.typing
from torch import Tensor, nn

from skelgraph.experiments.time_calls import Call, ratio, time_together
from skelgraph.layouts import JointLayout, partition
from skelgraph.nn import DenseSpatialPartitionConv, SpatialPartitionConv

_CHANNELS = 32


def compare_graph_convolutions(
    layout: JointLayout, N: int, T: int, *, device: torch.device, budget_s: float
) -> dict[str, Any]:
    """Compare the dense layer with the sparse one, whose segments torch or torch-scatter sums."""
    A, V, C = torch.from_numpy(partition(layout)).to(device), layout.num_joints, _CHANNELS
    dense = DenseSpatialPartitionConv(C, C, A).to(device)
    sparse = SpatialPartitionConv(C, C, len(A), num_joints=V, normalize=False).to(device)
    sparse.load_state_dict(dense.state_dict())
    x = torch.randn(N, T, V, C, device=device)
    subset, source, target = A.nonzero(as_tuple=True)
    offset = torch.arange(N * T, device=device).repeat_interleave(len(subset)) * V
    edges = torch.stack([source, target]).repeat(1, N * T) + offset
    graph = (
        x.view(-1, C),
        edges,
        subset.repeat(N * T),
        A[subset, source, target].repeat(N * T),
        torch.arange(V, device=device).repeat(N * T),
    )
    calls: dict[str, Call] = {
        "dense": partial(dense, x.permute(0, 3, 1, 2)),
        "sparse": partial(_call_with_scatter, False, sparse, graph),
    }
    if find_spec("torch_scatter") is not None:
        calls["sparse, torch-scatter"] = partial(_call_with_scatter, True, sparse, graph)
    with torch.inference_mode():
        seconds = time_together(calls, device=device, budget_s=budget_s)
    return {
        "batch": N,
        "frames": T,
        "joints": V,
        "channels": C,
        "dense_times_faster_than": {
            name: ratio(seconds, "dense", name) for name in calls if name != "dense"
        },
    }


def _call_with_scatter(used: bool, sparse: nn.Module, graph: tuple[Tensor, ...]) -> None:
    was_used = torch_geometric.typing.WITH_TORCH_SCATTER
    torch_geometric.typing.WITH_TORCH_SCATTER = used
    try:
        sparse(*graph)
    finally:
        torch_geometric.typing.WITH_TORCH_SCATTER = was_used
