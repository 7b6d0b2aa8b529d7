"""A dataset whose skeleton only a layout file knows, from the training to the prediction."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.config import TrainConfig
from skelgraph.data import read_folder
from skelgraph.io import read_sequence, write_npz
from skelgraph.layouts import UPPER10, JointLayout, write_layout
from skelgraph.prediction import predict_files
from skelgraph.serving import evaluate_clips, evaluate_test_part, load_run
from skelgraph.training import prepare_clips, train

PUPPET = JointLayout.from_parents(
    "puppet",
    {
        "nail": None,
        "cross": "nail",
        "string_1": "cross",
        "string_2": "cross",
        "left_arm": "string_1",
        "left_hand": "left_arm",
        "left_tip": "left_hand",
        "right_arm": "string_2",
        "right_hand": "right_arm",
        "right_tip": "right_hand",
    },
)


@pytest.fixture(scope="module")
def puppets(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The arm swings as bare arrays, and a layout file beside them that gives the joints names."""
    folder = tmp_path_factory.mktemp("puppets")
    shutil.copy(arm_swings / "labels.csv", folder)
    for file in arm_swings.glob("*.npz"):
        np.savez(folder / file.name, read_sequence(file).positions)
    write_layout(folder / "puppet.toml", PUPPET)
    return folder


@pytest.fixture(scope="module")
def run(puppets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose layout file is gone."""
    layout = tmp_path_factory.mktemp("layouts") / "puppet.toml"
    shutil.copy(puppets / "puppet.toml", layout)
    lines: list[str] = []
    config = TrainConfig.of(
        data=puppets,
        layout=str(layout),
        test_subjects=("cid",),
        epochs=1,
        stream="bone",
        out=tmp_path_factory.mktemp("runs") / "puppet",
    )
    path = train(config, report=lines.append).run.path
    assert "note: 24 files do not name their joints: read as puppet" in lines
    assert any("24 files do not tell their frame rate: read at 30 frames/s" in one for one in lines)
    layout.unlink()
    return path


def test_the_run_knows_its_layout_without_the_file(run: Path, puppets: Path) -> None:
    predictor = load_run(run)
    assert predictor.layout == PUPPET
    result = evaluate_test_part(predictor)
    before = json.loads((run / "metrics.json").read_text())
    assert result.metrics.uar == before["uar"]
    clips = read_folder(puppets, layout=predictor.layout, fps=30.0)
    assert evaluate_clips(predictor, clips).metrics.n == 24
    outcome = predict_files(predictor, [puppets / "cid_fast_0.npz"])
    assert outcome.problems == ()
    assert len(outcome.predictions) == 1


def test_the_run_is_resumed_without_the_file(run: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(run, again)
    (again / "metrics.json").unlink()
    config = TrainConfig.from_dict(json.loads((run / "config.json").read_text())["config"])
    assert config.data.layout is not None
    assert Path(config.data.layout).is_absolute()
    result = train(config.change(out=again), resume=True)
    assert result.metrics.uar == json.loads((run / "metrics.json").read_text())["uar"]


def test_plain_text_of_as_many_joints_as_a_known_layout_has(puppets: Path, tmp_path: Path) -> None:
    (tmp_path / "swing").mkdir()
    for file in sorted(puppets.glob("*.npz"))[:2]:
        rows = np.load(file)["arr_0"].reshape(-1, 30)
        np.savetxt(tmp_path / "swing" / f"{file.stem}.txt", rows)
    clips = read_folder(tmp_path, layout=PUPPET, fps=30.0)
    assert {clip.layout for clip in clips.sequences} == {PUPPET}
    assert {clip.layout for clip in read_folder(tmp_path, fps=30.0).sequences} == {UPPER10}


def test_named_and_nameless_joints_in_one_dataset(puppets: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    shutil.copytree(puppets, folder)
    renamed = replace(PUPPET, name="marionette", joints=("Nail", *PUPPET.joints[1:]))
    for file in folder.glob("ann_*.npz"):
        write_npz(file, read_sequence(file, layout=renamed, fps=60.0))
    data = prepare_clips(TrainConfig.of(data=folder, layout=str(folder / "puppet.toml")))
    assert data.layout == PUPPET
    assert "8 clips converted from layout marionette to puppet" in data.notes
    assert "16 files do not name their joints: read as puppet" in data.notes
