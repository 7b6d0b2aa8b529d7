"""The benchmarks of graphs: small runs, and what the README shows of them."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch_geometric.data import Batch

from skelgraph import TrainConfig
from skelgraph.io import write_npz
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.synthetic import generate_emotive_motion

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["graph_form", "typed_edges", "mixed_skeletons"])
def test_the_readme_has_the_table(load_benchmark: Callable[[str], ModuleType], name: str) -> None:
    benchmark = load_benchmark(name)
    rows = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())
    assert benchmark.format_table(rows) in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("part", ["layers", "networks"])
def test_both_forms_compute_the_same(
    load_benchmark: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    graph_form = load_benchmark("graph_form")
    monkeypatch.setattr(graph_form, "FRAMES", 8)
    monkeypatch.setattr(graph_form, "NUM_CLIPS", {10: 2})
    calls = graph_form.list_calls(10, part)
    dense, graph = calls["dense, inference"](), calls["graph, inference"]()
    if part == "layers":
        dense = dense.permute(3, 0, 2, 1).flatten(0, 1)
    torch.testing.assert_close(graph, dense, rtol=1e-4, atol=1e-4)
    for what in ("dense, training", "graph, training"):
        calls[what]()


def test_layouts_have_the_joints_that_rows_are_called_by(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    graph_form = load_benchmark("graph_form")
    for joints in graph_form.NUM_CLIPS:
        assert graph_form.find_layout(joints).num_joints == joints


def test_layers_see_the_ways_of_a_grid(load_benchmark: Callable[[str], ModuleType]) -> None:
    typed_edges = load_benchmark("typed_edges")
    graphs = typed_edges.load_graphs()
    assert len(graphs) == 1797
    assert graphs[0].edge_type.unique().tolist() == list(range(9))
    batch = Batch.from_data_list(graphs[:3])
    for make_layer in typed_edges.LAYERS.values():
        channels = typed_edges.choose_channels(make_layer)
        network = typed_edges.Network(make_layer, channels).eval()
        assert abs(typed_edges.count_weights(network) - 20_000) < 3_000
        assert network(batch).shape == (3, 10)
        turned = Batch.from_data_list(graphs[:3])
        turned.x = turned.x.view(3, 8, 8).transpose(1, 2).reshape(-1, 1)
        assert not torch.allclose(network(turned), network(batch), atol=1e-6)


def test_a_mixture_is_trained_and_tested_in_each_form(
    load_benchmark: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mixed = load_benchmark("mixed_skeletons")
    clips = generate_emotive_motion(seed=0)
    for form in ("mixture", "upper10"):
        folder = tmp_path / "data" / form
        folder.mkdir(parents=True)
        lines = ["file,label,subject"]
        for number, clip in enumerate(clips[:24]):
            write_npz(folder / f"{number}.npz", clip)
            lines.append(f"{number}.npz,{clip.label},{'AB'[number % 2]}")
        (folder / "labels.csv").write_text("\n".join(lines))
    usual = TrainConfig.of
    monkeypatch.setattr(
        mixed.TrainConfig, "of", lambda **options: usual(**{**options, "epochs": 1})
    )
    monkeypatch.setattr(mixed, "FORMS", {"upper10": UPPER10})
    found = mixed.train_and_test("mixed, joint identity", "A", tmp_path / "data", tmp_path / "runs")
    assert set(found) == {"upper10"}
    assert 0 <= found["upper10"] <= 1
    rows = {"23 joints": {"A": {"upper10": None}}, "mixed": {"A": {"upper10": 0.5}}}
    monkeypatch.setattr(mixed, "FORMS", {"upper10": COCO17})
    table = mixed.format_table(rows)
    assert "| 23 joints | refused |" in table
    assert "| mixed | 50.0% |" in table
