"""S-STGCN against its plain form: inference, training steps and memory.

That both compute the same is checked before anything is timed.
"""

import copy
import multiprocessing
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.errors import RunError
from skelgraph.experiments.plain_s_stgcn import PlainSSTGCN
from skelgraph.experiments.time_calls import Call, count_flop, ratio, time_together, train_step
from skelgraph.layouts import NTU25, UPPER10, JointLayout
from skelgraph.models import SSTGCN
from skelgraph.serving import ClipThreads

SKELETONS = {10: UPPER10, 25: NTU25}
"""Skeletons by their number of joints; only their sizes matter here."""

PEAK_RESET = Path("/proc/self/clear_refs")
"""File of Linux that resets the peak memory of a process."""

_NUM_CLASSES = 4
_LARGEST_ERRORS = {"unfolded": 1e-4, "float32": 1e-4, "bfloat16": 2e-2}


def make_pair(layout: JointLayout, device: torch.device) -> tuple[PlainSSTGCN, SSTGCN]:
    """Return the plain network and ours with the same weights and running statistics."""
    plain = PlainSSTGCN(3, _NUM_CLASSES, layout).to(device)
    with torch.no_grad():
        for _ in range(3):  # running statistics that are those of its activations
            plain(torch.randn(4, 3, 32, layout.num_joints, device=device))
    ours = SSTGCN(3, _NUM_CLASSES, layout).to(device)
    ours.load_state_dict(plain.state_dict())
    return plain, ours


def compare_inference(
    plain: PlainSSTGCN, ours: SSTGCN, N: int, T: int, *, device: torch.device, budget_s: float
) -> dict[str, Any]:
    """Compare plain with ours, in training form and in the forms for inference.

    Raises:
        RunError: If the logits differ.
    """
    plain.eval()
    ours.eval()
    networks: dict[str, nn.Module] = {
        "plain": plain,
        "unfolded": ours,
        "float32": ClipThreads(ours.optimize_for_inference()),
        "bfloat16": ClipThreads(ours.optimize_for_inference(torch.bfloat16)),
    }
    x = torch.randn(N, 3, T, ours.num_joints, device=device)
    with torch.inference_mode():
        expected = plain(x)
        errors = {name: _relative_error(net(x), expected) for name, net in networks.items()}
        for name, limit in _LARGEST_ERRORS.items():
            if not errors[name] <= limit:
                raise RunError(
                    f"the logits of the {name} form differ from the plain form's by "
                    f"{errors[name]:.1e}, more than {limit:.0e}: nothing was timed"
                )
        calls = {name: partial(network, x) for name, network in networks.items()}
        result = _time_calls(calls, x, device=device, budget_s=budget_s)
    parameters = sum(parameter.numel() for parameter in ours.parameters())
    return {**result, "parameters": parameters, "relative_error": errors}


def compare_steps(
    plain: PlainSSTGCN, ours: SSTGCN, N: int, T: int, *, device: torch.device, budget_s: float
) -> dict[str, Any]:
    """Compare a training step, forward and backward, of the plain form and ours."""
    # Copies, since training changes the running statistics, not alike if dropout differs.
    plain, ours = copy.deepcopy(plain).train(), copy.deepcopy(ours).train()
    x = torch.randn(N, 3, T, ours.num_joints, device=device)
    labels = torch.randint(_NUM_CLASSES, (N,), device=device)
    calls = {
        "plain": partial(train_step, plain, x, labels),
        "float32": partial(train_step, ours, x, labels),
        "bfloat16": partial(_train_step_in_bfloat16, ours, x, labels),
    }
    return _time_calls(calls, x, device=device, budget_s=budget_s)


def _time_calls(
    calls: Mapping[str, Call], x: Tensor, *, device: torch.device, budget_s: float
) -> dict[str, Any]:
    """Compare calls on x (N, C, T, V) with the call of the plain form."""
    seconds = time_together(calls, device=device, budget_s=budget_s)
    flop = count_flop(calls["plain"])
    return {
        "batch": x.size(0),
        "frames": x.size(2),
        "joints": x.size(3),
        "gflop": flop / 1e9,
        "times_faster": {name: ratio(seconds, name, "plain") for name in calls if name != "plain"},
        "gflop_per_s": {name: flop / median(seconds[name]) / 1e9 for name in calls},
        "rounds": len(seconds["plain"]),
    }


def compare_memory(N: int, T: int, V: int) -> dict[str, Any]:
    """Compare how far a training step raises the memory of a fresh process."""
    start_fresh = multiprocessing.get_context("spawn")
    with start_fresh.Pool(1, maxtasksperchild=1) as pool:
        sizes = {name: pool.apply(_measure_memory, (name, N, T, V)) for name in ("plain", "ours")}
    return {
        "batch": N,
        "frames": T,
        "joints": V,
        "mib": {name: round(size / 2**20, 1) for name, size in sizes.items()},
        "share_of_plain": sizes["ours"] / sizes["plain"],
    }


def _train_step_in_bfloat16(network: nn.Module, x: Tensor, labels: Tensor) -> None:
    """Run a step under autocast, as ``--precision bf16`` trains."""
    network.zero_grad(set_to_none=True)
    with torch.autocast(x.device.type, torch.bfloat16):
        loss = F.cross_entropy(network(x), labels)
    loss.backward()  # type: ignore[no-untyped-call]


def _measure_memory(name: str, N: int, T: int, V: int) -> int:
    plain, ours = make_pair(SKELETONS[V], torch.device("cpu"))
    network = plain if name == "plain" else ours
    labels = torch.randint(_NUM_CLASSES, (N,))
    train_step(network.train(), torch.randn(2, 3, 16, V), labels[:2])
    x = torch.randn(N, 3, T, V)
    PEAK_RESET.write_text("5")  # the highest size so far becomes the present one
    before = _read_peak()
    train_step(network, x, labels)
    return _read_peak() - before


def _read_peak() -> int:
    """Return the highest size that this process has had in memory, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024


def _relative_error(result: Tensor, expected: Tensor) -> float:
    return float((result - expected).norm() / expected.norm())
