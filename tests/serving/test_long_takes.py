"""Clips that are cut from long takes, from a training to the prediction of another folder."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph import TrainConfig, load_run, train
from skelgraph.errors import SplitError
from skelgraph.io import read_npz, write_npz
from skelgraph.prediction import predict_files
from skelgraph.serving import evaluate
from skelgraph.training import check_dataset

PEOPLE = ("ann", "bob", "cid")


@pytest.fixture(scope="module")
def takes(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A take of each of three people, who swing the arms four times slow and four times fast."""
    folder = tmp_path_factory.mktemp("takes")
    lines = ["file,label,subject,start,end"]
    for person in PEOPLE:
        files = [f"{person}_{label}_{n}.npz" for n in range(4) for label in ("slow", "fast")]
        swings = [read_npz(arm_swings / file) for file in files]
        take = np.concatenate([swing.positions for swing in swings])
        write_npz(folder / f"{person}.npz", replace(swings[0], positions=take, name=""))
        for number, file in enumerate(files):
            label, start = file.split("_")[1], 24 * number
            lines.append(f"{person}.npz,{label},{person},{start}f,{start + 24}f")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(takes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    train(TrainConfig.of(data=takes, model="features", out=out, test_subjects=("cid",)))
    return out


def read_rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_run_names_each_clip_and_its_take(run: Path) -> None:
    rows = read_rows(run / "split.csv")
    assert len(rows) == 24
    (row,) = [row for row in rows if row["name"] == "cid@24f-48f"]
    assert (row["part"], row["label"], row["recording"]) == ("test", "fast", "cid")
    names = {row["name"] for row in read_rows(run / "predictions.csv")}
    assert names == {f"cid@{24 * n}f-{24 * n + 24}f" for n in range(8)}


def test_each_clip_of_a_folder_is_predicted(run: Path, takes: Path) -> None:
    outcome = predict_files(load_run(run), [takes])
    assert outcome.problems == ()
    assert [one.name for one in outcome.predictions][:2] == ["ann@0f-24f", "ann@24f-48f"]
    assert len(outcome.predictions) == 24
    whole = predict_files(load_run(run), [takes / "ann.npz"])
    assert [one.name for one in whole.predictions] == [str(takes / "ann.npz")]
    assert len(evaluate(load_run(run)).predictions) == 8


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            "24f",
            r"2 clips of one take overlap in time, in the test part and training or validation: "
            r"cid@10f-30f and cid@24f-40f \(0\.20 s\)",
        ),
        ("30f", "2 clips of one take follow each other without a pause, in the test part and"),
    ],
)
def test_clips_of_one_take_in_two_parts(
    takes: Path, tmp_path: Path, start: str, message: str
) -> None:
    """Their recordings have other names, and they are too short to be found by content."""
    lines = [
        "file,label,recording,start,end,split",
        "cid.npz,slow,a,10f,30f,train",
        f"cid.npz,slow,b,{start},40f,test",
    ]
    for number, part in enumerate(("train", "train", "val", "val", "test", "test")):
        label, begin = ("slow", "fast")[number % 2], 30 * number
        lines.append(f"ann.npz,{label},{number},{begin}f,{begin + 24}f,{part}")
    for person in ("ann", "cid"):
        (tmp_path / f"{person}.npz").symlink_to(takes / f"{person}.npz")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    config = TrainConfig.of(data=tmp_path, model="features", split="file")
    with pytest.raises(SplitError, match=message):
        train(config)
    report = check_dataset(config)
    assert report.refuses
    overlap = "2 clips of one take overlap in time: cid@10f-30f and cid@24f-40f (0.20 s)"
    assert (overlap in [one.problem for one in report.findings]) == ("overlap" in message)
