"""What the tests of lifters share."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is remembered from another test."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SKELGRAPH_CACHE", str(folder))
    return folder
