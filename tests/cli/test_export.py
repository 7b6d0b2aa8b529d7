"""``skelgraph export`` writes a model that ``skelgraph predict`` takes."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph import TrainConfig, train


@pytest.fixture(scope="module")
def small_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = TrainConfig.of(
        data=arm_swings,
        out=tmp_path_factory.mktemp("runs") / "small",
        stream="bone",
        model="st-gcn-small",
        epochs=1,
        test_subjects=("cid",),
    )
    return train(config).run.path


def test_an_exported_folder_predicts_what_the_run_does(
    small_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "exported"
    words = ["export", str(small_run), "--format", "torch", "--out", str(folder)]
    done = CliRunner().invoke(skelgraph, words)
    assert done.exit_code == 0, done.output
    assert "model.pt2" in done.stdout
    assert f"written: {folder}; probabilities differ from PyTorch's by at most" in done.stdout
    clip = str(arm_swings / "cid_fast_0.npz")
    outputs = [
        CliRunner().invoke(skelgraph, ["predict", str(run), clip]).stdout
        for run in (small_run, folder)
    ]
    assert outputs[0] == outputs[1]
    assert "cid_fast_0.npz" in outputs[0]
    again = CliRunner().invoke(skelgraph, words)
    assert again.exit_code == 1
    assert f"Error: {folder}: expected a new or empty folder to export to" in again.stderr


def test_a_wrong_run_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        skelgraph, ["export", str(tmp_path / "none"), "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 1
    assert "expected a run directory" in done.stderr
    assert not (tmp_path / "out").exists()
