"""One file of many clips: trained on, inspected, checked and predicted."""

import csv
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.training import lazy_cleaning

SUBJECTS = (1, 2, 3, 4, 5, 6)


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKELGRAPH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def make_keypoints(action: int, seed: int) -> np.ndarray:
    """A person, or for the second class two, who swings all joints slow or fast."""
    rng = np.random.default_rng(seed)
    body = np.random.default_rng(0).normal(0, 0.4, size=(25, 3))
    time = np.arange(20)[:, None, None] / 30
    speed = rng.uniform(0.5, 1.5, size=(25, 3)) * (1 + 2 * action)
    swing = 0.1 * np.sin(2 * np.pi * speed * time + rng.uniform(0, 6, size=(25, 3)))
    return np.stack([body + swing + (person, 0, 3) for person in range(1 + action)])


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pickle of six subjects, two cameras and two classes."""
    annotations = [
        {
            "frame_dir": f"S001C00{camera}P00{subject}R001A00{action + 1}",
            "label": action,
            "keypoint": make_keypoints(action, 100 * subject + 10 * camera + action).astype("f4"),
        }
        for subject in SUBJECTS
        for camera in (1, 2)
        for action in (0, 1)
    ]
    names = [str(one["frame_dir"]) for one in annotations]
    split = {
        "xsub_train": [name for name in names if "P003" not in name and "P006" not in name],
        "xsub_val": [name for name in names if "P003" in name or "P006" in name],
        "xview_train": [name for name in names if "C002" in name],
        "xview_val": [name for name in names if "C001" in name],
    }
    path = tmp_path_factory.mktemp("archive") / "ntu.pkl"
    path.write_bytes(pickle.dumps({"split": split, "annotations": annotations}))
    return path


def train(archive: Path, out: Path, *words: object) -> Result:
    model = ("--model", "st-gcn-small", "--epochs", 1, "--frames", 8)
    return run("train", "--data", archive, "--out", out, *model, *words)


@pytest.fixture(scope="module")
def trained(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    done = train(archive, out, "--split", "file", "--split-name", "xsub")
    assert done.exit_code == 0, done.stderr
    assert "note: xsub_train trains, xsub_val tests" in done.stdout
    return out


def test_a_training_with_a_split_of_the_file(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text())
    assert metrics["tests"] == "unseen people"
    assert metrics["protocol"].startswith("xsub, file: test as listed; validation by recording")
    assert metrics["n"] == 8
    assert metrics["classes"] == ["0", "1"]


def test_the_same_training_clip_by_clip(
    archive: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clips that are read and cleaned when they are used give the same weights and scores."""
    monkeypatch.setattr(lazy_cleaning, "MOST_KEPT_BYTES", 0)
    done = train(archive, tmp_path / "run", "--split", "file", "--split-name", "xsub")
    assert done.exit_code == 0, done.stderr
    assert "24 clips are read and cleaned when they are used" in done.stdout
    for file in ("predictions.csv", "split.csv", "log.csv"):
        assert (tmp_path / "run" / file).read_text() == (trained / file).read_text()


def test_a_clip_that_cannot_be_cleaned_is_named_in_one_line(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although a worker process meets it, in the middle of the training."""
    value = pickle.loads(archive.read_bytes())
    value["annotations"][6]["keypoint"][0, 3] = np.inf
    path = tmp_path / "ntu.pkl"
    path.write_bytes(pickle.dumps(value))
    monkeypatch.setattr(lazy_cleaning, "MOST_KEPT_BYTES", 0)
    monkeypatch.setattr(lazy_cleaning, "BONE_CLIPS", 1)
    done = train(path, tmp_path / "run", "--split", "xsub")
    assert done.exit_code == 1
    name = value["annotations"][6]["frame_dir"]
    expected = f"Error: {path}, clip {name}, frame 3: joint 'spine_base' lies farther away"
    assert done.stderr.splitlines()[-1].startswith(expected)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "tested"), [("xsub", {"P003", "P006"}), ("xview", {"C001"})])
def test_protocols_by_name(archive: Path, tmp_path: Path, name: str, tested: set[str]) -> None:
    done = train(archive, tmp_path / "run", "--split", name, "--epoch-steps", 1)
    assert done.exit_code == 0, done.stderr
    rows = (tmp_path / "run" / "split.csv").read_text().splitlines()[1:]
    names = [row.split(",")[0] for row in rows if row.split(",")[1] == "test"]
    place = slice(8, 12) if name == "xsub" else slice(4, 8)
    assert {one[place] for one in names} == tested
    assert ("12 recordings are in the test part" in done.stdout) == (name == "xview")


def test_a_summary(archive: Path) -> None:
    shown = run("inspect", archive, "--json")
    assert shown.exit_code == 0, shown.stderr
    facts = json.loads(shown.stdout)
    assert facts["clips"] == "24"
    assert facts["classes"] == "2: 0 (12), 1 (12)"
    assert facts["subjects"].startswith("6: P001 (4), P002 (4)")
    assert facts["cameras"] == "2: 1 (12), 2 (12)"
    assert facts["splits"].startswith("xsub_train (16), xsub_val (8), xview_train (12)")
    assert facts["persons"] == "1 in 12, 2 in 12 clips"
    assert facts["lengths"] == "20 to 20 frames, median 20"
    assert facts["frame rates"] == "not told (24)"
    assert facts["layouts"].startswith("ntu25, 25 joints in 3D")
    assert len(run("inspect", archive).stdout.splitlines()) < 25
    refused = run("inspect", archive, "--plot", "x.png")
    assert refused.exit_code == 2
    assert "holds many" in refused.stderr


def test_a_check(archive: Path) -> None:
    shown = run("data", "check", archive, "--split", "file", "--split-name", "xsub")
    assert shown.exit_code == 0, shown.stderr
    assert "a training would go ahead" in shown.stdout
    assert "12 clips show several persons" in " ".join(shown.stdout.split())
    refused = run("data", "check", archive, "--split-name", "cross")
    assert refused.exit_code == 1
    assert "there is no split 'cross'; there are xsub, xview" in refused.stderr


def test_predictions_of_all_clips(archive: Path, trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    shown = run("predict", trained, archive, "--out", out)
    assert shown.exit_code == 0, shown.stderr
    rows = out.read_text().splitlines()
    assert len(rows) == 25
    predicted = {row.split(",")[0]: row.split(",")[2:] for row in rows[1:]}
    tested = (trained / "predictions.csv").read_text().splitlines()[1:]
    for row in tested:
        name, _, prediction, *scores = row.split(",")
        again = predicted[name]
        assert again[0] == prediction
        assert [float(x) for x in again[1:3]] == pytest.approx(
            [float(x) for x in scores[:2]], abs=1e-4
        )


def test_an_evaluation_of_its_test_part(trained: Path) -> None:
    shown = run("evaluate", trained)
    assert shown.exit_code == 0, shown.stderr
    assert "8 clips: the test part, xsub, file" in " ".join(shown.stdout.split())


def test_a_damaged_archive_is_one_line(archive: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.pkl"
    path.write_bytes(archive.read_bytes()[:-100])
    for words in (("inspect", path), ("train", "--data", path), ("data", "check", path)):
        done = run(*words)
        assert done.exit_code == 1
        assert "cut.pkl: expected a pickle, but it is damaged or cut off" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_clips_in_which_nobody_is_there_are_named_or_left_out(
    archive: Path, tmp_path: Path
) -> None:
    value = pickle.loads(archive.read_bytes())
    for number in (1, 4):
        value["annotations"][number]["keypoint"][:] = 0
    names = [value["annotations"][number]["frame_dir"] for number in (1, 4)]
    path = tmp_path / "gaps.pkl"
    path.write_bytes(pickle.dumps({"annotations": value["annotations"]}))
    checked = run("data", "check", path)
    assert checked.exit_code == 1
    text = " ".join(checked.stdout.split())
    assert f"2 clips ({names[0]}, {names[1]}): expected a person, but nobody is there" in text
    assert "never move" not in text
    refused = train(path, tmp_path / "refused")
    assert refused.exit_code == 1
    assert f"{names[0]}: expected a person, but nobody is there" in refused.stderr
    assert run("data", "check", path, "--skip-bad").exit_code == 0
    done = train(path, tmp_path / "run", "--skip-bad")
    assert done.exit_code == 0, done.stderr
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["left_out"]["count"] == 2
    assert sorted(metrics["left_out"]["reasons"]) == sorted(names)


def test_the_features_of_each_clip(archive: Path, tmp_path: Path) -> None:
    value = pickle.loads(archive.read_bytes())["annotations"]
    value[1]["keypoint"][:] = 0
    del value[2]["label"]
    value[2]["frame_dir"] = "walk"
    path, table = tmp_path / "gaps.pkl", tmp_path / "table.csv"
    path.write_bytes(pickle.dumps(value))
    done = run("features", path, "--fps", 30, "--out", table)
    assert done.exit_code == 1
    name = value[1]["frame_dir"]
    assert done.stderr.startswith(f"Error: {name}: expected a person, but nobody is there")
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["clip"] for row in rows] == [
        one["frame_dir"] for one in value if one["frame_dir"] != name
    ]
    assert [row["label"] for row in rows[:3]] == ["0", "", "1"]
    assert rows[0]["subject"] == "P001"


def test_an_archive_is_nothing_to_extract(archive: Path, tmp_path: Path) -> None:
    done = run("extract", archive, "--out", tmp_path / "out.npz")
    assert done.exit_code == 1
    assert "but it is an archive of many clips; `skelgraph train --data`" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out.npz").exists()


def test_an_archive_that_was_moved(archive: Path, tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in ("old.pkl", "new/old.pkl", "new/other.pkl"))
    new.parent.mkdir()
    shutil.copy(archive, old)
    out = tmp_path / "run"
    assert train(old, out, "--test-subjects", "P003").exit_code == 0
    before = json.loads(run("evaluate", out, "--json").stdout)
    old.rename(new)
    done = run("evaluate", out)
    assert done.exit_code == 1
    assert f"name their new place: `skelgraph evaluate {out} --moved-to FILE`" in done.stderr
    assert json.loads(run("evaluate", out, "--moved-to", new, "--json").stdout) == before
    new.rename(other)
    done = run("evaluate", out, "--moved-to", other)
    assert done.exit_code == 1
    assert "other.pkl: expected the archive under its name, old.pkl" in done.stderr
    done = run("evaluate", out, "--moved-to", new)
    assert "expected the folder or the archive of the run's data, but there is none" in done.stderr


def test_an_archive_is_a_dataset_already(archive: Path, tmp_path: Path) -> None:
    done = run("data", "make", tmp_path / "out", "--from", archive)
    assert done.exit_code == 2
    assert f"--from {archive}: this archive is a dataset already" in done.stderr
    (tmp_path / "walk.bvh").touch()
    done = run("data", "make", tmp_path / "out", "--from", tmp_path / "walk.bvh")
    assert "walk.bvh: expected a folder of recordings, but it is a file" in done.stderr
