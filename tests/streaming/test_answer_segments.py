"""Smoothing, hysteresis and the shortest length of segments."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skelgraph.config import SegmentSettings
from skelgraph.errors import RunError
from skelgraph.prediction import TimelineWindow
from skelgraph.serving import NOT_SURE
from skelgraph.streaming import AnswerSegments, LiveAnswer

CLASSES = ("joy", "rage")
Span = tuple[float, float, str, float]


def answer(time_s: float, joy: float, label: str | None = None) -> LiveAnswer:
    best = "joy" if joy >= 0.5 else "rage"
    return LiveAnswer("1", time_s, np.array([joy, 1 - joy]), label or best)


def find_spans(joys: list[float], **settings: Any) -> tuple[list[Span], list[str | None]]:
    """Return segments with the mean probability of joy, and the answer after each; one a second."""
    segments = AnswerSegments(CLASSES, SegmentSettings.of(**settings))
    closed: list[TimelineWindow | None] = []
    now = []
    for number, joy in enumerate(joys):
        closed.append(segments.add(answer(float(number), joy)))
        now.append(segments.answer)
    closed.append(segments.finish())
    spans = [
        (one.start_s, one.end_s, one.answer, pytest.approx(one.probabilities["joy"]))
        for one in closed
        if one is not None
    ]
    return spans, now


def test_neighbors_with_one_answer_are_a_segment() -> None:
    spans, now = find_spans([0.9, 0.7, 0.2, 0.4, 0.6])
    assert spans == [(0, 2, "joy", 0.8), (2, 4, "rage", 0.3), (4, 5, "joy", 0.6)]
    assert now == ["joy", "joy", "rage", "rage", "joy"]


def test_probabilities_are_smoothed_by_the_time_between_answers() -> None:
    segments = AnswerSegments(CLASSES, SegmentSettings(smooth_s=2.0))
    segments.add(answer(0.0, 1.0))
    segments.add(answer(1.0, 0.0))
    kept = math.exp(-0.5)
    assert segments.probabilities.tolist() == pytest.approx([kept, 1 - kept])
    assert segments.answer == "joy"
    segments.add(answer(4.0, 0.0))
    kept *= math.exp(-1.5)
    assert segments.probabilities.tolist() == pytest.approx([kept, 1 - kept])
    assert segments.answer == "rage"


def test_a_class_is_entered_and_left_at_two_thresholds() -> None:
    joys = [0.5, 0.7, 0.55, 0.45, 0.55, 0.25, 0.45, 0.7]
    _, now = find_spans(joys, enter=0.6, leave=0.5)
    assert now == [NOT_SURE, "joy", "joy", NOT_SURE, NOT_SURE, "rage", "rage", "joy"]
    _, now = find_spans(joys, enter=0.6)
    assert now == [NOT_SURE, "joy", NOT_SURE, NOT_SURE, NOT_SURE, "rage", NOT_SURE, "joy"]


def test_an_answer_that_does_not_last_belongs_to_those_around_it() -> None:
    joys = [0.9, 0.9, 0.1, 0.9, 0.1, 0.2, 0.3, 0.2]
    spans, now = find_spans(joys, shortest_s=2)
    assert now == ["joy"] * 6 + ["rage", "rage"]
    assert spans == [(0, 4, "joy", 0.7), (4, 8, "rage", 0.2)]


def test_a_first_answer_that_does_not_last_is_none() -> None:
    spans, _ = find_spans([0.9, 0.1, 0.2, 0.3, 0.0], shortest_s=2)
    assert spans == [(0, 5, "rage", 0.3)]


def test_a_last_answer_that_does_not_last_is_none() -> None:
    spans, _ = find_spans([0.9, 0.9, 0.9, 0.1], shortest_s=2)
    assert spans == [(0, 4, "joy", 0.7)]


def test_the_doubt_of_the_model_is_kept_without_thresholds() -> None:
    segments = AnswerSegments(CLASSES, SegmentSettings())
    segments.add(answer(0.0, 0.6, NOT_SURE))
    assert segments.answer == NOT_SURE
    segments.add(answer(1.0, 0.6))
    assert segments.answer == "joy"
    sure = AnswerSegments(CLASSES, SegmentSettings(enter=0.5))
    sure.add(answer(0.0, 0.6, NOT_SURE))
    assert sure.answer == "joy"


def test_one_answer_is_a_segment_without_a_length() -> None:
    spans, _ = find_spans([0.9])
    assert spans == [(0, 0, "joy", 0.9)]
    assert AnswerSegments(CLASSES, SegmentSettings()).finish() is None


def test_thresholds_go_together() -> None:
    with pytest.raises(RunError, match="--leave goes with --enter"):
        SegmentSettings(leave=0.3)
    with pytest.raises(RunError, match=r"expected --leave of --enter 0\.3 or less, but got 0\.6"):
        SegmentSettings(enter=0.3, leave=0.6)


@settings(deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 8), st.integers(0, 16), st.booleans()), min_size=1, max_size=60
    ),
    shortest=st.integers(0, 12),
    smooth=st.sampled_from([0.0, 0.5]),
    thresholds=st.sampled_from([{}, {"enter": 0.6}, {"enter": 0.7, "leave": 0.4}]),
)
def test_segments_follow_each_other_and_none_is_too_short(
    steps: list[tuple[int, int, bool]], shortest: int, smooth: float, thresholds: dict[str, float]
) -> None:
    wanted = SegmentSettings.of(shortest_s=shortest / 8, smooth_s=smooth, **thresholds)
    segments = AnswerSegments(CLASSES, wanted)
    time_s, closed, answers = 0.0, [], []
    for step, joy, is_sure in steps:
        time_s += step / 8  # exact in binary
        answers.append(answer(time_s, joy / 16, None if is_sure else NOT_SURE))
        closed.append(segments.add(answers[-1]))
    last_step = answers[-1].time_s - answers[-2].time_s if len(answers) > 1 else 0.0
    spans = [one for one in (*closed, segments.finish()) if one is not None]
    assert spans[0].start_s == answers[0].time_s
    assert spans[-1].end_s == time_s + last_step
    for one, after in pairwise(spans):
        assert one.end_s == after.start_s
        assert one.answer != after.answer
        assert one.end_s - one.start_s >= wanted.shortest_s
    for one in spans:
        assert sum(one.probabilities.values()) == pytest.approx(1)
