"""Files that cannot be used: they stop a training, or are left out and named in every result."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph import CrossvalConfig, TrainConfig, crossval, load_run, train
from skelgraph.config import DataSettings
from skelgraph.data import read_folder
from skelgraph.errors import DatasetError, RunError
from skelgraph.experiments import write_report
from skelgraph.io import read_sequence, write_npz
from skelgraph.serving import evaluate
from skelgraph.training import read_usable_clips

BAD = {
    "ann_slow_0.npz": "the file is empty",
    "ann_slow_1.npz": "listed in the labels file, but not there",
    "ann_fast_0.npz": "expected a person, but no joint is there in any frame: all are missing or 0",
    "ann_fast_1": "expected at least 8 frames at 30 frames/s, but got 3",
}


@pytest.fixture
def folder(arm_swings: Path, tmp_path: Path) -> Path:
    """A dataset with four clips that cannot be used."""
    folder = Path(shutil.copytree(arm_swings, tmp_path / "data"))
    (folder / "ann_slow_0.npz").write_bytes(b"")
    (folder / "ann_slow_1.npz").unlink()
    for name, length in (("ann_fast_0", 24), ("ann_fast_1", 3)):
        clip = read_sequence(folder / f"{name}.npz")
        positions = clip.positions[:length] * (0 if length == 24 else 1)
        write_npz(folder / f"{name}.npz", replace(clip, positions=positions))
    return folder


def read_json(file: Path) -> dict:
    return json.loads(file.read_text())


def test_one_bad_file_stops_a_training_and_the_error_names_the_way_out(folder: Path) -> None:
    config = TrainConfig.of(data=folder, model="features", test_subjects=("cid",))
    with pytest.raises(DatasetError, match=r"1 of 24 files do not exist: ann_slow_1\.npz"):
        train(config)
    (folder / "ann_slow_1.npz").write_bytes(b"")
    with pytest.raises(
        DatasetError, match=r"3 of 24 files cannot be used: .* leave them out .--skip-bad"
    ):
        train(config)


def test_what_is_left_out_is_in_every_result(folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    run = tmp_path / "run"
    settings = {"data": folder, "model": "features", "test_subjects": ("cid",), "skip_bad": True}
    train(TrainConfig.of(**settings, out=run), report=lines.append)
    sentence = (
        "4 of 24 clips left out (--skip-bad): ann_slow_1.npz, ann_slow_0.npz, ann_fast_0.npz, "
        "ann_fast_1"
    )
    assert f"note: {sentence}" in lines
    for file in ("config.json", "metrics.json"):
        left_out = read_json(run / file)["left_out"]
        assert (left_out["count"], left_out["of"]) == (4, 24)
        assert left_out["reasons"].keys() == BAD.keys()
        for name, reason in BAD.items():
            assert left_out["reasons"][name].startswith(reason)
    assert read_json(run / "config.json")["config"]["data"]["skip_bad"] is True
    assert "ann_fast_1" not in (run / "split.csv").read_text()
    report = write_report({"run": run}, tmp_path / "report")
    assert f"**Data of run: {sentence}.**" in report.file.read_text()


def test_a_run_that_skipped_is_tested_again_on_the_same_clips(folder: Path, tmp_path: Path) -> None:
    settings = {"data": folder, "model": "features", "test_subjects": ("cid",), "skip_bad": True}
    result = train(TrainConfig.of(**settings, out=tmp_path / "run"))
    predictor = load_run(result.run.path)
    again = evaluate(predictor)
    assert again.metrics.confusion == result.metrics.confusion
    assert again.left_out["count"] == 4
    with pytest.raises(DatasetError, match="do not exist"):
        evaluate(predictor, DataSettings(folder=folder))
    on_all = evaluate(predictor, DataSettings(folder=folder, skip_bad=True))
    assert on_all.metrics.n == 20
    assert on_all.left_out["reasons"].keys() == BAD.keys()


def test_a_stopped_run_goes_on_with_the_same_clips(folder: Path, tmp_path: Path) -> None:
    config = TrainConfig.of(
        data=folder, out=tmp_path / "run", test_subjects=("cid",), epochs=1, skip_bad=True
    )
    train(config)
    result = train(config.change(epochs=2), resume=True)
    assert read_json(result.run.metrics_file)["left_out"]["count"] == 4
    clips = read_usable_clips(config)
    with pytest.raises(RunError, match="began with another config"):
        train(config.change(skip_bad=False, epochs=3), resume=True, clips=clips)


def test_a_cross_validation_leaves_out_the_same(folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    config = CrossvalConfig.of(
        data=folder, model="features", out=tmp_path / "run", workers=1, skip_bad=True
    )
    result = crossval(config, report=lines.append)
    assert result.metrics.n == 20
    assert any(line.startswith("note: 4 of 24 clips left out") for line in lines)
    for file in ("config.json", "metrics.json", "folds/cid-seed0/metrics.json"):
        assert read_json(result.run.path / file)["left_out"]["count"] == 4


def test_too_few_clips_of_a_label_are_an_error_all_the_same(folder: Path) -> None:
    for file in folder.glob("*_fast_*.npz"):
        clip = read_sequence(file)
        write_npz(file, replace(clip, positions=clip.positions[:3]))
    with pytest.raises(DatasetError, match=r"without \d+ clips that cannot be used: .* at least 2"):
        read_usable_clips(TrainConfig.of(data=folder, skip_bad=True))


def test_frames_in_which_nobody_is_there_are_missing(folder: Path) -> None:
    clip = read_sequence(folder / "bob_fast_0.npz")
    positions = clip.positions.copy()
    positions[5:8] = 0
    write_npz(folder / "bob_fast_0.npz", replace(clip, positions=positions))
    clips = read_folder(folder, skip_unreadable=True, use_cache=False)
    read = next(one for one in clips.sequences if one.name == "bob_fast_0")
    np.testing.assert_array_equal(np.flatnonzero(~read.present.any(axis=1)), [5, 6, 7])
