"""Fusing finished runs, and training several streams at once."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import skelgraph
from skelgraph import TrainConfig, fuse_runs, load_run, read_sequence, train
from skelgraph.errors import RunError, SplitError
from skelgraph.evaluation import fit_concat
from skelgraph.prediction import predict_files
from skelgraph.runs import RunDirectory, read_predictions
from skelgraph.serving import evaluate_test_part
from skelgraph.training.callbacks import EpochLog
from skelgraph.training.fusion import stream_runs

CLASSES = ("fast", "slow")


def make_config(data: Path, out: Path, **settings) -> TrainConfig:
    return TrainConfig.of(
        **{"data": data, "out": out, "test_subjects": ("cid",), "epochs": 1, **settings}
    )


@pytest.fixture(scope="session")
def two_streams(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of both streams and their fusion by a layer."""
    out = tmp_path_factory.mktemp("runs") / "2s"
    return train(make_config(arm_swings, out, stream="2s", fusion="concat")).run.path


@pytest.fixture
def pair(two_streams: Path, tmp_path: Path) -> list[Path]:
    """Copies of the joint and the bone run."""
    for name in ("joint", "bone"):
        shutil.copytree(two_streams / "streams" / name, tmp_path / name)
    return [tmp_path / "joint", tmp_path / "bone"]


def scores_of(file: Path) -> dict[str, np.ndarray]:
    return {
        one.name: np.array([one.probabilities[name] for name in CLASSES])
        for one in read_predictions(file)
    }


def change_rows(file: Path, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns = list(rows[0])
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(change(rows))


def test_the_sum_is_the_sum_of_the_softmax_scores(pair: list[Path], tmp_path: Path) -> None:
    fuse_runs(pair, tmp_path / "sum", strategy="sum")
    joint, bone, fused = (scores_of(p / "predictions.csv") for p in (*pair, tmp_path / "sum"))
    assert joint.keys() == fused.keys()
    for name, scores in fused.items():
        np.testing.assert_allclose(2 * scores, joint[name] + bone[name], atol=2e-6)


def test_weights_are_those_of_the_runs(pair: list[Path], tmp_path: Path) -> None:
    fuse_runs(pair, tmp_path / "sum", strategy="sum", weights=[3, 1])
    joint, bone, fused = (scores_of(p / "predictions.csv") for p in (*pair, tmp_path / "sum"))
    for name, scores in fused.items():
        np.testing.assert_allclose(4 * scores, 3 * joint[name] + bone[name], atol=4e-6)


@pytest.mark.parametrize("strategy", ["sum", "concat"])
def test_the_order_of_the_rows_does_not_matter(
    pair: list[Path], tmp_path: Path, strategy: str
) -> None:
    fuse_runs(pair, tmp_path / "before", strategy=strategy)
    for name in ("predictions.csv", "validation.csv", "split.csv"):
        change_rows(pair[1] / name, lambda rows: rows[::-1])
    fuse_runs(pair, tmp_path / "after", strategy=strategy)
    for name in ("predictions.csv", "metrics.json"):
        before, after = ((tmp_path / when / name).read_text() for when in ("before", "after"))
        assert before == after


def test_the_layer_is_fitted_on_validation_scores_alone(
    pair: list[Path], two_streams: Path, tmp_path: Path
) -> None:
    validation = [read_predictions(run / "validation.csv") for run in pair]
    split = RunDirectory(path=pair[0]).read_split()
    parts = {row["name"]: row["part"] for row in split}
    assert {parts[one.name] for one in validation[0]} == {"val"}
    assert len(validation[0]) == list(parts.values()).count("val")
    scores = np.array([[[o.probabilities[k] for k in CLASSES] for o in v] for v in validation])
    layer = fit_concat(scores, [CLASSES.index(one.label or "") for one in validation[0]])
    kept = json.loads((two_streams / "config.json").read_text())["fusion"]
    assert kept["fitted_on"] == "validation"
    np.testing.assert_allclose(kept["weight"], layer.weight)
    np.testing.assert_allclose(kept["bias"], layer.bias)
    for run in pair:  # the test scores have no say in the layer
        change_rows(run / "predictions.csv", turn_scores)
    fuse_runs(pair, tmp_path / "turned", strategy="concat")
    again = json.loads((tmp_path / "turned" / "config.json").read_text())["fusion"]
    assert again == kept


def turn_scores(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{**row, "p_fast": row["p_slow"], "p_slow": row["p_fast"]} for row in rows]


def test_both_fusions_and_all_streams_are_reported(two_streams: Path) -> None:
    results = json.loads((two_streams / "metrics.json").read_text())
    assert results["fusion"]["strategy"] == "concat"
    compared = results["fusion"]["compared"]
    assert list(compared) == ["joint", "bone", "sum", "concat"]
    scores = ("uar", "uar_interval", "war", "war_interval")
    assert compared["concat"] == {name: results[name] for name in scores}
    joint = json.loads((two_streams / "streams" / "joint" / "metrics.json").read_text())
    assert compared["joint"] == {name: joint[name] for name in scores}
    assert results["protocol"] == joint["protocol"]
    assert (two_streams / "figures" / "confusion.png").stat().st_size > 10_000


def test_streams_have_one_split(two_streams: Path) -> None:
    splits = [two_streams / "split.csv", *two_streams.glob("streams/*/split.csv")]
    assert len({file.read_text() for file in splits}) == 1
    assert len(splits) == 3


def test_a_fused_run_predicts_what_its_training_wrote(two_streams: Path, arm_swings: Path) -> None:
    predictor = load_run(two_streams)
    for name, scores in scores_of(two_streams / "predictions.csv").items():
        prediction = predictor.predict(read_sequence(arm_swings / f"{name}.npz"))
        found = [prediction.probabilities[one] for one in CLASSES]
        np.testing.assert_allclose(found, scores, atol=1e-5)
    outcome = predict_files(predictor, [arm_swings / "cid_fast_0.npz", arm_swings / "none.npz"])
    assert len(outcome.predictions) == len(outcome.problems) == 1
    assert predictor.predict_all([]) == []


def test_a_fused_run_is_evaluated_as_any(two_streams: Path) -> None:
    result = evaluate_test_part(load_run(two_streams))
    kept = json.loads((two_streams / "metrics.json").read_text())
    assert json.loads(json.dumps(result.metrics.to_dict())).items() <= kept.items()


def test_a_folder_of_streams_can_be_moved(two_streams: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(two_streams, tmp_path / "moved")
    assert [one.run.path for one in load_run(moved).networks] == [
        moved / "streams" / name for name in ("joint", "bone")
    ]


def test_runs_with_another_preprocessing_are_fused_too(
    two_streams: Path, arm_swings: Path, tmp_path: Path
) -> None:
    other = make_config(arm_swings, tmp_path / "raw", stream="bone", normalize_bones=False)
    runs = [two_streams / "streams" / "joint", train(other).run.path]
    fuse_runs(runs, tmp_path / "both", strategy="sum")
    result = evaluate_test_part(load_run(tmp_path / "both"))
    kept = json.loads((tmp_path / "both" / "metrics.json").read_text())
    assert result.metrics.uar == kept["uar"]


def test_a_missing_clip_is_named(pair: list[Path], tmp_path: Path) -> None:
    change_rows(
        pair[1] / "predictions.csv", lambda rows: [r for r in rows if r["name"] != "cid_slow_2"]
    )
    with pytest.raises(RunError, match=r"bone/predictions.csv: clip 'cid_slow_2' is missing"):
        fuse_runs(pair, tmp_path / "out")
    with pytest.raises(RunError, match=r"bone/predictions.csv: clip 'cid_slow_2' is missing"):
        fuse_runs(pair[::-1], tmp_path / "out")
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_a_clip_missing_from_the_split_is_named(pair: list[Path], tmp_path: Path) -> None:
    change_rows(pair[0] / "split.csv", lambda rows: [r for r in rows if r["name"] != "ann_fast_1"])
    for runs in (pair, pair[::-1]):
        with pytest.raises(RunError, match=r"joint/split.csv: clip 'ann_fast_1' of .*bone is miss"):
            fuse_runs(runs, tmp_path / "out")


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("split.csv", {"part": "train"}, "the part 'train', but 'test' in .*joint"),
        ("split.csv", {"label": "fast"}, "'cid_slow_2' has the label 'fast', but 'slow' in"),
        ("predictions.csv", {"label": "fast"}, "'cid_slow_2' has the label 'fast', but 'slow'"),
        ("predictions.csv", {"name": "cid_slow_1"}, "clip 'cid_slow_1' is there twice"),
        ("predictions.csv", {"p_fast": "much"}, ", line 4: expected a probability for each"),
    ],
)
def test_runs_that_differ_are_an_error(
    pair: list[Path], tmp_path: Path, file: str, change: dict[str, str], message: str
) -> None:
    change_rows(
        pair[1] / file,
        lambda rows: [{**r, **change} if r["name"] == "cid_slow_2" else r for r in rows],
    )
    with pytest.raises(RunError, match=message):
        fuse_runs(pair, tmp_path / "out")


def test_other_mistakes_are_errors(pair: list[Path], two_streams: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(RunError, match="two runs or more, but got 1"):
        fuse_runs(pair[:1], out)
    with pytest.raises(RunError, match="a weight for each of 2 runs, but got 3"):
        fuse_runs(pair, out, strategy="sum", weights=[1, 1, 1])
    with pytest.raises(RunError, match="weights of 0 or more"):
        fuse_runs(pair, out, strategy="sum", weights=[-1, 1])
    with pytest.raises(RunError, match="weights are those of the sum"):
        fuse_runs(pair, out, strategy="concat", weights=[1, 1])
    with pytest.raises(RunError, match="it is a fusion; name its runs"):
        fuse_runs([pair[0], two_streams], out)
    with pytest.raises(RunError, match="expected a new or empty folder"):
        fuse_runs(pair, pair[0])
    config = json.loads((pair[1] / "config.json").read_text())
    (pair[1] / "config.json").write_text(json.dumps({**config, "classes": ["slow", "fast"]}))
    with pytest.raises(RunError, match=r"the classes fast, slow of .*, but got slow, fast"):
        fuse_runs(pair, out)


def test_runs_without_validation_scores_can_be_summed(pair: list[Path], tmp_path: Path) -> None:
    (pair[1] / "validation.csv").unlink()
    with pytest.raises(RunError, match=r"bone/validation.csv: .*--strategy sum"):
        fuse_runs(pair, tmp_path / "concat", strategy="concat")
    result = fuse_runs(pair, tmp_path / "sum")
    assert list(result.compared) == ["joint", "bone", "sum"]


def test_a_run_whose_streams_are_gone_says_so(two_streams: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(two_streams, tmp_path / "moved")
    shutil.rmtree(moved / "streams" / "bone")
    with pytest.raises(RunError, match=r"there is no .*streams/bone; was it moved"):
        load_run(moved)
    facts = json.loads((moved / "config.json").read_text())
    (moved / "config.json").write_text(json.dumps({**facts, "fusion": {"strategy": "sum"}}))
    with pytest.raises(RunError, match="expected a fusion and its streams"):
        load_run(moved)


def test_a_stopped_training_of_streams_goes_on_where_it_was(
    two_streams: Path, arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(arm_swings, tmp_path / "run", stream="joint,bone", fusion="concat")
    write = EpochLog.on_train_epoch_end

    def stop_in_the_bone_stream(self, trainer, module) -> None:
        write(self, trainer, module)
        if self.file.parent.name == "bone":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EpochLog, "on_train_epoch_end", stop_in_the_bone_stream)
        with pytest.raises(KeyboardInterrupt):
            train(config)
    with pytest.raises(RunError, match=r"was stopped before; go on with"):
        load_run(tmp_path / "run")
    with pytest.raises(RunError, match=r"there is a run already; .*--resume"):
        train(config)
    with pytest.raises(RunError, match="another config"):
        train(make_config(arm_swings, tmp_path / "run", stream="2s", seed=1), resume=True)
    trained: list[str] = []
    train_stream = stream_runs.train_stream
    lines: list[str] = []
    monkeypatch.setattr(
        stream_runs,
        "train_stream",
        lambda *words, **options: (
            trained.append(options["title"]) or train_stream(*words, **options)
        ),
    )
    train(config, resume=True, report=lines.append)
    assert trained == ["bone (2 of 2)"]
    assert "stream joint (1 of 2): trained already" in lines
    for file in ("predictions.csv", "metrics.json"):
        assert (tmp_path / "run" / file).read_text() == (two_streams / file).read_text()
    with pytest.raises(RunError, match="the run has ended"):
        train(config, resume=True)


def test_a_stop_before_the_fusion_trains_nothing_again(
    two_streams: Path, arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = shutil.copytree(two_streams, tmp_path / "run")
    (moved / "metrics.json").unlink()
    monkeypatch.setattr(stream_runs, "train_stream", None)
    config = TrainConfig.from_dict(json.loads((moved / "config.json").read_text())["config"])
    config = make_config(arm_swings, moved, stream=config.stream.names, fusion="concat")
    train(config, resume=True)
    assert (moved / "metrics.json").read_text() == (two_streams / "metrics.json").read_text()


def test_out_of_fold_scores_are_of_networks_that_did_not_see_the_clip(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    config = make_config(arm_swings, out, stream="2s", fusion_folds=2)
    result = train(config)
    splits = [RunDirectory(path=path).read_split() for path in out.glob("streams/joint/folds/*")]
    assert len(splits) == 2
    tested = [{row["name"] for row in rows if row["part"] == "test"} for rows in splits]
    for rows, left_out in zip(splits, tested, strict=True):
        trained = [row for row in rows if row["part"] == "train"]
        assert not left_out & {row["name"] for row in trained}
        subjects = {row["subject"] for row in rows if row["part"] == "test"}
        assert not subjects & {row["subject"] for row in trained}
        assert "cid" not in subjects
    known = {row["name"] for row in result.run.read_split() if row["part"] == "train"}
    scores = [
        read_predictions(out / "streams" / name / "out_of_fold.csv") for name in ("joint", "bone")
    ]
    assert {one.name for one in scores[0]} == known == tested[0] | tested[1]
    table = [{one.name: one for one in rows} for rows in scores]
    names = [one.name for one in scores[0]]
    layer = fit_concat(
        np.array([[[t[n].probabilities[k] for k in CLASSES] for n in names] for t in table]),
        [CLASSES.index(table[0][name].label or "") for name in names],
    )
    kept = json.loads((out / "config.json").read_text())["fusion"]
    assert kept["fitted_on"] == "out-of-fold"
    np.testing.assert_allclose(kept["weight"], layer.weight)
    streams = [out / "streams" / name for name in ("joint", "bone")]
    again = fuse_runs(streams, tmp_path / "again", fit_on="out-of-fold")
    assert again.metrics == result.metrics
    (out / "metrics.json").unlink()
    monkeypatch.setattr(stream_runs, "train_stream", None)
    monkeypatch.setattr("skelgraph.training.fusion.fold_runs.train_stream", None)
    assert train(config, resume=True).metrics == result.metrics


def test_folds_that_cannot_be_are_errors(
    arm_swings: Path, pair: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="trained without --fusion-folds; fit on the validation"):
        fuse_runs(pair, tmp_path / "out", fit_on="out-of-fold")
    with pytest.raises(RunError, match="two or more folds for the layer"):
        TrainConfig.of(stream="2s", fusion_folds=1)
    with pytest.raises(RunError, match="two or more folds for the layer"):
        TrainConfig.of(stream="2s", fusion="sum", fusion_folds=2)
    with pytest.raises(RunError, match="a fusion needs several streams"):
        TrainConfig.of(stream="joint", fusion_folds=2)
    config = make_config(arm_swings, tmp_path / "run", stream="2s", fusion_folds=50)
    with pytest.raises(SplitError, match="as many as there are groups"):
        train(config)


def test_nothing_to_resume_is_said(arm_swings: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no checkpoint of any stream"):
        train(make_config(arm_swings, tmp_path / "new", stream="2s"), resume=True)


def test_names_of_streams() -> None:
    assert TrainConfig.of(stream="2s").streams == ("joint", "bone")
    assert TrainConfig.of(stream="bone, joint").streams == ("bone", "joint")
    for stream in ("joint,dance", "joint,joint", "joint,", ""):
        with pytest.raises(RunError, match=r"expected stream(s, each once| to be one of)"):
            TrainConfig.of(stream=stream)
    with pytest.raises(RunError, match="a fusion needs several streams"):
        TrainConfig.of(fusion="sum")
    assert skelgraph.fuse_runs is fuse_runs
