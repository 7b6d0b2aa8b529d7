"""``skelgraph predict`` of long recordings: windows, timelines, annotated videos, "not sure"."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from harness import keypoint_files
from skelgraph_cli.command import skelgraph

from skelgraph.data.elan import read_elan
from skelgraph.extraction import probe_video, read_frames
from skelgraph.io import read_npz, write_csv, write_npz
from skelgraph.layouts import COCO17
from skelgraph.poses import PoseSequence
from tests.extraction.conftest import Checkout, list_results, write_video


def run(*words: object) -> Result:
    return CliRunner().invoke(skelgraph, ["predict", *map(str, words)], catch_exceptions=False)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def swings(tmp_path: Path, arm_swings: Path) -> Path:
    """A recording of 6.4 s: four times fast, four times slow."""
    clips = [read_npz(file) for file in sorted(arm_swings.glob("cid*.npz"))]
    positions = np.concatenate([clip.positions for clip in clips])
    file = tmp_path / "swings.npz"
    write_npz(file, replace(clips[0], positions=positions, name="swings"))
    return file


@pytest.fixture
def keypoints(tmp_path: Path) -> Path:
    """A person's keypoints in 40 frames."""
    file, person = tmp_path / "talk.npz", keypoint_files.draw_person(40) + np.array([60, 40])
    write_npz(file, PoseSequence(positions=person, layout=COCO17, fps=25, unit="px", up="-y"))
    return file


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_video(tmp_path / "talk.mp4", num_frames=40, size=(320, 240))


def test_windows_get_a_line_each(trained_run: Path, swings: Path, tmp_path: Path) -> None:
    done = run(trained_run, swings, "--window", 0.8, "--hop", 0.4, "--out", tmp_path / "w.csv")
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    head = next(line for line in lines if "answer" in line)
    assert head.split() == ["from", "s", "to", "s", "answer", "fast", "slow"]
    rows = [line.split() for line in lines if line.strip().endswith("%")]
    assert len(rows) == 15
    assert rows[1][:2] == ["0.4", "1.2"]
    with (tmp_path / "w.csv").open(newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [row["answer"] for row in written] == [row[2] for row in rows]
    fine = run(trained_run, swings, "--window", 0.8, "--hop", 0.25).stdout.splitlines()
    shown_rows = [line.split() for line in fine if line.strip().endswith("%")]
    assert shown_rows[1][:2] == ["0.25", "1.05"]
    shown = json.loads(run(trained_run, swings, "--hop", 1, "--json").stdout)["windows"]
    assert [(one["start_s"], one["end_s"]) for one in shown] == [(0, 4), (1, 5), (2, 6)]
    assert shown[0].keys() == {
        *("name", "person", "start_s", "end_s", "answer", "prediction", "probabilities")
    }


def test_several_recordings_are_named(trained_run: Path, swings: Path, arm_swings: Path) -> None:
    done = run(trained_run, swings, arm_swings / "ann_fast_0.npz", "--window", 2)
    assert done.exit_code == 0, done.stderr
    assert "ann_fast_0.npz" in done.stdout
    assert "swings.npz" in done.stdout


@pytest.mark.parametrize("suffix", [".csv", ".vtt", ".eaf"])
def test_a_timeline_is_written(
    trained_run: Path, swings: Path, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"swings{suffix}"
    done = run(trained_run, swings, "--window", 0.8, "--timeline", file)
    assert done.exit_code == 0, done.stderr
    assert f"written: {file}" in done.stdout
    if suffix == ".eaf":
        annotations = read_elan(file, None).annotations
        assert {one.label for one in annotations} <= {"fast", "slow"}
        assert annotations[0].range.start.value == 0
        assert annotations[-1].range.end.value == pytest.approx(6.4)
    elif suffix == ".vtt":
        assert file.read_text().startswith("WEBVTT\n\n00:00:00.000 --> ")
    else:
        assert len(file.read_text().splitlines()) == 1 + 29


def test_a_timeline_alone_has_windows_of_four_seconds(
    trained_run: Path, swings: Path, tmp_path: Path
) -> None:
    assert run(trained_run, swings, "--timeline", tmp_path / "a.csv").exit_code == 0
    with (tmp_path / "a.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    spans = [(float(row["start_s"]), float(row["end_s"])) for row in rows]
    assert spans == [(0, 4), (1, 5), (2, 6)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--window", 2, "--hop", 3), "--hop 3 is longer than --window 2"),
        (("--timeline", "a.srt"), "a.srt: expected a timeline that ends in .csv, .vtt, .eaf"),
        (("--window", 0.1), "expected windows of at least 8 frames, but 0.1 s are 3 at 30"),
        (("--window", 0), "0.0 is not in the range"),
        (("--annotate", "a.mp4"), "is no video: name it with --video, to draw on it"),
        (("--window", 2, "--text", "hello"), "windows and --annotate go without --audio"),
        (("--window", 2, "--calibrate"), "--calibrate judges clips, but windows are asked for"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    trained_run: Path, swings: Path, words: tuple[object, ...], message: str
) -> None:
    done = run(trained_run, swings, *words)
    assert done.exit_code in (1, 2)
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_several_files_go_into_a_table_alone(
    trained_run: Path, swings: Path, arm_swings: Path, tmp_path: Path
) -> None:
    files = (swings, arm_swings / "ann_fast_0.npz")
    done = run(trained_run, *files, "--timeline", tmp_path / "a.vtt")
    assert "a.vtt is of one recording, but got 2; a .csv takes several" in done.stderr
    assert run(trained_run, *files, "--timeline", tmp_path / "a.csv").exit_code == 0
    done = run(trained_run, arm_swings, "--timeline", tmp_path / "a.vtt")
    assert done.exit_code == 1
    assert "subtitles and tiers are of one recording, but there are 24" in done.stderr


def test_keypoints_are_drawn_on_their_video(
    trained_run: Path, lifter_run: Path, keypoints: Path, video: Path, tmp_path: Path
) -> None:
    words = (trained_run, keypoints, "--lifter", lifter_run, "--video", video)
    done = run(*words, "--annotate", tmp_path / "out.mp4")
    assert done.exit_code == 0, done.stderr
    assert f"written: {tmp_path / 'out.mp4'}" in done.stdout
    before, after = (list(read_frames(probe_video(file))) for file in (video, tmp_path / "out.mp4"))
    assert len(before) == len(after) == 40
    changed = [
        (np.abs(a.pixels.astype(int) - b.pixels.astype(int)) > 40).mean()
        for a, b in zip(before, after, strict=True)
    ]
    assert min(changed) > 0.003
    windows = run(
        *words, "--window", 0.8, "--timeline", tmp_path / "a.eaf", "--annotate", tmp_path / "w.mkv"
    )
    assert windows.exit_code == 0, windows.stderr
    assert probe_video(tmp_path / "w.mkv").num_frames == 40
    assert "talk.mp4" in (tmp_path / "a.eaf").read_text()


def test_each_person_of_a_video_has_a_voice_and_a_label(
    trained_run: Path, lifter_run: Path, video: Path, tmp_path: Path
) -> None:
    left = keypoint_files.draw_person(40) + np.array([20, 60])
    right = left + np.array([150, 0])
    people = [*list_results(left), *({**one, "idx": [1.0]} for one in list_results(right))]
    checkout = Checkout(tmp_path / "AlphaPose")
    checkout.plan(frames=40, results=people)
    words = ("--alphapose", checkout.root, "--lifter", lifter_run, "--person", "all")
    outputs = ("--timeline", tmp_path / "talk.vtt", "--annotate", tmp_path / "out.mp4")
    done = run(trained_run, video, *words, "--window", 0.8, *outputs)
    assert done.exit_code == 0, done.stderr
    cues = (tmp_path / "talk.vtt").read_text()
    assert "<v person 1>person 1: " in cues
    assert "<v person 2>person 2: " in cues
    assert "person 2" in done.stdout
    before, after = (
        next(read_frames(probe_video(file))).pixels.astype(int)
        for file in (video, tmp_path / "out.mp4")
    )
    changed = np.abs(after - before).max(axis=2) > 40
    assert changed[:, :150].sum() > 300
    assert changed[:, 160:].sum() > 300
    # Without windows, each has the answer of the whole video.
    whole = run(trained_run, video, *words, "--annotate", tmp_path / "whole.mp4")
    assert whole.exit_code == 0, whole.stderr
    assert "talk.mp4#2" in whole.stdout


def test_nothing_is_written_over_a_recording_or_another_result(
    trained_run: Path, arm_swings: Path, tmp_path: Path
) -> None:
    clip, table = tmp_path / "clip.csv", tmp_path / "a.csv"
    write_csv(clip, read_npz(arm_swings / "ann_fast_0.npz"))
    before = clip.read_bytes()
    for words in (("--out", clip), ("--timeline", clip), ("--out", table, "--timeline", table)):
        done = run(trained_run, clip, *words)
        assert done.exit_code == 2
        assert f"{words[-1]} is to be written to, but it is another file too" in " ".join(
            done.stderr.split()
        )
    assert clip.read_bytes() == before
    assert not table.exists()


def test_a_recording_in_space_is_not_drawn(
    trained_run: Path, swings: Path, video: Path, tmp_path: Path
) -> None:
    done = run(trained_run, swings, "--video", video, "--annotate", tmp_path / "out.mp4")
    assert done.exit_code == 1
    assert "swings.npz: expected keypoints of an image to draw on a video" in done.stderr


def test_a_model_with_a_decision_says_what_it_is_not_sure_of(
    decided_run: Path, arm_swings: Path, swings: Path, tmp_path: Path
) -> None:
    clip = arm_swings / "cid_fast_0.npz"
    done = run(decided_run, clip, "--out", tmp_path / "a.csv")
    assert done.exit_code == 0, done.stderr
    assert "answer" in done.stdout
    assert "not sure" in done.stdout
    assert done.stderr == ""
    (row,) = csv.DictReader((tmp_path / "a.csv").read_text().splitlines())
    assert (row["answer"], row["prediction"] in ("fast", "slow")) == ("not sure", True)
    (one,) = json.loads(run(decided_run, clip, "--json").stdout)["predictions"]
    assert one["answer"] == "not sure"
    assert one["prediction"] == row["prediction"]
    calibrated = json.loads(run(decided_run, arm_swings, "--calibrate", "--json").stdout)
    assert "answer" not in calibrated["predictions"][0]
    long = run(decided_run, swings, "--window", 1.6, "--hop", 1.6)
    assert "note: unlike the training: 4 of 4 windows have another length (1.6 s" in long.stderr
    assert long.stdout.count("not sure") == 4


def test_a_run_without_a_decision_answers_as_before(trained_run: Path, arm_swings: Path) -> None:
    clip = arm_swings / "cid_fast_0.npz"
    done = run(trained_run, clip)
    assert "prediction" in done.stdout
    assert "answer" not in done.stdout
    (one,) = json.loads(run(trained_run, clip, "--json").stdout)["predictions"]
    assert "answer" not in one
