"""Trainings that start from another one, from the settings to the run directory."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from skelgraph import CrossvalConfig, TrainConfig, crossval, load_run, train
from skelgraph.errors import FormatError, RunError, SplitError
from skelgraph.models import SSTGCN
from skelgraph.runs import RunDirectory, TrainResult, read_weights
from skelgraph.training import default_run_path
from skelgraph.training.fusion import stream_runs

HEAD = {"classifier.weight", "classifier.bias"}


@pytest.fixture(scope="module")
def start(arm_swings: Path) -> Callable[..., TrainResult]:
    """Trains for an epoch on the arm swings, cid tested."""

    def begin(out: Path, **settings: Any) -> TrainResult:
        usual = {"data": arm_swings, "test_subjects": ("cid",), "epochs": 1}
        return train(TrainConfig.of(**{**usual, **settings}, out=out))

    return begin


@pytest.fixture(scope="module")
def source(start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a small network and movement features."""
    settings = {"model": "s-stgcn-small", "num_heads": 2, "members": 2}
    out = tmp_path_factory.mktemp("runs") / "source"
    return start(out, stream="posture-motion,features", **settings).run.path


def read(run: Path, stream: str = "posture-motion") -> dict[str, torch.Tensor]:
    place = RunDirectory(path=run).stream(stream)
    return read_weights(place if place.path.is_dir() else RunDirectory(path=run), "last")


def list_changed(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> set[str]:
    assert first.keys() == second.keys()
    return {name for name, value in first.items() if not torch.equal(value, second[name])}


def test_a_training_takes_the_settings_and_the_weights(start, source: Path, tmp_path: Path) -> None:
    run = start(tmp_path / "run", init_from=source, freeze=1).run
    config = TrainConfig.from_dict(run.read_config()["config"])
    assert (config.model.name, config.model.members) == ("s-stgcn-small", 2)
    assert config.stream.names == ("posture-motion", "features")
    assert config.data.layout == "upper10"
    assert config.start.init_from == str(source.resolve())
    changed = list_changed(read(source), read(run.path))
    assert {name for name in changed if not name.startswith("head_norm.")} == HEAD
    own = json.loads((run.stream("posture-motion").path / "config.json").read_text())["start"]
    assert own["taken"]["classifier"] == "taken"
    assert own["source"] == str(source.resolve())
    assert own["trained_on"][0]["subjects"] == ["ann", "bob"]
    assert "start" not in run.stream("features").read_config()
    assert not run.start_file.exists()
    assert load_run(run.path).classes == ("fast", "slow")


def test_without_a_step_the_network_is_its_source(
    start, source: Path, tmp_path: Path, arm_swings: Path
) -> None:
    renamed = tmp_path / "renamed"
    shutil.copytree(arm_swings, renamed)
    rows = (renamed / "labels.csv").read_text()
    swapped = rows.replace(",slow,", ",a_slow,").replace(",fast,", ",z_fast,")
    (renamed / "labels.csv").write_text(swapped)
    settings = {"stream": "posture-motion", "learning_rate": 1e-12}
    same = start(tmp_path / "same", init_from=source, **settings).run.path
    close = {
        name: torch.allclose(value, read(same)[name], atol=1e-6)
        for name, value in read(source).items()
        if "running" not in name and "tracked" not in name
    }
    assert all(close.values())
    other = start(tmp_path / "other", init_from=source, data=renamed, **settings).run
    assert other.read_config()["start"]["taken"]["classifier"] == "new"
    before, after = read(source), read(other.path)
    assert not torch.allclose(before["classifier.weight"], after["classifier.weight"], atol=1e-3)
    assert torch.allclose(before["head_norm.weight"], after["head_norm.weight"], atol=1e-6)


def test_classes_in_another_order_keep_their_rows(
    start, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(source / "streams" / "posture-motion", copy)
    file = copy / "config.json"
    facts = json.loads(file.read_text())
    file.write_text(json.dumps({**facts, "classes": facts["classes"][::-1]}))
    settings = {"stream": "posture-motion", "learning_rate": 1e-12}
    run = start(tmp_path / "run", init_from=copy, **settings).run
    before, after = read(copy), read(run.path)
    for name in HEAD:
        assert torch.allclose(before[name].flip(0), after[name], atol=1e-6)


def test_layers_before_the_classifier_learn_more_slowly(
    start, source: Path, tmp_path: Path
) -> None:
    settings = {"stream": "posture-motion", "weight_average": 0, "init_from": source}
    slow = start(tmp_path / "slow", layer_decay=0.01, **settings).run
    fast = start(tmp_path / "fast", **settings).run
    name = "blocks.0.temporal.weight"
    before = read(source)[name]
    moved = [(read(run.path)[name] - before).abs().mean() for run in (slow, fast)]
    assert moved[0] < 0.1 * moved[1]
    with slow.log_file.open() as stream:
        (row,) = csv.DictReader(stream)
    (usual,) = fast.read_log()
    assert float(row["learning_rate"]) == usual["learning_rate"]  # that of the classifier


def test_a_stopped_training_goes_on_without_its_source(
    start, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arm_swings: Path
) -> None:
    copy, out = tmp_path / "copy", tmp_path / "run"
    shutil.copytree(source, copy)
    settings = {
        **{"data": arm_swings, "test_subjects": ("cid",), "epochs": 1, "freeze": 1},
        **{"stream": "features,posture-motion", "init_from": copy, "out": out},
    }
    whole = train(TrainConfig.of(**{**settings, "out": tmp_path / "whole"})).run.path
    train_stream = stream_runs.train_stream

    def stop(plan, *args, **more):
        if plan.stream == "posture-motion":
            raise KeyboardInterrupt
        return train_stream(plan, *args, **more)

    monkeypatch.setattr(stream_runs, "train_stream", stop)
    with pytest.raises(KeyboardInterrupt):
        train(TrainConfig.of(**settings))
    monkeypatch.undo()
    shutil.rmtree(copy)
    (out / "streams" / "posture-motion").mkdir(exist_ok=True)
    begun = out / "streams" / "features" / "checkpoints" / "last.ckpt"
    begun.touch()  # what a stream of a network leaves, so that there is something to go on with
    run = train(TrainConfig.of(**settings), resume=True).run
    assert not list_changed(read(whole), read(run.path))
    longer = TrainConfig.from_dict(run.stream("posture-motion").read_config()["config"])
    alone = run.stream("posture-motion").path
    train(longer.change(out=alone, epochs=2), resume=True)
    assert "start" in RunDirectory(path=alone).read_config()
    assert {n for n in list_changed(read(source), read(alone)) if "head_norm" not in n} == HEAD


def test_people_who_trained_the_source_are_not_tested(start, source: Path, tmp_path: Path) -> None:
    settings = {"init_from": source, "test_subjects": ("bob",), "stream": "posture-motion"}
    with pytest.raises(SplitError, match=r"1 tested subject trained .*source.*: bob; test other"):
        start(tmp_path / "run", **settings)
    result = start(tmp_path / "run", **settings, allow_leaks=True)
    assert result.tests == "known people and recordings"
    assert any("bob" in leak for leak in result.run.read_metrics()["leaks"])
    grandchild = {**settings, "init_from": result.run.path, "test_subjects": ("ann",)}
    with pytest.raises(SplitError, match=r"1 tested subject trained .*: ann"):
        start(tmp_path / "next", **grandchild)


def test_a_cross_validation_starts_each_fold_from_it(
    source: Path, tmp_path: Path, arm_swings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = CrossvalConfig.of(
        data=arm_swings, stream="posture-motion", epochs=1, init_from=source, workers=1
    )
    with pytest.raises(SplitError, match=r"fold ann: 1 tested subject trained .*: ann"):
        crossval(config.change(out=tmp_path / "refused"))
    assert not (tmp_path / "refused" / "folds").exists()
    lines: list[str] = []
    out = tmp_path / "allowed"
    result = crossval(config.change(out=out, allow_leaks=True), report=lines.append)
    assert any("starts from the weights of" in line for line in lines)
    assert any("ann" in leak for leak in result.leaks)
    fold = json.loads((out / "folds" / "cid-seed0" / "config.json").read_text())
    assert fold["start"]["taken"]["classifier"] == "taken"
    assert fold["config"]["model"]["name"] == "s-stgcn-small"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "st-gcn"}, "are of the model s-stgcn-small, but the network is st-gcn; pass --"),
        ({"model": "s-stgcn-small"}, "its network has num_heads 2, but the new one 4"),
        ({"stream": "bone"}, "expected a network of the stream 'bone' .* it has posture-motion; p"),
        ({"layout": "mpi23"}, "layout"),
        ({"freeze": 2}, "expected freeze from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_told(start, source, tmp_path, settings, message) -> None:
    usual = {"init_from": source, "stream": "posture-motion"}
    with pytest.raises(Exception, match=message) as caught:
        start(tmp_path / "run", **{**usual, **settings})
    assert "\n" not in str(caught.value)


def test_what_has_no_weights_is_no_source(start, source: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="movement features are solved in one step and have no wei"):
        start(tmp_path / "run", init_from=source / "streams" / "features")
    with pytest.raises(RunError, match=r"init_from is of networks .*; features is solved in one"):
        TrainConfig.of(init_from=source, model="features")
    with pytest.raises(RunError, match=r"init_from is of networks of skeletons; sern starts from"):
        TrainConfig.of(init_from=source, model="sern")
    with pytest.raises(RunError, match=r"freeze: of trained weights, but this training starts"):
        TrainConfig.of(freeze=1)
    checkpoint = source / "streams" / "posture-motion" / "checkpoints" / "last.ckpt"
    with pytest.raises(FormatError, match=r"last.ckpt: expected weights alone; name the run, "):
        start(tmp_path / "run", init_from=checkpoint)
    with pytest.raises(RunError, match="nowhere: expected a run directory"):
        start(tmp_path / "run", init_from="nowhere")


def test_the_run_is_named_after_its_source(source: Path) -> None:
    config = TrainConfig.of(stream="bone", init_from=source)
    assert default_run_path(config).name == "emotive-motion-s-stgcn-bone-from-source-0"


def test_a_state_dict_of_ones_own_is_a_source(start, source: Path, tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    torch.save(read(source), file)
    settings = {"model": "s-stgcn-small", "num_heads": 2, "members": 2, "freeze": 1}
    run = start(tmp_path / "run", init_from=file, stream="posture-motion", **settings).run
    changed = list_changed(read(source), read(run.path))
    assert {name for name in changed if not name.startswith("head_norm.")} == HEAD


def test_the_released_s_stgcn_is_a_source(start, shared_data: Path, tmp_path: Path) -> None:
    file = shared_data.parent / "data" / "reference" / "s-stgcn" / "pretrained_model.pkl"
    run = start(tmp_path / "run", init_from=file, freeze=10, batch_size=64).run
    released = SSTGCN.from_official_checkpoint(file).state_dict()
    assert list_changed(released, read(run.path)).isdisjoint(released.keys() - HEAD)
    assert run.read_config()["config"]["model"]["name"] == "s-stgcn-released"
    with pytest.raises(RunError, match=r"of the model s-stgcn-released, .* pass --model s-stgcn-r"):
        start(tmp_path / "other", init_from=file, model="st-gcn-small")
