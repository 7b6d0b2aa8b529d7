"""The commands as a person types them."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.evaluation import center_on_persons, format_score
from skelgraph.io import write_csv, write_npz
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.poses import PoseSequence


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


def test_train_prints_results_to_stdout_and_progress_to_stderr(
    arm_swings: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    done = run(
        *("train", "--data", arm_swings, "--stream", "bone", "--test-subjects", "cid"),
        *("--epochs", 1, "--out", out),
    )
    assert done.exit_code == 0, done.stderr
    metrics = json.loads((out / "metrics.json").read_text())
    shown = " ".join(done.stdout.split())
    scores = [format_score(metrics[one], metrics[f"{one}_interval"]) for one in ("uar", "war")]
    assert f"this model {' '.join(scores)}" in shown
    assert "in brackets: 95 % interval, resampled over 4 recordings" in shown
    assert f"labels permuted {metrics['permutation_floor']['mean']:.1%}, 95 % below" in shown
    assert "labels permuted: within each subject" in shown
    assert f"calibration error {metrics['calibration']['ece']:.1%}" in shown
    assert max(map(len, done.stdout.splitlines()[-20:-1])) <= 80  # the last one is the path
    assert "chance 50.0%" in shown
    assert f"always '{metrics['majority_class']}'" in done.stdout
    assert f"run: {out}" in done.stdout.replace("\n", "")
    assert "epoch" in done.stderr
    assert "training" not in done.stdout


def test_train_resumes_with_the_settings_of_the_run(arm_swings: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ("train", "--data", arm_swings, "--test-subjects", "cid", "--epochs", 1, "--out", out)
    first = run(*words)
    (out / "metrics.json").unlink()
    again = run("train", "--resume", out)
    assert again.exit_code == 0, again.stderr
    assert again.stdout == first.stdout


def test_resume_takes_no_other_settings(trained_run: Path) -> None:
    done = run("train", "--resume", trained_run, "--seed", 3)
    assert done.exit_code == 2
    assert "leave out --seed" in done.stderr
    done = run("train", "--resume", trained_run)
    assert done.exit_code == 1
    assert "the run has ended" in done.stderr


def test_evaluate_gives_the_metrics_of_the_training(trained_run: Path, tmp_path: Path) -> None:
    done = run("evaluate", trained_run, "--out", tmp_path / "again")
    assert done.exit_code == 0, done.stderr
    again = json.loads((tmp_path / "again" / "metrics.json").read_text())
    before = json.loads((trained_run / "metrics.json").read_text())
    assert {**again, "protocol": ""} == {**before, "protocol": ""}
    assert before["protocol"] in again["protocol"]
    assert f"{again['uar']:.1%}" in done.stdout


def test_evaluate_on_other_data(trained_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    other = tmp_path / "by_label"
    for label in ("slow", "fast"):
        (other / label).mkdir(parents=True)
        shutil.copy(arm_swings / f"ann_{label}_0.npz", other / label)
    done = run("evaluate", trained_run, "--data", other)
    assert done.exit_code == 0, done.stderr
    assert "all 2 clips of by_label" in done.stdout


def test_predict_prints_a_label_and_a_probability_per_class(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    table, tree = tmp_path / "out.csv", tmp_path / "out.json"
    done = run("predict", trained_run, arm_swings / "cid_fast_0.npz", "--out", table)
    assert done.exit_code == 0, done.stderr
    assert "cid_fast_0.npz" in done.stdout
    with table.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert float(row["p_fast"]) + float(row["p_slow"]) == pytest.approx(1, abs=1e-5)
    assert run("predict", trained_run, arm_swings, "--out", tree).exit_code == 0
    predictions = json.loads(tree.read_text())["predictions"]
    assert len(predictions) == 24
    origin = {"person": None, "estimator": None, "lifter": None}
    assert predictions[0].keys() == {"name", "prediction", "probabilities", *origin}
    assert predictions[0].items() >= origin.items()


def test_predict_judges_clips_by_what_is_usual_of_a_person(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    for person in ("ann", "bob"):
        (tmp_path / person).mkdir()
        for file in arm_swings.glob(f"{person}_*.npz"):
            shutil.copy(file, tmp_path / person)
    folders = (tmp_path / "ann", tmp_path / "bob")
    plain, own = (
        json.loads(run("predict", trained_run, *folders, "--json", *words).stdout)
        for words in ((), ("--calibrate",))
    )
    scores = [list(one["probabilities"].values()) for one in plain["predictions"]]
    persons = [Path(one["name"]).parent.name for one in plain["predictions"]]
    assert persons == ["ann"] * 8 + ["bob"] * 8
    expected = center_on_persons(np.array(scores), persons)
    shown = np.array([list(one["probabilities"].values()) for one in own["predictions"]])
    assert shown == pytest.approx(expected, abs=1e-6)
    assert own["notes"] == ["calibrated by 8 clips of each of 2 persons; 20 or more are better"]
    mixed = run("predict", trained_run, *folders, "--calibrate", "--person", "all")
    assert mixed.exit_code != 0
    assert "one person each" in mixed.stderr


def test_predict_names_a_bad_file_and_does_the_rest(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.bvh"
    empty.touch()
    done = run("predict", trained_run, empty, arm_swings / "cid_fast_0.npz")
    assert done.exit_code == 1
    assert "cid_fast_0.npz" in done.stdout
    assert done.stderr.startswith("Error: ")
    assert "empty.bvh" in done.stderr


def test_inspect_shows_what_a_file_holds(tmp_path: Path) -> None:
    positions = np.zeros((60, 10, 3))
    positions[:15, 9] = np.nan
    file = tmp_path / "clip.npz"
    write_npz(file, PoseSequence(positions=positions, layout=UPPER10, fps=25.0, unit="cm"))
    done = run("inspect", file)
    shown = " ".join(done.stdout.split())
    for fact in (
        "format npz",
        "persons 1",
        "layout upper10 (10 joints, 3D)",
        "frames 60 (2.40 s)",
        "rate 25 frames/s",
        "unit cm",
        "missing joints right_wrist in 15 frames",
    ):
        assert fact in shown


def test_inspect_takes_the_frame_rate_of_a_table_that_tells_none(tmp_path: Path) -> None:
    file = tmp_path / "clip.csv"
    write_csv(file, PoseSequence(positions=np.ones((10, 10, 3)), layout=UPPER10, fps=50.0))
    file.write_text(file.read_text().replace("time", "t0"))
    assert "20 frames/s" in run("inspect", file, "--fps", 20).stdout


def test_layouts_lists_and_shows() -> None:
    assert "upper10" in run("layouts").stdout
    shown = run("layouts", "coco17").stdout
    assert "left_elbow" in shown
    assert "further edges: left_eye-right_eye" in shown
    thorax = run("layouts", "upper10").stdout.splitlines()[5].split()
    assert thorax == ["2", "thorax", "spine", "-", "2", "1", "3,", "4,", "7"]
    assert "nose (added)" in run("layouts", "mediapipe33").stdout


def test_layouts_takes_a_file_prints_one_and_draws(tmp_path: Path) -> None:
    printed = run("layouts", "kinect20", "--toml").stdout
    file, figure = tmp_path / "mine.toml", tmp_path / "mine.png"
    file.write_text(printed.replace('name = "kinect20"\n', ""))
    done = run("layouts", file, "--plot", figure, "--root-joint", "spine")
    assert "hip_center" in done.stdout
    assert f"written: {figure}" in done.stdout
    assert figure.stat().st_size > 10_000
    assert run("layouts", "--toml").exit_code == 2
    assert run("layouts", "upper10", "--root-joint", "spine").exit_code == 2


def test_data_list_names_the_datasets() -> None:
    shown = run("data", "list").stdout
    assert "mpi-ebed" in shown
    assert "emotive-motion" in shown


@pytest.mark.realdata
def test_inspect_names_the_layout_of_a_real_file(shared_data: Path) -> None:
    file = next((shared_data / "mpi-ebed" / "Joy").glob("*.bvh"))
    shown = " ".join(run("inspect", file).stdout.split())
    assert "layout mpi23 (23 joints, 3D)" in shown
    assert "rate 30 frames/s" in shown
    assert "unit cm" in shown


def test_convert_says_where_each_joint_comes_from(tmp_path: Path) -> None:
    source, target = tmp_path / "clip.npz", tmp_path / "clip.csv"
    rng = np.random.default_rng(0)
    write_npz(source, PoseSequence(positions=rng.normal(size=(30, 17, 3)), layout=COCO17, fps=30.0))
    done = run("convert", source, target, "--to", "h36m17", "--fps", 15)
    shown = " ".join(done.stdout.split())
    assert "pelvis 0.5 left_hip + 0.5 right_hip made up" in shown
    assert "left_knee left_knee taken" in shown
    assert "15 frames at 15 frames/s, layout h36m17" in shown
    again = run("convert", source, target)
    assert again.exit_code == 1
    assert "there is a file already" in again.stderr
    done = run("convert", source, target, "--force")
    assert done.exit_code == 0
    assert "30 frames at 30 frames/s, layout coco17" in done.stdout
    missing = run("convert", source, tmp_path / "ntu.npz", "--to", "ntu25")
    assert "left_hand_tip - missing" in " ".join(missing.stdout.split())


def test_inspect_draws(arm_swings: Path, tmp_path: Path) -> None:
    figure = tmp_path / "clip.png"
    done = run("inspect", arm_swings / "ann_fast_0.npz", "--plot", figure)
    assert f"written: {figure}" in done.stdout
    assert figure.stat().st_size > 10_000


def test_data_check_counts_and_names_what_stops(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "data"
    shutil.copytree(arm_swings, folder)
    done = run("data", "check", folder)
    assert done.exit_code == 0, done.stdout
    shown = " ".join(done.stdout.split())
    assert "ann 4 4 8" in shown
    assert "a training would go ahead" in shown
    (folder / "ann_fast_0.npz").unlink()
    done = run("data", "check", folder)
    assert done.exit_code == 1
    assert "STOP ann_fast_0.npz: listed in labels.csv, but not there" in " ".join(
        done.stdout.split()
    )
    assert "a training would stop: 1 of these findings" in done.stderr
    assert run("data", "check").exit_code == 2
    assert run("data", "check", "--dataset", "emotive-motion").exit_code == 0


def test_data_make_makes_what_train_takes(arm_swings: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    done = run("data", "make", out, "--from", arm_swings, "--fps", 15)
    assert done.exit_code == 0, done.stderr
    assert f"written: {out}, 24 clips" in done.stdout
    shown = " ".join(run("data", "check", out).stdout.split())
    assert "frame rates 15 (24)" in shown


def test_two_streams_are_trained_and_fused_and_predict(arm_swings: Path, tmp_path: Path) -> None:
    out = tmp_path / "2s"
    done = run(
        *("train", "--data", arm_swings, "--stream", "2s", "--fusion", "sum"),
        *("--test-subjects", "cid", "--epochs", 1, "--out", out),
    )
    assert done.exit_code == 0, done.stderr
    compared = json.loads((out / "metrics.json").read_text())["fusion"]["compared"]
    shown = " ".join(done.stdout.split())
    for name, scores in compared.items():
        written = [format_score(scores[one], scores[f"{one}_interval"]) for one in ("uar", "war")]
        assert f"{name} {' '.join(written)}" in shown
    assert "joint (1 of 2)" in done.stderr
    assert "bone (2 of 2)" in done.stderr
    predicted = run("predict", out, arm_swings / "cid_fast_0.npz")
    assert "cid_fast_0.npz" in predicted.stdout
    assert run("evaluate", out).exit_code == 0
    streams = [out / "streams" / name for name in ("joint", "bone")]
    fused = run("fuse", *streams, "--strategy", "sum", "--weights", "1,1", "--out", tmp_path / "b")
    assert fused.exit_code == 0, fused.stderr
    assert (tmp_path / "b" / "predictions.csv").read_text() == (out / "predictions.csv").read_text()
    assert f"sum {compared['sum']['uar']:.1%}" in " ".join(fused.stdout.split())


def test_wrong_streams_and_weights_are_usage_errors(trained_run: Path, tmp_path: Path) -> None:
    for stream in ("dance", "joint,dance", "bone,bone"):
        done = run("train", "--stream", stream)
        assert done.exit_code == 2
        assert "expected stream to be one of" in done.stderr
    done = run("fuse", trained_run, trained_run, "--weights", "a,b", "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "expected weights to be numbers of 0 or more such as 1,0.5" in done.stderr
    done = run("fuse", trained_run, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "two runs or more" in done.stderr


def test_the_filter_is_chosen_and_kept_for_prediction(arm_swings: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    settings = ("--epochs", 1, "--model", "st-gcn-small", "--test-subjects", "cid", "--out", out)
    done = run("train", "--data", arm_swings, "--filter", "savgol", *settings)
    assert done.exit_code == 0, done.stderr
    facts = json.loads((out / "config.json").read_text())
    assert facts["config"]["preparation"]["filter"] == facts["preprocessing"]["filter"] == "savgol"
    assert run("predict", out, arm_swings / "cid_fast_0.npz").exit_code == 0
    done = run("train", "--data", arm_swings, "--filter", "one-euro", "--cutoff", 3)
    assert done.exit_code == 1
    assert "a cutoff belongs to the filter butterworth, not to one-euro" in done.stderr
