"""A whole training of networks that hear and read, from files to the run directory."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from skelgraph import TrainConfig, fuse_runs, load_run, train
from skelgraph.config import SplitSettings
from skelgraph.errors import DatasetError, RunError
from skelgraph.features import Vocabulary, tokenize
from skelgraph.runs import RunDirectory
from skelgraph.training import default_run_path
from skelgraph.training.callbacks import EpochLog

MakeConfig = Callable[..., TrainConfig]
SUBSETS = ["A", "T", "S", "A+T", "A+S", "T+S", "A+T+S"]
FILES = ("metrics.json", "predictions.csv", "validation.csv", "log.csv", "speech.json")


def read_rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def drop_cells(folder: Path, out: Path, cells: dict[int, tuple[str, ...]]) -> Path:
    """A copy of a dataset without some columns of some lines, counted from 0."""
    shutil.copytree(folder, out)
    rows = read_rows(out / "labels.csv")
    for number, columns in cells.items():
        rows[number] |= dict.fromkeys(columns, "")
    with (out / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return out


def test_sern_trains_its_encoders_alone_and_then_fuses_them(sern_run: Path) -> None:
    assert sorted(one.name for one in (sern_run / "encoders").iterdir()) == [
        "audio",
        "joint",
        "text",
    ]
    for name, model in (("audio", "are"), ("text", "tre"), ("joint", "s-stgcn")):
        place = RunDirectory(path=sern_run / "encoders" / name)
        assert place.read_config()["config"]["model"]["name"] == model
        assert place.read_metrics()["n"] == 8
        assert place.read_split() == RunDirectory(path=sern_run).read_split()
    config = json.loads((sern_run / "config.json").read_text())
    assert list(config["encoders"]) == ["audio", "text", "joint"]
    assert config["recipe"]["score"] == "loss"


def test_frozen_encoders_are_those_that_were_trained_alone(sern_run: Path) -> None:
    whole = torch.load(sern_run / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    for name, rule in (("audio", "best"), ("text", "best"), ("joint", "last")):
        alone = torch.load(
            sern_run / "encoders" / name / "checkpoints" / f"{rule}.ckpt", weights_only=True
        )
        weights = {key: value for key, value in alone["state_dict"].items() if "model." in key}
        assert weights
        for key, value in weights.items():
            assert torch.equal(whole[key.replace("model.", f"model.encoders.{name}.")], value)


def test_the_results_tell_what_each_subset_reaches(sern_run: Path) -> None:
    metrics = json.loads((sern_run / "metrics.json").read_text())
    table = metrics["modalities"]
    assert list(table) == SUBSETS
    scores = ("uar", "uar_interval", "war", "war_interval", "n")
    assert table["A+T+S"] == {name: metrics[name] for name in scores}
    assert all(0 <= row["uar"] <= 1 for row in table.values())
    assert len({row["uar"] for row in table.values()}) > 1


def test_words_and_statistics_are_of_the_training_part_alone(
    sern_run: Path, spoken_swings: Path
) -> None:
    texts = {row["file"]: row["text"] for row in read_rows(spoken_swings / "labels.csv")}
    trained = [
        tokenize(texts[f"{row['name']}.npz"])
        for row in read_rows(sern_run / "split.csv")
        if row["part"] == "train"
    ]
    speech = json.loads((sern_run / "speech.json").read_text())
    assert speech["vocabulary"]["words"] == list(Vocabulary.build(trained).words)
    assert len(speech["scaler"]["mfcc_mean"]) == 39
    assert len(speech["scaler"]["prosody_std"]) == 35
    own = json.loads((sern_run / "encoders" / "text" / "speech.json").read_text())
    assert own["vocabulary"] == speech["vocabulary"]
    assert own["scaler"] is None


@pytest.mark.parametrize(
    ("model", "settings"),
    [
        ("are", {"standardize": False, "max_mfcc_frames": 10}),
        ("tre", {"recipe": "paper", "class_weights": True}),
        ("mdre", {"modality_dropout": 0.3, "precision": "bf16"}),
        ("sern", {"modalities": ("audio", "text"), "activation": "relu", "fusion_channels": 7}),
        ("sern", {"modalities": ("text", "skeleton"), "fine_tune": True, "stream": "speed"}),
        ("sern-2s", {"modalities": ("audio", "skeleton"), "modality_dropout": 0.2, "frames": 16}),
    ],
)
def test_each_option_trains(
    make_spoken: MakeConfig, tmp_path: Path, model: str, settings: dict[str, object]
) -> None:
    config = make_spoken(model, tmp_path / "run", epochs=1, **settings)
    result = train(config)
    assert result.metrics.n == 8
    assert TrainConfig.from_dict(result.run.read_config()["config"]) == config
    assert len(result.compared) == (0 if model in ("are", "tre") else 3)


def test_audio_that_tells_the_class_is_learned(make_spoken: MakeConfig, tmp_path: Path) -> None:
    result = train(make_spoken("are", tmp_path / "run", epochs=25, learning_rate=0.01))
    assert result.metrics.uar > 0.9


def test_one_seed_gives_one_result(make_spoken: MakeConfig, tmp_path: Path) -> None:
    for name, seed in (("first", 3), ("again", 3), ("other", 4)):
        train(
            make_spoken("mdre", tmp_path / name, seed=seed, modality_dropout=0.3, audio_dropout=0.3)
        )
    for file in FILES:
        first = (tmp_path / "first" / file).read_text()
        assert first == (tmp_path / "again" / file).read_text()
    other = (tmp_path / "other" / "predictions.csv").read_text()
    assert (tmp_path / "first" / "predictions.csv").read_text() != other


def stop_in(monkeypatch: pytest.MonkeyPatch, config: TrainConfig, place: str) -> None:
    """Trains until Ctrl-C after the second epoch of a run directory of that name."""
    write = EpochLog.on_train_epoch_end

    def interrupt(self, trainer, module) -> None:
        write(self, trainer, module)
        if self.file.parent.name == place and trainer.current_epoch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EpochLog, "on_train_epoch_end", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(config)


@pytest.mark.parametrize("place", ["text", "run"])
def test_a_resumed_run_equals_an_uninterrupted_one(
    make_spoken: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    settings = {
        "modalities": ("audio", "text"),
        "epochs": 3,
        "modality_dropout": 0.3,
        "text_dropout": 0.5,
    }
    whole = make_spoken("sern", tmp_path / "whole", **settings)
    broken = make_spoken("sern", tmp_path / "run", **settings)
    train(whole)
    stop_in(monkeypatch, broken, place)
    assert not (tmp_path / "run" / "metrics.json").exists()
    with pytest.raises(RunError, match="there is a run already"):
        train(broken)
    kept = RunDirectory(path=tmp_path / "run").read_config()["config"]
    lines: list[str] = []
    train(TrainConfig.from_dict(kept), resume=True, report=lines.append)
    assert "encoder audio (1 of 2): trained already" in lines
    for file in FILES:
        again = (tmp_path / "run" / file).read_text()
        assert again == (tmp_path / "whole" / file).read_text(), file


def test_finished_runs_are_encoders(
    sern_run: Path, make_spoken: MakeConfig, tmp_path: Path
) -> None:
    runs = tuple(sern_run / "encoders" / name for name in ("joint", "text", "audio"))
    lines: list[str] = []
    config = make_spoken("sern", tmp_path / "run", epochs=4, encoders=runs)
    train(config, report=lines.append)
    assert not (tmp_path / "run" / "encoders").exists()
    assert f"encoder audio (1 of 3): that of {runs[2]}" in lines
    for file in FILES:
        assert (tmp_path / "run" / file).read_text() == (sern_run / file).read_text(), file
    train(make_spoken("mdre", tmp_path / "mdre", epochs=1, encoders=runs[1:]))
    start = torch.load(runs[2] / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    end = torch.load(tmp_path / "mdre" / "checkpoints" / "last.ckpt", weights_only=True)
    moved = end["state_dict"]["model.encoders.audio.gru.weight_hh_l0"]
    assert 0 < (moved - start["model.gru.weight_hh_l0"]).abs().max() < 0.05


def test_encoders_that_do_not_fit_are_errors(
    sern_run: Path, trained_run: Path, make_spoken: MakeConfig, tmp_path: Path
) -> None:
    audio, text = (sern_run / "encoders" / name for name in ("audio", "text"))

    def fail(match: str, *runs: Path, **settings) -> None:
        with pytest.raises(RunError, match=match):
            train(make_spoken("sern", tmp_path / "run", encoders=runs, **settings))
        shutil.rmtree(tmp_path / "run", ignore_errors=True)

    fail("one run for each encoder", audio, audio)
    fail("expected the run of one modality, but it is of sern", sern_run)
    fail("but it is of bone", trained_run)
    fail("expected a run of text, joint for sern", audio, modalities=("text", "skeleton"))
    fail("trained on 'arm_swings.*with other files or labels", trained_run, stream="bone")
    fail(r"clip .* is in '\w+', but in '\w+' of this run", audio, test_subjects=("ann",))
    fail("expected the audio of this run, but .*scaler.* differ", audio, standardize=False)
    fail("skeletons of this run, but .*frames.* differ", sern_run / "encoders" / "joint", frames=9)
    unfinished = tmp_path / "unfinished"
    shutil.copytree(text, unfinished)
    (unfinished / "metrics.json").unlink()
    fail(r"expected a run that was trained to its end", unfinished)


def test_what_clips_lack_is_masked(
    spoken_swings: Path, make_spoken: MakeConfig, tmp_path: Path
) -> None:
    cells = {0: ("audio",), 5: ("file",), 9: ("text",), 17: ("audio", "text"), 20: ("file",)}
    data = drop_cells(spoken_swings, tmp_path / "data", cells)
    lines: list[str] = []
    result = train(make_spoken("sern", tmp_path / "run", data=data), report=lines.append)
    assert "note: 2 of 24 clips have no audio: it is masked there" in lines
    assert result.metrics.n == 8
    compared = {name: metrics.n for name, metrics in result.compared.items()}
    assert compared == {"A": 7, "T": 7, "S": 7, "A+T": 7, "A+S": 8, "T+S": 8, "A+T+S": 8}
    split = (tmp_path / "run" / "encoders" / "audio" / "split.csv").read_text()
    assert "ann_slow_0," not in split
    again = load_run(tmp_path / "run")
    assert again.classes == ("fast", "slow")


def test_a_network_of_one_modality_needs_it_of_every_clip(
    spoken_swings: Path, arm_swings: Path, make_spoken: MakeConfig, tmp_path: Path
) -> None:
    data = drop_cells(spoken_swings, tmp_path / "data", {0: ("audio",), 5: ("file",)})
    message = r"expected audio of each clip, but 1 of 24 have no audio \(ann_slow_0\).*--require a"
    with pytest.raises(DatasetError, match=message):
        train(make_spoken("are", tmp_path / "run", data=data))
    with pytest.raises(DatasetError, match=r"1 of 24 have no skeleton.*--require s"):
        train(TrainConfig.of(data=data, out=tmp_path / "run", test_subjects=("cid",)))
    left = make_spoken("are", tmp_path / "run", data=data, require=("audio",))
    lines: list[str] = []
    train(left, report=lines.append)
    assert "note: 1 clips without audio are left out" in lines
    assert len(read_rows(tmp_path / "run" / "split.csv")) == 23
    with pytest.raises(DatasetError, match=r"no clip has audio or text.*choose other --modalities"):
        train(make_spoken("mdre", tmp_path / "none", data=arm_swings))


def test_word_vectors_start_the_embedding(make_spoken: MakeConfig, tmp_path: Path) -> None:
    glove = tmp_path / "vectors.txt"
    glove.write_text("tired 0.5 0.5 0.5 0.5\nrun -1 -1 -1 -1\n")
    lines: list[str] = []
    config = make_spoken("tre", tmp_path / "run", glove=glove, epochs=1, learning_rate=1e-9)
    train(config, report=lines.append)
    (note,) = [line for line in lines if "words in the training part" in line]
    assert "22.2% of them have a vector in vectors.txt" in note
    model = load_run(tmp_path / "run").model
    assert model.embedding.weight.shape[1] == 4
    words = json.loads((tmp_path / "run" / "speech.json").read_text())["vocabulary"]["words"]
    torch.testing.assert_close(
        model.embedding.weight[words.index("run") + 2], -torch.ones(4), rtol=0, atol=1e-5
    )


def test_scores_of_networks_of_audio_are_not_fused(
    sern_run: Path, trained_run: Path, tmp_path: Path
) -> None:
    runs = [sern_run / "encoders" / "audio", trained_run]
    with pytest.raises(RunError, match=r"this one takes audio or text.*--model sern --encoders"):
        fuse_runs(runs, tmp_path / "out")


def test_runs_are_named_by_streams_where_there_is_a_choice(make_spoken: MakeConfig) -> None:
    names = {
        model: default_run_path(make_spoken(model, None, seed=3)).name.partition("cid-")[2]
        for model in ("are", "sern", "sern-2s")
    }
    assert names == {"are": "are-3", "sern": "sern-joint-3", "sern-2s": "sern-2s-3"}


def test_everybody_trains_where_nobody_is_tested(make_spoken, tmp_path: Path) -> None:
    config = make_spoken("sern", tmp_path / "run", epochs=1)
    result = train(config.change(split=SplitSettings(kind="none")))
    assert result.run.read_metrics()["n"] == 0
    assert {row["part"] for row in result.run.read_split()} == {"train", "val"}
