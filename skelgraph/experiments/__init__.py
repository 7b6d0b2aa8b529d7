"""Benchmarks that anyone can run on any machine, and reports with figures on finished runs."""

from skelgraph.experiments.figures import FigureSet, draw_figures, write_figures
from skelgraph.experiments.report import Report, name_runs, write_report
from skelgraph.experiments.speed import SpeedSettings, measure_speed
from skelgraph.experiments.speed_report import format_speed

__all__ = [
    "FigureSet",
    "Report",
    "SpeedSettings",
    "draw_figures",
    "format_speed",
    "measure_speed",
    "name_runs",
    "write_figures",
    "write_report",
]
