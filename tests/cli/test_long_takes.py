"""The commands on long takes, and on recordings whose names tell class and subject."""

import csv
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.io import read_npz


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def recordings(arm_swings: Path, tmp_path: Path) -> Path:
    """A take of each person as plain text with frame numbers, and a list of its clips."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    lines = []
    for number, person in enumerate(("ann", "bob", "cid"), start=1):
        lines.append(f"s{number:02}_e01")
        rows = []
        for clip in range(4):
            label = ("slow", "fast")[clip % 2]
            swing = read_npz(arm_swings / f"{person}_{label}_{clip}.npz").positions
            rows += list(swing.reshape(24, 30))
            lines.append(f"{label}: {100 + 24 * clip} {100 + 24 * clip + 23}")
        table = np.column_stack([100 + np.arange(len(rows)), rows])
        np.savetxt(folder / f"joints_s{number:02}_e01.txt", table)
    (tmp_path / "list.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_a_list_of_frames_becomes_a_dataset_that_trains(recordings: Path, tmp_path: Path) -> None:
    made = run(
        *("data", "make", tmp_path / "made", "--from", recordings, "--layout", "upper10"),
        *("--annotations", tmp_path / "list.txt", "--in-fps", 30),
    )
    assert made.exit_code == 0, made.output
    assert f"written: {tmp_path / 'made'}, 12 clips" in made.stdout
    lines = (tmp_path / "made" / "labels.csv").read_text().splitlines()
    assert lines[1] == "joints_s01_e01.npz,slow,s01,s01_e01,,100f,124f"
    out = tmp_path / "run"
    done = run("train", "--data", tmp_path / "made", "--model", "features", "--out", out)
    assert done.exit_code == 0, done.output
    predicted = tmp_path / "predictions.csv"
    shown = run("predict", out, tmp_path / "made", "--out", predicted)
    assert shown.exit_code == 0, shown.output
    with predicted.open(newline="") as stream:
        names = [row["name"] for row in csv.DictReader(stream)]
    assert names[:2] == ["joints_s01_e01@100f-124f", "joints_s01_e01@124f-148f"]
    assert len(names) == 12


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--tier", "emotion"), "--tier is that of --annotations; pass both"),
        (("--annotations", "a", "--labels", "b"), "pass --labels or --annotations, not both"),
        (("--annotations", "gone"), "gone: expected annotations, but there is no such file"),
    ],
)
def test_what_does_not_go_together(
    recordings: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    done = CliRunner().invoke(
        skelgraph, ["data", "make", str(tmp_path / "made"), "--from", str(recordings), *words]
    )
    assert done.exit_code in (1, 2)
    assert message in done.output


def test_msr_action3d_needs_no_code(recordings: Path, tmp_path: Path) -> None:
    """A joint a line, class and subject in each name, with and without a labels.csv."""
    folder = tmp_path / "msr"
    folder.mkdir()
    lines = ["file,label,split"]
    for subject in (1, 2, 3):
        table = np.loadtxt(recordings / f"joints_s{subject:02}_e01.txt")[:, 1:]
        for clip in range(4):
            joints = table[24 * clip : 24 * clip + 24].reshape(-1, 3)
            name = f"a{1 + clip % 2:02}_s{subject:02}_e{1 + clip // 2:02}_skeleton.txt"
            np.savetxt(folder / name, np.column_stack([joints, np.ones(len(joints))]))
            part = ("train", "val", "test")[subject - 1]
            lines.append(f"{name},{('slow', 'fast')[clip % 2]},{part}")
    options = ("--data", folder, "--layout", "upper10", "--fps", 30, "--model", "features")
    done = run("train", *options, "--out", tmp_path / "by_name")
    assert done.exit_code == 0, done.output
    with (tmp_path / "by_name" / "split.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["label"], row["subject"]) for row in rows} == {
        (label, subject) for label in ("a01", "a02") for subject in ("s01", "s02", "s03")
    }
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    done = run("train", *options, "--out", tmp_path / "by_table")
    assert done.exit_code == 0, done.output
    with (tmp_path / "by_table" / "split.csv").open(newline="") as stream:
        parts = {row["subject"]: row["part"] for row in csv.DictReader(stream)}
    assert parts == {"s01": "train", "s02": "val", "s03": "test"}
