"""What the tests of lifters share."""

from pathlib import Path

import pytest

from skelgraph.config import LiftConfig
from skelgraph.lifting import LifterData, prepare_lifter_data


def prepare(config: LiftConfig) -> LifterData:
    """The recordings of a configuration."""
    return prepare_lifter_data(config.data, config.split, fps=config.fps, seed=config.seed)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is remembered from another test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SKELGRAPH_CACHE", str(folder))
    return folder
