"""From single answers to segments: smoothing, hysteresis and a shortest length."""

import math
from collections.abc import Sequence

import numpy as np

from skelgraph.config import SegmentSettings
from skelgraph.prediction import TimelineWindow
from skelgraph.serving import NOT_SURE
from skelgraph.streaming.live_frame import LiveAnswer
from skelgraph.typing import FloatArray


class AnswerSegments:
    r"""Smooth the answers about one person, and join them to segments.

    Probabilities are smoothed exponentially, by the times of the answers:

    .. math::  s_t = s_{t-1} + (1 - e^{-\Delta t / \tau}) (p_t - s_{t-1})

    With thresholds, a class becomes the answer when its smoothed probability reaches ``enter`` and
    is the highest, and stays until it is below ``leave``; else the answer is ``"not sure"``.
    Without, the most probable class is the answer, unless the model is not sure. An answer that
    does not last for ``shortest_s`` seconds belongs to the segment around it.

    Args:
        classes: Names of the classes.
        settings: Smoothing, thresholds and shortest length.
    """

    def __init__(self, classes: Sequence[str], settings: SegmentSettings) -> None:
        self.classes = tuple(classes)
        self.settings = settings
        self.probabilities: FloatArray = np.zeros(len(self.classes))
        self._chosen: str | None = None
        self._current: _OpenSegment | None = None
        self._pending: _OpenSegment | None = None
        self._is_first = True
        self._last_s = 0.0
        self._step_s = 0.0

    @property
    def answer(self) -> str | None:
        """The answer now; None before the first."""
        return None if self._current is None else self._current.answer

    def add(self, answer: LiveAnswer) -> TimelineWindow | None:
        """Take the next answer, and return the segment that it ends, if it does."""
        self._smooth(answer)
        chosen = self._chosen = self._choose(answer.label)
        self._last_s = answer.time_s
        if self._current is None:
            self._current = _OpenSegment(chosen, answer.time_s, len(self.classes))
        if chosen == self._current.answer:
            self._absorb_pending()
            self._current.add(self.probabilities)
            return None
        if self._pending is not None and self._pending.answer != chosen:
            self._absorb_pending()
        if self._pending is None:
            self._pending = _OpenSegment(chosen, answer.time_s, len(self.classes))
        self._pending.add(self.probabilities)
        if answer.time_s - self._pending.start_s < self.settings.shortest_s:
            return None
        return self._switch(self._current, self._pending)

    def finish(self) -> TimelineWindow | None:
        """Return the last segment, which lasts one step after the last answer; None if none is."""
        if self._current is None:
            return None
        self._absorb_pending()
        segment = self._close(self._current, self._last_s + self._step_s)
        self._current = None
        return segment

    def _smooth(self, answer: LiveAnswer) -> None:
        if self._current is None:
            self.probabilities = np.asarray(answer.probabilities, dtype=np.float64)
            return
        self._step_s = answer.time_s - self._last_s
        smooth_s = self.settings.smooth_s
        share = 1.0 if smooth_s == 0 else 1.0 - math.exp(-self._step_s / smooth_s)
        self.probabilities = self.probabilities + share * (
            answer.probabilities - self.probabilities
        )

    def _choose(self, label: str) -> str:
        best = int(self.probabilities.argmax())
        enter = self.settings.enter
        if enter is None:
            return NOT_SURE if label == NOT_SURE else self.classes[best]
        leave = enter if self.settings.leave is None else self.settings.leave
        chosen = self._chosen
        if chosen in self.classes and self.probabilities[self.classes.index(chosen)] >= leave:
            return chosen
        return self.classes[best] if self.probabilities[best] >= enter else NOT_SURE

    def _switch(self, current: "_OpenSegment", pending: "_OpenSegment") -> TimelineWindow | None:
        """Let the pending answer be the current one from where it began."""
        self._current, self._pending = pending, None
        if self._is_first and pending.start_s - current.start_s < self.settings.shortest_s:
            pending.start_s = current.start_s  # too short to be a segment
            pending.absorb(current)
            return None
        self._is_first = False
        return self._close(current, pending.start_s)

    def _absorb_pending(self) -> None:
        if self._pending is not None and self._current is not None:
            self._current.absorb(self._pending)
        self._pending = None

    def _close(self, segment: "_OpenSegment", end_s: float) -> TimelineWindow:
        means = segment.sums / segment.count
        return TimelineWindow(
            start_s=segment.start_s,
            end_s=end_s,
            answer=segment.answer,
            prediction=self.classes[int(means.argmax())],
            probabilities=dict(zip(self.classes, means.tolist(), strict=True)),
        )


class _OpenSegment:
    """A segment that may go on."""

    def __init__(self, answer: str, start_s: float, num_classes: int) -> None:
        self.answer = answer
        self.start_s = start_s
        self.sums = np.zeros(num_classes)
        self.count = 0

    def add(self, probabilities: FloatArray) -> None:
        self.sums += probabilities
        self.count += 1

    def absorb(self, other: "_OpenSegment") -> None:
        self.sums += other.sums
        self.count += other.count
