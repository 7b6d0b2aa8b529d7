"""The speed benchmark runs, and checks before it times."""

import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, pstdev
from types import ModuleType

import pytest
import torch
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph.errors import RunError
from skelgraph.experiments import SpeedRounds, format_speed, measure_speed
from skelgraph.experiments.network_speed import compare_inference, make_pair, ratio, time_together
from skelgraph.experiments.part_speed import draw_lengths
from skelgraph.layouts import UPPER10

ROOT = Path(__file__).parents[2]


def test_the_command_measures_all_and_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    done = CliRunner().invoke(skelgraph, ["benchmark", "speed", "--quick", "--out", str(file)])
    assert done.exit_code == 0, done.output
    result = json.loads(file.read_text())
    assert format_speed(result) in done.output
    (inference,) = result["inference"]
    assert inference["relative_error"]["float32"] < 1e-4
    assert inference["times_faster"].keys() == {"unfolded", "float32", "bfloat16"}
    assert all(factor > 0 for factor in inference["times_faster"].values())
    assert len(result["step"]) == 1
    assert result["epoch"]["longest_frames"] == 34 * 30
    assert result["cached_dataset"]["clips"] == 8


def test_what_is_measured_before_an_error_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RunError("no more")

    monkeypatch.setattr("skelgraph.experiments.speed.compare_steps", fail)
    kept: list[str] = []
    with pytest.raises(RunError, match="no more"):
        measure_speed(SpeedRounds.quick(), keep=lambda result: kept.append(format_speed(result)))
    assert "| inference | 2 | 16 | 10 |" in kept[-1]


def test_nothing_is_timed_where_results_differ() -> None:
    torch.manual_seed(0)
    plain, ours = make_pair(UPPER10, torch.device("cpu"))
    with torch.no_grad():
        ours.blocks[4].temporal.weight.mul_(1.5)
    with pytest.raises(RunError, match="nothing was timed"):
        compare_inference(plain, ours, 2, 16, device=torch.device("cpu"), budget_s=0.1)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_an_absent_gpu_is_said() -> None:
    with pytest.raises(RunError, match="pass --device cpu"):
        measure_speed(SpeedRounds.quick("cuda"))


@pytest.mark.parametrize("device", ["gpu", "meta", "cuda:", "cuda:x", "cpu:0"])
def test_a_device_of_another_kind_is_said(device: str) -> None:
    with pytest.raises(RunError, match="expected the device cpu, cuda or cuda:1"):
        measure_speed(SpeedRounds.quick(device))


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(RunError, match="there are 2 GPUs, cuda:0 to cuda:1"):
        measure_speed(SpeedRounds.quick("cuda:2"))


def test_a_missing_folder_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "absent" / "speed.json"
    done = CliRunner().invoke(skelgraph, ["benchmark", "speed", "--out", str(file)])
    assert done.exit_code == 2
    assert "there is no folder" in done.output


def test_lengths_are_those_of_iemocap() -> None:
    seconds = [length / 30 for length in draw_lengths(20_000, seed=0)]
    assert fmean(seconds) == pytest.approx(4.44, rel=0.03)
    assert pstdev(seconds) == pytest.approx(3.06, rel=0.06)
    assert max(seconds) == 34


def test_rounds_meet_all_calls_in_turn() -> None:
    order: list[str] = []
    seconds = time_together(
        {name: lambda name=name: order.append(name) for name in "ab"},
        device=torch.device("cpu"),
        budget_s=0,
        least=3,
    )
    assert order == list("ab" * 4)
    assert {len(times) for times in seconds.values()} == {3}


def test_ratio_is_the_median_of_the_rounds() -> None:
    seconds = {"ours": [1.0, 1.0, 10.0], "plain": [2.0, 3.0, 50.0]}
    assert ratio(seconds, "ours", against="plain") == 3.0


def test_the_tables_in_the_documents_are_those_of_the_committed_results(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    table = format_speed(json.loads(load_benchmark("speed").RESULTS.read_text()))
    assert table in (ROOT / "benchmarks" / "README.md").read_text()
    readme = (ROOT / "README.md").read_text().splitlines()
    rows = [line for line in table.splitlines() if line.startswith("| inference | 16 | 128 | 10")]
    assert rows
    assert set(rows) <= set(readme)
