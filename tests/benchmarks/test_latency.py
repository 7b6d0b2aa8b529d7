"""The benchmark of latency: its committed results are those that its page shows."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType


def test_the_page_shows_the_committed_results(load_benchmark: Callable[[str], ModuleType]) -> None:
    latency = load_benchmark("latency")
    result = json.loads(latency.RESULTS.read_text("utf-8"))
    page = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    assert latency.format_latency(result) in page
    assert result["start_up"]["onnx"]["s"] < result["start_up"]["import torch"]["s"]
