"""How long the command takes to start, in times of ``import torch``.

Usage::

    python benchmarks/start_up.py            measure, write benchmarks/results/start-up.json
    python benchmarks/start_up.py --table    print the committed results as a table

Whole processes run in turns, ``python -c "import torch"`` among them; a number is the median of the
ratios of the rounds, so that a slow moment of the machine meets both. Of a prediction, the time
that the network itself computes in a warm process is also taken off.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import torch
from harness.small_dataset import find_recording, write_small_dataset

from skelgraph import TrainConfig, load_run, train
from skelgraph.experiments import describe_machine
from skelgraph.prediction import predict_files

RESULTS = Path(__file__).parent / "results" / "start-up.json"
IMPORT_TORCH = "import torch"
PREDICT = "skelgraph predict RUN FILE"
COMMAND = (sys.executable, "-m", "skelgraph_cli")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="see that all runs, in one round")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        with tempfile.TemporaryDirectory() as folder:
            rounds = 1 if options.quick else options.rounds
            result = measure_start_up(Path(folder), rounds, quick=options.quick)
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_start_up(json.loads(options.out.read_text())))


def measure_start_up(folder: Path, rounds: int, *, quick: bool = False) -> dict[str, Any]:
    """Time the processes, and return ratios.

    Args:
        folder: Folder for a dataset, a run and what the commands keep.
        rounds: Number of rounds.
        quick: Whether the dataset is as small as can be.

    Raises:
        RuntimeError: If a process ends otherwise than it should.
    """
    data = write_small_dataset(folder / "data", quick=quick)
    config = TrainConfig.of(data=data, stream="bone", epochs=1, out=folder / "run")
    run, file = train(config).run.path, find_recording(data)
    network_s = time_network(run, file)
    processes = list_processes(run, file)
    cache = folder / "cache"
    seconds: dict[str, list[float]] = {name: [] for name in processes}
    time_process(processes[PREDICT], cache)  # compiles all that it imports, as an installer does
    for _ in range(rounds):
        for name, words in processes.items():
            fails = "mistyped" in name
            seconds[name].append(time_process(words, cache, fails=fails))
    reference = seconds.pop(IMPORT_TORCH)
    without_network = [own - network_s for own in seconds[PREDICT]]
    return {
        "machine": describe_machine(torch.device("cpu")),
        "rounds": rounds,
        "times_import_torch": {
            name: _compare(own, reference)
            for name, own in {**seconds, f"{PREDICT}, without its network": without_network}.items()
        },
    }


def list_processes(run: Path, file: Path) -> dict[str, tuple[str, ...]]:
    """Return the words of each process."""
    mistyped = str(file.with_name("mistyped"))
    return {
        IMPORT_TORCH: (sys.executable, "-c", "import torch"),
        "import skelgraph": (sys.executable, "-c", "import skelgraph"),
        "skelgraph --help": (*COMMAND, "--help"),
        "skelgraph data list": (*COMMAND, "data", "list"),
        PREDICT: (*COMMAND, "predict", str(run), str(file)),
        "skelgraph predict, mistyped RUN": (*COMMAND, "predict", mistyped, str(file)),
        "skelgraph predict, mistyped FILE": (*COMMAND, "predict", str(run), mistyped),
        "skelgraph train, mistyped --data": (*COMMAND, "train", "--data", mistyped),
    }


def time_process(words: Sequence[str], cache: Path, *, fails: bool = False) -> float:
    """Return the seconds of a process.

    Args:
        words: The process.
        cache: Folder of the package's cache, and of the bytecode of what is imported.
        fails: Whether it has to end with an error.

    Raises:
        RuntimeError: If it ends otherwise.
    """
    environment = {
        **os.environ,
        "SKELGRAPH_CACHE": str(cache),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(cache / "bytecode"),
    }
    start = time.perf_counter()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode not in ((1, 2) if fails else (0,)) or "internal error" in done.stderr:
        raise RuntimeError(f"{' '.join(words)}: exit code {done.returncode}, {done.stderr.strip()}")
    return seconds


def time_network(run: Path, file: Path, *, rounds: int = 9) -> float:
    """Return the median seconds that a run's network computes for a file in this process."""
    predictor = load_run(run)
    begun: list[float] = []
    ended: list[float] = []
    predictor.model.register_forward_pre_hook(lambda *_: begun.append(time.perf_counter()))
    predictor.model.register_forward_hook(lambda *_: ended.append(time.perf_counter()))
    for _ in range(rounds):
        predict_files(predictor, [file])
    return median(end - begin for begin, end in zip(begun, ended, strict=True))


def format_start_up(result: Mapping[str, Any]) -> str:
    """Return the results as a Markdown table."""
    machine = result["machine"]
    return "\n".join(
        [
            f"{machine['processor']}, {machine['threads']} threads, Python {machine['python']}, "
            f"torch {machine['torch']}; {result['rounds']} rounds.",
            "",
            "| process | times `import torch` |",
            "|---|---|",
            *(f"| {name} | {times:.2f} |" for name, times in result["times_import_torch"].items()),
        ]
    )


def _compare(seconds: Sequence[float], reference: Sequence[float]) -> float:
    pairs = zip(seconds, reference, strict=True)
    return round(median(own / other for own, other in pairs), 3)


if __name__ == "__main__":
    main()
