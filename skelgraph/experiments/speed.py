"""How fast S-STGCN is: against its plain form, and against the machine's own matrix product.

All that is compared runs in one process on the same inputs, threads and machine, in turns. Plain is
:mod:`skelgraph.experiments.plain_s_stgcn`, the equations written down; that ours computes the same
is checked before anything is timed.
"""

import copy
import multiprocessing
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch_geometric.typing
from torch import Tensor, nn
from torch.nn import functional as F

from skelgraph.errors import RunError
from skelgraph.experiments.data_speed import compare_epochs, compare_opening
from skelgraph.experiments.plain_s_stgcn import PlainSSTGCN
from skelgraph.experiments.timing import Call, bind, count_flop, ratio, time_together, train_step
from skelgraph.layouts import UPPER10, JointLayout, partition
from skelgraph.models import SSTGCN
from skelgraph.nn import DenseSpatialPartitionConv, SpatialPartitionConv
from skelgraph.serving import ClipThreads

Report = Callable[[str], None]
Keep = Callable[[dict[str, Any]], None]

_TRUNK = {"pelvis": None, "spine": "pelvis", "chest": "spine", "neck": "chest", "head": "neck"}
_LIMBS = {
    "shoulder": "chest",
    "elbow": "shoulder",
    "wrist": "elbow",
    "hand": "wrist",
    "fingertip": "hand",
    "thumb": "wrist",
    "hip": "pelvis",
    "knee": "hip",
    "ankle": "knee",
    "foot": "ankle",
}
BODY25 = JointLayout.from_parents(
    "body25",
    _TRUNK
    | {
        f"{side}_{joint}": parent if parent in _TRUNK else f"{side}_{parent}"
        for side in ("left", "right")
        for joint, parent in _LIMBS.items()
    },
)
"""A tree of 25 joints as depth cameras have it; only its size matters here."""

SKELETONS = {10: UPPER10, 25: BODY25}
NUM_CLASSES = 4
_PEAK_RESET = Path("/proc/self/clear_refs")  # of Linux


@dataclass(frozen=True, kw_only=True)
class SpeedSettings:
    """What is measured.

    Args:
        device: Where the networks run.
        frames: Lengths T of clips.
        joints: Numbers V of joints, of :data:`SKELETONS`.
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
    def quick(cls, device: str = "cpu") -> "SpeedSettings":
        """A minute's version, to see that all runs; its numbers mean little."""
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
    settings: SpeedSettings,
    report: Report = lambda line: None,
    keep: Keep = lambda result: None,
) -> dict[str, Any]:
    """Measures all, and returns plain JSON types; ratios above 1 mean that ours is faster.

    Args:
        settings: What is measured.
        report: Called with a line before each measurement.
        keep: Called after each measurement with all that has been measured so far.

    Raises:
        RunError: If the device is not there, or ours does not compute what the plain form does.
    """
    device = _find_device(settings.device)
    torch.manual_seed(settings.seed)
    report("the machine's own matrix product")
    result: dict[str, Any] = {
        "machine": describe_machine(device),
        "settings": {"seed": settings.seed, "budget_s": settings.budget_s},
        "ceiling": measure_ceiling(device, settings.budget_s),
        "inference": [],
        "step": [],
    }
    for V in settings.joints:
        plain, ours = make_pair(SKELETONS[V], device)
        for T in settings.frames:
            for N in settings.batches:
                report(f"inference: {N} clips, {T} frames, {V} joints")
                result["inference"].append(compare_inference(plain, ours, N, T, settings))
                keep(result)
            if settings.longest_step >= T * V:
                report(f"training step: {settings.step_batch} clips, {T} frames, {V} joints")
                result["step"].append(compare_steps(plain, ours, T, settings))
                keep(result)
    T, V = max(T for T in settings.frames if T <= 128), settings.joints[0]
    if device.type == "cpu" and _PEAK_RESET.exists():
        report("peak memory of a training step")
        result["memory"] = compare_memory(settings.step_batch, T, V)
        keep(result)
    report("sparse and dense graph convolution")
    result["graph_convolution"] = compare_graph_convolutions(settings, T)
    keep(result)
    if settings.epoch_clips:
        report("an epoch of clips of unlike lengths")
        result["epoch"] = compare_epochs(
            settings.epoch_clips, settings.step_batch, device, settings.seed
        )
        keep(result)
    if settings.cached_clips:
        report("opening a cached dataset")
        result["cached_dataset"] = compare_opening(
            settings.cached_clips, settings.seed, settings.budget_s
        )
    keep(result)
    return result


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


def describe_machine(device: torch.device) -> dict[str, Any]:
    """What decides the numbers besides the code."""
    return {
        "processor": _processor_name(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def measure_ceiling(device: torch.device, budget_s: float) -> dict[str, float]:
    """GFLOP/s of the product of two matrices of 2048 x 2048, of each type."""
    rates = {}
    for dtype in (torch.float32, torch.bfloat16):
        a, b = (torch.randn(2048, 2048, device=device).to(dtype) for _ in range(2))
        seconds = time_together(
            {"product": bind(torch.mm, a, b)}, device=device, budget_s=budget_s / 3
        )
        rates[str(dtype).removeprefix("torch.")] = 2 * 2048**3 / median(seconds["product"]) / 1e9
    return rates


def make_pair(layout: JointLayout, device: torch.device) -> tuple[PlainSSTGCN, SSTGCN]:
    """The plain network and ours with the same weights and running statistics."""
    plain = PlainSSTGCN(3, NUM_CLASSES, layout).to(device)
    with torch.no_grad():
        for _ in range(3):  # running statistics that are those of its activations
            plain(torch.randn(4, 3, 32, layout.num_joints, device=device))
    ours = SSTGCN(3, NUM_CLASSES, layout).to(device)
    ours.load_state_dict(plain.state_dict())
    return plain, ours


def compare_inference(
    plain: PlainSSTGCN, ours: SSTGCN, N: int, T: int, settings: SpeedSettings
) -> dict[str, Any]:
    """Plain against ours, in training form and in the forms for inference."""
    device = torch.device(settings.device)
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
        for name, limit in (("unfolded", 1e-4), ("float32", 1e-4), ("bfloat16", 2e-2)):
            if not errors[name] <= limit:
                raise RunError(
                    f"the logits of the {name} form differ from the plain form's by "
                    f"{errors[name]:.1e}, more than {limit:.0e}: nothing was timed"
                )
        calls = {name: bind(network, x) for name, network in networks.items()}
        seconds = time_together(calls, device=device, budget_s=settings.budget_s)
        flop = count_flop(calls["plain"])
    return {
        "batch": N,
        "frames": T,
        "joints": ours.num_joints,
        "gflop": flop / 1e9,
        "parameters": sum(parameter.numel() for parameter in ours.parameters()),
        "times_faster": {
            name: ratio(seconds, name, "plain") for name in networks if name != "plain"
        },
        "gflop_per_s": {name: flop / median(seconds[name]) / 1e9 for name in networks},
        "relative_error": errors,
        "rounds": len(seconds["plain"]),
    }


def compare_steps(
    plain: PlainSSTGCN, ours: SSTGCN, T: int, settings: SpeedSettings
) -> dict[str, Any]:
    """A training step, forward and backward, of the plain form and ours."""
    device = torch.device(settings.device)
    # Copies, since training changes the running statistics, not alike where dropout differs.
    plain, ours = copy.deepcopy(plain).train(), copy.deepcopy(ours).train()
    N, V = settings.step_batch, ours.num_joints
    x = torch.randn(N, 3, T, V, device=device)
    labels = torch.randint(NUM_CLASSES, (N,), device=device)
    calls = {
        "plain": bind(train_step, plain, x, labels),
        "float32": bind(train_step, ours, x, labels),
        "bfloat16": bind(train_step_in_bfloat16, ours, x, labels),
    }
    seconds = time_together(calls, device=device, budget_s=settings.budget_s)
    flop = count_flop(calls["plain"])
    return {
        "batch": N,
        "frames": T,
        "joints": V,
        "gflop": flop / 1e9,
        "times_faster": {name: ratio(seconds, name, "plain") for name in ("float32", "bfloat16")},
        "gflop_per_s": {name: flop / median(seconds[name]) / 1e9 for name in calls},
        "rounds": len(seconds["plain"]),
    }


def train_step_in_bfloat16(network: nn.Module, x: Tensor, labels: Tensor) -> None:
    """The same under autocast, as ``--precision bf16`` trains."""
    network.zero_grad(set_to_none=True)
    with torch.autocast(x.device.type, torch.bfloat16):
        loss = F.cross_entropy(network(x), labels)
    loss.backward()  # type: ignore[no-untyped-call]


def compare_memory(N: int, T: int, V: int) -> dict[str, Any]:
    """How far a training step raises the memory of a fresh process, ours as a share of plain."""
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


def _measure_memory(name: str, N: int, T: int, V: int) -> int:
    plain, ours = make_pair(SKELETONS[V], torch.device("cpu"))
    network = plain if name == "plain" else ours
    labels = torch.randint(NUM_CLASSES, (N,))
    train_step(network.train(), torch.randn(2, 3, 16, V), labels[:2])
    x = torch.randn(N, 3, T, V)
    _PEAK_RESET.write_text("5")  # the highest size so far becomes the present one
    before = _read_peak()
    train_step(network, x, labels)
    return _read_peak() - before


def _read_peak() -> int:
    """The highest size that this process has had in memory, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024


def compare_graph_convolutions(settings: SpeedSettings, T: int) -> list[dict[str, Any]]:
    """The dense layer against the sparse one, whose segments torch or torch-scatter sums."""
    device = torch.device(settings.device)
    rows = []
    for V in settings.joints:
        A = torch.from_numpy(partition(SKELETONS[V])).to(device)
        N, C = settings.step_batch, 32
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
            "dense": bind(dense, x.permute(0, 3, 1, 2)),
            "sparse": bind(_call_with_scatter, False, sparse, graph),
        }
        if find_spec("torch_scatter") is not None:
            calls["sparse, torch-scatter"] = bind(_call_with_scatter, True, sparse, graph)
        with torch.inference_mode():
            seconds = time_together(calls, device=device, budget_s=settings.budget_s / 3)
        rows.append(
            {
                "batch": N,
                "frames": T,
                "joints": V,
                "channels": C,
                "dense_times_faster_than": {
                    name: ratio(seconds, "dense", name) for name in calls if name != "dense"
                },
            }
        )
    return rows


def _call_with_scatter(used: bool, sparse: nn.Module, graph: tuple[Tensor, ...]) -> None:
    was_used = torch_geometric.typing.WITH_TORCH_SCATTER
    torch_geometric.typing.WITH_TORCH_SCATTER = used
    try:
        sparse(*graph)
    finally:
        torch_geometric.typing.WITH_TORCH_SCATTER = was_used


def _relative_error(result: Tensor, expected: Tensor) -> float:
    return float((result - expected).norm() / expected.norm())


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
