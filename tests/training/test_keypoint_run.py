"""Files of pose estimators in 2D, from the command's training to its prediction."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.config import TrainConfig
from skelgraph.data import read_folder
from skelgraph.errors import DatasetError
from skelgraph.io import write_npz
from skelgraph.layouts import COCO17, HALPE26, OPENPOSE18, OPENPOSE25, UPPER10
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.serving import load_run
from skelgraph.synthetic import generate_emotive_motion
from skelgraph.training import check_dataset, prepare_clips
from skelgraph.training.clip_cleaning import preprocess

FORMATS = (
    ("openpose", OPENPOSE25, ""),
    ("alphapose", HALPE26, ".json"),
    ("mmpose", COCO17, ".json"),
    ("openpose", OPENPOSE18, ""),
)
"""Format, layout and suffix of the clips, one after the other."""


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def motion() -> list[PoseSequence]:
    clips = generate_emotive_motion(num_actors=3, clips_per_emotion=4, duration_s=(1.2, 1.5))
    return [clip for clip in clips if clip.label in ("angry", "sad")]


@pytest.fixture(scope="module")
def videos(
    motion: list[PoseSequence],
    keypoint_files: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder of mixed formats and layouts with one labels file; a bystander is in some."""
    root = tmp_path_factory.mktemp("videos")
    lines = ["file,label,subject,recording"]
    for number, clip in enumerate(motion):
        name, layout, suffix = FORMATS[number % len(FORMATS)]
        persons = [keypoint_files.project(clip, layout)]
        if name == "alphapose":
            bystander = keypoint_files.project(clip, layout, scale=90)
            away = bystander.positions[::-1] + np.float32([-400, 0])
            persons.insert(0, replace(bystander, positions=away))
        getattr(keypoint_files, f"write_{name}")(root / f"{clip.name}{suffix}", persons)
        lines.append(f"{clip.name}{suffix},{clip.label},{clip.subject},{clip.recording}")
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="module")
def trained(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("runs") / "videos"
    done = run(
        *("train", "--data", videos, "--stream", "bone", "--epochs", 2, "--out", out),
        *("--test-subjects", "actor02", "--channels", "xyc", "--min-confidence", 0.2),
        *("--max-gap", 0.25),
    )
    assert done.exit_code == 0, done.stderr
    return out, done


def test_the_formats_give_one_motion(
    motion: list[PoseSequence], keypoint_files: ModuleType, tmp_path: Path
) -> None:
    """Whatever the format, the layout, the size of the image and the place in it."""
    root = tmp_path / "set"
    (root / "sad").mkdir(parents=True)
    for number, (name, layout, suffix) in enumerate(FORMATS):
        person = keypoint_files.project(motion[0], layout, scale=150.0 * (1 + number))
        moved = replace(person, positions=person.positions + np.float32([90 * number, 30]))
        getattr(keypoint_files, f"write_{name}")(root / "sad" / f"{number}{suffix}", [moved])
    clips = read_folder(root, fps=30.0)
    assert len({clip.layout for clip in clips.sequences}) == 4
    preprocessing = Preprocessing(layout=UPPER10)
    done = [preprocess(clip, preprocessing).positions for clip in clips.sequences]
    assert 0.3 < np.abs(done[0]).max() < 10
    assert done[0][:, UPPER10.index("neck_nose"), 1].min() > 0  # up is up
    for positions in done[1:]:
        np.testing.assert_allclose(positions, done[0], atol=1e-3)


def test_training_converts_all_to_one_layout_and_says_so(
    videos: Path, trained: tuple[Path, Result]
) -> None:
    out, done = trained
    shown = " ".join(done.stdout.split())
    assert "24 clips of videos" in shown.replace(videos.name, "videos")
    assert "3 subjects; layout upper10, 10 joints, 2D with confidence" in shown
    for layout in ("openpose25", "halpe26", "coco17", "openpose18"):
        assert f"6 clips converted from layout {layout} to upper10: " in shown
    assert "24 files do not tell their frame rate: read at 30 frames/s" in shown
    assert "6 files hold several persons: the main one is taken" in shown
    facts = json.loads((out / "config.json").read_text())
    assert (facts["channels"], facts["in_channels"]) == ("xyc", 3)
    flat = TrainConfig.from_dict(facts["config"]).flatten()
    settings = {key: flat[key] for key in ("person", "channels", "min_confidence")}
    assert settings == {"person": "main", "channels": "xyc", "min_confidence": 0.2}
    cleaning = {key: facts["preprocessing"][key] for key in ("min_confidence", "max_gap_s")}
    assert cleaning == {"min_confidence": 0.2, "max_gap_s": 0.25}
    assert json.loads((out / "metrics.json").read_text())["n"] == 8


def test_evaluation_gives_the_same_again(videos: Path, trained: tuple[Path, Result]) -> None:
    out, _ = trained
    metrics = json.loads((out / "metrics.json").read_text())
    again = run("evaluate", out)
    assert again.exit_code == 0, again.stderr
    assert f"{metrics['uar']:.1%}" in again.stdout
    other = run("evaluate", out, "--data", videos)
    assert other.exit_code == 0, other.stderr
    assert "all 24 clips" in other.stdout


def test_prediction_takes_folders_and_files_and_the_person_of_the_run(
    videos: Path, trained: tuple[Path, Result], motion: list[PoseSequence], tmp_path: Path
) -> None:
    out, _ = trained
    with (out / "predictions.csv").open(newline="") as stream:
        expected = {row["name"]: row for row in csv.DictReader(stream)}
    tested = [(n, clip) for n, clip in enumerate(motion) if clip.name in expected]
    paths = [videos / f"{clip.name}{FORMATS[n % 4][2]}" for n, clip in tested]
    table = tmp_path / "all.csv"
    done = run("predict", out, *paths, "--out", table)
    assert done.exit_code == 0, done.stderr
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    for row, (_, clip) in zip(rows, tested, strict=True):
        assert float(row["p_sad"]) == pytest.approx(float(expected[clip.name]["p_sad"]), abs=1e-4)
    crowd = next(path for path, (n, _) in zip(paths, tested, strict=True) if n % 4 == 1)
    for person, count in (("all", 2), ("2", 1), ("main", 1)):
        assert run("predict", out, crowd, "--person", person, "--out", table).exit_code == 0
        with table.open(newline="") as stream:
            assert len(list(csv.DictReader(stream))) == count
    absent = run("predict", out, crowd, "--person", "3")
    assert absent.exit_code == 1
    assert "expected a person 3, but the recording has 2" in absent.stderr
    whole = run("predict", out, videos)
    assert whole.exit_code == 0, whole.stderr
    assert whole.stdout.count("%") == 48


def test_a_run_with_confidence_needs_it(trained: tuple[Path, Result]) -> None:
    predictor = load_run(trained[0])
    assert (predictor.facts.num_dimensions, predictor.facts.channels) == (2, "xyc")
    plain = PoseSequence(positions=np.ones((20, 10, 2)), layout=UPPER10, fps=30.0, name="plain")
    with pytest.raises(DatasetError, match="plain: expected the confidence of each joint as in"):
        predictor.predict(plain)


def test_sub_folders_are_labels_and_what_they_hold_are_recordings(
    motion: list[PoseSequence], keypoint_files: ModuleType, tmp_path: Path
) -> None:
    for clip in motion[:8]:
        person = keypoint_files.project(clip, OPENPOSE25)
        keypoint_files.write_openpose(tmp_path / "set" / str(clip.label) / clip.name, [person])
    done = run(
        *("train", "--data", tmp_path / "set", "--epochs", 1, "--out", tmp_path / "run"),
        *("--model", "st-gcn-small"),
    )
    assert done.exit_code == 0, done.stderr
    assert "8 clips of set: angry, sad; layout openpose25, 25 joints, 2D" in done.stdout
    assert json.loads((tmp_path / "run" / "config.json").read_text())["channels"] == "xy"


def test_2d_and_3d_together_are_refused_with_a_remedy(
    motion: list[PoseSequence], keypoint_files: ModuleType, tmp_path: Path
) -> None:
    root = tmp_path / "set"
    for clip in motion[:8]:
        (root / str(clip.label)).mkdir(parents=True, exist_ok=True)
        write_npz(root / str(clip.label) / f"{clip.name}.npz", clip)
    person = keypoint_files.project(motion[0], OPENPOSE25)
    keypoint_files.write_openpose(root / "sad" / "flat", [person])
    done = run("train", "--data", root, "--epochs", 1, "--out", tmp_path / "run")
    assert done.exit_code == 1
    shown = " ".join(done.stderr.split())
    assert "1 are in 2D (sad/flat) and 8 in 3D (" in shown
    assert "leave the others out of labels.csv, or train on each kind by itself" in shown


def test_channels_that_are_not_there(videos: Path, arm_swings: Path, tmp_path: Path) -> None:
    for data, channels, message in (
        (videos, "xyz", "channels xyz: the clips are in 2D; choose xy or xyc"),
        (arm_swings, "xy", "channels xy: the clips are in 3D; choose xyz"),
        (arm_swings, "xyc", "channels xyc: the clips are in 3D; choose xyz"),
    ):
        done = run("train", "--data", data, "--channels", channels, "--out", tmp_path / "run")
        assert done.exit_code == 1
        assert message in done.stderr
    root = tmp_path / "unsure"
    for label in ("a", "b"):
        (root / label).mkdir(parents=True)
        for number in range(2):
            positions = np.random.default_rng(number).normal(size=(20, 10, 2))
            sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
            write_npz(root / label / f"{number}.npz", sequence)
    with pytest.raises(DatasetError, match=r"4 of 4 have none \(a/0, .*\); choose xy"):
        prepare_clips(TrainConfig.of(data=root, channels="xyc"))


def test_all_persons_are_clips_where_all_are_wanted(videos: Path) -> None:
    data = prepare_clips(TrainConfig.of(data=videos, person="all"))
    assert len(data.sequences) == 30
    assert "6 files hold several persons: each is a clip" in data.clips.notes


def test_check_shows_what_a_training_would_do(videos: Path) -> None:
    report = check_dataset(TrainConfig.of(data=videos))
    problems = [finding.problem for finding in report.findings]
    assert "6 files hold several persons: the main one is taken" in problems
    assert not report.refuses
    deep = check_dataset(TrainConfig.of(data=videos, channels="xyz"))
    assert "channels xyz: the clips are in 2D; choose xy or xyc, or none" in [
        finding.problem for finding in deep.findings if finding.refuses
    ]
