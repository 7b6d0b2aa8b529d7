"""Trained networks of audio and text, at work."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph import load_run
from skelgraph.data import ClipMedia
from skelgraph.errors import DatasetError, RunError
from skelgraph.io import read_sequence
from skelgraph.poses import PoseSequence
from skelgraph.prediction import predict_files
from skelgraph.serving import Predictor, choose_modalities, evaluate_test_part


@pytest.fixture(scope="module")
def predictor(sern_run: Path) -> Predictor:
    loaded = load_run(sern_run)
    assert loaded.modalities == ("audio", "text", "skeleton")
    return loaded


@pytest.fixture(scope="module")
def clip(spoken_swings: Path) -> PoseSequence:
    return read_sequence(spoken_swings / "cid_fast_0.npz")


def test_the_test_part_again_is_that_of_the_training(predictor: Predictor) -> None:
    again = evaluate_test_part(predictor)
    metrics = predictor.run.read_metrics()
    assert again.metrics.confusion == tuple(map(tuple, metrics["confusion"])) or (
        [list(row) for row in again.metrics.confusion] == metrics["confusion"]
    )
    for name, modalities in (("A", ("audio",)), ("T+S", ("text", "skeleton"))):
        fewer = evaluate_test_part(choose_modalities(predictor, modalities))
        assert fewer.metrics.uar == metrics["modalities"][name]["uar"]


def test_whatever_is_there_is_taken(
    predictor: Predictor, spoken_swings: Path, clip: PoseSequence
) -> None:
    audio = spoken_swings / "cid_fast_0.wav"
    whole = predictor.predict(clip, audio=audio, text="hurry up")
    answers = [
        whole,
        predictor.predict(clip),
        predictor.predict(audio=audio),
        predictor.predict(text="hurry up"),
        predictor.predict(clip, audio=str(audio)),
        predictor.predict(text=""),
        predictor.predict(text="supercalifragilistic"),
    ]
    for one in answers:
        assert sum(one.probabilities.values()) == pytest.approx(1)
    assert len({one.probabilities["fast"] for one in answers[:5]}) == 5
    assert answers[5].probabilities == answers[6].probabilities
    assert answers[2].name == str(audio)
    (row,) = [
        row
        for row in json.loads(json.dumps(predictor.run.predictions_file.read_text())).splitlines()
        if row.startswith("cid_fast_0,")
    ]
    assert float(row.split(",")[3]) == pytest.approx(whole.probabilities["fast"], abs=1e-4)


def test_a_batch_gives_what_each_clip_alone_does(
    predictor: Predictor, spoken_swings: Path, clip: PoseSequence
) -> None:
    media = [
        ClipMedia(text="hurry up and run now please"),
        ClipMedia(audio=spoken_swings / "cid_fast_0.wav"),
        ClipMedia(audio=spoken_swings / "cid_slow_1.wav", text="so sleepy"),
    ]
    blank = predictor.without_skeleton(media[1])
    longer = replace(clip, positions=np.concatenate([clip.positions] * 3))
    sequences = [clip, blank, longer]
    together = predictor.predict_all(sequences, media)
    for one, sequence, own in zip(together, sequences, media, strict=True):
        (alone,) = predictor.predict_all([sequence], [own])
        assert alone.probabilities == pytest.approx(one.probabilities, abs=1e-5)
    assert predictor.predict_all([], []) == []


def test_a_clip_with_nothing_is_an_error(predictor: Predictor, clip: PoseSequence) -> None:
    with pytest.raises(DatasetError, match="expected audio or text or skeleton, but it has none"):
        predictor.predict()
    deaf = choose_modalities(predictor, ("audio", "text"))
    with pytest.raises(DatasetError, match="expected audio or text, but"):
        deaf.predict(clip)
    with pytest.raises(DatasetError, match="expected positions in 3D as in the run's training"):
        predictor.predict(replace(clip, positions=clip.positions[..., :2], unit="px"))


def test_modalities_are_those_of_the_network(predictor: Predictor, trained_run: Path) -> None:
    with pytest.raises(RunError, match="takes skeletons alone"):
        choose_modalities(load_run(trained_run), ("audio",))
    with pytest.raises(RunError, match="but got none"):
        choose_modalities(predictor, ())


def test_files_and_folders_with_labels(
    predictor: Predictor, spoken_swings: Path, trained_run: Path, tmp_path: Path
) -> None:
    outcome = predict_files(predictor, [spoken_swings])
    assert len(outcome.predictions) == 24
    assert outcome.problems == ()
    known = {one.name: one.probabilities for one in outcome.predictions}
    file, audio = spoken_swings / "cid_fast_0.npz", spoken_swings / "cid_fast_0.wav"
    lines = (spoken_swings / "labels.csv").read_text().splitlines()
    (text,) = [line.rpartition(",")[2] for line in lines if line.startswith("cid_fast_0")]
    one = predict_files(predictor, [file], audio=audio, text=text)
    assert one.predictions[0].probabilities == pytest.approx(known["cid_fast_0"], abs=1e-5)
    assert len(predict_files(predictor, [], text="run").predictions) == 1
    with pytest.raises(RunError, match="list several clips"):
        predict_files(predictor, [file, file], audio=audio)
    with pytest.raises(RunError, match="takes neither audio nor text"):
        predict_files(load_run(trained_run), [file], audio=audio)


def test_a_moved_run_still_predicts(sern_run: Path, tmp_path: Path, predictor: Predictor) -> None:
    shutil.copytree(sern_run, tmp_path / "moved")
    shutil.rmtree(tmp_path / "moved" / "encoders")
    moved = load_run(tmp_path / "moved")
    assert moved.predict(text="run") == predictor.predict(text="run")


@pytest.mark.parametrize("damage", ["encoders", "classes", "preprocessing"])
def test_damaged_runs_are_errors(sern_run: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(sern_run, tmp_path / "run", ignore=shutil.ignore_patterns("encoders"))
    file = tmp_path / "run" / "config.json"
    facts = json.loads(file.read_text())
    del facts[damage]
    file.write_text(json.dumps(facts))
    with pytest.raises(RunError, match=r"config\.json: expected the settings of a run"):
        load_run(tmp_path / "run")
