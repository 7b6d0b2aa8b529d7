"""The command that lists, shows and removes run directories, and what a training prints."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph


def run(*words: object, answer: str | None = None) -> Result:
    words_as_text = [str(word) for word in words]
    return CliRunner().invoke(skelgraph, words_as_text, input=answer, catch_exceptions=False)


@pytest.fixture
def folder(trained_run: Path, tmp_path: Path) -> Path:
    """A finished run, a stopped one, and a folder that is none."""
    runs = tmp_path / "runs"
    shutil.copytree(trained_run, runs / "done")
    shutil.copytree(trained_run, runs / "stopped")
    (runs / "stopped" / "metrics.json").unlink()
    (runs / "notes").mkdir()
    (runs / "notes" / "config.json").write_text('{"config": {"stream": "bone"}}')
    return runs


def test_they_are_listed_with_their_results(folder: Path) -> None:
    done = run("runs", "--folder", folder, "--json")
    assert done.exit_code == 0
    listed = {Path(one["path"]).name: one for one in json.loads(done.stdout)["runs"]}
    assert {name: one["state"] for name, one in listed.items()} == {
        "done": "finished",
        "notes": "unreadable",
        "stopped": "stopped",
    }
    metrics = json.loads((folder / "done" / "metrics.json").read_text())
    assert listed["done"]["uar"] == metrics["uar"]
    assert listed["done"]["model"] == "s-stgcn bone"
    assert "test_subjects" in listed["done"]["changed"]
    table = run("runs", "--folder", folder)
    assert "finished" in table.stdout
    nothing = run("runs", "--folder", folder / "notes" / "none")
    assert "no run directories" in nothing.stdout


def test_one_is_shown(folder: Path) -> None:
    done = run("runs", "show", folder / "done")
    assert done.exit_code == 0
    assert "s-stgcn bone" in done.stdout
    assert ["stream", "bone"] in [line.split() for line in done.stdout.splitlines()]
    assert run("runs", "show", folder / "none").exit_code == 1


def test_one_is_removed_after_a_question(folder: Path) -> None:
    assert run("runs", "remove", folder / "done", answer="n\n").exit_code == 1
    assert (folder / "done").is_dir()
    refused = run("runs", "remove", folder, "--yes")
    assert refused.exit_code == 1
    assert folder.is_dir()
    assert run("runs", "remove", folder / "done", "--yes").exit_code == 0
    assert not (folder / "done").exists()


def test_a_training_whose_output_goes_to_a_file_shows_each_epoch(
    arm_swings: Path, tmp_path: Path
) -> None:
    common = ("train", "--data", arm_swings, "--test-subjects", "cid", "--epochs", 2)
    done = run(*common, "--model", "st-gcn-small", "--out", tmp_path / "a")
    lines = [line for line in done.stderr.splitlines() if line.startswith("training: epoch")]
    assert [line.split("  ")[0] for line in lines] == [
        "training: epoch 1/2",
        "training: epoch 2/2",
    ]
    assert "loss" in lines[0]
    assert "val UAR" in lines[0]
    assert lines[0].endswith("left")
    quiet = run(*common, "--model", "st-gcn-small", "-q", "--out", tmp_path / "b")
    assert quiet.stderr == ""
    verbose = run(*common, "--model", "st-gcn-small", "-v", "--out", tmp_path / "c")
    assert "val_loss" in verbose.stderr
    both = run(*common, "-q", "-v")
    assert both.exit_code == 2


@pytest.mark.parametrize("words", [("--epochs", 3), ("--epochs", 2)])
def test_a_run_is_extended_by_more_epochs_alone(
    trained_run: Path, tmp_path: Path, words: tuple[object, ...]
) -> None:
    again = shutil.copytree(trained_run, tmp_path / "run")
    had = json.loads((again / "config.json").read_text())["recipe"]["epochs"]
    more = words[1] if words[1] > had else had
    done = run("train", "--resume", again, "--epochs", more)
    if more > had:
        assert done.exit_code == 0, done.stderr
        assert len((again / "log.csv").read_text().splitlines()) == more + 1
    else:
        assert done.exit_code == 1
        assert "the run has ended" in done.stderr
