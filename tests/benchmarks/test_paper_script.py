"""The script of the paper benchmark: a smoke run."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from skelgraph.config import MODALITIES
from skelgraph.experiments import PaperBenchmark
from skelgraph.experiments.paper_benchmark import leave_out

ROOT = Path(__file__).parents[2]


def test_it_copies_tables_and_figures_and_prints_them(
    load_benchmark: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = load_benchmark("paper")
    quick = PaperBenchmark.quick(tmp_path / "runs" / "quick", rows=("s-stgcn",))
    monkeypatch.setattr(script, "list_benchmarks", lambda data, runs, lifter: {"quick": quick})
    script.main(["--out", str(tmp_path / "results")])
    place = tmp_path / "results" / "paper-quick"
    assert {path.name for path in place.iterdir()} == {*script.TABLES, "figures"}
    assert (place / "figures" / "confusion.png").is_file()
    table = (place / "table.md").read_text()
    assert table in capsys.readouterr().out
    script.main(["--out", str(tmp_path / "results"), "--table"])
    assert table in capsys.readouterr().out


def test_the_readme_shows_the_committed_results(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    script = load_benchmark("paper")
    readme = (ROOT / "README.md").read_text("utf-8")
    benchmarks = script.list_benchmarks(Path("data"), Path("runs"))
    assert list(benchmarks) == [
        *("mpi-ebed-NoVo", "bandai-styles", "filter-mpi-ebed-NoVo", "iemocap-mini")
    ]
    for name, benchmark in benchmarks.items():
        place = script.RESULTS / f"paper-{name}"
        table = (place / "table.md").read_text("utf-8")
        _, rows, *_ = table.split("\n\n")
        there = MODALITIES if name == script.MINI else ("skeleton",)
        known, _ = leave_out(benchmark.choose_rows(), there)
        assert len(rows.splitlines()) == 2 + len(known)
        assert rows in readme
        base = benchmark.base
        assert f"{base.resolve_recipe().epochs} epochs" in table
        assert f"clips of {base.stream.frames} frames" in table
    parts = json.loads((script.RESULTS / "paper-iemocap-mini" / "table.json").read_text())["rows"]
    uar = {row["row"]: row["uar"] for row in parts}
    assert min(uar.values()) > 0.25
    assert uar["mdre"] > max(uar["are"], uar["tre"])
    assert min(uar["sern"], uar["sern-2s"]) > max(uar[one] for one in ("are", "tre", "2s-c"))
    shown = re.findall(r'<img src="([^"]+)"', readme)
    assert shown
    assert all((ROOT / picture).is_file() for picture in shown)
