"""Benchmarks that anyone can run on any machine."""

from skelgraph.experiments.speed import SpeedSettings, measure_speed
from skelgraph.experiments.speed_report import format_speed

__all__ = ["SpeedSettings", "format_speed", "measure_speed"]
