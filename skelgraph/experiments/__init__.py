"""Benchmarks that anyone can run on any machine, and reports with figures on finished runs."""

from skelgraph.experiments.figures import FigureSet, draw_figures, write_figures
from skelgraph.experiments.paper import PaperBenchmark, run_paper
from skelgraph.experiments.paper_format import format_paper
from skelgraph.experiments.paper_rows import PAPER_ROWS
from skelgraph.experiments.paper_table import PaperTable
from skelgraph.experiments.report import Report, name_runs, write_report
from skelgraph.experiments.speed import SpeedSettings, measure_speed
from skelgraph.experiments.speed_report import format_speed

__all__ = [
    "PAPER_ROWS",
    "FigureSet",
    "PaperBenchmark",
    "PaperTable",
    "Report",
    "SpeedSettings",
    "draw_figures",
    "format_paper",
    "format_speed",
    "measure_speed",
    "name_runs",
    "run_paper",
    "write_figures",
    "write_report",
]
