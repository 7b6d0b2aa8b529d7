"""When a model answers, chosen by a cross-validation."""

from pathlib import Path

import numpy as np
import pytest

from skelgraph import CrossvalConfig, crossval, load_run, read_sequence
from skelgraph.errors import RunError
from skelgraph.evaluation import (
    choose_threshold,
    fit_embedding_distance,
    fit_temperature,
    temper,
)
from skelgraph.experiments import make_decision
from skelgraph.runs import RunDirectory, read_predictions, stack_scores
from skelgraph.serving import embed_clips, read_decision, write_decision


@pytest.fixture(scope="module")
def study(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-validation of a fusion over three people, with a model trained on everybody."""
    config = CrossvalConfig.of(
        data=arm_swings,
        out=tmp_path_factory.mktemp("runs") / "study",
        workers=1,
        epochs=1,
        model="st-gcn-small",
        stream="bone,features",
        fusion="sum",
        final=True,
    )
    return crossval(config).run.path


def test_it_is_that_of_all_people_and_is_tested_on_each(study: Path) -> None:
    decision = make_decision(study)
    rule = decision.rule
    rows = read_predictions(study / "predictions.csv")
    scores = stack_scores(rows, rule.classes)
    truth = [rule.classes.index(one.label or "") for one in rows]
    temperature = round(fit_temperature(np.log(scores), truth), 4)
    assert rule.temperature == pytest.approx(temperature, abs=1e-3)
    assert rule.threshold == choose_threshold(temper(scores, rule.temperature), truth)
    held_out = rule.held_out
    assert (held_out.folds, held_out.clips, held_out.scores.predictions) == (3, 24, 24)
    assert rule.inputs.clips == 24
    assert rule.inputs.fps.median == 30
    assert rule.inputs.duration_s.high == pytest.approx(0.8)
    assert rule.inputs.missing.high == 0
    # The ridge has no embedding.
    assert list(decision.distances) == list(rule.distance_limits) == ["bone"]

    final = RunDirectory(path=study / "final")
    write_decision(final, decision)
    predictor = load_run(study)
    assert predictor.decision is not None
    assert predictor.decision.rule == rule
    assert read_decision(RunDirectory(path=study / "folds" / "ann-seed0")) is None


def test_limits_are_those_of_people_left_out(study: Path, arm_swings: Path) -> None:
    distances = []
    for person in ("ann", "bob", "cid"):
        fold = load_run(study / "folds" / f"{person}-seed0")
        (vectors, others) = (
            embed_clips(
                fold.networks[0],
                [
                    fold.prepare(read_sequence(file))[0]
                    for file in sorted(arm_swings.glob("*.npz"))
                    if file.name.startswith(person) == is_tested
                ],
            )
            for is_tested in (True, False)
        )
        distances += fit_embedding_distance(others).measure(vectors).tolist()
    assert len(distances) == 24
    limit = make_decision(study).rule.distance_limits["bone"]
    assert limit == pytest.approx(np.percentile(distances, 99), rel=1e-3)


def test_what_is_no_cross_validation_is_an_error(trained_run: Path) -> None:
    with pytest.raises(RunError, match="expected a cross-validation, but it is another run"):
        make_decision(trained_run)


def test_two_folds_are_too_few(arm_swings: Path, tmp_path: Path) -> None:
    lines = (arm_swings / "labels.csv").read_text().splitlines()
    few = tmp_path / "few"
    few.mkdir()
    kept = [line for line in lines if not line.startswith("cid")]
    (few / "labels.csv").write_text("\n".join(kept) + "\n")
    for file in arm_swings.glob("*.npz"):
        (few / file.name).symlink_to(file)
    run = crossval(CrossvalConfig.of(data=few, out=tmp_path / "run", model="features", workers=1))
    with pytest.raises(RunError, match=r"expected 3 folds or more, .* but got 2"):
        make_decision(run.run.path, run.run.path / "folds" / "ann-seed0")
