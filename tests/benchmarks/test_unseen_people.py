"""The benchmark of people never seen: a smoke run, and what the README shows of it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from skelgraph import CrossvalConfig

ROOT = Path(__file__).parents[2]


@pytest.fixture
def unseen_people(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("unseen_people")


def test_it_runs_what_is_missing_and_keeps_the_runs(
    unseen_people: ModuleType,
    arm_swings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = CrossvalConfig.of(data=arm_swings, model="features", workers=1)
    absent = config.change(data=None, dataset="mpi-ebed", root=tmp_path / "nowhere")
    here = config.change(seeds=(2,))
    monkeypatch.setattr(
        unseen_people, "list_studies", lambda data: {"here": here, "absent": absent}
    )
    monkeypatch.setattr(unseen_people, "find_root", lambda config: config.train.data.folder)
    places = ["--out", str(tmp_path), "--runs", str(tmp_path / "runs")]
    unseen_people.main([*places, "--only", "here"])
    kept = json.loads((tmp_path / "unseen_people-here.json").read_text())
    metrics = json.loads((tmp_path / "runs" / "here" / "metrics.json").read_text())
    row = kept["rows"]["sum"]
    assert row["uar"] == pytest.approx(metrics["uar"])
    assert row["uar_by_seed"] == pytest.approx(metrics["seeds"]["uar"])
    assert row["uar_of_others"] == pytest.approx(row["uar"])
    assert (tmp_path / "runs" / "here" / "folds").is_dir()
    unseen_people.main([*places, "--only", "here"])
    assert "here: there already" in capsys.readouterr().out
    unseen_people.main([*places, "--table"])
    assert f"| sum | {row['uar']:.1%} (" in capsys.readouterr().out


def test_a_row_without_its_data_is_left_out(
    unseen_people: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unseen_people.main(["--data", str(tmp_path), "--out", str(tmp_path / "results")])
    assert f"posture: left out, there is no {tmp_path / 'mpi-ebed'}" in capsys.readouterr().out


def test_the_readme_shows_the_committed_results(unseen_people: ModuleType) -> None:
    table = unseen_people.format_table(unseen_people.RESULTS)
    assert table.count("\n") > 1
    assert table in (ROOT / "README.md").read_text("utf-8")
