"""The speed of S-STGCN: against its plain form, and against the machine's own matrix product.

All that is compared runs in one process on the same inputs, threads and machine, in turns. Plain is
:mod:`skelgraph.experiments.plain_s_stgcn`, the equations written down.
"""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from skelgraph.errors import RunError
from skelgraph.experiments.network_speed import (
    PEAK_RESET,
    SKELETONS,
    compare_inference,
    compare_memory,
    compare_steps,
    make_pair,
    time_together,
)
from skelgraph.experiments.part_speed import (
    compare_epochs,
    compare_graph_convolutions,
    compare_opening,
)

Report = Callable[[str], None]
Keep = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class SpeedRounds:
    """Settings of the speed benchmark.

    Args:
        device: Where the networks run.
        frames: Lengths T of clips.
        joints: Numbers V of joints, 10 or 25.
        batches: Clips at once at inference.
        step_batch: Clips of a training step.
        longest_step: Frames times joints up to which training steps are measured.
        epoch_clips: Clips of the epoch; 0 leaves it out.
        cached_clips: Clips of the cached dataset; 0 leaves it out.
        budget_s: Seconds for each comparison.
        seed: Seed of weights and inputs.
    """

    device: str = "cpu"
    frames: tuple[int, ...] = (32, 128, 512)
    joints: tuple[int, ...] = (10, 25)
    batches: tuple[int, ...] = (16, 1)
    step_batch: int = 16
    longest_step: int = 5120
    epoch_clips: int = 512
    cached_clips: int = 500
    budget_s: float = 4.0
    seed: int = 0

    @classmethod
    def quick(cls, device: str = "cpu") -> "SpeedRounds":
        """Return the settings of a minute's run, to see that all runs; its numbers mean little."""
        return cls(
            device=device,
            frames=(16,),
            joints=(10,),
            batches=(2,),
            step_batch=2,
            epoch_clips=20,
            cached_clips=8,
            budget_s=0.1,
        )


def measure_speed(
    settings: SpeedRounds, report: Report = lambda line: None, keep: Keep = lambda result: None
) -> dict[str, Any]:
    """Measure all, and return plain JSON types; ratios above 1 mean that ours is faster.

    Args:
        settings: Settings of the benchmark.
        report: Called with a line before each measurement.
        keep: Called after each measurement with all that has been measured so far.

    Raises:
        RunError: If the device is not there, or ours does not compute what the plain form does.
    """
    device = _find_device(settings.device)
    budget_s, step_batch = settings.budget_s, settings.step_batch
    torch.manual_seed(settings.seed)
    report("the machine's own matrix product")
    result: dict[str, Any] = {
        "machine": describe_machine(device),
        "settings": {"seed": settings.seed, "budget_s": budget_s},
        "ceiling": measure_ceiling(device, budget_s / 3),
        "inference": [],
        "step": [],
    }

    def add(row: dict[str, Any], what: str) -> None:
        result[what].append(row)
        keep(result)

    for V in settings.joints:
        plain, ours = make_pair(SKELETONS[V], device)
        for T in settings.frames:
            for N in settings.batches:
                report(f"inference: {N} clips, {T} frames, {V} joints")
                row = compare_inference(plain, ours, N, T, device=device, budget_s=budget_s)
                add(row, "inference")
            if settings.longest_step >= T * V:
                report(f"training step: {step_batch} clips, {T} frames, {V} joints")
                row = compare_steps(plain, ours, step_batch, T, device=device, budget_s=budget_s)
                add(row, "step")
    T, V = max(T for T in settings.frames if T <= 128), settings.joints[0]
    if device.type == "cpu" and PEAK_RESET.exists():
        report("peak memory of a training step")
        result["memory"] = compare_memory(step_batch, T, V)
        keep(result)
    report("sparse and dense graph convolution")
    result["graph_convolution"] = [
        compare_graph_convolutions(
            SKELETONS[V], step_batch, T, device=device, budget_s=budget_s / 3
        )
        for V in settings.joints
    ]
    keep(result)
    if settings.epoch_clips:
        report("an epoch of clips of unlike lengths")
        result["epoch"] = compare_epochs(settings.epoch_clips, step_batch, device, settings.seed)
        keep(result)
    if settings.cached_clips:
        report("opening a cached dataset")
        result["cached_dataset"] = compare_opening(settings.cached_clips, settings.seed, budget_s)
        keep(result)
    return result


def describe_machine(device: torch.device) -> dict[str, Any]:
    """Return what decides the numbers besides the code."""
    return {
        "processor": _processor_name(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def measure_ceiling(device: torch.device, budget_s: float) -> dict[str, float]:
    """Return the GFLOP/s of the product of two matrices of 2048 x 2048, of each type."""
    rates = {}
    for dtype in (torch.float32, torch.bfloat16):
        a, b = (torch.randn(2048, 2048, device=device).to(dtype) for _ in range(2))
        seconds = time_together(
            {"product": partial(torch.mm, a, b)}, device=device, budget_s=budget_s
        )
        rates[str(dtype).removeprefix("torch.")] = 2 * 2048**3 / median(seconds["product"]) / 1e9
    return rates


def _find_device(name: str) -> torch.device:
    kind, _, number = name.partition(":")
    if name != "cpu" and not (kind == "cuda" and (number.isdecimal() or name == "cuda")):
        raise RunError(f"expected the device cpu, cuda or cuda:1, but got {name!r}")
    gpus = torch.cuda.device_count()
    if kind == "cuda" and gpus == 0:
        raise RunError("there is no GPU that this PyTorch can use; pass --device cpu")
    if kind == "cuda" and int(number or 0) >= gpus:
        raise RunError(f"there are {gpus} GPUs, cuda:0 to cuda:{gpus - 1}, but got {name!r}")
    return torch.device(name)


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def format_speed(result: Mapping[str, Any]) -> str:
    """Return the results of :func:`skelgraph.experiments.measure_speed` as Markdown."""
    machine, ceiling = result["machine"], result["ceiling"]
    lines = [
        f"{machine['processor']}, {machine['device']}, {machine['threads']} threads, "
        f"{machine['capability']}, torch {machine['torch']}. The machine's own product of two "
        f"2048 x 2048 matrices: {ceiling['float32']:.0f} GFLOP/s in float32, "
        f"{ceiling['bfloat16']:.0f} in bfloat16.",
        "",
        "| what | clips | frames | joints | GFLOP | float32 | bfloat16 | of the ceiling, float32 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for what, rows in (("inference", result["inference"]), ("training step", result["step"])):
        lines += [_format_row(what, row, ceiling["float32"]) for row in rows]
    lines += ["", *_format_others(result)]
    return "\n".join(lines)


def _format_row(what: str, row: Mapping[str, Any], ceiling: float) -> str:
    faster, rate = row["times_faster"], row["gflop_per_s"]
    return (
        f"| {what} | {row['batch']} | {row['frames']} | {row['joints']} | {row['gflop']:.1f} | "
        f"{faster['float32']:.2f}x | {faster['bfloat16']:.2f}x | "
        f"{rate['float32'] / ceiling:.0%} (plain {rate['plain'] / ceiling:.0%}) |"
    )


def _format_others(result: Mapping[str, Any]) -> list[str]:
    lines = ["| what | ratio |", "|---|---|"]
    if memory := result.get("memory"):
        lines.append(
            f"| peak memory of a training step ({memory['batch']} x {memory['frames']} x "
            f"{memory['joints']}), of plain | {memory['share_of_plain']:.2f} |"
        )
    for row in result.get("graph_convolution", ()):
        for name, faster in row["dense_times_faster_than"].items():
            lines.append(
                f"| dense graph convolution, {row['joints']} joints, against {name} | "
                f"{faster:.1f}x |"
            )
    if epoch := result.get("epoch"):
        lines.append(
            f"| epoch of {epoch['clips']} clips of IEMOCAP's lengths, against padded to the "
            f"longest (at most {epoch['ceiling']:.1f}x) | "
            f"{epoch['times_faster_than_padded']:.1f}x |"
        )
    if cached := result.get("cached_dataset"):
        lines.append(
            f"| opening a cached dataset of {cached['clips']} clips, {cached['mib']} MiB, in times "
            f"of `np.load` | {cached['times_np_load']:.2f} |"
        )
    return lines
