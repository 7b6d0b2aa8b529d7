"""Runs of a ridge on movement features, alone and fused with networks."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from skelgraph import TrainConfig, train
from skelgraph.config import plan_streams
from skelgraph.errors import PoseError, RunError
from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import JointLayout
from skelgraph.movement import fit_feature_model, measure_motion
from skelgraph.poses import PoseSequence, Preprocessing
from skelgraph.runs import RunDirectory
from skelgraph.training import load_feature_model
from skelgraph.training.feature_model_file import save_feature_model


def make_config(data: Path, out: Path | None = None, **settings) -> TrainConfig:
    return TrainConfig.of(**{"data": data, "out": out, "test_subjects": ("cid",), **settings})


def read_rows(file: Path) -> dict[str, dict[str, str]]:
    with file.open(newline="") as stream:
        return {row["name"]: row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def feature_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "features"
    return train(make_config(arm_swings, out, model="features")).run.path


def test_it_leaves_a_model_and_the_files_of_a_run(feature_run: Path) -> None:
    assert {file.name for file in feature_run.iterdir()} == {
        *(
            "calibration.json",
            "checkpoints",
            "config.json",
            "figures",
            "metrics.json",
            "out_of_fold.csv",
        ),
        *("predictions.csv", "split.csv", "validation.csv"),
    }
    assert [file.name for file in (feature_run / "checkpoints").iterdir()] == [
        "features.safetensors"
    ]
    assert json.loads((feature_run / "metrics.json").read_text())["uar"] == 1.0
    assert {row["subject"] for row in read_rows(feature_run / "predictions.csv").values()} == {
        "cid"
    }


def check_out_of_fold(run: Path, data: Path, group: str) -> None:
    """Compares the written scores with those of a model whose folds are groups of the split."""
    split = read_rows(run / "split.csv")
    written = {**read_rows(run / "out_of_fold.csv"), **read_rows(run / "validation.csv")}
    assert set(written) == {name for name, row in split.items() if row["part"] != "test"}
    facts = RunDirectory(path=run).read_config()
    cleaning = Preprocessing.from_dict(facts["preprocessing"])
    motions = [
        measure_motion(cleaning.apply(read_sequence(data / f"{name}.npz"))) for name in written
    ]
    model, held_out = fit_feature_model(
        motions,
        [facts["classes"].index(split[name]["label"]) for name in written],
        num_classes=2,
        groups=[split[name][group] for name in written],
    )
    for row, scores in zip(written.values(), held_out, strict=True):
        assert float(row["p_fast"]) == pytest.approx(scores[0], abs=1e-4)
    saved = load_feature_model(RunDirectory(path=run))
    np.testing.assert_allclose(saved.coefficients, model.coefficients, rtol=1e-3, atol=1e-5)


def test_predictions_of_fitted_clips_are_out_of_fold(feature_run: Path, arm_swings: Path) -> None:
    check_out_of_fold(feature_run, arm_swings, "subject")
    split = read_rows(feature_run / "split.csv")
    for part, file in (("train", "out_of_fold.csv"), ("val", "validation.csv")):
        assert set(read_rows(feature_run / file)) == {
            name for name, row in split.items() if row["part"] == part
        }


def test_one_person_is_divided_by_recordings(arm_swings: Path, tmp_path: Path) -> None:
    config = make_config(
        arm_swings, tmp_path / "run", model="features", test_subjects=("bob", "cid")
    )
    check_out_of_fold(train(config).run.path, arm_swings, "recording")


def test_the_stream_and_the_model_are_one(
    feature_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    by_stream = make_config(arm_swings, tmp_path / "run", stream="features")
    assert by_stream == make_config(arm_swings, tmp_path / "run", model="features")
    assert by_stream == make_config(
        arm_swings, tmp_path / "run", model="features", stream="features"
    )
    assert TrainConfig.from_dict(by_stream.to_dict()) == by_stream
    train(by_stream)
    for file in ("predictions.csv", "validation.csv", "out_of_fold.csv", "metrics.json"):
        assert (tmp_path / "run" / file).read_text() == (feature_run / file).read_text()


def test_a_joint_that_is_never_seen_stops_nothing(arm_swings: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(arm_swings, data)
    for file in data.glob("ann_*.npz"):
        clip = read_sequence(file)
        positions = clip.positions.copy()
        positions[:, 6] = np.nan
        write_npz(
            file, PoseSequence(positions=positions, layout=clip.layout, fps=clip.fps, unit="m")
        )
    result = train(make_config(data, tmp_path / "run", model="features"))
    assert result.metrics.uar > 0.5


def test_a_layout_without_hands_is_an_error(tmp_path: Path) -> None:
    parents = {"pelvis": None, "left_shoulder": "pelvis", "right_shoulder": "pelvis"}
    bust = JointLayout.from_parents("bust", parents)
    rng = np.random.default_rng(0)
    pose = np.array([[0, 0, 0], [0.2, 0.5, 0], [-0.2, 0.5, 0]])
    for label in ("slow", "fast"):
        (tmp_path / "data" / label).mkdir(parents=True)
        for number in range(8):
            positions = rng.normal(0, 0.01, (24, 3, 3)) + pose
            write_npz(
                tmp_path / "data" / label / f"{number}.npz",
                PoseSequence(positions=positions, layout=bust, fps=30.0, unit="m"),
            )
    config = TrainConfig.of(data=tmp_path / "data", out=tmp_path / "run", model="features")
    with pytest.raises(PoseError, match=r"layout 'bust': .* no head and no left hand"):
        train(config)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "features", "epochs": 3}, "epochs: of networks; the model features is solved"),
        ({"stream": "features", "learning_rate": 0.1}, "learning_rate: of networks"),
        ({"model": "features", "frames": 20}, "frames: of networks"),
        (
            {"model": "features", "stream": "bone"},
            "takes no stream, but got 'bone'; .* --stream bone,features$",
        ),
        (
            {"model": "features", "stream": "features,bone"},
            "takes no stream, but got 'features,bone'; .* --stream features,bone$",
        ),
        (
            {"stream": "features", "model": "st-gcn"},
            "the stream features has the model features, not st-gcn",
        ),
        ({"model": "features", "gate": False}, "attention, gate and heads belong to s-stgcn"),
        ({"model": "features", "fusion": "sum"}, "a fusion needs several streams"),
    ],
)
def test_settings_of_networks_are_refused(
    arm_swings: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        make_config(arm_swings, **settings)


def test_the_streams_of_a_fusion_keep_their_own_settings(arm_swings: Path) -> None:
    config = make_config(arm_swings, stream="bone,features", epochs=3, frames=20, fusion="sum")
    plans = plan_streams(config)
    assert plans["features"].info.is_ridge
    assert not plans["bone"].info.is_ridge
    assert plans["bone"].recipe.epochs == 3
    assert plans["bone"].encoding.frames == 20


def test_a_run_that_has_ended_is_neither_resumed_nor_overwritten(
    feature_run: Path, arm_swings: Path
) -> None:
    config = make_config(arm_swings, feature_run, model="features")
    with pytest.raises(RunError, match=r"there is nothing to go on with$"):
        train(config, resume=True)
    with pytest.raises(RunError, match="there is a run already"):
        train(config)


@pytest.mark.parametrize("content", [b"", b"garbage", "cut", None])
def test_a_damaged_model_is_an_error(
    feature_run: Path, tmp_path: Path, content: bytes | str | None
) -> None:
    shutil.copytree(feature_run, tmp_path / "run")
    file = tmp_path / "run" / "checkpoints" / "features.safetensors"
    if content is None:
        file.unlink()
        message = r"there is no checkpoints.features\.safetensors; train it again"
    else:
        file.write_bytes(file.read_bytes()[:900] if isinstance(content, str) else content)
        message = r"features\.safetensors: expected a model of movement features"
    with pytest.raises(RunError, match=message):
        load_feature_model(RunDirectory(path=tmp_path / "run"))


def test_a_model_that_lacks_an_array_is_an_error(feature_run: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    run = RunDirectory(path=tmp_path / "run")
    save_feature_model(load_feature_model(RunDirectory(path=feature_run)), run)
    file = run.checkpoints / "features.safetensors"
    arrays = load_file(file)
    del arrays["means"]
    save_file(arrays, file)
    with pytest.raises(RunError, match=r"expected a model of movement features .*means"):
        load_feature_model(run)
