"""Timings that hold on a shared machine: pairs in one run, medians of ratios."""

import time
from collections.abc import Callable, Mapping
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

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
