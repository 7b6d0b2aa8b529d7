"""How soon and how fast one clip is answered, by PyTorch and by the runtimes of exported models.

Usage::

    python benchmarks/latency.py            measure, write benchmarks/results/latency.json
    python benchmarks/latency.py --table    print the committed results as tables

*plain* is the network as it was trained, in PyTorch, and for the paper's S-STGCN also what
``skelgraph/experiments/plain_s_stgcn.py`` writes straight from the equations; ratios are to the
latter where there is one. A process of its own measures each number of threads: all forms of a
network run in turns, and a ratio is the median over the rounds. Each call is timed by the clock and
by the process's own time, which other jobs of the machine hardly change; on one core both agree if
nothing else runs. *Whole clip* is the graph for clips in which nothing is missing; the other graph
takes a mask, and so does the inference form.
Start-up is the processor time of whole processes, in turns: up to the first answer for a file.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results" / "latency.json"
FRAMES = (64, 128)
THREADS = (1, 2)
FORMS = {
    "plain": "plain PyTorch",
    "trained": "PyTorch, as trained",
    "inference": "PyTorch, inference form",
    "inductor": "AOTInductor",
    "onnx": "onnxruntime",
    "openvino": "OpenVINO",
    "onnx-whole": "onnxruntime, whole clip",
    "openvino-whole": "OpenVINO, whole clip",
}
"""Forms of a network, in the order of the table."""

NETWORKS = {"s-stgcn": "S-STGCN, ten blocks", "s-stgcn-small": "small S-STGCN"}

PREDICT = {
    "run": "from skelgraph import load_run, read_sequence\n"
    "load_run({folder!r}, threads=1).predict(read_sequence({file!r}))",
    "exported": "from skelgraph import read_sequence\n"
    "from skelgraph.serving import ExportedModel\n"
    "ExportedModel.load({folder!r}, threads=1).predict(read_sequence({file!r}))",
}
"""Programs that answer for a file, by what they load."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="see that all runs, without inductor")
    parser.add_argument("--threads", type=int, help="measure with these threads, print JSON")
    parser.add_argument("--graphs", type=Path, help="folder of the graphs that were exported")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    rounds = 2 if options.quick else options.rounds
    if options.threads is not None:
        print(json.dumps(measure_latency(options.graphs, options.threads, rounds)))
        return
    if not options.table:
        with tempfile.TemporaryDirectory() as folder:
            result = measure(options.graphs or Path(folder), rounds, quick=options.quick)
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_latency(json.loads(options.out.read_text())))


def measure(folder: Path, rounds: int, *, quick: bool = False) -> dict[str, Any]:
    """Export, then measure in processes of their own.

    Args:
        folder: Folder for graphs, a dataset and a run; what is there already is taken.
        rounds: Number of rounds.
        quick: Whether to leave out what takes minutes.
    """
    import torch

    from skelgraph.experiments import describe_machine

    write_graphs(folder, quick=quick)
    latency = {}
    for threads in THREADS:
        words = [sys.executable, __file__, "--threads", str(threads), "--graphs", str(folder)]
        done = subprocess.run(
            [*words, "--rounds", str(rounds), *(["--quick"] if quick else [])],
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "GOMP_SPINCOUNT": "10000"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        latency[str(threads)] = json.loads(done.stdout)
    return {
        "machine": describe_machine(torch.device("cpu")),
        "load": round(os.getloadavg()[1], 1),
        "rounds": rounds,
        "latency": latency,
        "start_up": measure_start_up(folder, min(rounds, 3), quick=quick),
    }


def make_networks(*, quick: bool = False) -> dict[str, Any]:
    """Return each network, with random weights and running statistics of its activations."""
    import torch

    from skelgraph.experiments import make_pair
    from skelgraph.layouts import UPPER10
    from skelgraph.models import SmallSSTGCN

    torch.manual_seed(0)
    plain, paper = make_pair(UPPER10, torch.device("cpu"))
    small = SmallSSTGCN(21, num_heads=2)
    with torch.no_grad():
        for _ in range(3):
            small(torch.randn(8, 21, 64, 10))
    networks = {
        "s-stgcn": {"plain": plain.eval(), "trained": paper.eval()},
        "s-stgcn-small": {"trained": small.eval()},
    }
    return {"s-stgcn-small": networks["s-stgcn-small"]} if quick else networks


def write_graphs(folder: Path, *, quick: bool = False) -> None:
    """Write the graphs of each network for each runtime."""
    import torch
    from torch.export import Dim

    from skelgraph.models import fold_for_inference
    from skelgraph.serving import ClipGraph, GraphInputs, write_graph

    inputs = GraphInputs(
        kind="channels", channels="xyz", joints=tuple("0123456789"), fps=30.0, views=(False,)
    )
    for name, forms in make_networks(quick=quick).items():
        place = folder / name
        if place.exists():
            continue
        place.mkdir(parents=True)
        graph = ClipGraph(forms["trained"], 1.0).eval()
        write_graph(graph, place / "model.onnx", "onnx", inputs)
        write_graph(graph, place / "model-whole.onnx", "onnx", inputs, is_whole=True)
        if quick:
            continue
        clips, frames = Dim("clips", min=1, max=64), Dim("frames", min=8, max=4096)
        example = (torch.randn(3, graph.in_channels, 64, 10), torch.ones(3, 64, 10) > 0)
        with torch.no_grad():
            program = torch.export.export(
                fold_for_inference(forms["trained"]),
                example,
                dynamic_shapes=({0: clips, 2: frames}, {0: clips, 1: frames}),
            )
            torch._inductor.aoti_compile_and_package(program, package_path=str(place / "model.pt2"))


def measure_latency(folder: Path, threads: int, rounds: int) -> dict[str, Any]:
    """Return milliseconds and ratios of each form of each network, for one clip."""
    import torch

    torch.set_num_threads(threads)
    quick = not (folder / "s-stgcn").exists()
    return {
        name: {str(T): time_forms(forms, folder / name, T, threads, rounds) for T in FRAMES}
        for name, forms in make_networks(quick=quick).items()
    }


def time_forms(
    forms: Mapping[str, Any], folder: Path, T: int, threads: int, rounds: int
) -> dict[str, Any]:
    """Return milliseconds and ratios of each form of a network, for one clip of T frames.

    Raises:
        RuntimeError: If a form gives other probabilities than PyTorch.
    """
    import torch

    from skelgraph.models import fold_for_inference
    from skelgraph.serving import open_session

    C = forms["trained"].in_channels
    x, present = torch.randn(1, C, T, 10), torch.ones(1, T, 10, dtype=torch.bool)
    arrays = (x[:, None].numpy(), present[:, None].numpy())
    folded = fold_for_inference(forms["trained"])
    calls: dict[str, Any] = {
        **{name: lambda network=network: network(x) for name, network in forms.items()},
        "inference": lambda: folded(x, present),
    }
    if (folder / "model.pt2").exists():
        compiled = torch._inductor.aoti_load_package(str(folder / "model.pt2"))
        calls["inductor"] = lambda: compiled(x, present)
    for runtime in ("onnx", "openvino"):  # OpenVINO loads the same file
        session = open_session(folder / "model.onnx", runtime, threads=threads)
        whole = open_session(folder / "model-whole.onnx", runtime, threads=threads)
        calls[runtime] = lambda session=session: session(*arrays)
        calls[f"{runtime}-whole"] = lambda whole=whole: whole(arrays[0])
    with torch.inference_mode():
        expected = forms["trained"](x).softmax(dim=1)
        for name, call in calls.items():
            answer = torch.as_tensor(call())
            if not name.startswith(("onnx", "openvino")):
                answer = answer.softmax(dim=1)
            if not torch.allclose(answer.float(), expected, atol=1e-4):
                raise RuntimeError(f"{name}: other probabilities than PyTorch's; nothing was timed")
        for call in calls.values():
            for _ in range(3):
                call()
        clocks = {"wall": time.perf_counter, "processor": time.process_time}
        seconds: dict[str, dict[str, list[float]]] = {
            clock: {name: [] for name in calls} for clock in clocks
        }
        for _ in range(rounds):
            for name, call in calls.items():
                start = {clock: read() for clock, read in clocks.items()}
                call()
                for clock, read in clocks.items():
                    seconds[clock][name].append(read() - start[clock])
    reference = "plain" if "plain" in calls else "trained"
    return {
        name: {clock: _summarize(times[name], times[reference]) for clock, times in seconds.items()}
        for name in calls
    }


def _summarize(own: Sequence[float], reference: Sequence[float]) -> dict[str, Any]:
    return {
        "ms": round(1000 * median(own), 2),
        "ms_quartiles": [round(1000 * value, 2) for value in _find_quartiles(own)],
        "faster": round(median(a / b for a, b in zip(reference, own, strict=True)), 2),
    }


def _find_quartiles(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]


def measure_start_up(folder: Path, rounds: int, *, quick: bool = False) -> dict[str, Any]:
    """Return seconds from the start of a process to the first answer of a small S-STGCN."""
    from harness.small_dataset import find_recording, write_small_dataset

    from skelgraph import TrainConfig, train
    from skelgraph.serving import export_model

    data = write_small_dataset(folder / "data", quick=quick)
    config = TrainConfig.of(
        data=data,
        model="s-stgcn-small",
        stream="posture-motion",
        epochs=1,
        out=folder / "run",
    )
    run, file = train(config).run.path, find_recording(data)
    programs = {"run": PREDICT["run"].format(folder=str(run), file=str(file))}
    for runtime in ("onnx", "openvino"):
        exported = export_model(run, folder / f"exported-{runtime}", runtime=runtime).folder
        programs[runtime] = PREDICT["exported"].format(folder=str(exported), file=str(file))
    programs["import torch"] = "import torch"
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):  # the first fills the caches of the system
        for name, program in programs.items():
            start = _read_children_s()
            subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
            if number:
                seconds[name].append(_read_children_s() - start)
    reference = seconds["run"]
    return {
        name: {
            "s": round(median(own), 2),
            "s_quartiles": [round(value, 2) for value in _find_quartiles(own)],
            "faster": round(median(a / b for a, b in zip(reference, own, strict=True)), 2),
        }
        for name, own in seconds.items()
    }


def _read_children_s() -> float:
    """Return the processor time of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def format_latency(result: Mapping[str, Any]) -> str:
    """Return the results as Markdown tables."""
    machine = result["machine"]
    columns = [(threads, T) for threads in result["latency"] for T in FRAMES]
    lines = [
        f"{machine['processor']}, torch {machine['torch']}, Python {machine['python']}; "
        f"{result['rounds']} rounds; load of the machine {result['load']:g}. Milliseconds of one "
        f"clip and how many times faster, by the clock; in brackets, by the processor's time.",
        "",
        "| network | form | "
        + " | ".join(f"{T} frames, {_count_cores(threads)}" for threads, T in columns)
        + " |",
        "|---|---|" + "---|" * len(columns),
    ]
    first = result["latency"][columns[0][0]]
    for network in first:
        for form in [form for form in FORMS if form in first[network][str(FRAMES[0])]]:
            cells = [result["latency"][threads][network][str(T)][form] for threads, T in columns]
            lines.append(
                f"| {NETWORKS[network]} | {FORMS[form]} | "
                + " | ".join(_write_cell(cell) for cell in cells)
                + " |"
            )
    names = {
        "run": "a run, PyTorch",
        "onnx": "exported, onnxruntime",
        "openvino": "exported, OpenVINO",
        "import torch": "`import torch` alone",
    }
    lines += [
        "",
        "| first answer of a fresh process, one core | seconds | times faster |",
        "|---|---|---|",
    ]
    for name, entry in result["start_up"].items():
        lines.append(f"| {names[name]} | {entry['s']:.2f} | {entry['faster']:.2f}x |")
    return "\n".join(lines)


def _write_cell(cell: Mapping[str, Any]) -> str:
    wall, processor = cell["wall"], cell["processor"]
    return (
        f"{wall['ms']:.1f}, {wall['faster']:.2f}x "
        f"({processor['ms']:.1f}, {processor['faster']:.2f}x)"
    )


def _count_cores(threads: str) -> str:
    return "1 core" if threads == "1" else f"{threads} cores"


if __name__ == "__main__":
    main()
