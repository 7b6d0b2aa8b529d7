"""A live model at work on a source: who is there, and what is said of each."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from skelgraph.config import SegmentSettings
from skelgraph.errors import PoseError
from skelgraph.prediction import TimelineWindow
from skelgraph.streaming.answer_segments import AnswerSegments
from skelgraph.streaming.frame_queue import ArrivedFrame, FrameQueue, SourceReader
from skelgraph.streaming.live_frame import LiveAnswer, LiveFrame
from skelgraph.streaming.sources import LiveSource, Notices

ABSENT_S = 1.0
"""A person who is not seen for so long has left."""
PAUSE_S = 2.0
"""After a pause of the source that is longer, everybody is somebody else, as for the model."""
SILENT_S = 2.0
"""A source that gives no frame for so long is told of."""
_WAIT_S = 0.25


class AnswersFrames(Protocol):
    """What a session needs of a live model; see :class:`skelgraph.streaming.LiveModel`."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        ...

    def push(self, frame: LiveFrame) -> list[LiveAnswer]:
        """Return the new answers for the people in a frame."""
        ...


class LiftsFrames(Protocol):
    """What a session needs of a lifter; see :class:`skelgraph.streaming.OnlineLifter`."""

    def push(self, frame: LiveFrame) -> LiveFrame | None:
        """Return the frame that can be lifted now, if there is one, in space."""
        ...


class PersonStatus(NamedTuple):
    """The current answer about a person.

    Args:
        person: Name of the person.
        answer: The class, ``"not sure"``, or None before the first answer.
        probabilities: Smoothed probability of each class; empty before the first answer.
        time_s: Time of the frame that the answer is about.
        behind_s: Seconds by which the answer is behind: from that frame to now.
        is_new: Whether the answer came with this frame.
    """

    person: str
    answer: str | None
    probabilities: Mapping[str, float]
    time_s: float
    behind_s: float
    is_new: bool

    @property
    def probability(self) -> float | None:
        """Probability of the answer, or of the best class if it is not sure; None before it."""
        if not self.probabilities:
            return None
        return self.probabilities.get(self.answer or "", max(self.probabilities.values()))


class LiveUpdate(NamedTuple):
    """What there is to show after a frame.

    Args:
        frame: The frame, as it came.
        people: Everybody who is there.
        segments: Segments that have ended, with the name of the person.
        num_frames: Number of frames so far.
        num_dropped: Number of frames that were dropped so far.
    """

    frame: LiveFrame
    people: tuple[PersonStatus, ...]
    segments: tuple[tuple[str, TimelineWindow], ...]
    num_frames: int
    num_dropped: int


@dataclass(kw_only=True, eq=False)
class LiveSession:
    """Take the frames of a source to a model, and follow each person.

    Args:
        model: The model.
        source: The source, which is open.
        notices: Where single frames and persons are told of.
        settings: How answers become segments.
        lifter: What lifts the frames first.
        queue_frames: Number of frames that may wait for the model.
        timeout_s: Seconds without a frame after which it ends; None to wait.
    """

    model: AnswersFrames
    source: LiveSource
    notices: Notices
    settings: SegmentSettings = field(default_factory=SegmentSettings)
    lifter: LiftsFrames | None = None
    queue_frames: int = 8
    timeout_s: float | None = None
    num_frames: int = 0
    last_s: float | None = None
    _people: dict[str, "_Person"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reader = SourceReader(self.source, FrameQueue(self.queue_frames))

    @property
    def num_dropped(self) -> int:
        """Number of frames that were dropped because the machine is too slow."""
        return self._reader.num_dropped

    def run(self) -> Iterator[LiveUpdate]:
        """Yield an update for each frame until the source ends; :meth:`finish` follows.

        Raises:
            SkelgraphError: If the source fails.
        """
        self._reader.start()
        try:
            while (arrived := self._wait()) is not None:
                yield self._take(arrived)
        finally:
            self._reader.stop()

    def finish(self) -> tuple[tuple[str, TimelineWindow], ...]:
        """Return the last segment of everybody who is still there."""
        closed = [(name, person.segments.finish()) for name, person in self._people.items()]
        self._people.clear()
        return tuple((name, segment) for name, segment in closed if segment is not None)

    def _wait(self) -> ArrivedFrame | None:
        """Return the next frame; None at the end, or if none comes for too long."""
        queue, since_s, is_told = self._reader.queue, time.monotonic(), False
        while not queue.has_ended:
            arrived = queue.get(_WAIT_S)
            if arrived is not None:
                return arrived
            silent_s = time.monotonic() - since_s
            if self.timeout_s is not None and silent_s >= self.timeout_s:
                return None
            if silent_s >= SILENT_S and not is_told and self.source.has_producer:
                is_told = True
                self.notices.tell(
                    "pauses", f"{self.source.name}: no frame for {SILENT_S:g} s; waiting for more"
                )
        return None

    def _take(self, arrived: ArrivedFrame) -> LiveUpdate:
        frame = arrived.frame
        self.num_frames += 1
        closed = [*self._leave(frame.time_s)]
        self.last_s = frame.time_s
        self._meet(frame)
        answers = self._answer(frame)
        late_s = time.monotonic() - arrived.arrived_s
        for early in answers:
            person = self._people.get(early.person)
            if person is None:
                continue
            # With the delay of a filter, an answer may be about the time before somebody came.
            answer = early._replace(time_s=max(early.time_s, person.came_s))
            segment = person.segments.add(answer)
            person.answer, person.behind_s = answer, late_s + frame.time_s - answer.time_s
            closed += [] if segment is None else [(answer.person, segment)]
        new = {answer.person for answer in answers}
        return LiveUpdate(
            frame=frame,
            people=tuple(self._describe(name, is_new=name in new) for name in self._people),
            segments=tuple(closed),
            num_frames=self.num_frames,
            num_dropped=self.num_dropped,
        )

    def _answer(self, frame: LiveFrame) -> Sequence[LiveAnswer]:
        try:
            lifted = frame if self.lifter is None else self.lifter.push(frame)
            return () if lifted is None else self.model.push(lifted)
        except PoseError as error:
            self.notices.tell("malformed frames", f"{self.source.name}: {error}; left out")
            return ()

    def _meet(self, frame: LiveFrame) -> None:
        for name in frame.persons:
            if name not in self._people:
                segments = AnswerSegments(self.model.classes, self.settings)
                self._people[name] = _Person(segments, came_s=frame.time_s)
            self._people[name].seen_s = frame.time_s

    def _leave(self, time_s: float) -> Iterator[tuple[str, TimelineWindow]]:
        """Yield the last segments of those who were in no frame for long, or before a pause."""
        before_s = time_s if self.last_s is None else self.last_s
        gone = [
            name
            for name, person in self._people.items()
            if before_s - person.seen_s > ABSENT_S or time_s - person.seen_s > PAUSE_S
        ]
        for name in gone:
            person = self._people.pop(name)
            self.notices.tell(
                "persons gone", f"person {name} has left, last seen at {person.seen_s:.1f} s"
            )
            segment = person.segments.finish()
            if segment is not None:
                yield name, segment

    def _describe(self, name: str, *, is_new: bool) -> PersonStatus:
        person = self._people[name]
        if person.answer is None:
            return PersonStatus(name, None, {}, person.seen_s, 0.0, is_new=False)
        probabilities = person.segments.probabilities.tolist()
        return PersonStatus(
            person=name,
            answer=person.segments.answer,
            probabilities=dict(zip(self.model.classes, probabilities, strict=True)),
            time_s=person.answer.time_s,
            behind_s=person.behind_s,
            is_new=is_new,
        )


@dataclass
class _Person:
    """Somebody who is there."""

    segments: AnswerSegments
    came_s: float
    seen_s: float = 0.0
    answer: LiveAnswer | None = None
    behind_s: float = 0.0
