"""What the tests of lifters share."""

from pathlib import Path

import pytest

from skelgraph.config import LiftConfig
from skelgraph.lifting import LifterData, prepare_lifter_data


def prepare(config: LiftConfig) -> LifterData:
    """The recordings of a configuration."""
    return prepare_lifter_data(config.data, config.split, fps=config.fps, seed=config.seed)


@pytest.fixture(scope="module")
def config(arm_swings: Path) -> LiftConfig:
    return LiftConfig.of(
        data=arm_swings,
        test_subjects=("cid",),
        filter_widths=(3, 3),
        channels=8,
        window_frames=8,
    )


@pytest.fixture(scope="module")
def data(config: LiftConfig) -> LifterData:
    return prepare(config)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is remembered from another test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SKELGRAPH_CACHE", str(folder))
    return folder
