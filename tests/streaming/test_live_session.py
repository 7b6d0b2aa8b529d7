"""A model at work on a source, with a model that is obvious."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from skelgraph.config import SegmentSettings
from skelgraph.errors import PoseError
from skelgraph.io import PoseFormat
from skelgraph.layouts import UPPER10
from skelgraph.streaming import LiveAnswer, LiveFrame, LivePose, LiveSession, LiveUpdate
from skelgraph.streaming.sources import Notices

CLASSES = ("joy", "rage")


@dataclass
class HeightModel:
    """Say joy of who is high; each second frame has an answer, which is 0.1 s old."""

    classes: tuple[str, ...] = CLASSES
    frames: list[LiveFrame] = field(default_factory=list)

    def push(self, frame: LiveFrame) -> list[LiveAnswer]:
        self.frames.append(frame)
        if any(np.isinf(pose.positions).any() for pose in frame.persons.values()):
            raise PoseError("expected finite positions or NaN, but got inf")
        if len(self.frames) % 2:
            return []
        return [
            LiveAnswer(name, frame.time_s - 0.1, np.array([joy, 1 - joy]), "joy")
            for name, pose in frame.persons.items()
            for joy in [0.75 if pose.positions[0, 1] > 0 else 0.25]
        ]


class ListedFrames:
    """A source of frames that are there already."""

    name = "list"
    num_dropped = 0
    has_producer = True
    is_live = False

    def __init__(self, frames: list[LiveFrame]) -> None:
        self.frames = frames

    def open(self) -> PoseFormat:
        return PoseFormat(layout=UPPER10, num_dimensions=3)

    def iterate(self) -> Iterator[LiveFrame]:
        yield from self.frames

    def close(self) -> None:
        pass


def make_frame(time_s: float, **heights: float) -> LiveFrame:
    return LiveFrame(
        time_s, {name: LivePose(np.full((10, 3), height)) for name, height in heights.items()}
    )


def play(
    *frames: LiveFrame, settings: SegmentSettings | None = None
) -> tuple[LiveSession, list[LiveUpdate], list[str]]:
    told: list[str] = []
    session = LiveSession(
        model=HeightModel(),
        source=ListedFrames(list(frames)),
        notices=Notices(told.append),
        settings=settings or SegmentSettings(),
    )
    return session, list(session.run()), told


def test_each_person_has_the_last_answer() -> None:
    frames = [make_frame(n / 10, ann=1.0, ben=-1.0) for n in range(4)]
    session, updates, told = play(*frames)
    before = updates[0].people
    assert [(one.person, one.answer, one.is_new) for one in before] == [
        ("ann", None, False),
        ("ben", None, False),
    ]
    assert [one.probability for one in before] == [None, None]
    ann, ben = updates[1].people
    assert (ann.answer, ann.probabilities, ann.is_new) == ("joy", {"joy": 0.75, "rage": 0.25}, True)
    assert (ben.answer, ben.probability) == ("rage", 0.75)
    assert ann.time_s == 0.0
    assert 0.1 <= ann.behind_s < 5  # the delay of the model, and what the machine takes
    assert not updates[2].people[0].is_new
    assert (updates[-1].num_frames, updates[-1].num_dropped) == (4, 0)
    ends = session.finish()
    assert [(name, one.start_s, one.end_s) for name, one in ends] == [
        ("ann", 0, pytest.approx(0.4)),
        ("ben", 0, pytest.approx(0.4)),
    ]
    assert told == []


def test_segments_end_when_the_answer_changes() -> None:
    heights = [1, 1, 1, 1, -1, -1, -1, -1]
    session, updates, _ = play(*(make_frame(n / 10, ann=h) for n, h in enumerate(heights)))
    closed = [segment for update in updates for segment in update.segments]
    ((name, segment),) = closed
    assert (name, segment.answer) == ("ann", "joy")
    assert (segment.start_s, segment.end_s) == (0, pytest.approx(0.4))
    ((_, last),) = session.finish()
    assert (last.answer, last.end_s) == ("rage", pytest.approx(0.8))


def test_no_answer_is_about_the_time_before_a_person_came() -> None:
    _, updates, _ = play(make_frame(0.0), make_frame(0.05, ann=1.0))
    assert updates[1].people[0].time_s == 0.05


def test_who_leaves_is_one_notice_and_the_stream_goes_on() -> None:
    frames = [make_frame(n / 10, ann=1.0, **({"ben": 1.0} if n < 4 else {})) for n in range(30)]
    _, updates, told = play(*frames)
    assert told == ["person ben has left, last seen at 0.3 s"]
    assert [one.person for one in updates[12].people] == ["ann", "ben"]
    assert [one.person for one in updates[-1].people] == ["ann"]
    (closed,) = [segment for update in updates for segment in update.segments]
    assert closed[0] == "ben"
    assert len(updates) == 30


def test_after_a_pause_of_the_source_everybody_is_somebody_else() -> None:
    times = (0.0, 0.1, 0.2, 5.0, 5.1, 5.2)
    session, updates, told = play(*(make_frame(time_s, ann=1.0) for time_s in times))
    assert told == ["person ann has left, last seen at 0.2 s"]
    ((_, first),) = [segment for update in updates for segment in update.segments]
    assert (first.start_s, first.end_s) == (0, 0)
    ((_, last),) = session.finish()
    assert last.start_s == 5.0


def test_an_empty_room_is_answered_nothing_about() -> None:
    _, updates, told = play(make_frame(0.0, ann=1.0), *(make_frame(n / 2) for n in range(1, 5)))
    assert updates[-1].people == ()
    assert told == ["person ann has left, last seen at 0.0 s"]


def test_a_pose_that_the_model_refuses_is_one_notice() -> None:
    frames = [make_frame(0.0, ann=1.0), make_frame(0.1, ann=np.inf), make_frame(0.2, ann=1.0)]
    _, updates, told = play(*frames)
    assert told == ["list: expected finite positions or NaN, but got inf; left out"]
    assert len(updates) == 3


class SilentFrames(ListedFrames):
    """A source that stays open without frames."""

    is_live = True

    def iterate(self) -> Iterator[LiveFrame]:
        yield from self.frames
        while not self.is_closed:
            self.wait.wait(0.05)

    def __init__(self, frames: list[LiveFrame]) -> None:
        super().__init__(frames)
        self.wait = threading.Event()

    @property
    def is_closed(self) -> bool:
        return self.wait.is_set()

    def close(self) -> None:
        self.wait.set()


def test_a_producer_who_is_known_to_have_gone_is_not_told_of_again() -> None:
    told: list[str] = []
    source = SilentFrames([make_frame(0.0, ann=1.0)])
    source.has_producer = False
    session = LiveSession(
        model=HeightModel(), source=source, notices=Notices(told.append), timeout_s=2.5
    )
    assert len(list(session.run())) == 1
    assert told == []


def test_a_silent_source_is_one_notice_and_ends_in_time() -> None:
    told: list[str] = []
    session = LiveSession(
        model=HeightModel(),
        source=SilentFrames([make_frame(0.0, ann=1.0)]),
        notices=Notices(told.append),
        timeout_s=3.0,
    )
    assert len(list(session.run())) == 1
    assert told == ["list: no frame for 2 s; waiting for more"]
