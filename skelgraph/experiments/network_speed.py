"""S-STGCN against its plain form: inference, training steps and memory.

That both compute the same is checked before anything is timed.

Timings hold on a shared machine: pairs in one run, medians of ratios.
"""

import copy
import multiprocessing
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from skelgraph.errors import RunError
from skelgraph.experiments.plain_s_stgcn import PlainSSTGCN
from skelgraph.layouts import NTU25, UPPER10, JointLayout
from skelgraph.models import SSTGCN
from skelgraph.serving import ClipThreads

Call = Callable[[], object]


def time_together(
    calls: Mapping[str, Call], *, device: torch.device, budget_s: float, least: int = 3
) -> dict[str, list[float]]:
    """Time calls in turns, so that a slow moment of the machine meets all of them.

    Args:
        calls: Calls by name; each is called once before, unmeasured.
        device: Where they run; CUDA events time a GPU.
        budget_s: Seconds after which no further round starts.
        least: Smallest number of rounds.

    Returns:
        Seconds of each call in each round.
    """
    for call in calls.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    start = time.perf_counter()
    rounds = 0
    while rounds < least or time.perf_counter() - start < budget_s:
        for name, call in calls.items():
            seconds[name].append(_time_once(call, device))
        rounds += 1
    return seconds


def ratio(seconds: Mapping[str, list[float]], name: str, against: str) -> float:
    """Return how many times faster one is than the other: the median over the rounds."""
    pairs = zip(seconds[against], seconds[name], strict=True)
    return median(other / own for other, own in pairs)


def count_flop(call: Call) -> int:
    """Count the floating-point operations of a call's products and convolutions."""
    with FlopCounterMode(display=False) as counter:
        call()
    return int(counter.get_total_flops())


def train_step(network: nn.Module, x: Tensor, labels: Tensor, *mask: Tensor) -> None:
    """Compute logits, loss and gradients."""
    network.zero_grad(set_to_none=True)
    F.cross_entropy(network(x, *mask), labels).backward()  # type: ignore[no-untyped-call]


def _time_once(call: Call, device: torch.device) -> float:
    if device.type != "cuda":
        start = time.perf_counter()
        call()
        return time.perf_counter() - start
    begin, end = (_make_event() for _ in range(2))
    begin.record()
    call()
    end.record()
    torch.cuda.synchronize(device)
    return float(begin.elapsed_time(end)) / 1000


def _make_event() -> torch.cuda.Event:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]


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
