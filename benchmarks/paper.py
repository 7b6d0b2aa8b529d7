"""The paper's comparisons on two datasets of real recordings: tables and figures.

Usage::

    python benchmarks/paper.py [--data ../shared/data] [--only NAME] [--runs runs/paper]
    python benchmarks/paper.py --table          print the committed tables

Each is what ``skelgraph benchmark paper`` does with the same settings. Runs are kept in the folder
``--runs``, from where a stopped benchmark goes on; tables go to ``benchmarks/results/paper-NAME``.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from skelgraph import TrainConfig
from skelgraph.experiments import PaperBenchmark, format_paper, run_paper

RESULTS = Path(__file__).parent / "results"
TABLES = ("table.csv", "table.md", "table.json")


def list_benchmarks(data: Path, runs: Path) -> dict[str, PaperBenchmark]:
    """The benchmarks whose tables are committed."""
    bases = {
        "mpi-ebed-NoVo": TrainConfig(
            dataset="mpi-ebed",
            root=data / "mpi-ebed",
            test_subjects=("NoVo",),
            frames=64,
            epochs=30,
        ),
        "bandai-styles": TrainConfig(
            data=data / "bandai-styles", split="group", frames=64, epochs=30
        ),
    }
    return {name: PaperBenchmark(base=base, out=runs / name) for name, base in bases.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the rows that are missing, or prints the committed tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", help="the name of one benchmark")
    parser.add_argument("--runs", type=Path, default=Path("runs/paper"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the tables that are there")
    options = parser.parse_args(arguments)
    for name, benchmark in list_benchmarks(options.data, options.runs).items():
        place = options.out / f"paper-{name}"
        if options.only not in (None, name):
            continue
        if options.table:
            print((place / "table.md").read_text(encoding="utf-8"))
        else:
            print(format_paper(run_paper(benchmark, report=print, show_progress=True)))
            copy_tables(benchmark.out, place)


def copy_tables(source: Path, place: Path) -> None:
    """Copies tables and figures, without the runs."""
    place.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        shutil.copy(source / name, place / name)
    shutil.copytree(source / "figures", place / "figures", dirs_exist_ok=True)


if __name__ == "__main__":
    main()
