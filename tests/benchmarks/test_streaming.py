"""The benchmark of steps: its parts run, and its page shows the committed results."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch

from skelgraph.models import SSTGCN, SmallSSTGCN


@pytest.fixture
def streaming(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("streaming")


def test_every_way_is_timed_once_it_gives_the_logits_of_the_network(
    streaming: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = SmallSSTGCN(4, channels=8, members=1, temporal="causal").eval()
    ways = streaming.time_ways(network, rounds=2)
    assert list(ways) == list(streaming.WAYS)
    assert ways["window"]["faster"] == 1
    assert all(way["ms"] > 0 for way in ways.values())
    forward = SmallSSTGCN.forward
    monkeypatch.setattr(SmallSSTGCN, "forward", lambda *inputs: forward(*inputs) + 1)
    with pytest.raises(RuntimeError, match="other logits than the network's"):
        streaming.time_ways(network, rounds=2)


def test_operations_are_counted_of_all_products(streaming: ModuleType) -> None:
    """A block without attention: K products of neighbors, a convolution, a classifier."""
    network = SSTGCN(4, 3, channels=(128,), attention=False, downsampling_blocks=(), kernel_size=3)
    counted = streaming.count_operations(network.eval())
    subsets = 3
    joint = subsets * 10 * 4 + subsets * 4 * 128 + 3 * 128 * 128
    frame = 2 * (10 * joint + 128 * 3)
    assert counted["step"] == round(frame / 1e6, 2)
    assert counted["stride"] == 1


def test_memory_is_read_while_people_come_and_go(streaming: ModuleType) -> None:
    soak = streaming.measure_soak(quick=True)
    assert len(soak["memory_mib"]) == 20
    assert soak["persons"] > soak["people"] == 20
    assert soak["remembered"] < soak["persons"] + 1
    assert soak["answers"] > 0


def test_the_page_shows_the_committed_results(streaming: ModuleType) -> None:
    result = json.loads(streaming.RESULTS.read_text("utf-8"))
    page = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    assert streaming.format_streaming(result) in page
    paper = result["step"]["s-stgcn"]
    assert paper["ways"]["frame"]["faster"] >= 20
    assert paper["ways"]["onnx"]["faster"] >= 50
    assert paper["operations"]["fewer"] >= 30
    assert abs(result["soak"]["growth_mib"]) < 20
