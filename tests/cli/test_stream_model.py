"""``skelgraph stream`` with a model that comes with skelgraph."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph.layouts import COCO17, UPPER10, rest_pose
from skelgraph.streaming import LiveFrame, LiveModel, LivePose
from skelgraph.typing import FloatArray

FPS = 30.0


def swing_arms(num_frames: int) -> FloatArray:
    """A person (T, 10, 3) whose wrists go up and down once a second."""
    pose = np.pad(rest_pose(UPPER10), ((0, 0), (0, 1)))  # (V, 3)
    frames = np.repeat(pose[None], num_frames, axis=0)
    height = 0.2 * np.sin(2 * np.pi * np.arange(num_frames) / FPS)
    for joint in ("left_wrist", "right_wrist"):
        frames[:, UPPER10.index(joint), 1] += height
    return frames


def write_lines(frames: FloatArray, layout: str = "upper10", unit: str = "m") -> str:
    header = {"layout": layout, "unit": unit, "fps": FPS}
    header |= {} if unit == "px" else {"up": "+y"}
    lines = [
        {"time": number / FPS, "persons": {"ann": {"joints": frame.round(4).tolist()}}}
        for number, frame in enumerate(frames)
    ]
    return "".join(json.dumps(line) + "\n" for line in (header, *lines))


def test_answers_are_those_of_the_live_model() -> None:
    frames = swing_arms(90)
    done = CliRunner().invoke(
        skelgraph,
        ["stream", "emotion4", "-", "--fast", "--json", "--device", "cpu"],
        input=write_lines(frames),
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    model = LiveModel.load(
        "emotion4", source_layout=UPPER10, unit="m", up="+y", source_fps=FPS, device="cpu"
    )
    wanted = [
        answer
        for number, frame in enumerate(frames.round(4))
        for answer in model.push(LiveFrame(number / FPS, {"ann": LivePose(frame)}))
    ]
    assert len(answers) == len(wanted) > 10
    for answer, want in zip(answers, wanted, strict=True):
        assert answer["time_s"] == pytest.approx(max(want.time_s, 0), abs=6e-4)
        assert answer["answer"] == want.label
        np.testing.assert_allclose(
            list(answer["probabilities"].values()), want.probabilities, atol=1e-5
        )
    for line in model.describe():
        assert line.split(":")[0] in done.stderr.replace("\n   ", "")


def test_keypoints_are_lifted() -> None:
    body = rest_pose(COCO17) * [300, -300] + 500
    done = CliRunner().invoke(
        skelgraph,
        ["stream", "emotion4", "-", "--fast", "--device", "cpu"],
        input=write_lines(np.repeat(body[None], 60, axis=0), "coco17", "px"),
        catch_exceptions=False,
    )
    assert done.exit_code == 0, done.stderr
    assert "note: standard input: coco17 in 2D, unit px, up -y at 30 frames/s" in done.stderr
    assert "keypoints are lifted when 9 frames have followed, a delay of 0.30 s more" in " ".join(
        done.stderr.split()
    )
    assert "  person ann: " in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_files_are_written_if_it_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    source, out = tmp_path / "live.jsonl", tmp_path / "live.vtt"
    source.write_text(write_lines(swing_arms(90)))
    answers = tmp_path / "answers.jsonl"
    words = ["stream", "emotion4", str(source), "--out", str(out), "--out", str(answers)]
    process = subprocess.Popen(
        [sys.executable, "-m", "skelgraph_cli", *words, "--follow", "--device", "cpu"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SKELGRAPH_CACHE": str(tmp_path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # a shell that runs the tests in the background lets them ignore SIGINT, and what they start
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s and process.poll() is None:
        if answers.exists() and len(answers.read_text().splitlines()) > 10:
            break
        time.sleep(0.05)
    process.send_signal(number)
    try:
        shown, told = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, told
    assert "note: stopped" in told
    assert f"written: {out}" in shown
    assert out.read_text().startswith("WEBVTT\n\n00:00:00.000 --> ")
