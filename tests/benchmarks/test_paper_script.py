"""The script of the paper benchmark: a smoke run."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from skelgraph.experiments import PaperBenchmark


def test_it_copies_tables_and_figures_and_prints_them(
    load_benchmark: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = load_benchmark("paper")
    quick = PaperBenchmark.quick(tmp_path / "runs" / "quick", rows=("s-stgcn",))
    monkeypatch.setattr(script, "list_benchmarks", lambda data, runs: {"quick": quick})
    script.main(["--out", str(tmp_path / "results")])
    place = tmp_path / "results" / "paper-quick"
    assert {path.name for path in place.iterdir()} == {*script.TABLES, "figures"}
    assert (place / "figures" / "confusion.png").is_file()
    table = (place / "table.md").read_text()
    assert table in capsys.readouterr().out
    script.main(["--out", str(tmp_path / "results"), "--table"])
    assert table in capsys.readouterr().out


def test_its_benchmarks_are_those_of_the_committed_results(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    benchmarks = load_benchmark("paper").list_benchmarks(Path("data"), Path("runs"))
    assert list(benchmarks) == ["mpi-ebed-NoVo", "bandai-styles"]
    assert {one.base.frames for one in benchmarks.values()} == {64}
