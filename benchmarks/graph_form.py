"""The time and the memory of S-STGCN on batches of graphs, against dense clips.

Usage::

    python benchmarks/graph_form.py [--only JOINTS]
    python benchmarks/graph_form.py --table

A row is a skeleton of 10, 25, 67 or 133 joints, all clips of one kind, so that both forms can run:
the same network, weights and clips, once as ``network(x)`` and once as ``network(batch)``. Times
are ratios of calls in turns on one core. Memory is by how much a first call raises the resident
memory of a process of its own, sampled each millisecond. ``layers`` are the spatial convolution
alone, without attention.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import torch
from harness.options import make_rows, parse_options, read_rows
from torch import Tensor, nn
from torch_geometric.data import Batch

from skelgraph.data import SkeletonData, to_dense
from skelgraph.experiments import ratio, time_together
from skelgraph.layouts import COCO133, NTU25, UPPER10, JointLayout, partition
from skelgraph.models import SSTGCN
from skelgraph.nn import DenseSpatialPartitionConv, JointGraph, SpatialPartitionConv, to_rows

RESULT = Path(__file__).parent / "results" / "graph_form.json"
CPU = torch.device("cpu")
FRAMES, CHANNELS, BUDGET_S = 64, 64, 60.0
NUM_CLIPS = {10: 16, 25: 16, 67: 8, 133: 4}
"""Clips of a batch by the number of joints."""


def find_layout(num_joints: int) -> JointLayout:
    """Return a layout of so many joints; that of 67 is a part of ``coco133``."""
    known = {layout.num_joints: layout for layout in (UPPER10, NTU25, COCO133)}
    return known.get(num_joints) or COCO133.subset(COCO133.depth_first[:num_joints], "coco133-67")


def draw_batch(layout: JointLayout, num_clips: int) -> SkeletonData:
    """Return a batch of clips without a gap."""
    V = layout.num_joints
    clips = [
        SkeletonData(
            x=torch.randn(FRAMES * V, 3),
            mask=torch.ones(FRAMES * V, dtype=torch.bool),
            joint=torch.arange(V).repeat(FRAMES),
            num_frames=FRAMES,
            fps=30.0,
            layout=layout.name,
            skeleton=layout,
            name="",
        )
        for _ in range(num_clips)
    ]
    return Batch.from_data_list(clips)


def list_calls(num_joints: int, part: str) -> dict[str, Callable[[], Any]]:
    """Return both forms of a part, at inference and in a training step."""
    torch.manual_seed(0)
    layout, N = find_layout(num_joints), NUM_CLIPS[num_joints]
    if part == "networks":
        network = SSTGCN(layout=layout)
        batch = draw_batch(layout, N)
        forms: dict[str, tuple[nn.Module, tuple[Any, ...]]] = {
            "dense": (network, (to_dense(batch)[0],)),
            "graph": (network, (batch,)),
        }
    else:
        A = torch.from_numpy(partition(layout))
        dense = DenseSpatialPartitionConv(CHANNELS, CHANNELS, A)
        sparse = SpatialPartitionConv(
            CHANNELS, CHANNELS, len(A), num_joints=num_joints, normalize=False
        )
        sparse.load_state_dict(dense.state_dict())
        x, edges = (
            torch.randn(N, CHANNELS, FRAMES, num_joints),
            JointGraph.from_adjacencies([A], [N]),
        )
        rows = to_rows(x).flatten(0, 1).requires_grad_()
        graph = (rows, edges.edge_index, edges.edge_type, edges.edge_weight, edges.joint)
        dense_rows = rows.view(num_joints, N, FRAMES, CHANNELS).detach().permute(1, 3, 2, 0)
        forms = {"dense": (dense, (dense_rows.requires_grad_(),)), "graph": (sparse, graph)}
    calls: dict[str, Callable[[], Any]] = {}
    for form, (module, inputs) in forms.items():
        calls[f"{form}, inference"] = partial(_infer, module, inputs)
        calls[f"{form}, training"] = partial(_train, module, inputs)
    return calls


def _infer(module: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
    with torch.inference_mode():
        result: Tensor = module.eval()(*inputs)
    return result


def _train(module: nn.Module, inputs: tuple[Any, ...]) -> None:
    module.train().zero_grad()
    module(*inputs).square().sum().backward()


def measure_memory(num_joints: int, part: str, call: str) -> float:
    """Return by how many MiB a call raises the peak of a process of its own."""
    command = [sys.executable, __file__, "--measure", str(num_joints), part, call]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return float(done.stdout)


def print_memory(num_joints: int, part: str, call: str) -> None:
    """Print by how many MiB a call raises this process's peak."""
    chosen = list_calls(num_joints, part)[call]
    before, peak, has_ended = read_resident_mib(), [0.0], Event()

    def watch() -> None:
        while not has_ended.wait(0.001):
            peak.append(read_resident_mib())

    watcher = Thread(target=watch)
    watcher.start()
    chosen()
    has_ended.set()
    watcher.join()
    print(max(peak) - before)


def read_resident_mib() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the rows that are missing, or print those that are there."""
    options = parse_options(
        __doc__, arguments, out=RESULT, names=tuple(str(joints) for joints in NUM_CLIPS)
    )
    if options.table:
        print(format_table(read_rows(options.out)))
        return
    torch.set_num_threads(1)
    make_rows(options, [str(joints) for joints in NUM_CLIPS], lambda name: measure(int(name)))


def measure(joints: int) -> dict[str, Any]:
    """Return the time and the memory of both parts for a skeleton of so many joints."""
    row: dict[str, Any] = {"clips": NUM_CLIPS[joints], "frames": FRAMES}
    for part in ("layers", "networks"):
        calls = list_calls(joints, part)
        seconds = time_together(calls, device=CPU, budget_s=BUDGET_S)
        row[part] = {
            what: {
                "time_against_dense": 1 / ratio(seconds, f"graph, {what}", f"dense, {what}"),
                "mib": {
                    form: measure_memory(joints, part, f"{form}, {what}")
                    for form in ("dense", "graph")
                },
            }
            for what in ("inference", "training")
        }
    return row


def format_table(rows: dict[str, Any]) -> str:
    """Return the rows that are there as a Markdown table."""
    lines = [
        "| joints | clips | convolution: inference, training | network: inference, training | "
        "memory of the network in MiB: inference, training |",
        "|---|---|---|---|---|",
    ]
    for joints, row in rows.items():
        times = [
            ", ".join(f"{row[part][what]['time_against_dense']:.2f}" for what in row[part])
            for part in ("layers", "networks")
        ]
        memory = ", ".join(
            f"{one['mib']['graph']:.0f} (dense {one['mib']['dense']:.0f})"
            for one in row["networks"].values()
        )
        lines.append(f"| {joints} | {row['clips']} | {' | '.join(times)} | {memory} |")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print_memory(int(sys.argv[2]), *sys.argv[3:])
    else:
        main()
