"""Fixtures that all tests share."""

import os
from pathlib import Path

import pytest


def find_shared_data() -> Path | None:
    """Folder of the real recordings: SKELGRAPH_DATA, or shared/data beside the checkout."""
    named = os.environ.get("SKELGRAPH_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings; skips the test where it is absent."""
    folder = find_shared_data()
    if folder is None:
        pytest.skip("no real recordings: set SKELGRAPH_DATA to their folder")
    return folder
