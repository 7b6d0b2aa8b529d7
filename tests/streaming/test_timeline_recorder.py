"""Files of what a stream shows."""

import csv
import json
from pathlib import Path

import pytest

from skelgraph.data.elan import read_elan
from skelgraph.errors import RunError
from skelgraph.prediction import TimelineWindow
from skelgraph.streaming import (
    LiveFrame,
    LiveUpdate,
    PersonStatus,
    TimelineRecorder,
    check_record_file,
)

CLASSES = ("joy", "rage")


def make_segment(start_s: float, end_s: float, answer: str, joy: float) -> TimelineWindow:
    return TimelineWindow(
        start_s=start_s,
        end_s=end_s,
        answer=answer,
        prediction="joy" if joy >= 0.5 else "rage",
        probabilities={"joy": joy, "rage": 1 - joy},
    )


def make_update(*segments: tuple[str, TimelineWindow], is_new: bool = True) -> LiveUpdate:
    ann = PersonStatus("ann", "joy", {"joy": 0.75, "rage": 0.25}, 1.5, 0.25, is_new)
    return LiveUpdate(LiveFrame(1.75, {}), (ann,), segments, 10, 3)


def test_an_answer_is_a_line_at_once(tmp_path: Path) -> None:
    file = tmp_path / "new" / "live.jsonl"
    recorder = TimelineRecorder([file], "cam", CLASSES)
    recorder.record(make_update())
    recorder.record(make_update(is_new=False))
    assert [json.loads(line) for line in file.read_text().splitlines()] == [
        {
            "person": "ann",
            "time_s": 1.5,
            "answer": "joy",
            "probabilities": {"joy": 0.75, "rage": 0.25},
            "behind_s": 0.25,
            "dropped": 3,
        }
    ]
    assert recorder.finish([]) == [file]


def test_timelines_have_the_segments(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("live.csv", "live.vtt", "live.eaf")]
    recorder = TimelineRecorder(files, "cam", CLASSES)
    recorder.record(make_update(("ann", make_segment(0, 3, "joy", 0.8))))
    recorder.record(make_update(("ben", make_segment(1, 2, "not sure", 0.5))))
    assert recorder.finish([("ann", make_segment(3, 3.5, "rage", 0.1))]) == files
    with files[0].open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["person"], row["start_s"], row["end_s"], row["answer"]) for row in rows] == [
        ("person ann", "0.000", "3.000", "joy"),
        ("person ann", "3.000", "3.500", "rage"),
        ("person ben", "1.000", "2.000", "not sure"),
    ]
    assert files[1].read_text() == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:03.000\n<v person ann>person ann: joy 80%\n\n"
        "00:00:01.000 --> 00:00:02.000\n<v person ben>person ben: not sure\n\n"
        "00:00:03.000 --> 00:00:03.500\n<v person ann>person ann: rage 90%\n"
    )
    found = read_elan(files[2], "person ann")
    assert [(one.label, one.range.start.value) for one in found.annotations] == [
        ("joy", 0),
        ("rage", 3),
    ]


def test_a_single_person_needs_no_name(tmp_path: Path) -> None:
    recorder = TimelineRecorder([tmp_path / "live.vtt"], "cam", CLASSES)
    recorder.finish([("ann", make_segment(0, 3, "joy", 0.8))])
    assert "-> 00:00:03.000\njoy 80%\n" in (tmp_path / "live.vtt").read_text()


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"live.txt: expected a file that ends in .jsonl \(a line"):
        check_record_file(tmp_path / "live.txt")
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(RunError, match=r"a\.jsonl: expected a file .* it is a folder"):
        check_record_file(tmp_path / "a.jsonl")
    check_record_file(tmp_path / "live.csv")
