"""What a long recording shows when: the predictions of its windows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import fmean

from skelgraph.serving import NOT_SURE

NOBODY = "nobody"
"""The answer for a window in which nobody is there."""


@dataclass(frozen=True, kw_only=True)
class TimelineWindow:
    """What a model says of a window of a recording.

    Args:
        start_s: Its first instant by the recording's clock, in seconds.
        end_s: The instant at which it ends.
        answer: The class, ``"not sure"`` or ``"nobody"``.
        prediction: The most probable class, sure or not; None if there is no answer to give.
        probabilities: Probability of each class; empty if there is none.
    """

    start_s: float
    end_s: float
    answer: str
    prediction: str | None = None
    probabilities: Mapping[str, float]

    @property
    def middle_s(self) -> float:
        """The instant in its middle."""
        return (self.start_s + self.end_s) / 2


@dataclass(frozen=True, kw_only=True)
class TimelineSegment:
    """A time for which a recording has one answer.

    Args:
        start_s: Its first instant by the recording's clock, in seconds.
        end_s: The instant at which it ends.
        answer: The class, ``"not sure"`` or ``"nobody"``.
        probability: Mean probability of the class over its windows; None if there is no class.
    """

    start_s: float
    end_s: float
    answer: str
    probability: float | None = None

    @property
    def has_class(self) -> bool:
        """Whether the answer is a class."""
        return self.probability is not None


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """What one person of a recording shows when.

    Args:
        recording: Name of the recording.
        classes: Names of the classes.
        windows: Its windows in the order of their times; they may overlap.
        person: Who it is, if the recording has several.
        notes: What a user should know of windows that cannot be used.
        are_segments: Whether each window is a segment by itself, and none overlaps another.
    """

    recording: str
    classes: tuple[str, ...]
    windows: tuple[TimelineWindow, ...]
    person: str | None = None
    notes: tuple[str, ...] = ()
    are_segments: bool = False

    @property
    def segments(self) -> tuple[TimelineSegment, ...]:
        """The answer at each time, without overlaps: that of the window whose middle is nearest.

        The first window answers from its start on, the last one to its end. Neighbors with the same
        answer are one segment.
        """
        return tuple(self._list_segments() if self.are_segments else self._merge())

    def _list_segments(self) -> Iterator[TimelineSegment]:
        for window in self.windows:
            yield TimelineSegment(
                start_s=window.start_s,
                end_s=window.end_s,
                answer=window.answer,
                probability=window.probabilities.get(window.answer),
            )

    def _merge(self) -> Iterator[TimelineSegment]:
        windows = self.windows
        changes = [(one.middle_s + after.middle_s) / 2 for one, after in pairwise(windows)]
        ends = [*changes, windows[-1].end_s]
        number = 0
        start_s = windows[0].start_s
        for answer, group in groupby(windows, key=lambda window: window.answer):
            members = list(group)
            number += len(members)
            is_class = answer not in (NOT_SURE, NOBODY)
            yield TimelineSegment(
                start_s=start_s,
                end_s=ends[number - 1],
                answer=answer,
                probability=fmean(one.probabilities[answer] for one in members)
                if is_class
                else None,
            )
            start_s = ends[number - 1]
