"""What ``skelgraph stream`` shows in a terminal and elsewhere."""

import io
import json

import pytest
from rich.console import Console
from skelgraph_cli.live_display import LiveDisplay, draw_update

from skelgraph.prediction import TimelineWindow
from skelgraph.streaming import LiveFrame, LiveUpdate, PersonStatus


def make_person(
    name: str, answer: str | None = "joy", time_s: float = 1.0, *, is_new: bool = True
) -> PersonStatus:
    probabilities = {} if answer is None else {"joy": 0.75, "rage": 0.25}
    return PersonStatus(name, answer, probabilities, time_s, 0.31, is_new)


def make_update(*people: PersonStatus, dropped: int = 3) -> LiveUpdate:
    return LiveUpdate(LiveFrame(12.34, {}), people, (), 372, dropped)


def print_update(update: LiveUpdate, *, most: int = 20) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    console.print(draw_update(update, most))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_person_is_a_line() -> None:
    lines = print_update(make_update(make_person("1"), make_person("2", "not sure")))
    assert lines == [
        "person 1        joy               75% ███████████████░░░░░   0.31 s behind",
        "person 2        not sure          75% ███████████████░░░░░   0.31 s behind",
        "12.3 s  372 frames  3 dropped  Ctrl-C ends",
    ]


def test_lines_fit_80_columns_whatever_the_names() -> None:
    people = [
        make_person("a name that is very long indeed", "an answer that is long too"),
        make_person("\x1b[2J\nevil"),
        make_person("3", None),
    ]
    lines = print_update(make_update(*people))
    assert max(len(line) for line in lines) <= 80
    assert lines[0].startswith("person a name…  an answer that …  75% ")
    assert lines[1].startswith("person  [2J e…  joy")
    assert lines[2] == "person 3        no answer yet"


def test_a_crowd_is_cut() -> None:
    lines = print_update(make_update(*(make_person(str(n)) for n in range(9))), most=4)
    assert len(lines) == 6
    assert lines[4] == "and 5 others"
    assert print_update(make_update())[0] == "nobody is there"


def test_without_a_terminal_a_change_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with LiveDisplay() as display:
        display.show(make_update(make_person("1", time_s=1.0)))
        display.show(make_update(make_person("1", time_s=2.0)))
        display.show(make_update(make_person("1", "rage", 3.0, is_new=False)))
        display.show(make_update(make_person("1", "rage", 3.0)))
        display.show(make_update(make_person("1", "rage", 13.0)))
        display.show_segments([])
    assert capsys.readouterr().out.splitlines() == [
        "    1.00 s  person 1: joy 75%, 0.31 s behind, 3 dropped",
        "    3.00 s  person 1: rage 25%, 0.31 s behind, 3 dropped",
        "   13.00 s  person 1: rage 25%, 0.31 s behind, 3 dropped",
    ]


def test_json_has_each_new_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with LiveDisplay(as_json=True) as display:
        display.show(make_update(make_person("1"), make_person("2", is_new=False)))
        display.notice("line 3: broken")
    shown = capsys.readouterr()
    (line,) = shown.out.splitlines()
    assert json.loads(line)["person"] == "1"
    assert shown.err == "note: line 3: broken\n"


def test_a_terminal_keeps_segments_and_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    segment = TimelineWindow(
        start_s=1.0, end_s=2.5, answer="joy", probabilities={"joy": 0.75, "rage": 0.25}
    )
    with LiveDisplay() as display:
        display.show(make_update(make_person("1")))
        display.notice("line 3: broken")
        display.show_segments([("1", segment)])
    lines = [line.strip() for line in terminal.getvalue().splitlines()]
    assert any(line.endswith("note: line 3: broken") for line in lines)
    assert any(line.endswith("1.0 to 2.5 s  person 1        joy 75%") for line in lines)
