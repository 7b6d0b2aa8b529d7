from pathlib import Path

import pytest

from skelgraph.data.annotation import Annotation
from skelgraph.data.boris import read_boris
from skelgraph.data.clip_range import ClipRange, Moment
from skelgraph.errors import DatasetError

PATH = Path("events.csv")
AGGREGATED = """\
Observation id,Observation date,Subject,Behavior,Behavioral category,Modifiers,Behavior type,\
Start (s),Stop (s),Duration (s),Media file name,Comment start
obs 1,2024-01-01,Ann,walk,gait,,STATE,1.5,4.25,2.75,/data/take 1.mp4,
obs 1,2024-01-01,No focal subject,jump,gait,,STATE,5,6.5,1.5,/data/take 1.mp4,"high, twice"
obs 1,2024-01-01,Ann,clap,hands,,POINT,5.5,5.5,NA,/data/take 1.mp4,
obs 2,2024-01-01,Bob,clap,hands,,STATE,0,2,2,,
"""
TABULAR = """\
Observation id\tobs 1
Media file(s)
Player #1\tC:\\videos\\take 1.mp4

Observation date\t2024-01-01

Time\tMedia file path\tTotal length\tFPS\tSubject\tBehavior\tBehavioral category\tComment\tStatus
1.5\tC:\\videos\\take 1.mp4\t60\t25\tAnn\twalk\tgait\t\tSTART
2\tC:\\videos\\take 1.mp4\t60\t25\tBob\twalk\tgait\t\tSTART
2.5\tC:\\videos\\take 1.mp4\t60\t25\tBob\tclap\thands\t\tPOINT
3\tC:\\videos\\take 1.mp4\t60\t25\tBob\twalk\tgait\t\tSTOP
4.25\tC:\\videos\\take 1.mp4\t60\t25\tAnn\twalk\tgait\t\tSTOP
9\tC:\\videos\\take 1.mp4\t60\t25\tAnn\twalk\tgait\t\tSTART
"""


def annotate(start: float, end: float, label: str, subject: str | None, *takes: str) -> Annotation:
    part = ClipRange(Moment(start, "s"), Moment(end, "s"))
    return Annotation(takes=takes, range=part, label=label, subject=subject)


def test_aggregated_events() -> None:
    read = read_boris(PATH, AGGREGATED, None)
    assert read.annotations == (
        annotate(1.5, 4.25, "walk", "Ann", "take 1", "obs 1", "events"),
        annotate(5, 6.5, "jump", None, "take 1", "obs 1", "events"),
        annotate(0, 2, "clap", "Bob", "obs 2", "events"),
    )
    assert read.notes == ("events.csv: 1 events without a duration are left out: clap",)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(separator: str) -> None:
    text = AGGREGATED.replace('"high, twice"', "").replace(",", separator)
    if separator == ";":
        text = text.replace(".5;", ",5;")
    assert read_boris(PATH, text, None).annotations[0].range.start == Moment(1.5, "s")


def test_tabular_events() -> None:
    read = read_boris(PATH, TABULAR, None)
    assert read.annotations == (
        annotate(2, 3, "walk", "Bob", "take 1", "events"),
        annotate(1.5, 4.25, "walk", "Ann", "take 1", "events"),
    )
    assert read.notes == (
        "events.csv: 1 events without a duration are left out: clap",
        "events.csv: 1 events lack a START or a STOP, left out: walk",
    )


def test_tabular_events_of_newer_versions() -> None:
    text = (
        "Observation id,Subject,Behavior,Behavior type,Time,Media file name\n"
        "obs 1,Ann,walk,START,00:00:01.500,player #1:take 1.mp4\n"
        "obs 1,Ann,walk,STOP,00:01:00.000,player #1:take 1.mp4\n"
    )
    assert read_boris(PATH, text, None).annotations == (
        annotate(1.5, 60, "walk", "Ann", "take 1", "obs 1", "events"),
    )


def test_a_time_offset_is_a_note() -> None:
    text = AGGREGATED.replace("Comment start", "Time offset (s)").replace('"high, twice"', "5.5")
    assert read_boris(PATH, text, None).notes[0] == (
        "events.csv: the time offset 5.5 s is in its times"
    )


def test_a_category() -> None:
    assert [one.label for one in read_boris(PATH, AGGREGATED, "hands").annotations] == ["clap"]
    message = r"category 'feet' \(--tier\), but its categories are gait \(2\), hands \(2\)"
    with pytest.raises(DatasetError, match=message):
        read_boris(PATH, AGGREGATED, "feet")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "expected a table of BORIS with the column Behavior"),
        (
            AGGREGATED.replace(",1.5,", ",soon,"),
            r"line 2: expected seconds in column 'start \(s\)'",
        ),
        (TABULAR.replace("\tPOINT", "\tMAYBE"), "line 10: expected START, STOP or POINT, but got"),
        (TABULAR.replace("\n9\t", "\nx\t"), "line 13: expected seconds in column 'time', but got"),
    ],
)
def test_damaged_tables(text: str, message: str) -> None:
    with pytest.raises(DatasetError, match=rf"events\.csv.*{message}"):
        read_boris(PATH, text, None)
