"""A trained run at work."""

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import skelgraph
from skelgraph import TrainConfig, train
from skelgraph.data import read_folder
from skelgraph.errors import DatasetError, LayoutError, RunError
from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import COCO17, UPPER10, JointLayout
from skelgraph.models import InferenceNetwork
from skelgraph.poses import PoseSequence
from skelgraph.prediction import predict_files
from skelgraph.serving import (
    evaluate_clips,
    evaluate_test_part,
    load_run,
    write_evaluation,
)


def test_the_network_has_its_form_for_inference(trained_run: Path) -> None:
    assert isinstance(load_run(trained_run).model, InferenceNetwork)


def test_it_predicts_what_the_training_wrote(trained_run: Path, arm_swings: Path) -> None:
    predictor = skelgraph.load_run(trained_run)
    with (trained_run / "predictions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        sequence = read_sequence(arm_swings / f"{row['name']}.npz")
        prediction = predictor.predict(sequence)
        assert prediction.prediction == row["prediction"]
        assert prediction.probabilities["fast"] == pytest.approx(float(row["p_fast"]), abs=1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"stream": ("speed",), "frames": 20},
        {"stream": ("joint-motion",), "fps": 25.0},
        {"model": "resnet18"},
        {"axes": "scrambled"},
    ],
)
def test_it_sees_the_stream_of_the_training(
    arm_swings: Path, tmp_path: Path, settings: dict[str, object]
) -> None:
    config = TrainConfig.of(
        data=arm_swings, out=tmp_path / "run", test_subjects=("cid",), epochs=1, **settings
    )
    train(config)
    facts = json.loads((tmp_path / "run" / "config.json").read_text())
    assert settings.items() <= TrainConfig.from_dict(facts["config"]).flatten().items()
    assert facts["channels"] == "xyz"
    assert facts["in_channels"] == (2 if "frames" in settings else 3)
    predictor = load_run(tmp_path / "run")
    with (tmp_path / "run" / "predictions.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            prediction = predictor.predict(read_sequence(arm_swings / f"{row['name']}.npz"))
            assert prediction.probabilities["fast"] == pytest.approx(float(row["p_fast"]), abs=1e-5)


def test_a_clip_longer_than_scrambled_axes_were_padded_to_is_an_error(trained_run: Path) -> None:
    predictor = load_run(trained_run)
    (network,) = predictor.networks
    assert network.facts.longest == 24
    facts = replace(network.facts, config=network.facts.config.change(axes="scrambled"))
    scrambled = replace(predictor, networks=(replace(network, facts=facts),))
    positions = np.random.default_rng(0).normal(size=(25, 10, 3))
    long = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m", name="long")
    assert predictor.predict(long).prediction in predictor.classes
    with pytest.raises(DatasetError, match=r"long: expected at most 24 frames.* got 25; cut the"):
        scrambled.predict(long)


def test_runs_of_another_version_say_so(trained_run: Path, tmp_path: Path) -> None:
    shutil.copytree(trained_run, tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "config.json").read_text())
    facts["config"] = {"stream": "bone", "epochs": 3}
    (tmp_path / "run" / "config.json").write_text(json.dumps(facts))
    with pytest.raises(RunError, match="of another version of skelgraph; make the run again"):
        load_run(tmp_path / "run")


def test_the_test_part_again_gives_the_same_metrics(trained_run: Path) -> None:
    result = evaluate_test_part(load_run(trained_run))
    metrics = json.loads((trained_run / "metrics.json").read_text())
    assert json.loads(json.dumps(result.metrics.to_dict())).items() <= metrics.items()


def test_clips_that_trained_are_no_test_and_it_says_so(trained_run: Path, arm_swings: Path) -> None:
    result = evaluate_clips(load_run(trained_run), read_folder(arm_swings))
    (leak,) = result.leaks
    assert "16 of these clips trained or validated the model: this is no test" in leak
    assert result.tests == "known people and recordings"
    assert result.protocol.startswith("all 24 clips")


def test_clips_that_trained_are_found_by_content_under_other_names(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    rows = [line.split(",") for line in (arm_swings / "labels.csv").read_text().splitlines()[1:]]
    lines = ["file,label"]
    for number, (file, label, *_) in enumerate(rows):
        shutil.copy(arm_swings / file, tmp_path / f"new_{number}.npz")
        lines.append(f"new_{number}.npz,{label}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    result = evaluate_clips(load_run(trained_run), read_folder(tmp_path))
    (leak,) = result.leaks
    assert leak.startswith("16 of these clips are, by content, clips that trained the model")
    assert result.tests == "unknown: no subjects are given"


def test_clips_that_trained_are_found_by_name_where_the_data_are_gone(
    arm_swings: Path, trained_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(trained_run, tmp_path / "run")
    config = (run / "config.json").read_text()
    (run / "config.json").write_text(config.replace(str(arm_swings), str(tmp_path / "gone")))
    folder = shutil.copytree(arm_swings, tmp_path / "copy")
    labels = (folder / "labels.csv").read_text().splitlines()
    (folder / "labels.csv").write_text("\n".join(labels[:-1]) + "\n")
    (leak,) = evaluate_clips(load_run(run), read_folder(folder)).leaks
    assert leak.startswith("16 of these clips have the names of clips that trained the model")


def test_results_are_not_overwritten(trained_run: Path, tmp_path: Path) -> None:
    result = evaluate_test_part(load_run(trained_run))
    with pytest.raises(RunError, match="there are results already"):
        write_evaluation(result, trained_run)
    write_evaluation(result, tmp_path / "new")
    with pytest.raises(RunError, match="there are results already"):
        write_evaluation(result, tmp_path / "new")


def test_another_skeleton_is_converted_and_it_says_so(trained_run: Path, tmp_path: Path) -> None:
    positions = np.random.default_rng(0).normal(size=(20, 17, 3))
    file = tmp_path / "coco.npz"
    write_npz(file, PoseSequence(positions=positions, layout=COCO17, fps=30.0, unit="m"))
    outcome = predict_files(load_run(trained_run), [file])
    (note,) = outcome.notes
    assert "1 clip converted from layout coco17 to upper10: spinebase made up as" in note


def test_weights_of_another_model_are_an_error(trained_run: Path, tmp_path: Path) -> None:
    shutil.copytree(trained_run, tmp_path / "run")
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["config"]["model"]["name"] = "st-gcn"
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    with pytest.raises(RunError, match="missing or of another shape, such as"):
        load_run(tmp_path / "run")


def test_changed_data_is_no_test_part(trained_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    moved = tmp_path / "data"
    shutil.copytree(arm_swings, moved)
    predictor = load_run(trained_run)
    (network,) = predictor.networks
    facts = replace(network.facts, config=network.facts.config.change(data=moved))
    same = replace(predictor, networks=(replace(network, facts=facts),))
    assert evaluate_test_part(same).metrics.n == 8
    (moved / "labels.csv").write_text((moved / "labels.csv").read_text().replace("take0", "take9"))
    with pytest.raises(DatasetError, match="has changed since its training"):
        evaluate_test_part(same)


def test_foreign_labels_are_an_error(trained_run: Path, arm_swings: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(arm_swings, other)
    text = (other / "labels.csv").read_text()
    (other / "labels.csv").write_text(text.replace(",slow,", ",tired,"))
    with pytest.raises(DatasetError, match=r"expected the run's classes fast, slow.*tired"):
        evaluate_clips(load_run(trained_run), read_folder(other))


def test_other_dimensions_and_layouts_are_errors(trained_run: Path) -> None:
    predictor = load_run(trained_run)
    flat = PoseSequence(
        positions=np.zeros((20, 10, 2)), layout=predictor.layout, fps=30.0, name="flat"
    )
    with pytest.raises(DatasetError, match="flat: expected positions in 3D"):
        predictor.predict(flat)
    dog = JointLayout.from_parents("dog", {"snout": None, "tail": "snout", "paw": "tail"})
    barking = PoseSequence(positions=np.zeros((20, 3, 3)), layout=dog, fps=30.0, name="bark")
    with pytest.raises(LayoutError, match="bark: layout 'dog' cannot be converted to 'upper10'"):
        predictor.predict(barking)


def test_one_bad_file_does_not_stop_the_rest(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    good = arm_swings / "ann_fast_0.npz"
    bad = tmp_path / "bad.bvh"
    bad.write_text("HIERARCHY\n")
    outcome = predict_files(load_run(trained_run), [bad, good, tmp_path / "none.npz"])
    assert [prediction.name for prediction in outcome.predictions] == [str(good)]
    assert len(outcome.problems) == 2
    assert str(bad) in outcome.problems[0]
    assert "none.npz" in outcome.problems[1]


def test_what_is_no_run_is_an_error(trained_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no such folder"):
        load_run(tmp_path / "nowhere")
    with pytest.raises(RunError, match=r"expected a run directory with config\.json"):
        load_run(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(RunError, match="expected JSON"):
        load_run(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError, match="incomplete or damaged"):
        load_run(tmp_path)
    shutil.copy(trained_run / "config.json", tmp_path)
    with pytest.raises(RunError, match=r"was stopped before; go on with: skelgraph train --resume"):
        load_run(tmp_path)
    shutil.copy(trained_run / "metrics.json", tmp_path)
    with pytest.raises(RunError, match="there is no such checkpoint; was the training stopped"):
        load_run(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "last.ckpt").write_bytes(b"not a checkpoint")
    with pytest.raises(RunError, match="damaged or something else"):
        load_run(tmp_path)


def test_a_prediction_needs_no_lightning() -> None:
    script = (
        "import sys, skelgraph.serving\n"
        "print(sorted({'lightning', 'torchmetrics', 'matplotlib'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
