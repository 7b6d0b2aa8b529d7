"""The paper's comparisons on two datasets of real recordings: tables and figures.

Usage::

    python benchmarks/paper.py [--data ../shared/data] [--only NAME] [--runs runs/paper]
                               [--lifter RUN]
    python benchmarks/paper.py --table          print the committed tables

Each is what ``skelgraph benchmark paper`` does with the same settings. Runs are kept in the folder
``--runs``, from where a stopped benchmark goes on; tables go to ``benchmarks/results/paper-NAME``.
Table 2, the benchmark ``filter-mpi-ebed-NoVo``, needs the lifter of ``skelgraph lift train
--dataset mpi-ebed --root ../shared/data/mpi-ebed --test-subjects NoVo --out runs/lifting``; where
``--lifter`` names no finished run, it is trained first.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from skelgraph import TrainConfig
from skelgraph.experiments import PaperBenchmark, format_paper, run_paper
from skelgraph.training import LiftConfig, train_lifter

LIFTER = Path("runs/lifting")
RESULTS = Path(__file__).parent / "results"
TABLES = ("table.csv", "table.md", "table.json")


def list_benchmarks(data: Path, runs: Path, lifter: Path = LIFTER) -> dict[str, PaperBenchmark]:
    """The benchmarks whose tables are committed."""
    mpi_ebed = TrainConfig(
        dataset="mpi-ebed",
        root=data / "mpi-ebed",
        split="subject",
        test_subjects=("NoVo",),
        frames=64,
        epochs=16,
    )
    styles = TrainConfig(data=data / "bandai-styles", split="group", frames=64, epochs=16)
    name = "filter-mpi-ebed-NoVo"
    return {
        "mpi-ebed-NoVo": PaperBenchmark(base=mpi_ebed, out=runs / "mpi-ebed-NoVo"),
        "bandai-styles": PaperBenchmark(base=styles, out=runs / "bandai-styles"),
        name: PaperBenchmark(base=mpi_ebed, out=runs / name, rows=("filter",), lifter=lifter),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the rows that are missing, or prints the committed tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", help="the name of one benchmark")
    parser.add_argument("--runs", type=Path, default=Path("runs/paper"))
    parser.add_argument("--lifter", type=Path, default=LIFTER)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the tables that are there")
    options = parser.parse_args(arguments)
    for name, benchmark in list_benchmarks(options.data, options.runs, options.lifter).items():
        place = options.out / f"paper-{name}"
        if options.only not in (None, name):
            continue
        if options.table:
            print((place / "table.md").read_text(encoding="utf-8"))
        else:
            make_lifter(benchmark)
            print(format_paper(run_paper(benchmark, report=print, show_progress=True)))
            copy_tables(benchmark.out, place)


def make_lifter(benchmark: PaperBenchmark) -> None:
    """Trains the lifter that a benchmark names, holding out who is tested, if it is not there."""
    place, base = benchmark.lifter, benchmark.base
    if place is None or (place / "metrics.json").is_file():
        return
    config = LiftConfig(
        dataset=base.dataset, root=base.root, test_subjects=base.test_subjects, out=place
    )
    begun = (place / "checkpoints" / "last.ckpt").is_file()
    train_lifter(config, resume=begun, show_progress=True, report=print)


def copy_tables(source: Path, place: Path) -> None:
    """Copies tables and figures, without the runs."""
    place.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        shutil.copy(source / name, place / name)
    shutil.copytree(source / "figures", place / "figures", dirs_exist_ok=True)


if __name__ == "__main__":
    main()
