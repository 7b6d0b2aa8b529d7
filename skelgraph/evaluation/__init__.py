"""Honest numbers: splits, the check for leaks, and metrics."""

from skelgraph.evaluation.bootstrap import Metric, bootstrap_interval
from skelgraph.evaluation.clips import number_recordings
from skelgraph.evaluation.confusion_figure import plot_confusion, plot_confusions
from skelgraph.evaluation.folds import draw_folds
from skelgraph.evaluation.fusion import (
    ConcatFusion,
    Fusion,
    FusionStrategy,
    SumFusion,
    fit_concat,
    fusion_from_dict,
)
from skelgraph.evaluation.leakage import find_leaks
from skelgraph.evaluation.mdre import NUM_FOLDS as NUM_MDRE_FOLDS
from skelgraph.evaluation.metrics import ClassificationMetrics, compute_metrics
from skelgraph.evaluation.paired_test import permutation_test
from skelgraph.evaluation.split import SINGLE_CLIP_KINDS, Split, SplitKind
from skelgraph.evaluation.splitting import default_split_kind, make_split

__all__ = [
    "NUM_MDRE_FOLDS",
    "SINGLE_CLIP_KINDS",
    "ClassificationMetrics",
    "ConcatFusion",
    "Fusion",
    "FusionStrategy",
    "Metric",
    "Split",
    "SplitKind",
    "SumFusion",
    "bootstrap_interval",
    "compute_metrics",
    "default_split_kind",
    "draw_folds",
    "find_leaks",
    "fit_concat",
    "fusion_from_dict",
    "make_split",
    "number_recordings",
    "permutation_test",
    "plot_confusion",
    "plot_confusions",
]
