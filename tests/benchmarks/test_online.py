"""The benchmark of what comes before a network online: it runs, and its page shows its results."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def online(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("online")


@pytest.mark.realdata
def test_all_differences_are_measured(
    online: ModuleType, shared_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "online.json"
    online.main(["--data", str(shared_data), "--recordings", "2", "--out", str(out)])
    result = json.loads(out.read_text("utf-8"))
    assert set(result) == set(online.RECORDINGS)
    for row in result.values():
        assert row["clips"] == 2
        # Speeds do not know where the person faces, and positions are hardly filtered.
        assert row["channels"]["heading"]["speed"] < 1e-5
        assert 0 < row["channels"]["filter"]["joint"] < 0.03
        assert 0 < row["gaps_mm"]["interpolated"] < row["gaps_mm"]["held"]
        assert row["answers"]["live"]["difference"] < 0.3


def test_the_page_shows_the_committed_results(online: ModuleType) -> None:
    result = json.loads(online.RESULTS.read_text("utf-8"))
    page = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    assert online.format_online(result) in page
