"""Model folders: the same predictions as the run, and nothing that is not to be given away."""

import json
import re
import shutil
from dataclasses import replace
from getpass import getuser
from pathlib import Path

import numpy as np
import pytest
import torch

from skelgraph import TrainConfig, crossval, load_run, read_sequence
from skelgraph.config import CrossvalConfig, DataSettings, LiftConfig
from skelgraph.errors import RunError
from skelgraph.io import write_npz
from skelgraph.lifting import load_lifter_run, train_lifter
from skelgraph.runs import (
    MODEL_FILES,
    CardText,
    RunDirectory,
    find_run,
    read_model_card,
    write_model_folder,
)
from skelgraph.serving import evaluate

PERSONAL = re.compile(rf"\b(ann|bob|cid|\w+_slow|\w+_fast)\b|/tmp|{Path.home()}|{getuser()}@")


def save(run: Path, folder: Path, **words: str) -> RunDirectory:
    write_model_folder(RunDirectory(path=run), folder, **words)
    return RunDirectory(path=folder)


def list_files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def predict(run: Path, data: Path) -> list[dict[str, float]]:
    clips = [read_sequence(file) for file in sorted(data.glob("*.npz"))[:6]]
    return [dict(one.probabilities) for one in load_run(run).predict_all(clips)]


def test_a_network_predicts_the_same(trained_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    model = save(trained_run, tmp_path / "model")
    assert list_files(model.path) == [
        *("README.md", "calibration.json", "card.json", "config.json", "metrics.json"),
        "weights.safetensors",
    ]
    assert predict(model.path, arm_swings) == predict(trained_run, arm_swings)


def test_fused_streams_predict_the_same(fused_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    model = save(fused_run, tmp_path / "model")
    assert list_files(model.path) == [
        *("README.md", "card.json", "config.json", "metrics.json"),
        "streams/features/calibration.json",
        "streams/features/config.json",
        "streams/features/features.safetensors",
        "streams/features/metrics.json",
        "streams/posture-motion/calibration.json",
        "streams/posture-motion/config.json",
        "streams/posture-motion/metrics.json",
        "streams/posture-motion/weights.safetensors",
    ]
    assert predict(model.path, arm_swings) == predict(fused_run, arm_swings)
    shutil.move(model.path, tmp_path / "elsewhere")
    assert predict(tmp_path / "elsewhere", arm_swings) == predict(fused_run, arm_swings)


def test_a_lifter_lifts_the_same(tiny_lifting: LiftConfig, tmp_path: Path) -> None:
    run = train_lifter(tiny_lifting.change(out=tmp_path / "run")).run
    model = save(run.path, tmp_path / "model")
    before, after = (load_lifter_run(one.path).network.state_dict() for one in (run, model))
    assert all(torch.equal(before[name], after[name]) for name in before)
    card = read_model_card(model.path)
    assert card.is_lifter
    assert card.errors_mm["true"]["mpjpe_mm"] == run.read_metrics()["true"]["mpjpe_mm"]
    page = (model.path / "README.md").read_text()
    assert f"| true | {card.errors_mm['true']['mpjpe_mm']:.1f} |" in page
    assert "skelgraph extract keypoints.json --lifter model" in page


@pytest.fixture(scope="module")
def study(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-validation of ridges, with a model that was trained on everybody."""
    train_config = TrainConfig.of(
        data=arm_swings, model="features", out=tmp_path_factory.mktemp("study") / "crossval"
    )
    return crossval(CrossvalConfig(train=train_config, final=True, workers=1)).run.path


def test_a_cross_validation_gives_its_final_model_and_its_numbers(
    study: Path, arm_swings: Path, tmp_path: Path
) -> None:
    model = save(study, tmp_path / "model")
    assert predict(model.path, arm_swings) == predict(study / "final", arm_swings)
    pooled = RunDirectory(path=study).read_metrics()
    card = read_model_card(model.path)
    assert card.is_pooled
    assert card.metrics is not None
    assert card.metrics.uar == pooled["uar"] == model.read_metrics()["uar"]
    assert card.training.people == 3
    assert "with nothing left out for a test." in (model.path / "README.md").read_text()


@pytest.mark.parametrize("kind", ["single", "fused", "crossval"])
def test_it_names_no_people_no_clips_and_no_files(
    kind: str, trained_run: Path, fused_run: Path, study: Path, tmp_path: Path
) -> None:
    run = {"single": trained_run, "fused": fused_run, "crossval": study}[kind]
    folder = save(run, tmp_path / "model").path
    allowed = {file for pattern in MODEL_FILES for file in folder.glob(pattern)}
    for file in [one for one in folder.rglob("*") if one.is_file()]:
        assert file in allowed
        content = file.read_bytes().decode("latin-1")
        if file.suffix != ".safetensors":
            assert PERSONAL.search(content) is None, file
    per_person = json.loads((folder / "metrics.json").read_text())["per_subject"]
    people = ["person 3"] if kind != "crossval" else ["person 1", "person 2", "person 3"]
    assert list(per_person) == people


def test_people_of_a_published_dataset_keep_their_names(trained_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    contents = json.loads((run / "config.json").read_text())
    contents["data"]["name"] = "mpi-ebed"
    contents["config"]["data"] = DataSettings(dataset="mpi-ebed", root=tmp_path).to_dict()
    (run / "config.json").write_text(json.dumps(contents))
    model = save(run, tmp_path / "model")
    assert list(model.read_metrics()["per_subject"]) == ["cid"]
    config = model.read_config()
    assert config["config"]["data"]["root"] is None
    assert config["config"]["data"]["dataset"] == "mpi-ebed"
    assert config["protocol"].startswith("subject: test cid")
    assert "Volkova" in (model.path / "README.md").read_text()


def test_weights_are_in_single_precision(trained_run: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    weights = load_file(save(trained_run, tmp_path / "model").weights_file)
    kinds = {value.dtype for value in weights.values()}
    assert kinds <= {torch.float32, torch.int64}


def test_a_decision_goes_with_it(trained_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    scores = {"answered": 0.6, "accuracy": 0.75, "uar": 0.7}
    rule = {
        "threshold": 0.55,
        "temperature": 1.25,
        "held_out": {"scores": scores, "calibration_error": 0.03},
        "inputs": {"clips": 3},
    }
    (run / "decision.json").write_text(json.dumps(rule))
    (run / "decision.safetensors").write_bytes(b"numbers")
    folder = save(run, tmp_path / "model").path
    assert json.loads((folder / "decision.json").read_text()) == rule
    assert (folder / "decision.safetensors").read_bytes() == b"numbers"
    page = (folder / "README.md").read_text()
    assert "below a probability of 0.55 it gives no answer" in page
    assert "60.0% are answered, 75.0% of them rightly; with a temperature of 1.25, the cal" in page
    (run / "decision.json").write_text('{"threshold": "high"}')
    with pytest.raises(RunError, match=r"decision\.json: expected when the model answers, but "):
        save(run, tmp_path / "other")


def test_a_model_is_as_sure_as_its_run(decided_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    model, run = load_run(save(decided_run, tmp_path / "model").path), load_run(decided_run)
    assert model.decision is not None
    assert run.decision is not None
    assert model.decision.rule == run.decision.rule
    assert predict(model.run.path, arm_swings) == predict(decided_run, arm_swings)
    assert "below a probability of 1.00" in (model.run.path / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "transform", "message"),
    [
        ("mine.py:Net", None, r"its network is code of your own, .*mine\.py:Net, and a model"),
        ("s-stgcn", "double", "its clips went through a transform of your own, double, and a mod"),
        ("sern", None, "a network of audio or text holds the words of its transcripts, so that"),
    ],
)
def test_code_and_transcripts_are_not_given_away(
    name: str, transform: str | None, message: str, trained_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    contents = json.loads((run / "config.json").read_text())
    contents["config"]["model"]["name"] = name
    contents["transform"] = transform
    (run / "config.json").write_text(json.dumps(contents))
    with pytest.raises(RunError, match=message):
        save(run, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_it_overwrites_nothing_and_takes_finished_runs_alone(
    trained_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="full: expected a new or empty folder, but there is somet"):
        save(trained_run, tmp_path / "full")
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    (run / "metrics.json").unlink()
    with pytest.raises(RunError, match="expected a run that was trained to its end"):
        save(run, tmp_path / "model")
    with pytest.raises(RunError, match="expected a run directory"):
        save(find_run(tmp_path / "full").path, tmp_path / "model")


def test_it_is_tested_on_other_data_without_its_clips(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    model = load_run(save(trained_run, tmp_path / "model").path)
    with pytest.raises(RunError, match="a model does not tell which clips did not train it"):
        evaluate(model)
    known = evaluate(model, DataSettings(folder=arm_swings))
    assert known.leaks[0].startswith("these are the data that the model was made of")
    assert known.tests == "unknown: no subjects are given"
    assert known.metrics.majority_class == load_run(trained_run).train_labels[0]
    assert sorted(model.train_labels) == sorted(load_run(trained_run).train_labels)

    other = tmp_path / "other"
    shutil.copytree(arm_swings, other)
    for file in sorted(other.glob("ann_*"))[:2]:
        sequence = read_sequence(file)
        moved = replace(sequence, positions=np.asarray(sequence.positions) + 1)
        write_npz(file, moved)
    result = evaluate(model, DataSettings(folder=other))
    assert result.leaks == ()
    assert "a model does not tell whom it was trained on" in result.notes[-1]
    assert np.isfinite(result.metrics.uar)


def test_words_are_on_the_card(trained_run: Path, tmp_path: Path) -> None:
    text = CardText(title="Slow or fast?", license="mit", missing=("Nobody sits.",))
    model = RunDirectory(path=tmp_path / "model")
    card = write_model_folder(
        RunDirectory(path=trained_run), model.path, text=text, name="swing2", reference="hf://a/b"
    )
    assert read_model_card(model.path) == card
    page = (model.path / "README.md").read_text()
    assert "# Slow or fast?" in page
    assert "- Nobody sits." in page
    assert 'skelgraph.load_model("a/b")' in page
    assert page.startswith("---\nlicense: mit\nlibrary_name: skelgraph\n")


def test_results_of_other_tests_take_the_place_of_its_own(
    trained_run: Path, tmp_path: Path
) -> None:
    run = RunDirectory(path=trained_run)
    results = {**run.read_metrics(), "uar": 0.625, "protocol": "without cid", "left_out": {}}
    text = CardText(data_name="swings", names_people=True)
    folder = tmp_path / "model"
    card = write_model_folder(run, folder, text=text, results=results)
    assert card.is_pooled
    assert card.metrics is not None
    assert card.metrics.uar == 0.625
    assert card.data == "swings"
    kept = RunDirectory(path=folder).read_metrics()
    assert (kept["uar"], kept["protocol"], list(kept["per_subject"])) == (
        *(0.625, "without cid"),
        ["cid"],
    )
    assert "left_out" not in kept
    assert "| such models, 8 clips | 62.5%" in (folder / "README.md").read_text()
    with pytest.raises(RunError, match=r"metrics\.json: expected metrics, but one is missing"):
        write_model_folder(run, tmp_path / "other", results={"uar": 0.5})
