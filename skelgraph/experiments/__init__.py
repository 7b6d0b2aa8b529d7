"""Benchmarks that anyone can run on any machine."""

from skelgraph.experiments.paper import PaperBenchmark, run_paper
from skelgraph.experiments.paper_format import format_paper
from skelgraph.experiments.paper_rows import PAPER_ROWS
from skelgraph.experiments.paper_table import PaperTable
from skelgraph.experiments.speed import SpeedSettings, measure_speed
from skelgraph.experiments.speed_report import format_speed

__all__ = [
    "PAPER_ROWS",
    "PaperBenchmark",
    "PaperTable",
    "SpeedSettings",
    "format_paper",
    "format_speed",
    "measure_speed",
    "run_paper",
]
