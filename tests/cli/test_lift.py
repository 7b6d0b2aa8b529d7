"""`skelgraph lift` trains and tests lifters."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.lifting import LIFTER_RESULTS, lifter_data_module
from skelgraph.runs import RunDirectory

SMALL = ("--widths", "3,3", "--channels", "8", "--test-subjects", "cid")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(skelgraph, ["lift", *(str(one) for one in arguments)])


@pytest.fixture(scope="module")
def run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lifter") / "run"
    done = call("train", "--data", arm_swings, *SMALL, "--epochs", 1, "--out", out)
    assert done.exit_code == 0, done.output
    assert "clips train" in done.output
    assert "the best constant pose" in done.output
    assert f"run: {out}" in done.output
    return out


def test_evaluate_writes_the_errors_and_takes_other_data(
    run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    file = tmp_path / "metrics.json"
    done = call("evaluate", run, "--out", file)
    assert done.exit_code == 0, done.output
    again, before = json.loads(file.read_text()), RunDirectory(path=run).read_metrics()
    assert {name: again[name] for name in LIFTER_RESULTS} == {
        name: before[name] for name in LIFTER_RESULTS
    }
    done = call("evaluate", run, "--data", arm_swings)
    assert done.exit_code == 0, done.output
    assert "24 clips, 3 cameras each: all clips of" in done.output


def test_a_stopped_training_says_how_to_go_on(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_windows = lifter_data_module.draw_windows

    def stop_in_the_second(data: object, epoch: int, *rest: object, **sizes: int) -> object:
        if epoch == 1:
            raise KeyboardInterrupt
        return draw_windows(data, epoch, *rest, **sizes)

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(lifter_data_module, "draw_windows", stop_in_the_second)
        done = call("train", "--data", arm_swings, *SMALL, "--epochs", 2, "--out", run)
    assert done.exit_code == 130
    assert f"go on with: skelgraph lift train --resume {run}" in done.output
    done = call("train", "--resume", run)
    assert done.exit_code == 0, done.output


def test_what_cannot_be_done_is_said(run: Path, arm_swings: Path, tmp_path: Path) -> None:
    stopped, recognizer = shutil.copytree(run, tmp_path / "stopped"), tmp_path / "recognizer"
    (stopped / "metrics.json").unlink()
    recognizer.mkdir()
    (recognizer / "config.json").write_text("{}")
    for arguments, message, code in (
        (("train",), "pass --data, --dataset with --root, or --resume", 2),
        (("train", "--data", arm_swings, "--widths", "3;3"), "widths", 2),
        (("train", "--data", arm_swings, "--widths", "4"), "odd filter widths", 1),
        (("train", "--data", tmp_path / "nowhere"), "nowhere", 1),
        (("train", "--data", arm_swings, "--out", run), "there is a run already", 1),
        (("train", "--resume", run), "the run has ended", 1),
        (("train", "--resume", run, "--epochs", 3), "leave out --epochs", 2),
        (("train", "--resume", tmp_path), "expected a run directory", 1),
        (("evaluate", recognizer), "recognizes and does not lift", 1),
        (("evaluate", tmp_path), "expected a run directory", 1),
        (("evaluate", stopped), "trained to its end, but it was stopped", 1),
        (("evaluate", run, "--out", tmp_path / "no" / "m.json"), "there is no folder", 2),
    ):
        done = call(*arguments)
        assert done.exit_code == code, (arguments, done.output)
        assert message in " ".join(done.output.split()), (arguments, done.output)
        assert "Traceback" not in done.output
