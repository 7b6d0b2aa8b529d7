"""What a prediction costs by steps and by windows, in time and in operations."""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import onnxruntime
import torch
from torch.utils.flop_counter import FlopCounterMode

from skelgraph.models import fold_for_inference
from skelgraph.streaming import StepGraph, StepNetwork, write_step_graph

WINDOW = 128
"""Frames of a window."""

_BEFORE = 400
"""Frames before those that are timed."""


def time_ways(network: Any, *, rounds: int) -> dict[str, Any]:
    """Return the milliseconds of a frame of one person in each way, and how many times faster.

    Raises:
        RuntimeError: If a way gives other logits than the network; nothing is timed then.
    """
    step, folded = StepNetwork(network), fold_for_inference(network)
    C, V, S = network.in_channels, network.num_joints, step.stride
    count = 10 * S
    frames = torch.randn(1, C, _BEFORE + count, V)
    mask = torch.ones(1, frames.size(2), V, dtype=torch.bool)
    mask[:, :, 0] = False
    starts = {
        is_masked: step.advance(step.init_state(1), frames[:, :, :_BEFORE], part)[0]
        for is_masked, part in ((False, None), (True, mask[:, :_BEFORE]))
    }

    def go(length: int, is_masked: bool) -> Any:
        state = starts[is_masked]
        for first in range(_BEFORE, _BEFORE + count, length):
            part = slice(first, first + length)
            present = mask[:, part] if is_masked else None
            state, _ = step.advance(state, frames[:, :, part], present)
        return state

    for is_masked in (False, True):
        with torch.no_grad():
            expected = network(frames, mask if is_masked else None)
        for length in (1, S):
            answer = step.classifier(_read_means(step, go(length, is_masked)))
            if not torch.allclose(answer, expected, atol=1e-4):
                raise RuntimeError("other logits than the network's; nothing was timed")
    window = frames[:, :, :WINDOW].contiguous()
    calls: dict[str, tuple[Callable[[], Any], int]] = {
        "window": (lambda: folded(window), 1),
        "frame": (lambda: go(1, False), count),
        "chunk": (lambda: go(S, False), count),
        "onnx": (_open_exported(step, frames[:, :, _BEFORE:]), count),
        "frame-missing": (lambda: go(1, True), count),
        "chunk-missing": (lambda: go(S, True), count),
    }
    with torch.inference_mode():
        return time_in_turns(calls, rounds)


def _read_means(step: Any, state: Any) -> Any:
    """Return what the classifier takes, after the last output of a state."""
    means = (state.pooled.sums / state.pooled.counts[:, None]).float()
    return means if step.head_norm is None else step.head_norm(torch.sqrt(means + 1e-3))


def _open_exported(step: Any, frames: Any) -> Callable[[], Any]:
    """Return a function that passes frames ``(1, C, L, V)`` through the exported step."""
    graph = StepGraph(step, 1, 1, 1.0).eval()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / write_step_graph(graph, Path(folder), "")["graph"]
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    initial = {name: tensor.numpy() for name, tensor in graph.initial.items()}
    present = graph.initial["frames"].new_ones(graph.mask_shape).bool().numpy()
    parts = [part[:, None].contiguous().numpy() for part in frames.split(step.stride, dim=2)]

    def go() -> Any:
        arrays = initial
        for part in parts:
            answer = session.run(None, {"channels": part, "present": present, **arrays})
            arrays = dict(zip(initial, answer[2:], strict=True))
        return arrays

    return go


def time_in_turns(
    calls: Mapping[str, tuple[Callable[[], Any], int]], rounds: int
) -> dict[str, Any]:
    """Return milliseconds of a frame in each way, and how many times faster than the first.

    Each way is a function and the number of frames that it goes through.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, (call, count) in calls.items():
            start = time.process_time()
            call()
            if number:
                seconds[name].append((time.process_time() - start) / count)
    reference = next(iter(seconds.values()))
    return {
        name: {
            "ms": round(1000 * median(own), 3),
            "faster": round(median(a / b for a, b in zip(reference, own, strict=True)), 1),
        }
        for name, own in seconds.items()
    }


def count_operations(network: Any) -> dict[str, Any]:
    """Return the millions of operations (one for each + or x) of a prediction in each way."""
    step, folded = StepNetwork(network), fold_for_inference(network)
    x = torch.randn(1, network.in_channels, WINDOW, network.num_joints)
    state, _ = step.advance(step.init_state(1), x.repeat(1, 1, 3, 1))
    calls = {
        "window": lambda: folded(x),
        "network": lambda: network(x),
        "step": lambda: step.advance(state, x[:, :, : step.stride]),
    }
    counts = {}
    for name, call in calls.items():
        in_place = {torch.ops.aten.addmm_: _count_addmm}  # PyTorch leaves it out
        with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=in_place) as counter:
            call()
        counts[name] = counter.get_total_flops()
    return {
        "stride": step.stride,
        **{name: round(count / 1e6, 2) for name, count in counts.items()},
        "fewer": round(counts["window"] / counts["step"], 1),
    }


def _count_addmm(total: Any, left: Any, right: Any, **_: Any) -> int:
    """Return the operations of a product of matrices of these shapes."""
    return int(2 * left[0] * left[1] * right[1])
