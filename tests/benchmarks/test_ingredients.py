"""The benchmark of ingredients: a smoke run, and what is shown of it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from skelgraph import CrossvalConfig


@pytest.fixture
def ingredients(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("ingredients")


def test_rows_are_made_once_and_shown(
    ingredients: ModuleType,
    arm_swings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tiny = CrossvalConfig.of(data=arm_swings, model="s-stgcn-small", stream="bone", epochs=1)
    monkeypatch.setattr(ingredients, "configure", lambda data, name: tiny.change(workers=1))
    (tmp_path / "mpi-ebed").mkdir()
    out = tmp_path / "found.json"
    words = ["--data", str(tmp_path), "--runs", str(tmp_path / "runs"), "--out", str(out)]
    ingredients.main([*words, "--only", "one member"])
    (row,) = json.loads(out.read_text()).values()
    assert row["changed"] == {"members": 1}
    kept = out.stat().st_mtime_ns
    ingredients.main([*words, "--only", "one member"])
    assert out.stat().st_mtime_ns == kept
    ingredients.main([*words, "--table"])
    assert f"| one member | {row['uar']:.1%} |" in capsys.readouterr().out


def test_each_row_is_a_setting_that_differs(ingredients: ModuleType, tmp_path: Path) -> None:
    configs = [ingredients.configure(tmp_path, name) for name in ingredients.CHANGES]
    assert len({str(config.to_dict()) for config in configs}) == len(ingredients.CHANGES)
    assert all(config.all_seeds == (0, 1, 2) for config in configs)


def test_without_its_data_it_says_so(
    ingredients: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ingredients.main(["--data", str(tmp_path), "--out", str(tmp_path / "found.json")])
    assert f"left out, there is no {tmp_path / 'mpi-ebed'}" in capsys.readouterr().out
