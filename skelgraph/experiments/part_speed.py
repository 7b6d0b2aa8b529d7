"""The speed of the data, and of the dense graph convolution against the sparse one."""

import math
import os
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torch_geometric.typing
from safetensors.numpy import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.data import SkeletonDataset, read_folder
from skelgraph.experiments.network_speed import Call, ratio, time_together, train_step
from skelgraph.io import cache_folder, write_npz
from skelgraph.layouts import UPPER10, JointLayout, partition
from skelgraph.models import SSTGCN
from skelgraph.nn import (
    DenseSpatialPartitionConv,
    JointGraph,
    SpatialPartitionConv,
    to_rows,
)
from skelgraph.poses import PoseSequence
from skelgraph.training import LengthBatches

_CHANNELS = 32


def draw_lengths(num_clips: int, seed: int, fps: float = 30.0) -> list[int]:
    """Draw the frames of clips with the durations of IEMOCAP's utterances.

    They are log-normal with a mean of 4.44 s and a standard deviation of 3.06 s, the longest 34 s.
    """
    mean, deviation, longest = 4.44, 3.06, 34.0
    variance = math.log(1 + (deviation / mean) ** 2)
    rng = np.random.default_rng(seed)
    drawn = rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), num_clips)
    drawn[0] = longest
    return [max(2, round(fps * second)) for second in drawn.clip(max=longest).tolist()]


def compare_epochs(
    num_clips: int, batch_size: int, device: torch.device, seed: int
) -> dict[str, Any]:
    """Compare our training step over batches of like length with all padded to the longest clip.

    The steps of the padded epoch are all alike, so that three are run, spread over the epoch.
    """
    lengths = draw_lengths(num_clips, seed)
    dataset = SkeletonDataset(
        [
            PoseSequence(positions=np.zeros((length, 10, 3), np.float32), layout=UPPER10, fps=30.0)
            for length in lengths
        ]
    )
    batches = list(LengthBatches(dataset, batch_size, seed))
    network = SSTGCN().to(device).train()

    def run(batch: list[int], padded_to: int | None) -> Call:
        x, mask = dataset.to_inputs(dataset.collate([dataset[clip] for clip in batch]))
        if mask is None:
            mask = torch.ones_like(x[:, 0], dtype=torch.bool)
        if padded_to is not None:
            missing = padded_to - x.size(2)
            x, mask = F.pad(x, (0, 0, 0, missing)), F.pad(mask, (0, 0, 0, missing))
        x = torch.randn_like(x) * mask.unsqueeze(1)
        labels = torch.randint(network.num_classes, (len(batch),))
        return partial(train_step, network, x.to(device), labels.to(device), mask.to(device))

    def take_time(call: Call) -> float:
        seconds = time_together({"step": call}, device=device, budget_s=0, least=1)
        return seconds["step"][0]

    run(batches[0], None)()
    sampled = {len(batches) * part // 6 for part in (1, 3, 5)}
    bucketed, padded = 0.0, []
    for number, batch in enumerate(batches):
        bucketed += take_time(run(batch, None))
        if number in sampled:
            padded.append(take_time(run(batch, max(lengths))) / len(batch))
    taken = sum(len(batch) for batch in batches)
    return {
        "clips": taken,
        "batch": batch_size,
        "mean_frames": sum(lengths) / len(lengths),
        "longest_frames": max(lengths),
        "times_faster_than_padded": median(padded) * taken / bucketed,
        "ceiling": max(lengths) * len(lengths) / sum(lengths),
    }


def compare_opening(num_clips: int, seed: int, budget_s: float) -> dict[str, Any]:
    """Compare opening a folder dataset that was read before with ``np.load`` of its cache."""
    rng = np.random.default_rng(seed)
    lengths = draw_lengths(num_clips, seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.dict(os.environ, SKELGRAPH_CACHE=f"{folder}/cache"),
    ):
        root = Path(folder) / "clips"
        for number, length in enumerate(lengths):
            file = root / f"class{number % 4}" / f"{number}.npz"
            file.parent.mkdir(parents=True, exist_ok=True)
            positions = rng.normal(size=(length, 10, 3)).astype(np.float32)
            write_npz(file, PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m"))
        read_folder(root)
        (cached,) = cache_folder("datasets").glob("*.safetensors")
        file = Path(folder) / "numbers.npz"
        numbers = load_file(cached)
        np.savez(file, positions=numbers["positions"], confidence=numbers["confidence"])
        seconds = time_together(
            {"open": lambda: read_folder(root), "load": lambda: _load(file)},
            device=torch.device("cpu"),
            budget_s=budget_s,
        )
        return {
            "clips": len(lengths),
            "mib": round(cached.stat().st_size / 2**20, 1),
            "times_np_load": 1 / ratio(seconds, "open", "load"),
        }


def _load(file: Path) -> list[Any]:
    with np.load(file) as store:
        return [store[name] for name in store.files]


def compare_graph_convolutions(
    layout: JointLayout, N: int, T: int, *, device: torch.device, budget_s: float
) -> dict[str, Any]:
    """Compare the dense layer with the sparse one, whose segments torch or torch-scatter sums."""
    A, V, C = torch.from_numpy(partition(layout)).to(device), layout.num_joints, _CHANNELS
    dense = DenseSpatialPartitionConv(C, C, A).to(device)
    sparse = SpatialPartitionConv(C, C, len(A), num_joints=V, normalize=False).to(device)
    sparse.load_state_dict(dense.state_dict())
    x = torch.randn(N, C, T, V, device=device)
    edges = JointGraph.from_adjacencies([A], [N])
    graph = (
        to_rows(x).flatten(0, 1),
        edges.edge_index,
        edges.edge_type,
        edges.edge_weight,
        edges.joint,
    )
    calls: dict[str, Call] = {
        "dense": partial(dense, x),
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
