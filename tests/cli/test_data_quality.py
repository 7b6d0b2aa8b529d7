"""Datasets that are not perfect, by the commands: checked, trained on, moved, or no data at all."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def folder(arm_swings: Path, tmp_path: Path) -> Path:
    """A dataset with one bad file."""
    folder = Path(shutil.copytree(arm_swings, tmp_path / "data"))
    (folder / "ann_slow_0.npz").write_bytes(b"")
    return folder


def test_a_training_skips_a_bad_file_and_says_so(folder: Path, tmp_path: Path) -> None:
    words = ("--data", folder, "--model", "features")
    done = run("train", *words, "--test-subjects", "cid", "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert "--skip-bad" in done.stderr
    assert f"`skelgraph data check {folder}` lists all that is wrong" in done.stderr
    skip = ("--skip-bad", "--out")
    done = run("train", *words, "--test-subjects", "cid", *skip, tmp_path / "run")
    assert done.stdout.count("note: 1 of 24 clips left out (--skip-bad): ann_slow_0.npz") == 2
    done = run("crossval", *words, "--workers", 1, *skip, tmp_path / "crossval")
    assert done.stdout.count("note: 1 of 24 clips left out (--skip-bad): ann_slow_0.npz") == 2
    done = run("evaluate", tmp_path / "run", "--json")
    assert json.loads(done.stdout)["left_out"]["reasons"] == {"ann_slow_0.npz": "the file is empty"}
    done = run("evaluate", tmp_path / "run", "--skip-bad")
    assert done.exit_code == 2
    assert "--skip-bad goes with --data" in done.stderr


def test_the_check_takes_the_options_of_a_training(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = ("--test-subjects", "bob", "--min-confidence", 0.2, "--frames", 20, "--max-gap", 0.2)
    words += ("--person", "main", "--cutoff", 5, "--layout", "upper10", "--seed", 3)
    done = run("data", "check", folder, *words)
    assert done.exit_code == 1
    assert "ann_slow_0.npz: the file is empty" in done.stdout
    assert "resamples each to 20 frames" in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80
    done = run("data", "check", "--data", folder, *words, "--skip-bad", "--json")
    assert done.exit_code == 0
    findings = json.loads(done.stdout)["findings"]
    (left,) = [one for one in findings if one["names"] == ["ann_slow_0.npz"]]
    assert left["consequence"] == "leaves them out (--skip-bad)"
    assert any("test bob" in one["problem"] for one in findings)
    assert run("data", "check", folder, "--data", folder).exit_code == 2


def test_moved_data_are_named_for_an_evaluation(arm_swings: Path, tmp_path: Path) -> None:
    folder, moved = tmp_path / "data", tmp_path / "moved"
    shutil.copytree(arm_swings, folder)
    out = tmp_path / "run"
    words = ("--data", folder, "--model", "features", "--test-subjects", "cid", "--out", out)
    assert run("train", *words).exit_code == 0
    before = json.loads(run("evaluate", out, "--json").stdout)
    folder.rename(moved)
    done = run("evaluate", out)
    assert done.exit_code == 1
    assert f"name their new folder: `skelgraph evaluate {out} --moved-to DIR`" in done.stderr
    done = run("evaluate", out, "--moved-to", moved, "--json")
    assert json.loads(done.stdout) == before
    assert run("evaluate", out, "--moved-to", tmp_path / "nowhere").exit_code == 1
    assert run("evaluate", out, "--moved-to", moved, "--data", moved).exit_code == 2


def test_a_video_is_not_data(tmp_path: Path, trained_run: Path) -> None:
    video = tmp_path / "talk.mp4"
    video.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(50))
    for words in (
        ("train", "--data", video),
        ("crossval", "--data", video),
        ("data", "check", video),
        ("evaluate", trained_run, "--data", video),
        ("inspect", video),
        ("convert", video, tmp_path / "a.npz"),
    ):
        done = run(*words)
        assert done.exit_code == 1
        assert f"`skelgraph extract {video} --out talk.npz`" in done.stderr
        assert len(done.stderr) < 300 + 2 * len(str(video))


def test_prose_beside_recordings_is_a_note_of_a_prediction(
    arm_swings: Path, tmp_path: Path, trained_run: Path
) -> None:
    shutil.copy(arm_swings / "cid_fast_0.npz", tmp_path)
    (tmp_path / "notes.txt").write_text("The first take was the best.\n")
    done = run("predict", trained_run, tmp_path)
    assert done.exit_code == 0
    assert f"note: {tmp_path / 'notes.txt'}: text that is no recording, left out" in done.stderr
    assert run("predict", trained_run, tmp_path / "notes.txt").exit_code == 1
