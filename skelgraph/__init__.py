"""Emotion and action recognition from skeleton sequences with graph networks.

The rooms of the package are imported on their own: ``skelgraph.layouts``, ``skelgraph.poses``,
``skelgraph.io``, ``skelgraph.data``, ``skelgraph.nn``, ``skelgraph.models``. The names below are
loaded when they are first asked for, so that ``import skelgraph`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from skelgraph._version import __version__

if TYPE_CHECKING:
    from skelgraph.extraction import ExtractConfig, extract
    from skelgraph.io import read_sequence, read_sequences
    from skelgraph.poses import PoseSequence
    from skelgraph.serving import Predictor, load_run
    from skelgraph.training import (
        MultimodalSettings,
        TrainConfig,
        TrainResult,
        fuse_runs,
        train,
    )

_HOMES = {
    "ExtractConfig": "skelgraph.extraction",
    "MultimodalSettings": "skelgraph.training",
    "PoseSequence": "skelgraph.poses",
    "Predictor": "skelgraph.serving",
    "TrainConfig": "skelgraph.training",
    "TrainResult": "skelgraph.training",
    "extract": "skelgraph.extraction",
    "fuse_runs": "skelgraph.training",
    "load_run": "skelgraph.serving",
    "read_sequence": "skelgraph.io",
    "read_sequences": "skelgraph.io",
    "train": "skelgraph.training",
}

__all__ = [
    "ExtractConfig",
    "MultimodalSettings",
    "PoseSequence",
    "Predictor",
    "TrainConfig",
    "TrainResult",
    "__version__",
    "extract",
    "fuse_runs",
    "load_run",
    "read_sequence",
    "read_sequences",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
