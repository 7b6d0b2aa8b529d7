"""The benchmark of start-up: a smoke run."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def start_up(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("start_up")


def test_it_measures_every_process(
    start_up: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "start-up.json"
    start_up.main(["--quick", "--out", str(out)])
    result = json.loads(out.read_text())
    assert start_up.format_start_up(result) in capsys.readouterr().out
    processes = start_up.list_processes(Path("run"), Path("file"))
    alone = f"{start_up.PREDICT}, without its network"
    assert {*result["times_import_torch"], start_up.IMPORT_TORCH} == {*processes, alone}
    assert all(times > 0 for times in result["times_import_torch"].values())
    assert result["times_import_torch"][alone] < result["times_import_torch"][start_up.PREDICT]


def test_nothing_is_measured_of_a_process_that_ends_otherwise(
    start_up: ModuleType, tmp_path: Path
) -> None:
    assert start_up.time_process((sys.executable, "-c", "pass"), tmp_path) > 0
    assert start_up.time_process((sys.executable, "-c", "exit(1)"), tmp_path, fails=True) > 0
    for words, fails in (("exit(3)", False), ("pass", True)):
        with pytest.raises(RuntimeError, match="exit code"):
            start_up.time_process((sys.executable, "-c", words), tmp_path, fails=fails)


def test_the_readme_shows_the_committed_results(start_up: ModuleType) -> None:
    root = Path(__file__).parents[2]
    result = json.loads(start_up.RESULTS.read_text("utf-8"))
    assert start_up.format_start_up(result).strip() in (root / "README.md").read_text("utf-8")
    alone = f"{start_up.PREDICT}, without its network"
    assert result["times_import_torch"][alone] <= 1.5
