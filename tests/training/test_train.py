"""A whole training, from files to the run directory."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch

from skelgraph import TrainConfig, load_run, read_sequence, train
from skelgraph.errors import DatasetError, RunError, SplitError
from skelgraph.runs import RunDirectory
from skelgraph.serving import evaluate
from skelgraph.training.callbacks import EpochLog


def make_config(data: Path, out: Path, **settings) -> TrainConfig:
    return TrainConfig.of(
        **{"data": data, "out": out, "test_subjects": ("cid",), "epochs": 2, **settings}
    )


def read_rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_run_directory_holds_what_is_promised(trained_run: Path) -> None:
    config = json.loads((trained_run / "config.json").read_text())
    assert config["config"]["stream"]["names"] == ["bone"]
    assert config["classes"] == ["fast", "slow"]
    assert config["versions"]["torch"].startswith(torch.__version__.partition("+")[0])
    assert len(config["data"]["fingerprint"]) >= 16
    assert config["preprocessing"]["layout"]["name"] == "upper10"
    metrics = json.loads((trained_run / "metrics.json").read_text())
    assert {"uar", "war", "per_class_recall", "confusion", "classes", "n", "protocol"} <= set(
        metrics
    )
    assert metrics["n"] == 8
    assert metrics["chance"] == 0.5
    assert "cid" in metrics["protocol"]
    assert "data_note" not in metrics
    assert len(read_rows(trained_run / "log.csv")) == 2
    assert (trained_run / "checkpoints" / "best.ckpt").is_file()
    assert (trained_run / "checkpoints" / "last.ckpt").is_file()
    assert (trained_run / "figures" / "confusion.png").read_bytes()[:4] == b"\x89PNG"


def test_predictions_are_of_the_test_part_alone(trained_run: Path) -> None:
    rows = read_rows(trained_run / "predictions.csv")
    assert {row["subject"] for row in rows} == {"cid"}
    for row in rows:
        assert float(row["p_fast"]) + float(row["p_slow"]) == pytest.approx(1, abs=1e-5)
        assert row["prediction"] == max(("fast", "slow"), key=lambda name: float(row[f"p_{name}"]))
    confusion = json.loads((trained_run / "metrics.json").read_text())["confusion"]
    right = sum(row["label"] == row["prediction"] for row in rows)
    assert right == confusion[0][0] + confusion[1][1]


def test_no_recording_validates_that_trains(trained_run: Path) -> None:
    rows = read_rows(trained_run / "split.csv")
    takes = {
        part: {(row["subject"], row["recording"]) for row in rows if row["part"] == part}
        for part in ("train", "val", "test")
    }
    assert takes["val"]
    assert not takes["val"] & takes["train"]
    assert len(rows) == 24


def test_checkpoints_hold_tensors_and_plain_types(trained_run: Path) -> None:
    torch.load(trained_run / "checkpoints" / "last.ckpt", weights_only=True)


def test_one_seed_gives_one_result_and_another_another(arm_swings: Path, tmp_path: Path) -> None:
    runs = {}
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        train(make_config(arm_swings, tmp_path / name, seed=seed))
        runs[name] = tmp_path / name
    files = ("metrics.json", "predictions.csv", "log.csv")
    for file in files:
        assert (runs["first"] / file).read_text() == (runs["again"] / file).read_text()
    assert (runs["first"] / "predictions.csv").read_text() != (
        runs["other"] / "predictions.csv"
    ).read_text()


def test_a_resumed_run_equals_an_uninterrupted_one(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = (make_config(arm_swings, tmp_path / name, epochs=3) for name in ("a", "b"))
    train(whole)
    write = EpochLog.on_train_epoch_end

    def fail_in_the_second_epoch(self, trainer, module) -> None:
        write(self, trainer, module)
        if trainer.current_epoch == 1:
            raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(EpochLog, "on_train_epoch_end", fail_in_the_second_epoch)
        with pytest.raises(RuntimeError, match="power cut"):
            train(broken)
    assert not (tmp_path / "b" / "metrics.json").exists()
    train(broken, resume=True)
    for file in ("predictions.csv", "metrics.json", "log.csv"):
        assert (tmp_path / "a" / file).read_text() == (tmp_path / "b" / file).read_text()


def stop_after_the_first_epoch(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trains until Ctrl-C in the second epoch."""
    write = EpochLog.on_train_epoch_end

    def interrupt(self, trainer, module) -> None:
        write(self, trainer, module)
        if trainer.current_epoch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EpochLog, "on_train_epoch_end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(config)


def test_a_resumed_run_keeps_its_data(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    shutil.copytree(arm_swings, data)
    config = make_config(data, tmp_path / "run", epochs=3)
    stop_after_the_first_epoch(config, monkeypatch)
    split = (tmp_path / "run" / "split.csv").read_text()
    labels = (data / "labels.csv").read_text()
    (data / "labels.csv").write_text(labels.replace(",ann,", ",dan,"))
    with pytest.raises(RunError, match=r"began with another .*data"):
        train(config, resume=True)
    (data / "labels.csv").write_text(labels)
    with pytest.raises(RunError, match="began with another config"):
        train(config.change(gate=False), resume=True)
    assert (tmp_path / "run" / "split.csv").read_text() == split
    train(config, resume=True)


def test_a_moved_run_resumes_with_its_best_score(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(arm_swings, tmp_path / "run", epochs=2, checkpoint="best")
    stop_after_the_first_epoch(config, monkeypatch)
    best = (tmp_path / "run" / "checkpoints" / "best.ckpt").read_bytes()
    (tmp_path / "run").rename(tmp_path / "moved")
    train(config.change(out=tmp_path / "moved"), resume=True)
    rows = read_rows(tmp_path / "moved" / "log.csv")
    assert float(rows[1]["val_uar"]) <= float(rows[0]["val_uar"])
    assert (tmp_path / "moved" / "checkpoints" / "best.ckpt").read_bytes() == best


@pytest.mark.parametrize("content", [b"", b"garbage", "cut", "other"])
def test_a_damaged_checkpoint_is_not_resumed(
    trained_run: Path, arm_swings: Path, tmp_path: Path, content: bytes | str
) -> None:
    shutil.copytree(trained_run, tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    if content == "cut":
        content = last.read_bytes()[:1000]
    if isinstance(content, bytes):
        last.write_bytes(content)
    else:
        torch.save({"state_dict": [1]}, last)
    config = RunDirectory(path=trained_run).read_config()["config"]
    with pytest.raises(RunError, match=r"last\.ckpt: expected a checkpoint .* damaged"):
        train(TrainConfig.from_dict(config).change(out=tmp_path / "run"), resume=True)


def test_a_training_that_diverges_is_an_error(arm_swings: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="diverged"):
        train(make_config(arm_swings, tmp_path / "run", learning_rate=1e30, epochs=3))
    assert not (tmp_path / "run" / "metrics.json").exists()


def test_half_precision_needs_a_gpu(
    arm_swings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RunError, match="precision 16 needs a GPU"):
        train(make_config(arm_swings, tmp_path / "run", precision="16"))


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "st-gcn-small", "stream": "bone"},
        {"model": "s-stgcn", "attention": False, "class_weights": True},
        {"recipe": "paper", "strategy": "distance", "gate": False, "center": "thorax"},
        {"stream": "speed", "frames": 16},
        {"stream": "bone-motion", "model": "st-gcn", "filter": "one-euro"},
        {"model": "resnet18", "frames": 16},
        {"axes": "scrambled"},
        {"precision": "bf16", "normalize_bones": False, "align_heading": False, "cutoff_hz": None},
    ],
)
def test_each_option_trains(arm_swings: Path, tmp_path: Path, settings: dict[str, object]) -> None:
    result = train(make_config(arm_swings, tmp_path / "run", epochs=1, **settings))
    assert result.metrics.n == 8
    assert result.run.read_config()["config"] == json.loads(
        json.dumps(make_config(arm_swings, tmp_path / "run", epochs=1, **settings).to_dict())
    )


def test_generated_motion_is_named_in_every_result(tmp_path: Path) -> None:
    lines: list[str] = []
    config = TrainConfig.of(epochs=1, batch_size=64, model="st-gcn-small", out=tmp_path / "run")
    result = train(config, report=lines.append)
    assert "not recordings of people" in lines[0]
    assert "not recordings of people" in result.run.read_metrics()["data_note"]


def test_nothing_is_overwritten(trained_run: Path, arm_swings: Path) -> None:
    before = (trained_run / "metrics.json").read_text()
    with pytest.raises(RunError, match="there is a run already; pass --out"):
        train(make_config(arm_swings, trained_run))
    assert (trained_run / "metrics.json").read_text() == before


def test_what_ended_is_not_resumed(trained_run: Path, arm_swings: Path) -> None:
    config = RunDirectory(path=trained_run).read_config()["config"]
    with pytest.raises(RunError, match="has ended"):
        train(TrainConfig.from_dict(config).change(out=trained_run), resume=True)


def test_nothing_to_resume_is_an_error(arm_swings: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing to resume"):
        train(make_config(arm_swings, tmp_path / "none"), resume=True)


def test_unknown_subjects_and_datasets_are_errors(arm_swings: Path, tmp_path: Path) -> None:
    with pytest.raises(SplitError, match="zoe"):
        train(make_config(arm_swings, tmp_path / "run", test_subjects=("zoe",)))
    with pytest.raises(DatasetError, match="there is no dataset 'imaginary'"):
        train(TrainConfig.of(dataset="imaginary", out=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("settings", [{}, {"stream": "2s", "fusion": "concat"}])
def test_everybody_trains_where_nobody_is_tested(
    arm_swings: Path, tmp_path: Path, settings: dict[str, object]
) -> None:
    config = TrainConfig.of(
        **{"data": arm_swings, "split": "none", "epochs": 1, "model": "st-gcn-small"},
        **settings,
        out=tmp_path / "run",
    )
    result = train(config)
    assert "validation" in result.part
    rows = read_rows(tmp_path / "run" / "split.csv")
    assert len(rows) == 24
    assert {row["part"] for row in rows} == {"train", "val"}
    assert {row["subject"] for row in rows if row["part"] == "train"} == {"ann", "bob", "cid"}
    metrics = result.run.read_metrics()
    assert metrics["n"] == 0
    assert "uar" not in metrics
    assert metrics["validation"]["uar"] == result.metrics.uar
    predictor = load_run(tmp_path / "run")
    assert len(predictor.predict_all([read_sequence(arm_swings / "cid_fast_0.npz")])) == 1
    with pytest.raises(RunError, match="no test part; name other clips"):
        evaluate(predictor)


def test_only_the_named_subjects_take_part(arm_swings: Path, tmp_path: Path) -> None:
    config = make_config(arm_swings, tmp_path / "run", subjects=("ann", "ci*"), epochs=1)
    train(config)
    assert {row["subject"] for row in read_rows(tmp_path / "run" / "split.csv")} == {"ann", "cid"}
    with pytest.raises(DatasetError, match="there is no subject 'zoe'; there are ann, bob, cid"):
        train(config.change(subjects=("zoe",), out=tmp_path / "other"))
