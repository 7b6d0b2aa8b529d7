"""A cross-validation: its run directory, its numbers, and how it goes on."""

import json
import shutil
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, recall_score

from skelgraph import CrossvalConfig, crossval, load_run, read_sequence, train
from skelgraph.config import SplitSettings, TrainConfig
from skelgraph.errors import DatasetError, RunError, SplitError
from skelgraph.experiments import fold_workers
from skelgraph.runs import RunDirectory, find_runs, read_predictions, summarize_run

TINY = {"epochs": 1, "model": "st-gcn-small", "stream": "bone"}


def make_config(data: Path, out: Path, **settings: object) -> CrossvalConfig:
    return CrossvalConfig.of(**{"data": data, "out": out, "workers": 1, **TINY, **settings})


def read_json(file: Path) -> dict:
    return json.loads(file.read_text())


@pytest.fixture(scope="module")
def study(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished cross-validation over three subjects with two seeds and a final model."""
    out = tmp_path_factory.mktemp("runs") / "study"
    crossval(make_config(arm_swings, out, seeds=(2,), final=True))
    return out


def test_each_subject_is_left_out_once_with_each_seed(study: Path) -> None:
    folds = {path.name for path in (study / "folds").iterdir()}
    assert folds == {f"{name}-seed{seed}" for name in ("ann", "bob", "cid") for seed in (0, 1)}
    for path in (study / "folds").iterdir():
        rows = RunDirectory(path=path).read_split()
        tested = {row["subject"] for row in rows if row["part"] == "test"}
        assert tested == {path.name.partition("-")[0]}
        assert tested.isdisjoint(row["subject"] for row in rows if row["part"] != "test")
    assert {row["part"] for row in RunDirectory(path=study).read_split()} == {"test"}
    assert (study / "figures" / "confusion.png").read_bytes()[:4] == b"\x89PNG"


def test_the_numbers_are_those_of_the_folds_by_hand(study: Path) -> None:
    metrics = read_json(study / "metrics.json")
    by_seed: dict[int, dict[str, tuple[str, str, float]]] = {}
    for seed in (0, 1):
        by_seed[seed] = {
            one.name: (one.label or "", one.prediction, one.probabilities["fast"])
            for name in ("ann", "bob", "cid")
            for one in read_predictions(study / "folds" / f"{name}-seed{seed}" / "predictions.csv")
        }
        kept = read_predictions(study / f"predictions-seed{seed}.csv")
        assert {one.name: one.prediction for one in kept} == {
            name: values[1] for name, values in by_seed[seed].items()
        }

    def score(function, seed: int, **options: object) -> float:
        truth, predicted, _ = zip(*by_seed[seed].values(), strict=True)
        return float(function(truth, predicted, **options))

    uars = [score(recall_score, seed, average="macro") for seed in (0, 1)]
    assert metrics["n"] == 24
    assert metrics["uar"] == pytest.approx(fmean(uars))
    assert metrics["war"] == pytest.approx(fmean(score(accuracy_score, s) for s in (0, 1)))
    assert metrics["seeds"]["uar"] == pytest.approx(dict(zip(("0", "1"), uars, strict=True)))
    assert metrics["seeds"]["mean"] == pytest.approx(fmean(uars))
    assert metrics["seeds"]["sd"] == pytest.approx(stdev(uars))
    assert np.sum(metrics["confusion"]) == 48
    mean = {name: fmean(by_seed[s][name][2] for s in (0, 1)) for name in by_seed[0]}
    pooled = read_predictions(study / "predictions.csv")
    assert {one.name: one.probabilities["fast"] for one in pooled} == pytest.approx(mean, abs=1e-5)
    right = [one.prediction == one.label for one in pooled]
    assert metrics["ensemble"]["war"] == pytest.approx(np.mean(right))


def test_each_fold_and_each_subject_has_a_row(study: Path) -> None:
    metrics = read_json(study / "metrics.json")
    assert len(metrics["folds"]) == 6
    for row in metrics["folds"]:
        own = read_json(study / row["run"] / "metrics.json")
        assert (row["uar"], row["war"], row["n"]) == (own["uar"], own["war"], own["n"])
        assert row["subjects"] == [row["fold"]]
    assert list(metrics["per_subject"]) == ["ann", "bob", "cid"]
    for name, row in metrics["per_subject"].items():
        own = [one["uar"] for one in metrics["folds"] if one["fold"] == name]
        assert row["uar"] == pytest.approx(fmean(own))
        assert row["n"] == 8
        assert fmean(row["per_class_recall"].values()) == pytest.approx(row["uar"])


def test_a_fold_equals_a_training_with_the_subject_held_out(
    study: Path, arm_swings: Path, tmp_path: Path
) -> None:
    train(
        TrainConfig.of(
            data=arm_swings, test_subjects=("bob",), seed=1, out=tmp_path / "run", **TINY
        )
    )
    fold = study / "folds" / "bob-seed1"
    for file in ("predictions.csv", "validation.csv", "log.csv", "split.csv", "metrics.json"):
        assert (fold / file).read_text() == (tmp_path / "run" / file).read_text()


def test_the_final_model_predicts(study: Path, arm_swings: Path) -> None:
    clip = read_sequence(arm_swings / "cid_fast_0.npz")
    predictor = load_run(study)
    assert predictor.run.path == study / "final"
    assert predictor.predict(clip) == load_run(study / "final").predict(clip)
    rows = RunDirectory(path=study / "final").read_split()
    assert {row["subject"] for row in rows if row["part"] == "train"} == {"ann", "bob", "cid"}


def test_it_is_listed_as_one_run(study: Path) -> None:
    (listed,) = find_runs(study.parent)
    assert listed.model == "crossval st-gcn-small bone"
    assert listed.state == "finished"
    assert listed.uar == read_json(study / "metrics.json")["uar"]
    assert summarize_run(study).changed["seeds"] == (2,)


def test_finished_folds_are_kept_and_a_lost_one_is_trained_again(
    study: Path, arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    shutil.copytree(study, out)
    (out / "metrics.json").unlink()
    (out / "folds" / "cid-seed0" / "metrics.json").unlink()
    shutil.rmtree(out / "folds" / "ann-seed1")
    trained: list[tuple[str, bool]] = []

    def spy(config: TrainConfig, *, resume: bool, show: str) -> None:
        assert config.out is not None
        trained.append((config.out.name, resume))
        train(config, resume=resume)

    monkeypatch.setattr(fold_workers, "train", spy)
    config = make_config(arm_swings, out, seeds=(2,), final=True)
    with pytest.raises(RunError, match="there is a run already"):
        crossval(config)
    with pytest.raises(RunError, match="began with another config"):
        crossval(config.change(stream="joint"), resume=True)
    crossval(config, resume=True)
    assert trained == [("cid-seed0", True), ("ann-seed1", False)]
    assert (out / "metrics.json").read_text() == (study / "metrics.json").read_text()
    with pytest.raises(RunError, match="has ended"):
        crossval(config, resume=True)


def test_a_final_model_is_added(arm_swings: Path, tmp_path: Path) -> None:
    config = make_config(arm_swings, tmp_path / "run", subjects=("ann", "bob"))
    result = crossval(config)
    assert result.final is None
    assert result.uar_sd is None
    assert result.metrics.n == 16
    assert result.metrics.per_subject.keys() == {"ann", "bob"}
    assert read_json(tmp_path / "run" / "metrics.json")["ensemble"] is None
    with pytest.raises(RunError, match="no model trained on everybody"):
        load_run(tmp_path / "run")
    result = crossval(config.change(final=True), resume=True)
    assert result.final is not None
    assert load_run(tmp_path / "run").classes == ("fast", "slow")


def test_seeds_are_added(arm_swings: Path, tmp_path: Path) -> None:
    config = make_config(arm_swings, tmp_path / "run", subjects=("ann", "bob"))
    first = crossval(config)
    both = crossval(config.change(seeds=(2,)), resume=True)
    assert both.uar_by_seed.keys() == {0, 1}
    assert both.uar_by_seed[0] == first.metrics.uar
    assert "seeds 0, 1" in both.run.read_config()["protocol"]
    with pytest.raises(RunError, match=r"expected the seeds 0, 1 .* but got 0"):
        crossval(config, resume=True)


def test_a_fold_that_fails_is_named_and_the_others_are_kept(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_for_bob(config: TrainConfig, *, resume: bool, show: str) -> None:
        if config.split.test_subjects == ("bob",):
            raise RunError("the training diverged")
        train(config, resume=resume)

    config = make_config(arm_swings, tmp_path / "run")
    with monkeypatch.context() as patch:
        patch.setattr(fold_workers, "train", fail_for_bob)
        with pytest.raises(RunError, match=r"1 of 3 trainings failed.*bob, seed 0: .*diverged"):
            crossval(config)
    assert not (tmp_path / "run" / "metrics.json").exists()
    assert (tmp_path / "run" / "folds" / "cid-seed0" / "metrics.json").is_file()
    assert crossval(config, resume=True).metrics.n == 24


def test_workers_do_the_same(arm_swings: Path, tmp_path: Path) -> None:
    settings = {"protocol": "group", "folds": 2, "subjects": ("ann", "bob")}
    results = [
        crossval(make_config(arm_swings, tmp_path / str(n), workers=n, **settings)) for n in (1, 2)
    ]
    one, two = (result.run.predictions_file.read_text() for result in results)
    assert one == two
    assert "2 folds of whole subjects" in results[0].protocol


def test_streams_are_fused_in_each_fold(arm_swings: Path, tmp_path: Path) -> None:
    config = make_config(arm_swings, tmp_path / "run", stream="joint,bone", fusion="sum", folds=2)
    result = crossval(config)
    fusion = read_json(tmp_path / "run" / "metrics.json")["fusion"]
    assert fusion["strategy"] == "sum"
    assert fusion["compared"].keys() == {"joint", "bone", "sum"}
    assert fusion["compared"]["sum"]["uar"] == result.metrics.uar
    joint = [
        one
        for number in (1, 2)
        for one in read_predictions(
            tmp_path / "run" / "folds" / f"{number}-seed0" / "streams" / "joint" / "predictions.csv"
        )
    ]
    assert fusion["compared"]["joint"]["war"] == np.mean([o.prediction == o.label for o in joint])


def rewrite_labels(folder: Path, data: Path, change) -> Path:
    """Copies a dataset with other lines in its labels.csv."""
    shutil.copytree(data, folder)
    header, *lines = (data / "labels.csv").read_text().splitlines()
    rows = [change(line.split(",")) for line in lines]
    (folder / "labels.csv").write_text("\n".join([header, *map(",".join, rows)]) + "\n")
    return folder


def test_sessions_are_those_of_the_subjects(arm_swings: Path, tmp_path: Path) -> None:
    names = {"ann": "Ses01F", "bob": "Ses01M", "cid": "Ses02F"}
    data = rewrite_labels(
        tmp_path / "data", arm_swings, lambda row: [*row[:2], names[row[2]], row[3]]
    )
    result = crossval(make_config(data, tmp_path / "run", protocol="session"))
    folds = {row["fold"]: row["subjects"] for row in result.run.read_metrics()["folds"]}
    assert folds == {"Ses01": ["Ses01F", "Ses01M"], "Ses02": ["Ses02F"]}
    with pytest.raises(SplitError, match="Ses01F of Ses01, but there is 'ann'"):
        crossval(make_config(arm_swings, tmp_path / "other", protocol="session"))


def test_recordings_are_folds_where_subjects_are_not_known(
    arm_swings: Path, tmp_path: Path
) -> None:
    data = rewrite_labels(
        tmp_path / "data", arm_swings, lambda row: [*row[:2], "", f"{row[2]}_{row[3]}"]
    )
    result = crossval(make_config(data, tmp_path / "run", folds=3))
    assert "3 folds of whole recordings" in result.protocol
    assert result.metrics.per_subject == {}
    assert result.metrics.n == 24
    with pytest.raises(SplitError, match="by subject needs the subject of every clip, but 24"):
        crossval(make_config(data, tmp_path / "other", protocol="subject"))
    assert not (tmp_path / "other").exists()


def test_what_cannot_be_divided_is_an_error(arm_swings: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(SplitError, match="two or more of them, but there is ann only"):
        crossval(make_config(arm_swings, out, subjects=("ann",)))
    with pytest.raises(DatasetError, match="no subject 'zoe'; there are ann, bob, cid"):
        crossval(make_config(arm_swings, out, subjects=("ann", "zoe")))
    with pytest.raises(SplitError, match=r"as many folds as there are subjects \(3: ann, bob, cid"):
        crossval(make_config(arm_swings, out, folds=4))
    assert not out.exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"test_subjects": ("ann",)}, "divides the clips by its protocol; leave out --split"),
        ({"folds": 3, "protocol": "subject"}, "folds go with the protocol 'group'"),
        ({"folds": 1}, "expected 2 folds or more, but got 1"),
        ({"seed": 3, "seeds": (0, 1)}, "pass the seed 3 or a list of seeds, not both"),
        ({"seeds": (2,), "data": None}, "generated motion is other motion with each seed"),
        ({"seeds": (1, 1)}, "expected seeds to be numbers"),
    ],
)
def test_settings_that_do_not_go_together(
    arm_swings: Path, tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        CrossvalConfig.of(**{"data": arm_swings, "out": tmp_path / "run", **settings})


def test_seeds_are_counted_or_named() -> None:
    assert CrossvalConfig.of(data="x", seeds="3", seed=4).all_seeds == (4, 5, 6)
    assert CrossvalConfig.of(data="x", seeds="0,5").all_seeds == (0, 5)
    assert CrossvalConfig.of(seed=4).all_seeds == (4,)
    assert CrossvalConfig.from_dict(CrossvalConfig.of(folds=3).to_dict()).protocol == "group"
    assert CrossvalConfig().train.split == SplitSettings()


def test_networks_of_several_modalities_are_cross_validated(make_spoken, tmp_path: Path) -> None:
    one = make_spoken("sern", tmp_path / "run", epochs=1)
    config = CrossvalConfig(
        train=one.change(split=SplitSettings(), subjects=("ann", "bob")), workers=1, final=True
    )
    result = crossval(config)
    assert result.metrics.n == 16
    assert load_run(tmp_path / "run").modalities == ("audio", "text", "skeleton")
