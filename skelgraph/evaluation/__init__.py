"""Honest numbers: splits, the check for leaks, and metrics."""

from skelgraph.evaluation.bootstrap import Metric, bootstrap_interval
from skelgraph.evaluation.clips import number_recordings
from skelgraph.evaluation.confusion_figure import plot_confusion, plot_confusions
from skelgraph.evaluation.leakage import find_leaks
from skelgraph.evaluation.metrics import ClassificationMetrics, compute_metrics
from skelgraph.evaluation.split import Split, SplitKind
from skelgraph.evaluation.splitting import default_split_kind, make_split

__all__ = [
    "ClassificationMetrics",
    "Metric",
    "Split",
    "SplitKind",
    "bootstrap_interval",
    "compute_metrics",
    "default_split_kind",
    "find_leaks",
    "make_split",
    "number_recordings",
    "plot_confusion",
    "plot_confusions",
]
