"""A trained ridge on movement features at work, alone and fused."""

import csv
import shutil
from pathlib import Path

import pytest

from skelgraph import TrainConfig, load_run, train
from skelgraph.data import read_folder
from skelgraph.errors import DatasetError, RunError
from skelgraph.io import read_sequence
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.serving import evaluate_clips, evaluate_test_part


@pytest.fixture(scope="module")
def feature_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "features"
    config = TrainConfig.of(data=arm_swings, out=out, model="features", test_subjects=("cid",))
    return train(config).run.path


@pytest.fixture(scope="module")
def fused_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = TrainConfig.of(
        data=arm_swings,
        out=tmp_path_factory.mktemp("runs") / "fused",
        stream="bone,features",
        model="st-gcn-small",
        fusion="sum",
        epochs=1,
        test_subjects=("cid",),
    )
    return train(config).run.path


@pytest.mark.parametrize("kind", ["feature_run", "fused_run"])
def test_it_predicts_what_the_training_wrote(
    kind: str, arm_swings: Path, request: pytest.FixtureRequest
) -> None:
    run: Path = request.getfixturevalue(kind)
    predictor = load_run(run)
    with (run / "predictions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    for row in rows:
        prediction = predictor.predict(read_sequence(arm_swings / f"{row['name']}.npz"))
        assert prediction.prediction == row["prediction"]
        assert prediction.probabilities["fast"] == pytest.approx(float(row["p_fast"]), abs=1e-5)
    assert predictor.modalities == ("skeleton",)


def test_a_fusion_adds_the_scores_of_its_streams(fused_run: Path, arm_swings: Path) -> None:
    clip = read_sequence(arm_swings / "cid_fast_0.npz")
    scores = [
        load_run(fused_run / "streams" / name).predict(clip).probabilities["fast"]
        for name in ("bone", "features")
    ]
    fused = load_run(fused_run).predict(clip).probabilities["fast"]
    assert fused == pytest.approx(sum(scores) / 2, abs=1e-6)


def test_the_test_part_again_gives_the_same_metrics(feature_run: Path) -> None:
    predictor = load_run(feature_run)
    result = evaluate_test_part(predictor)
    assert result.metrics.n == 8
    assert result.metrics.uar == 1.0
    assert result.notes == ()


@pytest.mark.parametrize("kind", ["feature_run", "fused_run"])
def test_clips_of_the_validation_part_trained_it(
    kind: str, arm_swings: Path, request: pytest.FixtureRequest
) -> None:
    predictor = load_run(request.getfixturevalue(kind))
    (leak,) = evaluate_clips(predictor, read_folder(arm_swings)).leaks
    assert leak.startswith("16 of these clips trained or validated the model: this is no test")


def test_it_has_no_network(feature_run: Path) -> None:
    predictor = load_run(feature_run)
    with pytest.raises(RunError, match="the model features is a ridge and has no network"):
        _ = predictor.model


def test_a_recording_in_2d_is_an_error(feature_run: Path, arm_swings: Path) -> None:
    clip = read_sequence(arm_swings / "cid_fast_0.npz")
    flat = PoseSequence(
        positions=clip.positions[..., :2], layout=UPPER10, fps=30.0, unit="px", name="flat"
    )
    with pytest.raises(DatasetError, match="flat: expected positions in 3D"):
        load_run(feature_run).predict(flat)


def test_a_run_without_its_model_is_an_error(feature_run: Path, tmp_path: Path) -> None:
    shutil.copytree(feature_run, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    with pytest.raises(RunError, match="there is no checkpoints"):
        load_run(tmp_path / "run")
