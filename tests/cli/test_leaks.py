"""What the commands say and refuse of clips that are both trained and tested on."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def leaky(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arm swings, with two clips of Ann's that are also called Cid's."""
    folder = tmp_path_factory.mktemp("leaky") / "data"
    shutil.copytree(arm_swings, folder)
    for clip in ("fast_0", "slow_0"):
        shutil.copy(folder / f"ann_{clip}.npz", folder / f"cid_{clip}.npz")
    return folder


@pytest.fixture(scope="module")
def leaky_run(leaky: Path) -> Path:
    """A run that was allowed to go on."""
    out = leaky.parent / "run"
    done = train(leaky, out, "--allow-leaks")
    assert done.exit_code == 0, done.stderr
    return out


def train(data: Path, out: Path, *words: object) -> Result:
    known = ("--data", data, "--test-subjects", "cid", "--val-subjects", "bob", "--epochs", 1)
    return run("train", *known, "--out", out, *words)


LEAK = "2 pairs of clips are one recording by content, in the test part and training or validation"


def test_a_leak_of_content_is_refused_with_what_to_do(leaky: Path, tmp_path: Path) -> None:
    done = train(leaky, tmp_path / "run")
    assert done.exit_code == 1
    assert LEAK in done.stderr
    assert "ann_fast_0 and cid_fast_0 (duplicate, 0.8 s)" in done.stderr
    assert "--allow-leaks" in done.stderr
    assert not (tmp_path / "run").exists()


def test_an_allowed_leak_is_in_the_results_and_before_every_table(
    leaky_run: Path, tmp_path: Path
) -> None:
    metrics = json.loads((leaky_run / "metrics.json").read_text())
    (leak,) = metrics["leaks"]
    assert leak.startswith(LEAK)
    assert metrics["tests"] == "unseen people"
    shown = run("evaluate", leaky_run)
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith(f"LEAK: {LEAK}")
    assert "unseen people" in shown.stdout.partition("UAR")[0]
    (leak,) = json.loads(run("evaluate", leaky_run, "--json").stdout)["leaks"]
    assert leak.startswith(LEAK)
    assert run("report", leaky_run, "--out", tmp_path).exit_code == 0
    text = (tmp_path / "report.md").read_text()
    assert text.index(LEAK) < text.index("Tested on unseen people.") < text.index("| UAR |")


def test_train_prints_leaks_and_what_is_tested_before_its_table(
    leaky: Path, leaky_run: Path
) -> None:
    (leaky_run / "metrics.json").rename(leaky_run / "metrics.old")
    done = run("train", "--resume", leaky_run)
    assert done.exit_code == 0, done.stderr
    before = done.stdout.partition("UAR")[0]
    assert f"LEAK: {LEAK}" in before
    assert "the test part, unseen people" in before
    old = json.loads((leaky_run / "metrics.old").read_text())
    assert json.loads((leaky_run / "metrics.json").read_text())["leaks"] == old["leaks"]


def test_a_random_split_names_people_and_recordings_and_goes_on(
    arm_swings: Path, tmp_path: Path
) -> None:
    words = ("--split", "random", "--epochs", 1, "--out", tmp_path / "run")
    done = run("train", "--data", arm_swings, *words)
    assert done.exit_code == 0, done.stderr
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["tests"] == "known people and recordings"
    assert [leak.partition(" in the ")[0] for leak in metrics["leaks"]][:1] == ["2 subjects are"]


@pytest.mark.parametrize("command", ["evaluate", "predict", "report", "fuse"])
def test_a_stopped_run_is_not_used(command: str, trained_run: Path, tmp_path: Path) -> None:
    stopped = shutil.copytree(trained_run, tmp_path / "stopped")
    (stopped / "metrics.json").unlink()
    more = {
        "evaluate": (),
        "predict": (trained_run,),
        "report": ("--out", tmp_path / "report"),
        "fuse": (trained_run, "--out", tmp_path / "both"),
    }[command]
    done = run(command, stopped, *more)
    assert done.exit_code == 1
    assert f"go on with: skelgraph train --resume {stopped}" in done.stderr


def test_clips_that_trained_are_said_before_the_table(trained_run: Path, arm_swings: Path) -> None:
    shown = run("evaluate", trained_run, "--data", arm_swings)
    assert shown.exit_code == 0, shown.stderr
    before = shown.stdout.partition("UAR")[0]
    assert "of these clips trained or validated the model: this is no test" in before
