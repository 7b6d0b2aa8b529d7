"""A miniature of IEMOCAP from its making to a trained network, by the commands alone."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph


def run(*arguments: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("iemocap") / "mini"
    size = ("--sessions", 2, "--dialogs", 3, "--utterances", 8)
    done = run("data", "generate", "iemocap", root, *size)
    assert done.exit_code == 0, done.output
    assert f"data check --dataset iemocap --root {root}" in done.output
    return root


def test_the_check_shows_counts_beside_those_of_the_full_release(release: Path) -> None:
    done = run("data", "check", "--dataset", "iemocap", "--root", release)
    assert done.exit_code == 0, done.output
    shown = " ".join(done.output.split())
    assert "6 dialogs, but the full release" in shown
    assert "Ses02M" in shown
    assert "utterances have no usable" in shown


def test_options_reach_the_dataset(release: Path, tmp_path: Path) -> None:
    at = ("data", "check", "--dataset", "iemocap", "--root", release)
    done = run(*at, "--dialogs", "scripted")
    assert "scripted dialogs only: 2" in " ".join(done.output.split())
    done = run(*at, "--skeletons", tmp_path / "absent")
    assert done.exit_code == 1
    assert "absent: there is no such file or folder" in done.output
    done = run("data", "check", release, "--cut-at-colon")
    assert done.exit_code == 1
    assert "cut_at_colon: options of a known dataset; name it too" in done.output


def test_actors_are_split(release: Path, tmp_path: Path) -> None:
    out = tmp_path / "actors"
    done = run("data", "actors", release, "--skeletons", release / "skeletons", "--out", out)
    assert done.exit_code == 0, done.output
    assert "12 actors of 6 dialogs" in done.output
    assert len(list(out.glob("Session?/*.npz"))) == 12
    done = run("data", "actors", release, "--skeletons", release / "skeletons", "--out", out)
    assert done.exit_code == 1
    assert "expected a new or empty folder" in done.output


@pytest.mark.parametrize(
    ("protocol", "said"),
    [
        (("--test-subjects", "Ses02*"), "subject: test Ses02F, Ses02M"),
        (("--split", "mdre", "--fold", "2"), "mdre: fold 2 of 5"),
    ],
)
def test_a_network_is_trained_on_its_poses(
    release: Path, tmp_path: Path, protocol: tuple[str, ...], said: str
) -> None:
    root = tmp_path / "release"  # without the dialogs in which an actor has left
    shutil.copytree(release, root, ignore=shutil.ignore_patterns("*F_impro01*"))
    out = tmp_path / "run"
    done = run(
        "train",
        *("--dataset", "iemocap", "--root", root, "--skeletons", root / "skeletons"),
        *("--model", "st-gcn-small", "--epochs", 1, "--batch-size", 16, "--out", out, *protocol),
    )
    assert done.exit_code == 0, done.output
    assert said in done.output
    settings = json.loads((out / "config.json").read_text())["config"]
    assert settings["data"]["options"]["skeletons"] == str((root / "skeletons").resolve())
    assert json.loads((out / "metrics.json").read_text())["protocol"].startswith(said)
    other = ("evaluate", out, "--dataset", "iemocap", "--root", root)
    moved = (root / "skeletons").rename(tmp_path / "moved")
    done = run(*other, "--skeletons", moved, "--dialogs", "scripted")
    assert done.exit_code == 0, done.output
    everything = run(*other, "--skeletons", moved)
    assert everything.exit_code == 0, everything.output
    assert everything.output != done.output
    done = run(*other[:2], "--skeletons", moved, "--cut-at-colon")
    assert done.exit_code == 1
    assert "skeletons, cut_at_colon: options of a known dataset; name it too" in done.output
