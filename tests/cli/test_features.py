"""The command that measures recordings, and runs of the model features in other commands."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph import TrainConfig, train
from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import UPPER10
from skelgraph.movement import list_descriptors, measure_motion
from skelgraph.poses import PoseSequence, Preprocessing


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def feature_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "swings"
    config = TrainConfig.of(data=arm_swings, out=out, model="features", test_subjects=("cid",))
    return train(config).run.path


def test_a_dataset_becomes_a_table(arm_swings: Path, tmp_path: Path) -> None:
    done = run("features", arm_swings, "--out", tmp_path / "table.csv")
    assert done.exit_code == 0, done.stderr
    assert "24 clips" in done.stdout
    with (tmp_path / "table.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = [one.name for one in list_descriptors(3)]
    assert list(rows[0]) == ["clip", "label", "subject", "recording", *names]
    assert {row["label"] for row in rows} == {"slow", "fast"}
    row = next(row for row in rows if row["clip"] == "cid_fast_0")
    clip = Preprocessing(fps=30.0).apply(read_sequence(arm_swings / "cid_fast_0.npz"))
    for name, value in zip(names, measure_motion(clip).descriptors.tolist(), strict=True):
        if np.isnan(value):
            assert row[name] == ""
        else:
            assert float(row[name]) == pytest.approx(value, rel=1e-4, abs=1e-4)


def test_one_recording_is_shown(arm_swings: Path) -> None:
    done = run("features", arm_swings / "ann_fast_0.npz")
    assert done.exit_code == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert any(row[:1] == ["hands.speed_mean"] and row[-2:] == ["log", "m/s"] for row in rows)
    assert any(row[:2] == ["feet.speed_mean", "-"] for row in rows)
    clips = json.loads(run("features", arm_swings / "ann_fast_0.npz", "--json").stdout)["clips"]
    assert len(clips) == 1
    assert clips[0]["feet.speed_mean"] is None


def test_features_are_listed() -> None:
    done = run("features", "--list")
    assert "hands.peak_rate" in done.stdout
    assert "trunk_pitch" in done.stdout
    listed = json.loads(run("features", "--list", "--json").stdout)["features"]
    assert len(listed) == 109
    assert [one["in_2d"] for one in listed if one["name"] == "trunk_pitch.mean"] == [False]


def test_a_bad_file_is_named_and_the_rest_is_measured(arm_swings: Path, tmp_path: Path) -> None:
    bad, table = tmp_path / "bad.bvh", tmp_path / "table.csv"
    bad.write_text("no motion")
    done = run("features", bad, arm_swings / "ann_fast_0.npz", "--out", table)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert "bad.bvh" in done.stderr
    assert len(table.read_text().splitlines()) == 2


def test_the_bad_files_of_a_dataset_are_named_with_the_reason(
    arm_swings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(arm_swings / "ann_fast_0.npz", folder)
    for name in ("a.csv", "b.csv"):
        (folder / name).touch()
    (folder / "labels.csv").write_text("file,label\nann_fast_0.npz,x\na.csv,x\nb.csv,x\n")
    done = run("features", folder, "--out", tmp_path / "table.csv")
    assert done.exit_code == 1
    assert done.stderr == "Error: 2 files (a.csv, b.csv): the file is empty\n"
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 2


def test_a_joint_that_is_never_seen_leaves_fields_empty(arm_swings: Path, tmp_path: Path) -> None:
    clip = read_sequence(arm_swings / "ann_fast_0.npz")
    positions = clip.positions.copy()
    positions[:, 6] = np.nan
    file, table = tmp_path / "lame.npz", tmp_path / "table.csv"
    write_npz(file, PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m"))
    assert run("features", file, "--out", table).exit_code == 0
    with table.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["hands.speed_correlation"] == ""
    assert row["head.speed_mean"] != ""


def test_2d_and_3d_make_no_table(arm_swings: Path, tmp_path: Path) -> None:
    clip = read_sequence(arm_swings / "ann_fast_0.npz")
    flat = PoseSequence(positions=clip.positions[..., :2], layout=UPPER10, fps=30.0, unit="px")
    write_npz(tmp_path / "flat.npz", flat)
    assert run("features", tmp_path / "flat.npz").exit_code == 0
    done = run("features", tmp_path / "flat.npz", arm_swings / "ann_fast_0.npz")
    assert done.exit_code == 1
    assert "some are in 2D and some in 3D" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "name FILES, or pass --list"),
        (("none.npz",), 1, "there is no such file or folder"),
        (("--out", "table.xlsx", "."), 2, "--out ends in .csv"),
        (("--layout", "imaginary", "."), 1, "there is no layout 'imaginary'"),
    ],
)
def test_usage_errors(words: tuple[str, ...], code: int, message: str) -> None:
    done = run("features", *words)
    assert done.exit_code == code
    assert message in " ".join(done.stderr.split())


def test_a_training_of_features_speaks_of_no_epoch(arm_swings: Path, tmp_path: Path) -> None:
    common = ("train", "--data", arm_swings, "--test-subjects", "cid", "--model", "features")
    done = run(*common, "--out", tmp_path / "run")
    assert done.exit_code == 0, done.stderr
    assert "8 clips: the test part, unseen people\n" in done.stdout
    assert "epoch" not in done.stdout + done.stderr
    refused = run(*common, "--epochs", 3, "--out", tmp_path / "other")
    assert refused.exit_code == 1
    assert "epochs: of networks" in refused.stderr
    unknown = run(*common, "--layout", "imaginary", "--out", tmp_path / "other")
    assert unknown.exit_code == 1
    assert "there is no layout 'imaginary'" in unknown.stderr
    assert not (tmp_path / "other").exists()


def test_its_run_is_listed_shown_evaluated_and_predicts(
    feature_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    listed = json.loads(run("runs", "--folder", feature_run.parent, "--json").stdout)["runs"]
    assert [(one["model"], one["state"]) for one in listed] == [("features", "finished")]
    shown = [line.split() for line in run("runs", "show", feature_run).stdout.splitlines()]
    assert ["model", "features"] in shown
    assert run("evaluate", feature_run, "--out", tmp_path / "again").exit_code == 0
    again = json.loads((tmp_path / "again" / "metrics.json").read_text())
    assert again["uar"] == json.loads((feature_run / "metrics.json").read_text())["uar"]
    done = run("predict", feature_run, arm_swings / "cid_fast_0.npz")
    assert "fast" in done.stdout
    resumed = run("train", "--resume", feature_run)
    assert resumed.exit_code == 1
    assert "--epochs" not in resumed.stderr


def test_a_fusion_of_features_speaks_of_no_epoch(
    feature_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    words = ("--data", arm_swings, "--test-subjects", "cid", "--model", "features")
    other = tmp_path / "other"
    assert run("train", *words, "--out", other).exit_code == 0
    fused = run("fuse", feature_run, other, "--strategy", "sum", "--out", tmp_path / "fused")
    assert fused.exit_code == 0, fused.stderr
    assert "epoch" not in fused.stdout


def test_reports_take_runs_of_features_and_their_fusions(
    feature_run: Path, trained_run: Path, tmp_path: Path
) -> None:
    network = tmp_path / "bones"
    shutil.copytree(trained_run, network)
    fused = run("fuse", feature_run, network, "--strategy", "sum", "--out", tmp_path / "fused")
    assert fused.exit_code == 0, fused.stderr
    done = run("report", feature_run, network, tmp_path / "fused", "--out", tmp_path / "report")
    assert done.exit_code == 0, done.stderr
    page = (tmp_path / "report" / "report.md").read_text()
    assert "figures of the network of swings: it is no network of skeletons" in page
    assert "attention-bones.png" in page
    alone = run("report", feature_run, "--out", tmp_path / "alone")
    assert alone.exit_code == 0, alone.stderr
    assert (tmp_path / "alone" / "figures" / "confusion.png").is_file()
