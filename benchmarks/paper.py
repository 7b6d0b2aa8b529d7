"""The paper's comparisons on two datasets of real recordings, and all of Table 1 on an invented
IEMOCAP.

Usage::

    python benchmarks/paper.py [--data ../shared/data] [--only NAME] [--runs runs/paper]
                               [--lifter RUN]
    python benchmarks/paper.py --table          print the committed tables

Each is what ``skelgraph benchmark paper`` does with the same settings. Runs are kept in the folder
``--runs``, from where a stopped benchmark goes on; tables go to ``benchmarks/results/paper-NAME``.
Table 2, the benchmark ``filter-mpi-ebed-NoVo``, needs the lifter of ``skelgraph lift train
--dataset mpi-ebed --root ../shared/data/mpi-ebed --test-subjects NoVo --out runs/lifting``; if
``--lifter`` names no finished run, it is trained first.
The release of ``iemocap-mini`` is written by :func:`skelgraph.synthetic.make_iemocap`: no number
from it is a result about people.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from skelgraph import TrainConfig
from skelgraph.config import LiftConfig, SplitSettings
from skelgraph.experiments import PaperBenchmark, format_paper, run_paper
from skelgraph.lifting import train_lifter
from skelgraph.synthetic import make_iemocap

LIFTER = Path("runs/lifting")
MINI = "iemocap-mini"
MINI_NOTE = (
    "an invented miniature of IEMOCAP, made by skelgraph.synthetic.make_iemocap: no number from it "
    "is a result about people, or about IEMOCAP"
)
MINI_ROWS = (
    *("are", "tre", "resnet18", "st-gcn", "s-stgcn", "s-stgcn-bone", "2s-a", "2s-c"),
    *("mdre", "sern", "sern-2s"),
)
MINI_FIGURES = ("modalities.png",)
RESULTS = Path(__file__).parent / "results"
TABLES = ("table.csv", "table.md", "table.json")


def list_benchmarks(data: Path, runs: Path, lifter: Path = LIFTER) -> dict[str, PaperBenchmark]:
    """Return the benchmarks whose tables are committed."""
    mpi_ebed = TrainConfig.of(
        dataset="mpi-ebed",
        root=data / "mpi-ebed",
        split="subject",
        test_subjects=("NoVo",),
        frames=64,
        epochs=16,
    )
    styles = TrainConfig.of(data=data / "bandai-styles", split="group", frames=64, epochs=16)
    mini = TrainConfig.of(
        dataset="iemocap",
        root=runs / f"{MINI}-release",
        split="subject",
        test_subjects=("Ses05F", "Ses05M"),
        frames=64,
    )
    name = "filter-mpi-ebed-NoVo"
    return {
        "mpi-ebed-NoVo": PaperBenchmark(base=mpi_ebed, out=runs / "mpi-ebed-NoVo"),
        "bandai-styles": PaperBenchmark(base=styles, out=runs / "bandai-styles"),
        name: PaperBenchmark(base=mpi_ebed, out=runs / name, rows=("filter",), lifter=lifter),
        MINI: PaperBenchmark(base=mini, out=runs / MINI, rows=MINI_ROWS, note=MINI_NOTE),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rows that are missing, or print the committed tables."""
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
            release = benchmark.base.data.root
            if name == MINI and release is not None and not release.exists():
                make_iemocap(release)
            print(format_paper(run_paper(benchmark, report=print, show="progress")))
            copy_tables(benchmark.out, place, MINI_FIGURES if name == MINI else None)


def make_lifter(benchmark: PaperBenchmark) -> None:
    """Train the lifter that a benchmark names, without the tested subjects, if it is not there."""
    place, base = benchmark.lifter, benchmark.base
    if place is None or (place / "metrics.json").is_file():
        return
    config = LiftConfig(
        data=base.data, split=SplitSettings(test_subjects=base.split.test_subjects), out=place
    )
    begun = (place / "checkpoints" / "last.ckpt").is_file()
    train_lifter(config, resume=begun, show="progress", report=print)


def copy_tables(source: Path, place: Path, figures: Sequence[str] | None = None) -> None:
    """Copy tables and figures, or some of these, without the runs."""
    place.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        shutil.copy(source / name, place / name)
    left = [] if figures is None else [file.name for file in (source / "figures").iterdir()]
    ignored = shutil.ignore_patterns(*(name for name in left if name not in (figures or ())))
    shutil.copytree(source / "figures", place / "figures", ignore=ignored, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
