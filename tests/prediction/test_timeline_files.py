"""Timelines as a table, subtitles and tiers."""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from skelgraph.data.elan import read_elan
from skelgraph.errors import DatasetError, RunError
from skelgraph.prediction import (
    NOBODY,
    Timeline,
    check_timeline_file,
    write_timelines,
    write_window_file,
)
from skelgraph.serving import NOT_SURE
from tests.prediction.test_timeline import make_timeline, make_window


@pytest.fixture
def timeline() -> Timeline:
    return make_timeline(
        make_window(0, 4, "joy", 0.8),
        make_window(3600, 3604, "joy", 0.6),
        make_window(3602, 3606, NOBODY),
        make_window(3604.25, 3608.25, NOT_SURE, 0.55),
    )


def test_a_table_has_each_window(tmp_path: Path, timeline: Timeline) -> None:
    file = tmp_path / "new" / "talk.csv"
    write_timelines(file, [timeline, replace(timeline, person="person 2")])
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    assert rows[0] == {
        "name": "talk",
        "person": "",
        "start_s": "0.000",
        "end_s": "4.000",
        "answer": "joy",
        "prediction": "joy",
        "p_joy": "0.800000",
        "p_rage": "0.200000",
    }
    assert (rows[2]["answer"], rows[2]["prediction"], rows[2]["p_joy"]) == (NOBODY, "", "")
    assert (rows[3]["answer"], rows[3]["prediction"]) == (NOT_SURE, "joy")
    assert rows[4]["person"] == "person 2"


def test_subtitles_merge_equal_neighbors_and_show_nobody_nothing(
    tmp_path: Path, timeline: Timeline
) -> None:
    write_timelines(tmp_path / "talk.vtt", [timeline])
    assert (tmp_path / "talk.vtt").read_text() == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 01:00:03.000\njoy 70%\n"
        "\n01:00:05.125 --> 01:00:08.250\nnot sure\n"
    )


def test_subtitles_of_several_people_have_voices_in_order(tmp_path: Path) -> None:
    people = [
        make_timeline(make_window(1, 2, "joy", 0.8), person="person 1"),
        make_timeline(make_window(0, 2, "joy", 0.6), person="a <b> & c"),
    ]
    write_timelines(tmp_path / "talk.vtt", people)
    assert (tmp_path / "talk.vtt").read_text().splitlines()[2:] == [
        "00:00:00.000 --> 00:00:02.000",
        "<v a &lt;b&gt; &amp; c>a &lt;b&gt; &amp; c: joy 60%",
        "",
        "00:00:01.000 --> 00:00:02.000",
        "<v person 1>person 1: joy 80%",
    ]


def test_tiers_are_read_back(tmp_path: Path, timeline: Timeline) -> None:
    pytest.importorskip("pympi")
    file = tmp_path / "talk.eaf"
    write_timelines(file, [timeline], media=tmp_path / "talk.mp4")
    (one,) = read_elan(file, None).annotations
    assert (one.label, one.range.start.value, one.range.end.value) == ("joy", 0.0, 3603.0)
    write_timelines(
        file, [replace(timeline, person="person 1"), replace(timeline, person="person 2")]
    )
    assert read_elan(file, "person 2").annotations[0].subject == "person 2"


def test_windows_as_json(tmp_path: Path, timeline: Timeline) -> None:
    write_window_file(tmp_path / "a.json", [timeline])
    windows = json.loads((tmp_path / "a.json").read_text())["windows"]
    assert windows[2] == {
        "name": "talk",
        "person": None,
        "start_s": 3602,
        "end_s": 3606,
        "answer": NOBODY,
        "prediction": None,
        "probabilities": {},
    }


def test_what_cannot_be_written_is_named(tmp_path: Path, timeline: Timeline) -> None:
    with pytest.raises(RunError, match=r"a\.srt: expected a timeline that ends in \.csv, \.vtt"):
        write_timelines(tmp_path / "a.srt", [timeline])
    with pytest.raises(RunError, match="of one recording, but there are 2; write a"):
        write_timelines(tmp_path / "a.vtt", [timeline, replace(timeline, recording="other")])
    (tmp_path / "b.vtt").mkdir()
    with pytest.raises(RunError, match="it is a folder"):
        write_timelines(tmp_path / "b.vtt", [timeline])


def test_tiers_need_a_package_which_is_said_before_anything_is_predicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pympi.Elan", None)
    with pytest.raises(DatasetError, match=r"talk\.eaf: .*pip install skelgraph\[annotations\]"):
        check_timeline_file(Path("talk.eaf"))
    check_timeline_file(Path("talk.vtt"))
