"""The benchmark of held-out results: a smoke run, and what the README shows of it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from skelgraph import TrainConfig

ROOT = Path(__file__).parents[2]


@pytest.fixture
def held_out(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("held_out")


def test_it_runs_what_is_missing_and_leaves_out_what_cannot_be(
    held_out: ModuleType,
    arm_swings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = {
        "swings": TrainConfig.of(data=arm_swings, test_subjects=("cid",), epochs=1),
        "absent": TrainConfig.of(data=tmp_path / "nowhere"),
    }
    monkeypatch.setattr(held_out, "list_runs", lambda data: rows)
    held_out.main(["--out", str(tmp_path)])
    kept = json.loads((tmp_path / "held_out-swings.json").read_text())
    assert kept["metrics"]["n"] == 8
    assert "folder" not in kept["settings"]["data"]
    assert f"absent: left out, there is no {tmp_path / 'nowhere'}" in capsys.readouterr().out
    held_out.main(["--out", str(tmp_path)])
    assert "swings: there already" in capsys.readouterr().out
    held_out.main(["--out", str(tmp_path), "--table"])
    assert f"| swings | subject: test cid | 8 | {kept['metrics']['uar']:.1%} |" in (
        capsys.readouterr().out
    )


def test_the_readme_shows_the_committed_results(held_out: ModuleType) -> None:
    assert len(list(held_out.RESULTS.glob("held_out-*.json"))) == len(held_out.list_runs(Path()))
    assert held_out.format_table(held_out.RESULTS) in (ROOT / "README.md").read_text("utf-8")
