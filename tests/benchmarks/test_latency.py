"""The benchmark of latency: its parts run, and its page shows the committed results."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from skelgraph.models import SmallSSTGCN


@pytest.fixture
def latency(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("latency")


@pytest.fixture
def graphs(
    latency: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, torch.nn.Module], Path]:
    """A network of one member, and the folder of its graphs."""
    torch.manual_seed(0)
    forms = {"trained": SmallSSTGCN(4, channels=8, members=1).eval()}
    monkeypatch.setattr(latency, "make_networks", lambda *, quick: {"s-stgcn-small": forms})
    latency.write_graphs(tmp_path, quick=True)
    return forms, tmp_path / "s-stgcn-small"


def test_every_form_is_timed_by_both_clocks(
    latency: ModuleType,
    graphs: tuple[dict[str, torch.nn.Module], Path],
) -> None:
    pytest.importorskip("openvino")
    forms, folder = graphs
    times = latency.time_forms(forms, folder, 16, 1, 2)
    assert set(times) == set(latency.FORMS) - {"plain", "inductor"}
    assert times["trained"]["wall"]["faster"] == times["trained"]["processor"]["faster"] == 1
    assert all(time["wall"]["ms"] > 0 for time in times.values())
    other = SmallSSTGCN(4, channels=8, members=1).eval()
    with torch.no_grad():
        other.classifier.bias.add_(torch.arange(4))
    with pytest.raises(RuntimeError, match="onnx: other probabilities than PyTorch's"):
        latency.time_forms({"trained": other}, folder, 16, 1, 2)


def test_the_page_shows_the_committed_results(latency: ModuleType) -> None:
    result = json.loads(latency.RESULTS.read_text("utf-8"))
    page = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    assert latency.format_latency(result) in page
    assert result["start_up"]["onnx"]["s"] < result["start_up"]["import torch"]["s"]
