"""What a recording shows when, window by window and without overlaps."""

import pytest

from skelgraph.prediction import NOBODY, Timeline, TimelineWindow
from skelgraph.serving import NOT_SURE

CLASSES = ("joy", "rage")


def make_window(start_s: float, end_s: float, answer: str, joy: float = 0.5) -> TimelineWindow:
    if answer == NOBODY:
        return TimelineWindow(start_s=start_s, end_s=end_s, answer=NOBODY, probabilities={})
    guess = "joy" if joy >= 0.5 else "rage"
    return TimelineWindow(
        start_s=start_s,
        end_s=end_s,
        answer=answer,
        prediction=guess,
        probabilities={"joy": joy, "rage": 1 - joy},
    )


def make_timeline(*windows: TimelineWindow, person: str | None = None) -> Timeline:
    return Timeline(recording="talk", classes=CLASSES, windows=windows, person=person)


def test_each_instant_has_the_answer_of_the_nearest_window() -> None:
    timeline = make_timeline(
        make_window(10, 14, "joy", 0.8),
        make_window(11, 15, "joy", 0.6),
        make_window(12, 16, "rage", 0.1),
        make_window(13, 17, NOT_SURE, 0.55),
        make_window(14, 18, NOBODY),
        make_window(14.5, 18.5, "rage", 0.3),
    )
    spans = [(one.start_s, one.end_s, one.answer) for one in timeline.segments]
    assert spans == [
        (10, 13.5, "joy"),
        (13.5, 14.5, "rage"),
        (14.5, 15.5, NOT_SURE),
        (15.5, 16.25, NOBODY),
        (16.25, 18.5, "rage"),
    ]
    means = [one.probability for one in timeline.segments]
    assert means == [pytest.approx(0.7), pytest.approx(0.9), None, None, pytest.approx(0.7)]
    assert [one.has_class for one in timeline.segments] == [True, True, False, False, True]


def test_a_recording_of_one_window_is_one_segment() -> None:
    (segment,) = make_timeline(make_window(0, 2.5, "joy", 0.9)).segments
    assert (segment.start_s, segment.end_s, segment.probability) == (0, 2.5, 0.9)
