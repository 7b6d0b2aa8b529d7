"""The benchmark of people never seen: a smoke run, and what the README shows of it."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from harness.simple_statistics import describe_statistics, predict_each_subject

from skelgraph import CrossvalConfig
from skelgraph.data import read_folder
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence

ROOT = Path(__file__).parents[2]


@pytest.fixture
def unseen_people(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("unseen_people")


def test_it_runs_what_is_missing_and_keeps_the_runs(
    unseen_people: ModuleType,
    arm_swings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = CrossvalConfig.of(data=arm_swings, model="features", workers=1)
    absent = config.change(data=None, dataset="mpi-ebed", root=tmp_path / "nowhere")
    here = config.change(seeds=(2,), calibrated=True)
    monkeypatch.setattr(
        unseen_people, "list_studies", lambda data, place: {"here": here, "absent": absent}
    )
    places = ["--out", str(tmp_path), "--runs", str(tmp_path / "runs")]
    unseen_people.main([*places, "--only", "here"])
    kept = json.loads((tmp_path / "unseen_people-here.json").read_text())
    metrics = json.loads((tmp_path / "runs" / "here" / "metrics.json").read_text())
    row = kept["rows"]["sum"]
    assert row["uar"] == pytest.approx(metrics["uar"])
    assert row["uar_by_seed"] == pytest.approx(metrics["seeds"]["uar"])
    assert row["uar_of_others"] == pytest.approx(row["uar"])
    assert row["uar_calibrated"] == pytest.approx(metrics["calibrated"]["uar"])
    assert (tmp_path / "runs" / "here" / "folds").is_dir()
    unseen_people.main([*places, "--only", "here"])
    assert "here: there already" in capsys.readouterr().out
    unseen_people.main([*places, "--table"])
    assert f"| here | unseen people | sum | {row['uar']:.1%} (" in capsys.readouterr().out
    unseen_people.main([*places, "--only", "absent"])
    assert "absent: left out" in capsys.readouterr().out


def test_results_without_their_data_are_left_out(
    unseen_people: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = ["--out", str(tmp_path / "results"), "--runs", str(tmp_path / "runs")]
    unseen_people.main(["--data", str(tmp_path), *places])
    shown = capsys.readouterr().out
    for name in unseen_people.list_studies(tmp_path, tmp_path):
        assert f"{name}: left out, its data are not in {tmp_path}" in shown


def test_takes_are_cut_into_actions(unseen_people: ModuleType, tmp_path: Path) -> None:
    source, target = tmp_path / "data" / "utkinect", tmp_path / "runs"
    source.mkdir(parents=True)
    numbers = np.array([10, 10, 12, 14, 18, 20, 22, 24, 26, 28, 30])
    table = np.concatenate([numbers[:, None], np.outer(numbers, np.arange(60))], axis=1)
    table[0, 1:] = -1  # the row before one with the same number
    np.savetxt(source / "joints_s01_e01.txt", table)
    (source / "actionLabel.txt").write_text(
        "s01_e01\nwalk: 10 28\ncarry: 12 NaN\nsitDown: 12 28 \n"
    )
    assert unseen_people.prepare("utkinect", source.parent, target)
    rows = (target / "utkinect" / "labels.csv").read_text().split()
    assert rows[1:] == [
        "joints_s01_e01.npz,walk,s01,s01_e01,,10f,29f",
        "joints_s01_e01.npz,sitDown,s01,s01_e01,,12f,29f",
    ]
    clip, _ = read_folder(target / "utkinect", min_files_per_label=1).sequences
    assert (clip.layout.name, clip.fps, clip.num_frames) == ("kinect20", 30.0, 10)
    expected = np.outer(np.arange(10, 30, 2), np.arange(60)).reshape(10, 20, 3)
    expected = expected[[0, 1, 2, *range(4, 10)]]  # without frame 16
    np.testing.assert_allclose(clip.positions[clip.present[:, 1]], expected, rtol=1e-6)


def test_recordings_are_forgotten_for_a_random_division(
    unseen_people: ModuleType, tmp_path: Path
) -> None:
    source = tmp_path / "data" / "bandai-styles"
    source.mkdir(parents=True)
    (source / "labels.csv").write_text("file,label,recording\na.bvh,old,walk\n")
    (source / "a.bvh").write_text("HIERARCHY")
    for _ in range(2):
        assert unseen_people.prepare("bandai-clips", source.parent, tmp_path / "runs")
    folder = tmp_path / "runs" / "bandai-clips"
    assert (folder / "labels.csv").read_text().split() == [
        "file,label,recording",
        "a.bvh,old,a.bvh",
    ]
    assert (folder / "a.bvh").read_text() == "HIERARCHY"


def test_simple_statistics_know_other_people_alone() -> None:
    rng = np.random.default_rng(0)
    clips = [
        PoseSequence(
            positions=np.zeros((9, 10, 3)),
            layout=UPPER10,
            fps=30.0,
            label=label,
            subject=subject,
            name=f"{subject}{number}{label}",
        )
        for subject in ("ann", "bob", "cid")
        for number in range(6)
        for label in ("a", "b")
    ]
    told = np.array([[float(one.label == "a")] for one in clips]) + 0.1 * rng.normal(size=(36, 1))
    for one, row in zip(clips, told, strict=True):
        if one.subject == "cid":
            row[0] = 1 - row[0]  # who shows it the other way round
    right = {name: [] for name in ("ann", "bob", "cid")}
    for one in predict_each_subject(told, clips, ("a", "b")):
        right[one.subject].append(one.prediction == one.label)
    assert np.mean(right["cid"]) == 0
    assert describe_statistics(clips[0]).shape == (2 * (30 + 10 + 10),)


def test_the_readme_shows_the_committed_results(unseen_people: ModuleType) -> None:
    table = unseen_people.format_table(unseen_people.RESULTS)
    assert table.count("\n") > 1
    assert table in (ROOT / "README.md").read_text("utf-8")
