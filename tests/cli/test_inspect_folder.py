"""What ``skelgraph inspect`` says of folders, and of joints that a training would not take."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.io import read_sequence, write_npz


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


def describe(folder: Path) -> dict:
    done = run("inspect", folder, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_dataset_with_labels(arm_swings: Path) -> None:
    shown = describe(arm_swings)
    assert shown["kind"] == "a dataset with a labels.csv"
    assert shown["files"] == "24, .npz (24)"
    assert shown["labels"] == "slow (12), fast (12)"
    assert shown["subjects"] == "ann (8), bob (8), cid (8)"
    assert shown["next"] == [
        f"skelgraph data check {arm_swings}",
        f"skelgraph train --data {arm_swings}",
    ]


def test_a_labels_file_with_faults_and_one_that_is_none(arm_swings: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(arm_swings, tmp_path / "data"))
    (folder / "ann_slow_0.npz").unlink()
    with (folder / "labels.csv").open("a") as labels:
        labels.write("bob_slow_0.npz,slow,bob,take9\n")
    shown = describe(folder)
    assert shown["not there"] == "1 files: ann_slow_0.npz"
    assert shown["wrong"] == "'bob_slow_0.npz' is listed 2 times"
    (folder / "labels.csv").write_text("name,class\n")
    shown = describe(folder)
    assert "expected a first line with the columns file and label" in shown["cannot be used"]
    assert shown["next"] == [f"skelgraph data check {folder}"]


def test_folders_that_are_no_dataset_with_labels(arm_swings: Path, tmp_path: Path) -> None:
    by_label = tmp_path / "by_label"
    loose = tmp_path / "loose"
    for folder, name in ((by_label / "slow", "ann_slow_0"), (by_label / "fast", "ann_fast_0")):
        folder.mkdir(parents=True)
        shutil.copy(arm_swings / f"{name}.npz", folder)
    loose.mkdir()
    shutil.copy(arm_swings / "ann_slow_0.npz", loose)
    shown = describe(by_label)
    assert shown["kind"] == "a dataset with a sub-folder for each label"
    assert sorted(shown["labels"].split(", ")) == ["fast (1)", "slow (1)"]
    shown = describe(loose)
    assert shown["kind"] == "recordings without labels"
    assert "expected labels.csv" in shown["as a dataset"]
    assert shown["next"][0] == f"skelgraph inspect {loose / 'ann_slow_0.npz'}"


@pytest.mark.parametrize(
    ("files", "kind", "command"),
    [
        ([], "an empty folder", []),
        (["a.mp4"], "videos, whose skeletons have to be estimated first", "skelgraph extract "),
        (["a.fbx"], "a folder without recordings", "skelgraph inspect "),
        (["config.json"], "a run directory", "skelgraph runs show "),
        (["metrics.json"], "the results of an evaluation", "skelgraph report "),
        (["one/config.json"], "a folder of runs", "skelgraph runs --folder "),
        (["one/labels.csv", "two/labels.csv"], "a folder of datasets", "skelgraph inspect "),
    ],
)
def test_other_folders(tmp_path: Path, files: list[str], kind: str, command: str) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    shown = describe(tmp_path)
    assert shown["kind"] == kind
    assert all(line.startswith(command) for line in shown["next"])
    assert bool(shown["next"]) == bool(files)


def test_a_folder_is_not_drawn(arm_swings: Path) -> None:
    done = run("inspect", arm_swings, "--plot", "a.png")
    assert done.exit_code == 2
    assert "--plot draws one recording" in done.stderr


def test_joints_that_a_training_drops_are_shown(arm_swings: Path, tmp_path: Path) -> None:
    clip = read_sequence(arm_swings / "ann_slow_0.npz")
    confidence = np.full(clip.positions.shape[:2], 0.9, dtype=np.float32)
    confidence[:, 7:9] = 0.05
    write_npz(tmp_path / "a.npz", replace(clip, confidence=confidence))
    shown = run("inspect", tmp_path / "a.npz", "--json")
    (person,) = json.loads(shown.stdout)["shown"]
    first, second = clip.layout.joints[7:9]
    assert person["missing joints"] == (
        f"none; in a training also those below --min-confidence 0.1: {first} in 24, {second} in 24 "
        f"frames"
    )
    shown = run("inspect", tmp_path / "a.npz", "--json", "--min-confidence", 0)
    assert json.loads(shown.stdout)["shown"][0]["missing joints"] == "none"
    write_npz(tmp_path / "zero.npz", replace(clip, positions=clip.positions * 0))
    shown = run("inspect", tmp_path / "zero.npz", "--json")
    assert "in 24 of 24 frames" in json.loads(shown.stdout)["shown"][0]["nobody there"]
