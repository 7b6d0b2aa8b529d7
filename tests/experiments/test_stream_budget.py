"""The budget of a live model: what a part takes is counted once, and all parts are there."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph.experiments import format_stream, measure_estimator, stream_budget
from skelgraph.experiments.stream_budget import PARTS, PartClock, draw_sway
from skelgraph.extraction import EstimatorOptions
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.runs import BOX


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the clock shows, in a list of one number."""
    now = [0.0]
    monkeypatch.setattr(stream_budget.time, "perf_counter", lambda: now[0])
    return now


def test_a_part_does_not_count_what_it_calls_of_another(ticks: list[float]) -> None:
    class Filter:
        def push(self, x: int) -> int:
            ticks[0] += 2.0
            return x + 1

    class Model:
        def __init__(self) -> None:
            self.filter = Filter()

        def push(self, x: int) -> int:
            ticks[0] += 1.0
            return self.filter.push(self.filter.push(x))

    model, clock = Model(), PartClock()
    clock.attach(model, "push", "output")
    clock.attach(model.filter, "push", "cleaning")
    assert model.push(1) == 3
    assert clock.seconds == {"output": 1.0, "cleaning": 4.0}
    assert model.filter.push(1) == 2
    assert clock.seconds == {"output": 1.0, "cleaning": 6.0}


def test_the_command_prints_each_part_and_writes_them(tmp_path: Path) -> None:
    file = tmp_path / "budget.json"
    words = ["benchmark", "stream", str(BOX / "emotion4"), "--people", "1,2", "--quick"]
    done = CliRunner().invoke(skelgraph, [*words, "--out", str(file)])
    assert done.exit_code == 0, done.output
    result = json.loads(file.read_text())
    assert format_stream(result) in done.stdout
    assert [row["people"] for row in result["rows"]] == [1, 2]
    for row in result["rows"]:
        assert list(row["ms"]) == list(PARTS)
        assert all(milliseconds > 0 for milliseconds in row["ms"].values())
        assert sum(row["ms"].values()) == pytest.approx(row["ms_all"])
        assert row["people_per_core"] == pytest.approx(1000 / 30 / row["ms_all"])
    assert result["machine"]["threads"] == 1


def test_an_estimator_comes_first_and_is_shared_by_the_people_of_an_image() -> None:
    row = {"ms": dict.fromkeys(PARTS, 1.0), "ms_all": 6.0, "slowest_push_ms": 9.0}
    result = {
        "machine": {"processor": "a processor", "threads": 1, "torch": "2"},
        "model": "emotion4-live",
        "times_s": {"delay": 0.13, "first_answer": 0.26, "interval": 0.5},
        "rows": [{**row, "people": 1}, {**row, "people": 4}],
        "estimator": {"name": "rtmlib", "model": "pose.onnx", "frames": 9, "ms_per_frame": 24.0},
    }
    text = format_stream(result)
    assert "| estimator (rtmlib pose.onnx) | 24.000 (80%) | 6.000 (50%) |" in text
    assert "| all | 30.000 (100%) | 12.000 (100%) |" in text
    assert "| people a core serves at 30 frames/s | 1.1 | 2.8 |" in text
    without = format_stream({**result, "estimator": None})
    assert "estimator" not in without
    assert "| people a core serves at 30 frames/s | 5.6 | 5.6 |" in without


def test_the_start_of_an_estimator_does_not_count(
    ticks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fake:
        def estimate(self, source: Path, *, progress: object) -> None:
            ticks[0] += 60.0
            for frame in range(1, 5):
                ticks[0] += 0.02
                progress(frame, 4)  # type: ignore[operator]

    monkeypatch.setattr(stream_budget, "make_video_estimator", lambda name, options: Fake())
    found = measure_estimator(Path("talk.mp4"), "rtmlib", EstimatorOptions(pose_model="a/b.onnx"))
    assert found["ms_per_frame"] == pytest.approx(20.0)
    assert (found["name"], found["model"], found["frames"]) == ("rtmlib", "b.onnx", 4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--pose-model", "a.onnx"], "an estimator is timed on a video; name it with --video"),
        (["--video", "no.mp4"], "--video no.mp4: there is no such file"),
        (["--people", "0"], "expected people"),
        (["nowhere"], "nowhere: expected a run directory, a model folder"),
        ([str(BOX / "lifter10")], "lifter10"),
    ],
)
def test_what_cannot_be_measured_is_one_line(words: list[str], message: str) -> None:
    done = CliRunner().invoke(skelgraph, ["benchmark", "stream", *words])
    assert done.exit_code in (1, 2)
    assert message in done.stderr
    assert "Traceback" not in done.output


def test_who_sways_faces_forward_in_space_and_stands_upright_in_an_image() -> None:
    generator = np.random.default_rng(0)
    space = draw_sway(UPPER10, 3, 90, generator).mean(axis=0)
    assert space[4, 0] > 0 > space[7, 0]  # left and right shoulder
    assert space[3, 1] > space[0, 1] + 0.3  # head and pelvis
    image = draw_sway(COCO17, 2, 90, generator)
    assert image.shape == (90, 17, 2)
    assert image[:, 0, 1].mean() < image[:, 15, 1].mean()  # the nose above an ankle: y is down
