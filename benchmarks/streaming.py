"""What a step from frame to frame costs, against computing a window anew for each frame.

Usage::

    python benchmarks/streaming.py              measure, write benchmarks/results/streaming.json
    python benchmarks/streaming.py --part soak  measure one part alone, keep the others
    python benchmarks/streaming.py --table      print the committed results as tables

All is on one core, in the processor's time. A *window* is what one does without steps: the
inference form computes the last 128 frames anew for each frame. *Frame by frame* calls the step for
each frame; *by strides* calls it for as many as complete an output, and onnxruntime computes the
exported step. Ways take turns, and a ratio is the median over the rounds. Operations are those of
matrix products and convolutions, as PyTorch counts them. In the soak, people who come and go are
pushed through a live model, and the memory of the process is read.
"""

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.soak import FPS, measure_soak
from harness.step_costs import WINDOW, count_operations, time_in_turns, time_ways

RESULTS = Path(__file__).parent / "results" / "streaming.json"
WAYS = {
    "window": f"a window of {WINDOW} frames, inference form",
    "frame": "step, frame by frame",
    "chunk": "step, by strides",
    "onnx": "step, by strides, onnxruntime",
    "frame-missing": "step, frame by frame, a joint missing",
    "chunk-missing": "step, by strides, a joint missing",
}
NETWORKS = {"s-stgcn": "S-STGCN, ten blocks", "s-stgcn-small": "small S-STGCN"}
PEOPLE = (1, 10, 100)
LAYOUTS = ("upper10", "openpose25")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=PARTS, help="measure this alone, keep the other results")
    parser.add_argument("--quick", action="store_true", help="see that all runs")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        result = measure(options.part, quick=options.quick)
        if options.part is not None and options.out.is_file():
            result = {**json.loads(options.out.read_text()), **result}
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_streaming(json.loads(options.out.read_text())))


def measure(part: str | None = None, *, quick: bool = False) -> dict[str, Any]:
    """Return the results of one part, or of all."""
    import torch

    from skelgraph.experiments import describe_machine

    torch.set_num_threads(1)
    parts = PARTS if part is None else {part: PARTS[part]}
    return {
        "machine": describe_machine(torch.device("cpu")),
        "load": round(os.getloadavg()[1], 1),
        **{name: function(quick=quick) for name, function in parts.items()},
    }


def make_network(name: str, layout: str = "upper10") -> Any:
    """Return a causal network with random weights and running statistics of its activations."""
    import torch

    from skelgraph.models import SSTGCN, SmallSSTGCN

    torch.manual_seed(0)
    if name == "s-stgcn-small":
        network = SmallSSTGCN(21, layout=layout, num_heads=2, temporal="causal")
    else:
        network = SSTGCN(layout=layout, temporal="causal")
    with torch.no_grad():
        for _ in range(3):
            network(torch.randn(4, network.in_channels, 64, network.num_joints))
    return network.eval()


def measure_step(*, quick: bool = False) -> dict[str, Any]:
    """Return the milliseconds of one frame of one person in each way, and operations."""
    return {
        name: {
            "ways": time_ways(make_network(name), rounds=2 if quick else 25),
            "operations": count_operations(make_network(name)),
        }
        for name in (["s-stgcn-small"] if quick else NETWORKS)
    }


def measure_growth(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return the costs of a frame of several people and joints, and the memory of a state."""
    import torch

    from skelgraph.models import fold_for_inference
    from skelgraph.streaming import StepNetwork

    rows = []
    for layout in LAYOUTS:
        network = make_network("s-stgcn", layout)
        step, folded = StepNetwork(network), fold_for_inference(network)
        for num_people in PEOPLE[:1] if quick else PEOPLE:
            frames = torch.randn(num_people, 3, 400, network.num_joints)
            state, _ = step.advance(step.init_state(num_people), frames[:, :, :201])
            chunk, window = frames[:, :, 201 : 201 + step.stride], frames[:, :, :WINDOW]
            calls: dict[str, tuple[Callable[[], Any], int]] = {
                "window": (lambda folded=folded, window=window: folded(window), 1),
                "chunk": (lambda s=step, state=state, x=chunk: s.advance(state, x), step.stride),
            }
            with torch.inference_mode():
                ways = time_in_turns(calls, 2 if quick else max(3, 20 // num_people))
            rows.append(
                {
                    "joints": network.num_joints,
                    "people": num_people,
                    "window_ms": ways["window"]["ms"],
                    "step_ms": ways["chunk"]["ms"],
                    "faster": ways["chunk"]["faster"],
                    "person_us": round(1000 * ways["chunk"]["ms"] / num_people, 1),
                    "state_kib": round(state.num_bytes / num_people / 1024, 1),
                }
            )
    return rows


PARTS: dict[str, Callable[..., Any]] = {
    "step": measure_step,
    "growth": measure_growth,
    "soak": measure_soak,
}


def format_streaming(result: Mapping[str, Any]) -> str:
    """Return the results as Markdown tables."""
    machine = result["machine"]
    head = (
        f"{machine['processor']}, torch {machine['torch']}, Python {machine['python']}, one core; "
        f"load of the machine {result['load']:g}."
    )
    tables = {"step": _format_step, "growth": _format_growth, "soak": _format_soak}
    parts = [write(result[name]) for name, write in tables.items() if name in result]
    return "\n\n".join([head, *parts])


def _format_step(networks: Mapping[str, Any]) -> str:
    lines = [
        "| one frame of one person: ms, times less than a window | "
        + " | ".join(NETWORKS[name] for name in networks)
        + " |",
        "|---|" + "---|" * len(networks),
    ]
    for way, label in WAYS.items():
        cells = [network["ways"][way] for network in networks.values()]
        words = [f"{cell['ms']:.2f}, {cell['faster']:.1f}x" for cell in cells]
        lines.append(f"| {label} | {' | '.join(words)} |")
    counts = [network["operations"] for network in networks.values()]
    words = [
        f"{count['window']:.0f} and {count['step']:.1f}, {count['fewer']:.1f}x" for count in counts
    ]
    lines.append(f"| millions of operations a prediction, window and step | {' | '.join(words)} |")
    return "\n".join(lines)


def _format_growth(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "| S-STGCN: joints | people | window, ms | step, ms | times less | step, us a person | "
        "state, KiB a person |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['joints']} | {row['people']} | {row['window_ms']:.1f} | {row['step_ms']:.2f} "
        f"| {row['faster']:.1f}x | {row['person_us']:.0f} | {row['state_kib']:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def _format_soak(soak: Mapping[str, Any]) -> str:
    samples = ", ".join(f"{value:.0f}" for value in soak["memory_mib"])
    return (
        f"Soak: {soak['frames']:,} frames ({soak['frames'] / FPS / 60:.0f} minutes), "
        f"{soak['people']} people at a time, {soak['persons']} in all, {soak['answers']:,} "
        f"answers; {soak['frame_ms']:.1f} ms a frame. Memory of the process in MiB, after each "
        f"twentieth of the frames: {samples}."
    )


if __name__ == "__main__":
    main()
