"""``skelgraph compare`` as a person types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph import TrainConfig, train


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def joint_run(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = TrainConfig.of(
        data=arm_swings,
        stream="joint",
        test_subjects=("cid",),
        epochs=1,
        out=tmp_path_factory.mktemp("runs") / "joint",
    )
    return train(config).run.path


def test_it_prints_runs_pairs_and_a_sentence(
    trained_run: Path, joint_run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "comparison.json"
    done = run("compare", trained_run, joint_run, "--out", file)
    assert done.exit_code == 0, done.stderr
    contents = json.loads(file.read_text())
    assert contents["resampled"] == {"unit": "recording", "groups": 4}
    lines = done.stdout.splitlines()
    assert "8 clips" in lines[0]
    assert any(line.startswith(" 1-2 ") for line in lines)
    assert "in brackets: 95 % interval, resampled over 4 recordings" in lines
    assert contents["pairs"][0]["sentence"] in lines
    end = lines.index("in brackets: 95 % interval, resampled over 4 recordings")
    assert max(map(len, lines[:end])) <= 80
    assert sum("+" in line for line in lines[:end]) == 1  # a pair is one line


def test_json_is_one_document(trained_run: Path, joint_run: Path) -> None:
    done = run("compare", trained_run, joint_run, "--json")
    contents = json.loads(done.stdout)
    assert [one["name"] for one in contents["runs"]] == [trained_run.name, joint_run.name]
    keys = {"uar_difference", "uar_interval", "p", "p_corrected", "mcnemar_p", "differ"}
    assert keys <= contents["pairs"][0].keys()


def test_an_evaluation_is_compared_with_the_run_itself(trained_run: Path, tmp_path: Path) -> None:
    assert run("evaluate", trained_run, "--out", tmp_path / "again").exit_code == 0
    done = run("compare", trained_run, tmp_path / "again", "--json")
    (pair,) = json.loads(done.stdout)["pairs"]
    assert (pair["uar_difference"], pair["p"], pair["differ"]) == (0, 1, False)
    assert not any("protocol" in note for note in json.loads(done.stdout)["notes"])


def test_errors_are_one_line(trained_run: Path, tmp_path: Path) -> None:
    done = run("compare", trained_run)
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: expected two runs or more to compare, but got 1\n",
    )
    done = run("compare", trained_run, trained_run)
    assert done.exit_code == 2
    assert "expected different runs, but one is named twice" in done.stderr
    done = run("compare", trained_run, tmp_path / "none")
    assert done.exit_code == 1
    assert "there is no such folder" in done.stderr
    assert run("compare").exit_code == 2
