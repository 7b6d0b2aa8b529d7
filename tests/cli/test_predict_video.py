"""``skelgraph predict`` of videos, and of keypoints for a run that was trained in space."""

import csv
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from harness.pose_graphs import write_one_stage_graph
from skelgraph_cli.command import skelgraph

from skelgraph import TrainConfig, train
from skelgraph.extraction import estimator_options
from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import COCO17, OPENPOSE25
from skelgraph.poses import PoseSequence
from skelgraph.runs import model_names
from tests.conftest import write_clip
from tests.extraction.conftest import Checkout, list_results, write_video


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [*map(str, words)], catch_exceptions=False)


def predict(*words: object) -> dict[str, Any]:
    """What the command prints as JSON."""
    done = run("predict", *words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ALPHAPOSE_ROOT", raising=False)


@pytest.fixture
def person(keypoint_files: ModuleType) -> np.ndarray:
    """The keypoints (40, 17, 2) of a person."""
    return keypoint_files.draw_person(40)


@pytest.fixture
def checkout(tmp_path: Path, person: np.ndarray) -> Checkout:
    """A stand-in for AlphaPose that finds the person."""
    checkout = Checkout(tmp_path / "AlphaPose")
    checkout.plan(frames=40, results=list_results(person))
    return checkout


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "talk.mp4", num_frames=40)


@pytest.fixture
def openpose(tmp_path: Path, keypoint_files: ModuleType) -> Path:
    """A folder of a file for each frame, which tells no frame rate."""
    write_clip(tmp_path / "swing.npz", speed_hz=1, seed=0)
    body = keypoint_files.project(read_sequence(tmp_path / "swing.npz"), OPENPOSE25)
    keypoint_files.write_openpose(tmp_path / "swing", [body])
    return tmp_path / "swing"


@pytest.fixture
def box(
    tmp_path: Path, trained_run: Path, lifter_run: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The models that come with skelgraph, or those that stand for them."""
    folder = tmp_path / "box"
    shutil.copytree(trained_run, folder / "emotion4")
    shutil.copytree(lifter_run, folder / "lifter10")
    monkeypatch.setattr(model_names, "BOX", folder)
    return folder


def test_a_video_is_estimated_lifted_and_predicted(
    trained_run: Path, lifter_run: Path, video: Path, checkout: Checkout, tmp_path: Path
) -> None:
    options = ("--alphapose", checkout.root, "--lifter", lifter_run)
    outcome = predict(trained_run, video, *options)
    (one,) = outcome["predictions"]
    origin = {"person": None, "estimator": "alphapose", "lifter": "lifter_run"}
    assert one.items() >= {"name": str(video), **origin}.items()
    assert outcome["notes"] == [
        f"{video}: keypoints by alphapose",
        "1 recording of coco17 keypoints lifted to space by lifter_run (upper10)",
    ]
    # Extracting first and predicting then is the same.
    assert run("extract", video, "--out", tmp_path / "talk.npz", *options).exit_code == 0
    (other,) = predict(trained_run, tmp_path / "talk.npz")["predictions"]
    assert other["probabilities"] == pytest.approx(one["probabilities"], abs=1e-6)
    assert checkout.calls == ["talk.mp4"]  # its keypoints were remembered


def test_without_a_run_the_models_of_skelgraph_answer(openpose: Path, box: Path) -> None:
    done = run("predict", openpose, "--fps", 30)
    assert done.exit_code == 0, done.stderr
    assert "swing" in done.stdout
    notes = done.stderr.splitlines()
    assert notes[0] == "note: no run named: emotion4"
    lifted = "note: 1 recording of openpose25 keypoints lifted to space by lifter10 (upper10)"
    assert notes[1:] == [lifted]
    named = run("predict", "emotion4", openpose, "--fps", 30)
    assert named.stdout == done.stdout
    assert named.stderr.splitlines() == [lifted]
    assert "1 file does not tell the frame rate: read at 30 frames/s" in " ".join(
        run("predict", openpose).stderr.split()
    )
    alone = run("predict", "emotion4")
    assert (alone.exit_code, "name FILES" in alone.stderr) == (2, True)


def test_the_run_may_be_left_out_before_a_recording_in_space(arm_swings: Path, box: Path) -> None:
    done = run("predict", arm_swings / "cid_fast_0.npz", arm_swings / "cid_slow_0.npz")
    assert done.exit_code == 0, done.stderr
    assert done.stderr == "note: no run named: emotion4\n"
    assert done.stdout.count("cid_") == 2


def test_every_person_gets_a_line(
    trained_run: Path, lifter_run: Path, video: Path, checkout: Checkout, person: np.ndarray
) -> None:
    far = 0.5 * person + np.array([400.0, 20.0])
    results = list_results(person) + list_results(far)
    checkout.plan(frames=40, results=sorted(results, key=lambda one: int(one["image_id"][:-4])))
    options = ("--alphapose", checkout.root, "--lifter", lifter_run)
    both = predict(trained_run, video, *options, "--person", "all")
    names = [(one["name"], one["person"]) for one in both["predictions"]]
    assert names == [(f"{video}#1", 1), (f"{video}#2", 2)]
    assert "1 recording holds several persons: each is a clip (--person)" in both["notes"]
    main = predict(trained_run, video, *options)
    (one,) = main["predictions"]
    assert (one["name"], one["person"]) == (str(video), 1)
    assert one["probabilities"] == pytest.approx(both["predictions"][0]["probabilities"])
    assert "1 recording holds several persons: the main one is taken (--person)" in main["notes"]
    (second,) = predict(trained_run, video, *options, "--person", 2)["predictions"]
    assert (second["name"], second["person"]) == (str(video), 2)


def test_the_origin_is_written_to_the_table(
    trained_run: Path, lifter_run: Path, video: Path, checkout: Checkout, tmp_path: Path
) -> None:
    table = tmp_path / "out.csv"
    options = ("--alphapose", checkout.root, "--lifter", lifter_run, "--out", table)
    assert run("predict", trained_run, video, *options).exit_code == 0
    with table.open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert list(row)[-4:] == ["subject", "person", "estimator", "lifter"]
    assert (row["person"], row["estimator"], row["lifter"]) == ("", "alphapose", "lifter_run")


def test_joints_that_were_never_seen_are_named(
    trained_run: Path, lifter_run: Path, keypoints: PoseSequence, tmp_path: Path
) -> None:
    hidden = keypoints.positions.copy()
    hidden[:, keypoints.layout.index("left_wrist")] = np.nan
    write_npz(tmp_path / "a.npz", replace(keypoints, positions=hidden))
    outcome = predict(trained_run, tmp_path / "a.npz", "--lifter", lifter_run)
    assert outcome["notes"][-1] == "never seen in 1 recording, and missing in space: left_wrist"


def test_a_lifter_of_none_lifts_nothing(
    trained_run: Path, keypoints: PoseSequence, video: Path, tmp_path: Path
) -> None:
    write_npz(tmp_path / "a.npz", keypoints)
    for file in (tmp_path / "a.npz", video):
        done = run("predict", trained_run, file, "--lifter", "none")
        assert done.exit_code == 1
        assert f"Error: {file}: expected positions in 3D as in the run's training" in done.stderr


def test_a_checkpoint_lifts_if_the_size_of_the_image_is_told(
    trained_run: Path, lifter_file: Path, keypoints: PoseSequence, video: Path, tmp_path: Path
) -> None:
    write_npz(tmp_path / "a.npz", keypoints)
    words = ("predict", trained_run, tmp_path / "a.npz", "--lifter", lifter_file)
    assert "--size 1920x1080" in run(*words).stderr
    assert run(*words, "--size", "64x48").stdout == run(*words, "--video", video).stdout != ""
    assert "--size: expected a width and a height" in run(*words, "--size", "64").stderr
    several = run(*words[:2], tmp_path / "a.npz", tmp_path / "a.npz", "--video", video)
    assert "--video is of the keypoints of one recording" in several.stderr


def test_the_video_of_keypoints_tells_their_rate(
    trained_run: Path, lifter_run: Path, openpose: Path, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "fast.mp4", fps=50.0)
    words = (trained_run, openpose, "--lifter", lifter_run)
    beside = predict(*words, "--video", video)
    assert beside["predictions"] == predict(*words, "--fps", 50)["predictions"]
    assert beside["predictions"] != predict(*words)["predictions"]
    assert len(beside["notes"]) == 1


def test_a_run_of_the_image_takes_keypoints_as_they_are(
    tmp_path: Path, video: Path, checkout: Checkout, person: np.ndarray
) -> None:
    data = tmp_path / "data"
    for seed in range(8):
        label = ("fast", "slow")[seed % 2]
        (data / label).mkdir(parents=True, exist_ok=True)
        file = data / label / f"{seed}.npz"
        write_clip(file, speed_hz=1.0 + seed % 2, seed=seed, dimensions=2)
    flat = TrainConfig.of(data=data, split="random", epochs=1, out=tmp_path / "flat")
    train(flat.change(model="st-gcn-small"))
    outcome = predict(tmp_path / "flat", video, "--alphapose", checkout.root)
    (one,) = outcome["predictions"]
    assert (one["estimator"], one["lifter"]) == ("alphapose", None)
    image = PoseSequence(
        positions=person,
        layout=COCO17,
        fps=25.0,
        unit="px",
        up="-y",
        confidence=np.full(person.shape[:2], 0.9),
    )
    write_npz(tmp_path / "a.npz", image)
    (other,) = predict(tmp_path / "flat", tmp_path / "a.npz")["predictions"]
    assert other["probabilities"] == pytest.approx(one["probabilities"], abs=1e-5)


def test_a_model_file_of_rtmlib_answers(
    trained_run: Path, lifter_run: Path, video: Path, person: np.ndarray, tmp_path: Path
) -> None:
    pytest.importorskip("rtmlib")
    pytest.importorskip("onnx")
    pose = np.concatenate([person[0], np.full((17, 1), 0.8)], axis=1)
    model = write_one_stage_graph(tmp_path / "rtmo.onnx", pose[None])
    done = predict(trained_run, video, "--pose-model", model, "--lifter", lifter_run)
    assert done["predictions"][0]["estimator"] == "rtmlib"


def test_a_folder_of_videos_is_predicted(
    trained_run: Path, lifter_run: Path, checkout: Checkout, video: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    shutil.copy(video, folder / "a.mp4")
    shutil.copy(video, folder / "b.mp4")
    write_clip(folder / "b.npz", speed_hz=1, seed=0)  # stands for the keypoints of b.mp4
    options = ("--alphapose", checkout.root, "--lifter", lifter_run)
    names = [one["name"] for one in predict(trained_run, folder, *options)["predictions"]]
    assert names == [str(folder / "b.npz"), str(folder / "a.mp4")]


def test_what_is_no_video_is_said_first(trained_run: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no video")
    done = run("predict", trained_run, bad, "--lifter", tmp_path / "none")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Error: {bad}: expected a video, but it cannot be opened")
    assert run("predict", "none.mp4").stderr == (
        "Error: none.mp4: there is no such file or folder\n"
    )


def test_what_is_missing_is_named(
    trained_run: Path,
    lifter_run: Path,
    video: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("predict", trained_run, video, "--lifter", lifter_run)
    absent = run(*words, "--pose-model", tmp_path / "none.onnx")
    assert (absent.exit_code, absent.stderr.count("\n")) == (1, 1)
    assert "none.onnx: expected a model file of rtmlib (--pose-model" in absent.stderr
    nothing = run(*words[:3], "--lifter", tmp_path / "none.bin")
    assert "none.bin: expected the checkpoint of a lifter" in nothing.stderr
    monkeypatch.setattr(estimator_options, "find_spec", lambda name: None)
    bare = run(*words)
    assert (bare.exit_code, bare.stderr.count("\n")) == (1, 1)
    assert "talk.mp4: no estimator finds keypoints" in bare.stderr
    assert "pip install 'skelgraph[video]'" in bare.stderr


def test_a_folder_that_is_no_run_is_refused(
    trained_run: Path, arm_swings: Path, tmp_path: Path, box: Path
) -> None:
    clip = arm_swings / "cid_fast_0.npz"
    stopped = tmp_path / "stopped"
    (stopped / "checkpoints").mkdir(parents=True)
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (stopped, empty):
        done = run("predict", folder, clip)
        assert done.exit_code == 1
        assert f"{folder}: expected a run directory with config.json" in done.stderr
    assert "expected a run directory with config.json" in run("predict", stopped).stderr
    assert "expected recordings" in run("predict", empty).stderr
    typo = run("predict", "emotion5", clip)
    assert (
        "emotion5: expected a run directory, a model folder, or a model that comes" in typo.stderr
    )
    # A folder of recordings is none, whatever follows.
    assert "no run named: emotion4" in run("predict", arm_swings, clip).stderr


@pytest.mark.realdata
def test_keypoints_of_a_real_video_answer_in_one_command(shared_data: Path, box: Path) -> None:
    folder = shared_data / "poses" / "openpose-body25" / "one-person"
    (one,) = predict(folder, "--fps", 25)["predictions"]
    assert (one["lifter"], one["estimator"]) == ("lifter10", None)
    assert sum(one["probabilities"].values()) == pytest.approx(1)
    recordings = sorted((shared_data / "poses" / "bvh-odd").glob("*.bvh"))
    assert len(predict(*recordings)["predictions"]) == 4


def test_a_real_video_answers_with_a_model_of_mediapipe(shared_data: Path, box: Path) -> None:
    pytest.importorskip("mediapipe")
    model = os.environ.get("SKELGRAPH_POSE_MODEL")
    if model is None:
        pytest.skip("no model of MediaPipe: set SKELGRAPH_POSE_MODEL to its file")
    source = shared_data / "video" / "raga_1person_short_video.mp4"
    outcome = predict(source, "--pose-model", model)
    (one,) = outcome["predictions"]
    assert (one["lifter"], one["estimator"]) == ("lifter10", "mediapipe")
    lifted = "1 recording of mediapipe33 keypoints lifted to space by lifter10 (upper10)"
    assert lifted in outcome["notes"]
