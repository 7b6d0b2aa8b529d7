"""The files that a reader of one job meets: in which the command calls at least one function.

Usage::

    python benchmarks/files_called.py            count, write benchmarks/results/files-called.json
    python benchmarks/files_called.py --table    print the committed results as tables

It trains for an epoch on a small folder dataset, which it generates if ``--data`` names none, and
predicts a recording of it with that run; each command runs in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.small_dataset import find_recording, write_small_dataset

RECORDER = Path(__file__).parent / "harness" / "call_recorder.py"
RESULTS = Path(__file__).parent / "results" / "files-called.json"
PACKAGES = {"skelgraph": "skelgraph", "skelgraph_cli": "cli"}
"""The packages, with the names of their folders in the repository."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Count, or print what was counted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder dataset to train on")
    parser.add_argument("--quick", action="store_true", help="see that all runs")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        with tempfile.TemporaryDirectory() as folder:
            data = options.data or write_small_dataset(Path(folder) / "data", quick=options.quick)
            result = count_commands(data, Path(folder))
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_counts(json.loads(options.out.read_text())))


def count_commands(data: Path, folder: Path) -> dict[str, Any]:
    """Count the files of a training and of a prediction with its run.

    Args:
        data: Folder dataset.
        folder: Folder for the run and for what the commands keep.
    """
    run = folder / "run"
    training = ("--data", data, "--stream", "bone", "--epochs", 1, "--out", run)
    commands = {
        "train": ("train", *training),
        "predict": ("predict", run, find_recording(data)),
    }
    return {
        name: summarize(record_command(list(map(str, words)), folder))
        for name, words in commands.items()
    }


def record_command(words: Sequence[str], folder: Path) -> list[Path]:
    """Run the command in a fresh process, and return the files in which it calls a function.

    Raises:
        RuntimeError: If the command fails.
    """
    out = folder / "called.json"
    done = subprocess.run(
        [sys.executable, "-P", str(RECORDER), str(out), *words],
        env={**os.environ, "SKELGRAPH_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"skelgraph {' '.join(words)} has failed: {done.stderr.strip()}")
    return [Path(file).resolve() for file in json.loads(out.read_text())]


def summarize(called: Sequence[Path]) -> dict[str, Any]:
    """Return the number of files and lines of the package and the command, and each file."""
    lines: dict[str, int] = {}
    for package, name in PACKAGES.items():
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        root = Path(spec.origin).resolve().parent
        for file in called:
            if file.is_relative_to(root):
                place = f"{name}/{file.relative_to(root).as_posix()}"
                lines[place] = len(file.read_text("utf-8").splitlines())
    return {
        "files": len(lines),
        "lines": sum(lines.values()),
        "called": dict(sorted(lines.items())),
    }


def format_counts(result: Mapping[str, Any]) -> str:
    """Return the results as Markdown tables: of the commands, and of the files."""
    rows = ["| command | files | lines |", "|---|---|---|"]
    for name, counts in result.items():
        rows.append(f"| {name} | {counts['files']} | {counts['lines']:,} |")
    rows += ["", f"| file | lines | {' | '.join(result)} |", "|---" * (2 + len(result)) + "|"]
    lines = {file: n for counts in result.values() for file, n in counts["called"].items()}
    for file in sorted(lines):
        marks = " | ".join("x" if file in counts["called"] else "" for counts in result.values())
        rows.append(f"| {file} | {lines[file]} | {marks} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
