"""The temperature of a run: fitted by the training, applied by all that predicts."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from skelgraph import TrainConfig, fuse_runs, load_run, read_sequence, train
from skelgraph.errors import RunError
from skelgraph.evaluation import fit_temperature
from skelgraph.prediction import predict_files
from skelgraph.runs import (
    Prediction,
    RunDirectory,
    calibrate_run,
    read_predictions,
    read_temperature,
    run_calibration,
    temper_predictions,
)
from skelgraph.serving import evaluate_test_part


def make_predictions(num_clips: int, *, seed: int = 0) -> list[Prediction]:
    """Scores that are far too sure."""
    rng = np.random.default_rng(seed)
    found = []
    for clip in range(num_clips):
        high = rng.choice(["joy", "rage"])
        label = high if rng.random() < 0.7 else {"joy": "rage", "rage": "joy"}[high]
        scores = {name: 0.99 if name == high else 0.01 for name in ("joy", "rage")}
        found.append(Prediction(name=str(clip), label=label, prediction=high, probabilities=scores))
    return found


def test_the_temperature_is_fitted_and_kept(tmp_path: Path) -> None:
    run, validated = RunDirectory(path=tmp_path), make_predictions(40)
    temperature = calibrate_run(run, validated)
    scores = np.array([list(one.probabilities.values()) for one in validated])
    labels = [["joy", "rage"].index(one.label or "") for one in validated]
    assert temperature == pytest.approx(fit_temperature(np.log(scores), labels))
    assert temperature > 2
    assert read_temperature(run) == temperature
    kept = json.loads(run.calibration_file.read_text())
    assert kept == {"temperature": temperature, "fitted_on": "validation", "clips": 40}
    tempered = temper_predictions(validated, temperature)
    assert [one.prediction for one in tempered] == [one.prediction for one in validated]
    assert max(tempered[0].probabilities.values()) < 0.9


def test_few_clips_leave_it_at_one(tmp_path: Path) -> None:
    run = RunDirectory(path=tmp_path)
    assert calibrate_run(run, make_predictions(19)) == read_temperature(run) == 1
    assert json.loads(run.calibration_file.read_text())["fitted_on"] is None
    validated = make_predictions(5)
    assert temper_predictions(validated, 1.0) == validated


def test_a_run_that_keeps_none_has_one_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    run = RunDirectory(path=tmp_path)
    assert read_temperature(run) == 1
    for wrong in ("0", '"hot"', "null"):
        run.calibration_file.write_text(f'{{"temperature": {wrong}}}')
        with pytest.raises(RunError, match=r"calibration.json: expected a temperature above 0"):
            read_temperature(run)


def expect_any_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let four clips move a temperature away from 1."""
    freely = partial(fit_temperature, strength=0.1)
    monkeypatch.setattr(run_calibration, "MIN_CLIPS", 4)
    monkeypatch.setattr(run_calibration, "fit_temperature", freely)


@pytest.fixture
def tempered_runs(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Path]:
    """Trains runs whose few validation clips are enough for a temperature."""
    expect_any_temperature(monkeypatch)

    def make(stream: str) -> Path:
        config = TrainConfig.of(
            data=arm_swings,
            stream=stream,
            test_subjects=("cid",),
            val_subjects=("bob",),
            epochs=2,
            out=tmp_path / stream,
        )
        return train(config).run.path

    return make


def check_prediction(run: Path, data: Path) -> None:
    """The files of the test part are predicted as ``predictions.csv`` has them."""
    expected = {one.name: one for one in read_predictions(run / "predictions.csv")}
    outcome = predict_files(load_run(run), [data / f"{name}.npz" for name in expected])
    for one in outcome.predictions:
        before = expected[Path(one.name).stem]
        assert one.prediction == before.prediction
        assert one.probabilities == pytest.approx(dict(before.probabilities), abs=2e-6)


def test_predict_and_evaluate_give_what_the_training_wrote(
    tempered_runs: Callable[[str], Path], arm_swings: Path
) -> None:
    run = tempered_runs("bone")
    temperature = read_temperature(RunDirectory(path=run))
    assert abs(temperature - 1) > 0.01
    check_prediction(run, arm_swings)
    results = json.loads((run / "metrics.json").read_text())
    assert results["calibration"]["temperature"] == temperature
    assert evaluate_test_part(load_run(run)).metrics.to_dict()["calibration"] == pytest.approx(
        results["calibration"], abs=2e-6
    )
    sequence = read_sequence(arm_swings / "cid_fast_0.npz")
    sure = load_run(run).predict(sequence).probabilities["fast"]
    (run / "calibration.json").unlink()
    assert load_run(run).predict(sequence).probabilities["fast"] != pytest.approx(sure, abs=1e-6)


def test_a_fusion_works_on_the_tempered_scores_of_its_parts(
    tempered_runs: Callable[[str], Path], arm_swings: Path, tmp_path: Path
) -> None:
    runs = [tempered_runs(stream) for stream in ("joint", "bone")]
    fused = fuse_runs(runs, tmp_path / "both", strategy="sum").run.path
    tables = [{p.name: p for p in read_predictions(run / "predictions.csv")} for run in runs]
    for one in read_predictions(fused / "predictions.csv"):
        mean = np.mean([table[one.name].probabilities["fast"] for table in tables])
        assert one.probabilities["fast"] == pytest.approx(mean, abs=1e-6)
    check_prediction(fused, arm_swings)
    results = json.loads((fused / "metrics.json").read_text())
    assert results["calibration"]["temperature"] == 1
    shutil.rmtree(tmp_path / "both")


def test_a_network_of_several_modalities_has_one_too(
    make_spoken: Callable[..., TrainConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_any_temperature(monkeypatch)
    run = train(make_spoken("tre", tmp_path / "tre", val_subjects=("bob",))).run
    assert read_temperature(run) != 1
    result = evaluate_test_part(load_run(run.path))
    expected = {one.name: one for one in read_predictions(run.predictions_file)}
    for one in result.predictions:
        before = expected[one.name]
        assert one.probabilities == pytest.approx(dict(before.probabilities), abs=2e-6)


def test_known_people_never_make_a_network_surer_of_others(tmp_path: Path) -> None:
    """Forty clips that are all right, with scores of 0.6."""
    run = RunDirectory(path=tmp_path)
    sure = [
        Prediction(name=str(number), label="a", prediction="a", probabilities={"a": 0.6, "b": 0.4})
        for number in range(40)
    ]
    assert calibrate_run(run, sure) < 0.7
    assert calibrate_run(run, sure, lowest=1.0) == read_temperature(run) == 1.0
    wrong = [replace(one, label="b") for one in sure]
    assert calibrate_run(run, wrong, lowest=1.0) > 1.2


def test_temperatures_of_runs_that_test_strangers_do_not_sharpen(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowest = []

    def fit(run: RunDirectory, validated: list[Prediction], *, lowest_of: list = lowest, **given):
        lowest_of.append(given["lowest"])
        return 1.0

    monkeypatch.setattr("skelgraph.training.network_run.calibrate_run", fit)
    words = {"data": arm_swings, "epochs": 1, "model": "st-gcn-small", "stream": "bone"}
    train(TrainConfig.of(**words, test_subjects=("cid",), out=tmp_path / "strangers"))
    both = {"test_subjects": ("cid",), "val_subjects": ("bob",)}
    train(TrainConfig.of(**words, **both, out=tmp_path / "apart"))
    assert lowest == [1.0, 0.0]
