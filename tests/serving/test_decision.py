"""When a model answers, kept in decision.json, and inputs that are unlike the training."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph import load_run, read_sequence
from skelgraph.errors import RunError
from skelgraph.evaluation import fit_embedding_distance, temper
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.runs import Prediction, RunDirectory
from skelgraph.serving import (
    NOT_SURE,
    Decision,
    InputCheck,
    Predictor,
    embed_clips,
    evaluate_test_part,
    read_decision,
    write_decision,
)
from tests.conftest import make_rule

CLASSES = ("fast", "slow")


def predict(probability: float) -> Prediction:
    scores = {"fast": probability, "slow": 1 - probability}
    return Prediction(name="a", label=None, prediction="fast", probabilities=scores)


def check(predictor: Predictor, *sequences: PoseSequence) -> list[str]:
    found = InputCheck(predictor)
    found.add(sequences, [predictor.prepare(sequence) for sequence in sequences])
    return found.describe()


@pytest.fixture
def predictor(trained_run: Path) -> Predictor:
    predictor = load_run(trained_run)
    return replace(predictor, decision=Decision(rule=make_rule(predictor.classes)))


@pytest.fixture
def clip(arm_swings: Path) -> PoseSequence:
    return read_sequence(arm_swings / "cid_fast_0.npz")


def test_an_answer_needs_the_threshold() -> None:
    decision = Decision(rule=make_rule(CLASSES))
    assert decision.answer(predict(0.6)) == "fast"
    assert decision.answer(predict(0.59)) == NOT_SURE


def test_what_is_written_is_read(tmp_path: Path) -> None:
    run = RunDirectory(path=tmp_path)
    assert read_decision(run) is None
    rng = np.random.default_rng(0)
    distance = fit_embedding_distance(rng.normal(size=(20, 3)))
    rule = make_rule(CLASSES, distance_limits={"bone": 3.5})
    write_decision(run, Decision(rule=rule, distances={"bone": distance}))
    again = read_decision(run)
    assert again is not None
    assert again.rule == rule
    np.testing.assert_allclose(again.distances["bone"].precision, distance.precision, rtol=1e-6)
    write_decision(run, Decision(rule=make_rule(CLASSES)))
    (tmp_path / "decision.safetensors").unlink()
    plain = read_decision(run)
    assert plain is not None
    assert plain.distances == {}


def test_damaged_files_are_named(tmp_path: Path) -> None:
    run = RunDirectory(path=tmp_path)
    write_decision(run, Decision(rule=make_rule(CLASSES)))
    contents = json.loads((tmp_path / "decision.json").read_text())
    (tmp_path / "decision.json").write_text(json.dumps({**contents, "threshold": 2}))
    with pytest.raises(RunError, match=r"decision\.json: .*threshold.*delete the file"):
        read_decision(run)
    (tmp_path / "decision.json").write_text(json.dumps({**contents, "distance_limits": {"a": 1}}))
    with pytest.raises(RunError, match=r"decision\.safetensors: .* of a, but they are missing"):
        read_decision(run)


def test_a_decision_of_other_classes_is_an_error(predictor: Predictor) -> None:
    with pytest.raises(RunError, match=r"decision\.json for the classes fast, slow, but got a, b"):
        replace(predictor, decision=Decision(rule=make_rule(("a", "b"))))


def test_probabilities_are_tempered_and_the_class_stays(
    trained_run: Path, predictor: Predictor, clip: PoseSequence
) -> None:
    plain, tempered = load_run(trained_run).predict(clip), predictor.predict(clip)
    assert plain.prediction == tempered.prediction
    scores = np.array(list(plain.probabilities.values()))
    np.testing.assert_allclose(list(tempered.probabilities.values()), temper(scores, 2.0))
    assert predictor.temperature == 2 * load_run(trained_run).temperature


def test_an_evaluation_counts_unsure_predictions_too(trained_run: Path, decided_run: Path) -> None:
    plain = evaluate_test_part(load_run(trained_run))
    decided = evaluate_test_part(load_run(decided_run))
    assert decided.metrics.confusion == plain.metrics.confusion
    assert decided.metrics.n == 8
    decision = load_run(decided_run).decision
    assert decision is not None
    assert {decision.answer(one) for one in decided.predictions} == {NOT_SURE}


def test_usual_clips_are_not_remarked_on(predictor: Predictor, clip: PoseSequence) -> None:
    assert check(predictor, clip, clip) == []
    assert check(replace(predictor, decision=None), clip) == []
    assert InputCheck(predictor).describe() == []


def test_unlike_clips_get_a_line_for_each_kind(predictor: Predictor, clip: PoseSequence) -> None:
    slow = clip[::2]
    positions = np.array(clip.positions)
    positions[:, UPPER10.index("left_wrist")] = np.nan
    handless = replace(clip, positions=positions)
    doubled = np.concatenate([clip.positions, clip.positions[::-1]])
    long = replace(clip, positions=doubled)
    lines = check(predictor, clip, slow, handless, long)
    assert lines == [
        "unlike the training: 1 of 4 clips has fewer frames per second (15, the training's had 30 "
        "or more): fast movement is lost, or the rate is wrong",
        "unlike the training: 1 of 4 clips has another length (1.6 s, the training's had 0.8 to "
        "0.8 s)",
        "unlike the training: 1 of 4 clips has joints missing (up to 10% of them, the training's "
        "up to 0%)",
    ]
    assert check(predictor, long)[0].startswith("unlike the training: the clip has another length")
    short = replace(clip, positions=clip.positions[:-1])
    assert "another length (0.767 s, the training's had 0.8 to" in check(predictor, short)[0]


def test_a_far_embedding_is_remarked_on(
    predictor: Predictor, clip: PoseSequence, arm_swings: Path
) -> None:
    (network,) = predictor.networks
    clips = [read_sequence(file) for file in sorted(arm_swings.glob("ann*.npz"))]
    vectors = embed_clips(network, [predictor.prepare(one)[0] for one in clips])
    assert vectors.shape == (8, 128)
    alone = embed_clips(network, [predictor.prepare(clips[3])[0]])
    np.testing.assert_allclose(vectors[3:4], alone, atol=1e-5)
    distance = fit_embedding_distance(vectors)
    limit = float(distance.measure(vectors).max()) * 1.01
    rule = make_rule(predictor.classes, distance_limits={"bone": limit})
    near = replace(predictor, decision=Decision(rule=rule, distances={"bone": distance}))
    assert check(near, *clips) == []
    shaken = clip.positions + np.random.default_rng(0).normal(0, 0.5, clip.positions.shape)
    (line,) = check(near, clips[0], replace(clip, positions=shaken))
    assert line.startswith("unlike the training: 1 of 2 clips has an embedding far from those")
    assert "stream bone: Mahalanobis distance up to" in line
