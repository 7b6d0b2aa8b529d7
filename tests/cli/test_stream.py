"""``skelgraph stream``, with a model that is obvious in place of a trained one."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.errors import RunError
from skelgraph.io import PoseFormat, write_npz
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.streaming import LiveAnswer, LiveFrame

HEADER = '{"layout": "upper10", "unit": "m", "up": "+y", "fps": 10}\n'
BODY = [[float(joint), 1.0, 1.0] for joint in range(10)]
LOW = [[float(joint), -1.0, 1.0] for joint in range(10)]


class HeightModel:
    """Say joy of who is high."""

    classes = ("joy", "rage")

    def describe(self) -> list[str]:
        return ["delay 0.10 s, first answer after 0.10 s, then every 0.10 s"]

    def push(self, frame: LiveFrame) -> list[LiveAnswer]:
        joys = {name: pose.positions[0, 1] > 0 for name, pose in frame.persons.items()}
        return [
            LiveAnswer(name, frame.time_s, np.array([p, 1 - p]), "joy")
            for name, is_high in joys.items()
            for p in [0.75 if is_high else 0.25]
        ]


@pytest.fixture(autouse=True)
def formats(monkeypatch: pytest.MonkeyPatch) -> list[PoseFormat]:
    """The formats of the frames for which a model was loaded."""
    loaded: list[PoseFormat] = []

    def load(run: str, source: PoseFormat, *settings: Any, **options: Any) -> tuple[Any, None]:
        loaded.append(source)
        return HeightModel(), None

    monkeypatch.setattr("skelgraph.streaming.load_live_model", load)
    return loaded


def run(*words: object, lines: str | bytes | None = None) -> Result:
    arguments = ["stream", "emotion4", *map(str, words)]
    return CliRunner().invoke(skelgraph, arguments, input=lines, catch_exceptions=False)


def write_frame(time_s: float, body: Any = BODY, name: int = 1) -> str:
    return json.dumps({"time": time_s, "persons": [{"id": name, "joints": body}]}) + "\n"


LINES = HEADER + "".join(write_frame(n / 10, BODY if n < 5 else LOW) for n in range(1, 10))


def test_a_change_of_the_answer_is_a_line(formats: list[PoseFormat]) -> None:
    done = run("-", "--fast", lines=LINES)
    assert done.exit_code == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("    0.10 s  person 1: joy 75%, 0.0")
    assert first.endswith(" s behind, 0 dropped")
    assert second.startswith("    0.50 s  person 1: rage 75%")
    assert max(len(line) for line in done.output.splitlines()) <= 80
    assert done.stderr.splitlines() == [
        "note: standard input: upper10 in 3D, unit m, up +y at 10 frames/s",
        "classes: joy, rage",
        "  delay 0.10 s, first answer after 0.10 s, then every 0.10 s",
        "note: standard input: the producer has gone after 9 frames",
        "9 frames to 0.9 s, 0 dropped; producers gone: 1",
    ]
    assert formats[0].layout is UPPER10


def test_each_answer_may_be_a_line_of_json() -> None:
    done = run("-", "--fast", "--json", lines=LINES)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["time_s"] for answer in answers] == [n / 10 for n in range(1, 10)]
    assert answers[-1]["answer"] == "rage"
    assert answers[-1]["probabilities"] == {"joy": 0.25, "rage": 0.75}
    quiet = run("-", "--fast", "--quiet", lines=LINES)
    assert quiet.stdout == ""


def test_files_are_written_at_the_end(tmp_path: Path) -> None:
    outs = [tmp_path / name for name in ("a.jsonl", "a.csv", "a.vtt")]
    words = [word for out in outs for word in ("--out", out)]
    done = run("-", "--fast", *words, "--shortest", 0.3, lines=LINES)
    assert done.stdout.splitlines()[-3:] == [f"written: {out}" for out in outs]
    assert len(outs[0].read_text().splitlines()) == 9
    assert "00:00:00.100 --> 00:00:00.500\njoy 75%" in outs[2].read_text()
    rows = outs[1].read_text().splitlines()
    assert rows[0] == "name,person,start_s,end_s,answer,prediction,p_joy,p_rage"
    assert rows[2] == "standard input,,0.500,1.000,rage,rage,0.250000,0.750000"


def test_whatever_goes_wrong_is_one_line_and_the_stream_goes_on() -> None:
    lines = [
        HEADER,
        write_frame(0.1),
        '{"time": 0.2, "persons": [\n',
        write_frame(0.3),
        write_frame(0.2),
        write_frame(0.5, name=2),
        write_frame(1.5, name=2),
        write_frame(1.6, name=2),
        write_frame(1.7)[:30],
    ]
    done = run("-", "--fast", lines="".join(lines))
    assert done.exit_code == 0
    notes = [line for line in done.stderr.splitlines() if line.startswith("note: ")][1:]
    assert len(notes) == 4
    assert notes[0].startswith("note: standard input, line 3: expected JSON")
    assert notes[1].startswith("note: standard input, line 5: its time of 0.200 s does not follow")
    assert notes[2:] == [
        "note: standard input: the producer has gone after 5 frames, within standard input, "
        "line 9, which is left out",
        "note: person 1 has left, last seen at 0.3 s",
    ] or notes[2:] == [
        "note: person 1 has left, last seen at 0.3 s",
        "note: standard input: the producer has gone after 5 frames, within standard input, "
        "line 9, which is left out",
    ]


def test_a_stream_that_fails_ends_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(model: HeightModel, frame: LiveFrame) -> list[LiveAnswer]:
        raise RunError("the network gives no finite numbers")

    monkeypatch.setattr(HeightModel, "push", fail)
    done = run("-", "--fast", "--view", lines=LINES)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "Error: the network gives no finite numbers"
    assert "skelgraph-view" not in [thread.name for thread in threading.enumerate()]


def test_a_recording_is_played(tmp_path: Path, formats: list[PoseFormat]) -> None:
    positions = np.ones((6, 10, 3))
    write_npz(
        tmp_path / "walk.npz",
        PoseSequence(positions=positions, layout=UPPER10, fps=20.0, unit="m", up="+z"),
    )
    started_s = time.monotonic()
    done = run(tmp_path / "walk.npz")
    assert time.monotonic() - started_s >= 0.25
    assert done.exit_code == 0
    assert "6 frames to 0.2 s, 0 dropped" in done.stderr
    assert formats[0].up == "+z"


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["nowhere.bvh"], 1, "nowhere.bvh: there is no such file or folder; a SOURCE is one"),
        (["tcp://10.0.0.1:9000"], 1, "expected a port of this machine, such as tcp://127.0.0.1"),
        (["tcp://127.0.0.1:many"], 1, "expected a port of this machine"),
        (["-", "--layout", "body99"], 1, "no layout 'body99'"),
        (["-", "--out", "a.txt"], 1, "a.txt: expected a file that ends in .jsonl"),
        (["a.csv", "--out", "a.csv"], 2, "a.csv is to be written to, but it is another file too"),
        (["-", "--out", "a.vtt", "--out", "./a.vtt"], 2, "a.vtt is to be written to, but it is"),
        (["-", "--port", "9000"], 1, "--port is that of the page: pass --view too"),
        (["-", "--leave", "0.2"], 1, "--leave goes with --enter"),
        (["-", "--quiet", "--json"], 2, "pass --quiet or --json, not both"),
        (["-"], 1, "standard input: expected lines of JSON with persons, but it ended without"),
        (["a", "b"], 2, "but got 3 arguments"),
    ],
)
def test_what_cannot_be_done_is_one_line(words: list[str], code: int, error: str) -> None:
    done = run(*words, lines="")
    assert done.exit_code == code
    assert error in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: ")


def test_a_source_alone_is_for_the_model_that_comes_with_skelgraph() -> None:
    done = CliRunner().invoke(skelgraph, ["stream", "-", "--fast"], input=LINES)
    assert done.exit_code == 0
    assert done.stderr.startswith("note: no run named: emotion4-live\n")


def test_a_run_that_is_not_there_is_named() -> None:
    done = CliRunner().invoke(skelgraph, ["stream", "runs/none", "-"], input="")
    assert done.exit_code == 1
    assert "runs/none" in done.stderr


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no frame")
    done = run(tmp_path)
    assert done.exit_code == 1
    assert "expected a folder with a JSON file for each frame" in done.stderr
