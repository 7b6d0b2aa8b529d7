"""The command that cross-validates, and what other commands make of its run."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.evaluation import format_score
from skelgraph.runs import RunDirectory, center_predictions, read_predictions

TINY = ("--epochs", 1, "--model", "st-gcn-small", "--stream", "bone", "--workers", 1)


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def done(arm_swings: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("runs") / "study"
    return out, run("crossval", "--data", arm_swings, *TINY, "--final", "--out", out)


def test_it_prints_a_table_of_subjects_and_a_line_for_each_fold(done: tuple[Path, Result]) -> None:
    out, result = done
    assert result.exit_code == 0, result.stderr
    metrics = json.loads((out / "metrics.json").read_text())
    shown = " ".join(result.stdout.split())
    (low, high), (lowest, highest) = metrics["uar_interval"], metrics["war_interval"]
    uar = f"{metrics['uar']:.1%} ({100 * low:.1f} to {100 * high:.1f})"
    war = f"{metrics['war']:.1%} ({100 * lowest:.1f} to {100 * highest:.1f})"
    assert f"this model {uar} {war}" in shown
    for name, row in metrics["per_subject"].items():
        assert f"{name} 8 {row['uar']:.1%}" in shown
    assert "each of 3 subjects left out once, seed 0" in shown
    assert "4 trainings to do, 1 at a time" in shown
    assert f"run: {out}" in result.stdout.replace("\n", "")
    lines = [line.partition(":")[0] for line in result.stderr.splitlines()]
    folds = [f"{name}, seed 0" for name in ("ann", "bob", "cid")]
    assert lines == [*folds, "final model, on everybody"]


def test_it_goes_on_with_its_own_settings(done: tuple[Path, Result], tmp_path: Path) -> None:
    out, first = done
    shutil.copytree(out, tmp_path / "run")
    (tmp_path / "run" / "metrics.json").unlink()
    (tmp_path / "run" / "folds" / "cid-seed0" / "metrics.json").unlink()
    again = run("crossval", "--resume", tmp_path / "run", "--workers", 1)
    assert again.exit_code == 0, again.stderr
    assert [line.partition(":")[0] for line in again.stderr.splitlines()] == ["cid, seed 0"]
    table = first.stdout[first.stdout.index("24 clips: ") : first.stdout.index("final model")]
    assert table in again.stdout
    refused = run("crossval", "--resume", tmp_path / "run", "--stream", "joint")
    assert refused.exit_code == 2
    assert "leave out --stream" in refused.stderr
    assert run("crossval", "--resume", tmp_path / "run").exit_code == 1


def test_other_commands_know_it(
    done: tuple[Path, Result], arm_swings: Path, tmp_path: Path
) -> None:
    out, _ = done
    listed = json.loads(run("runs", "--folder", out.parent, "--json").stdout)["runs"]
    assert [one["model"] for one in listed] == ["crossval st-gcn-small bone"]
    assert "crossval st-gcn-small bone" in run("runs", "show", out).stdout
    assert run("predict", out, arm_swings / "cid_fast_0.npz").exit_code == 0
    report = run("report", out, "--out", tmp_path / "report")
    assert report.exit_code == 0, report.stderr
    text = (tmp_path / "report" / "report.md").read_text()
    assert "each of 3 subjects left out once" in text
    tested = run("evaluate", out)
    assert tested.exit_code == 1
    assert "a cross-validation has tested each clip" in tested.stderr
    assert "everybody trained this network" in run("evaluate", out / "final").stderr
    for words in (("train", "--resume", out), ("fuse", out, out, "--out", tmp_path / "fused")):
        refused = run(*words)
        assert refused.exit_code == 1
        assert "it is a cross-validation" in refused.stderr


def test_cross_validations_are_compared(
    done: tuple[Path, Result], arm_swings: Path, tmp_path: Path
) -> None:
    other = tmp_path / "features"
    words = ("--model", "features", "--workers", 1, "--seeds", 2, "--out", other)
    assert run("crossval", "--data", arm_swings, *words).exit_code == 0
    compared = run("compare", done[0], other, "--json")
    assert compared.exit_code == 0, compared.stderr
    contents = json.loads(compared.stdout)
    metrics = json.loads((done[0] / "metrics.json").read_text())
    assert contents["runs"][0]["uar"] == pytest.approx(metrics["uar"])
    assert contents["clips"] == 24
    assert any("mean probabilities of 2 seeds" in note for note in contents["notes"])


def test_what_own_clips_give_is_added_as_a_row_of_its_own(
    done: tuple[Path, Result], tmp_path: Path
) -> None:
    shutil.copytree(done[0], tmp_path / "run")
    before = json.loads((tmp_path / "run" / "metrics.json").read_text())
    added = run("crossval", "--resume", tmp_path / "run", "--calibrated")
    assert added.exit_code == 0, added.stderr
    after = json.loads((tmp_path / "run" / "metrics.json").read_text())
    own = after.pop("calibrated")
    assert after == before
    predictions = read_predictions(tmp_path / "run" / "predictions.csv")
    centered = center_predictions(predictions, [one.subject for one in predictions])
    hits = {name: [] for name in own["classes"]}
    for one in centered:
        hits[one.label].append(one.prediction == one.label)
    assert own["uar"] == pytest.approx(np.mean([np.mean(ones) for ones in hits.values()]))
    assert "no label" in own["protocol"]
    score = format_score(own["uar"], own["uar_interval"])
    shown = " ".join(added.stdout.split())
    assert f"calibrated by own clips {score}" in shown
    again = run("crossval", "--resume", tmp_path / "run", "--calibrated")
    assert again.exit_code == 1
    assert "nothing to go on with" in again.stderr


def test_own_clips_are_unknown_where_subjects_are(arm_swings: Path, tmp_path: Path) -> None:
    shutil.copytree(arm_swings, tmp_path / "data")
    table = tmp_path / "data" / "labels.csv"
    rows = [line.split(",") for line in table.read_text().splitlines()]
    subject = rows[0].index("subject")
    table.write_text("\n".join(",".join(row[:subject] + row[subject + 1 :]) for row in rows))
    refused = run(
        "crossval", "--data", tmp_path / "data", *TINY, "--calibrated", "--out", tmp_path / "run"
    )
    assert refused.exit_code == 1
    assert "of 24 of 24 clips it is not known whose they are" in " ".join(refused.stderr.split())


def test_a_training_is_no_cross_validation_to_go_on_with(trained_run: Path) -> None:
    refused = run("crossval", "--resume", trained_run)
    assert refused.exit_code == 1
    assert "it is another run" in refused.stderr


def test_a_training_on_few_test_subjects_names_it(arm_swings: Path, tmp_path: Path) -> None:
    words = ("train", "--data", arm_swings, *TINY[:-2], "--test-subjects", "cid")
    few = run(*words, "--out", tmp_path / "few")
    assert "1 of 3 subjects tested" in few.stdout
    assert "`skelgraph crossval`" in few.stdout
    two = run(*words, "--subjects", "ann,cid", "--out", tmp_path / "two")
    assert "crossval" not in two.stdout


def test_ctrl_c_stops_the_workers_and_says_how_to_go_on(arm_swings: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ("crossval", "--data", arm_swings, *TINY[2:-1], 2, "--epochs", 4000, "--out", out)
    with subprocess.Popen(
        [sys.executable, "-m", "skelgraph_cli", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # a job in a shell's background ignores SIGINT, and its children do
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        start = time.monotonic()
        while len(list(out.rglob("last.ckpt"))) < 2 and time.monotonic() - start < 120:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.strip() == f"stopped; go on with: skelgraph crossval --resume {out}"
    logs = [RunDirectory(path=path).log_file.read_text() for path in (out / "folds").iterdir()]
    time.sleep(1)
    assert logs == [
        RunDirectory(path=path).log_file.read_text() for path in (out / "folds").iterdir()
    ]


def test_many_classes_are_a_list_instead_of_a_wide_table(arm_swings: Path, tmp_path: Path) -> None:
    shutil.copytree(arm_swings, tmp_path / "data")
    table = tmp_path / "data" / "labels.csv"
    head, *rows = [line.split(",") for line in table.read_text().splitlines()]
    label = head.index("label")
    for number, row in enumerate(rows):
        row[label] = f"{row[label]} and the {number % 4}th"
    table.write_text("\n".join(",".join(row) for row in (head, *rows)))
    words = ("--model", "features", "--workers", 1, "--out", tmp_path / "run")
    done = run("crossval", "--data", tmp_path / "data", *words)
    assert done.exit_code == 0, done.stderr
    recalls = json.loads((tmp_path / "run" / "metrics.json").read_text())["per_class_recall"]
    assert len(recalls) == 8
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for name, recall in recalls.items():
        assert f"{name} {recall:.1%}" in lines
    shown = done.stdout[done.stdout.index("By subject") : done.stdout.index("run: ")]
    assert max(map(len, shown.splitlines())) <= 80
