"""A network of one's own, in one file and with no edit elsewhere, does all that ours do."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph import load_run
from skelgraph.errors import RunError

NETWORK = '''
import torch


class Mine(torch.nn.Module):
    """Mean and deviation of each coordinate over time, and one layer."""

    def __init__(self, in_channels, num_classes, layout):
        super().__init__()
        self.linear = torch.nn.Linear(2 * in_channels * layout.num_joints, num_classes)

    def forward(self, x, mask=None):
        return self.linear(torch.cat([x.mean(dim=2), x.std(dim=2)], dim=1).flatten(1))
'''


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "mine.py").write_text(NETWORK)
    return folder


@pytest.fixture(scope="module")
def trained(place: Path, arm_swings: Path) -> Path:
    """Run directories of the user's network and of S-STGCN on the same parts."""
    common = ("--data", arm_swings, "--test-subjects", "cid", "--epochs", 2, "-q")
    own = run("train", *common, "--model", f"{place}/mine.py:Mine", "--out", place / "mine")
    assert own.exit_code == 0, own.output
    ours = run("train", *common, "--stream", "bone", "--out", place / "ours")
    assert ours.exit_code == 0, ours.output
    return place


def test_it_is_trained_and_tested(trained: Path) -> None:
    facts = json.loads((trained / "mine" / "config.json").read_text())
    assert facts["config"]["model"]["name"] == f"{trained}/mine.py:Mine"
    assert facts["parameters"] == 2 * 3 * 10 * 2 + 2
    assert json.loads((trained / "mine" / "metrics.json").read_text())["n"] == 8


def test_a_name_that_its_file_lacks_is_said_before_data_are_read(
    place: Path, arm_swings: Path
) -> None:
    out = ("--out", place / "other")
    done = run("train", "--data", arm_swings, "--model", f"{place}/mine.py:Other", *out)
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "expected it to define 'Other'" in line
    assert not (place / "other").exists()


def test_no_run_loads_its_code_by_itself(trained: Path, arm_swings: Path) -> None:
    clip = arm_swings / "cid_fast_0.npz"
    refused = (
        run("predict", trained / "mine", clip),
        run("evaluate", trained / "mine"),
        run("report", trained / "mine", "--out", trained / "report"),
    )
    for done in refused:
        assert done.exit_code == 1
        assert len(done.stderr.splitlines()) == 1
        assert f"pass --model {trained}/mine.py:Mine" in done.stderr
    with pytest.raises(RunError, match="code of your own, which a run does not load by itself"):
        load_run(trained / "mine")
    other = run("predict", trained / "mine", clip, "--model", f"{trained}/mine.py:Other")
    assert "expected the network that was trained" in other.stderr


def test_it_predicts_and_is_evaluated(trained: Path, arm_swings: Path) -> None:
    model = ("--model", trained / "mine.py:Mine")
    clip = arm_swings / "cid_fast_0.npz"
    done = run("predict", trained / "mine", clip, *model, "--json")
    assert done.exit_code == 0, done.output
    (prediction,) = json.loads(done.stdout)["predictions"]
    rows = (trained / "mine" / "predictions.csv").read_text().splitlines()
    (row,) = [row.split(",") for row in rows if row.startswith("cid_fast_0,")]
    assert prediction["probabilities"]["fast"] == pytest.approx(float(row[3]), abs=1e-5)
    again = run("evaluate", trained / "mine", *model, "--json")
    assert again.exit_code == 0, again.output
    kept = json.loads((trained / "mine" / "metrics.json").read_text())
    assert json.loads(again.stdout)["uar"] == kept["uar"]


def test_it_is_fused_with_one_of_ours(trained: Path, arm_swings: Path, tmp_path: Path) -> None:
    done = run("fuse", trained / "mine", trained / "ours", "--out", tmp_path / "both")
    assert done.exit_code == 0, done.output
    words = ("predict", tmp_path / "both", arm_swings / "cid_fast_0.npz")
    assert run(*words).exit_code == 1
    assert run(*words, "--model", f"{trained}/mine.py:Mine").exit_code == 0


def test_it_is_reported(trained: Path, tmp_path: Path) -> None:
    words = ("--model", f"{trained}/mine.py:Mine", "--out", tmp_path / "report")
    done = run("report", trained / "mine", trained / "ours", *words)
    assert done.exit_code == 0, done.output
    report = (tmp_path / "report" / "report.md").read_text()
    assert "mine" in report
    assert "ours" in report


def test_it_goes_on_and_is_extended(trained: Path, tmp_path: Path) -> None:
    again = shutil.copytree(trained / "mine", tmp_path / "mine")
    model = ("--model", f"{trained}/mine.py:Mine")
    refused = run("train", "--resume", again, "--epochs", 4)
    assert refused.exit_code == 2
    assert "pass --model" in refused.stderr
    done = run("train", "--resume", again, "--epochs", 4, *model)
    assert done.exit_code == 0, done.output
    assert len((again / "log.csv").read_text().splitlines()) == 5
    facts = json.loads((again / "config.json").read_text())
    assert facts["recipe"]["epochs"] == facts["config"]["recipe"]["epochs"] == 4
    assert facts["extended_after_epochs"] == [2]


def test_it_is_a_row_of_the_paper(place: Path, arm_swings: Path, tmp_path: Path) -> None:
    done = run(
        *("benchmark", "paper", "--data", arm_swings, "--test-subjects", "cid", "--epochs", 1),
        *("--rows", f"{place}/mine.py:Mine", "--out", tmp_path / "out", "-q"),
    )
    assert done.exit_code == 0, done.output
    table = json.loads((tmp_path / "out" / "table.json").read_text())
    assert [row["row"] for row in table["rows"]] == ["s-stgcn", "mine"]
