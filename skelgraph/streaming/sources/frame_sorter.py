"""Frames as they were parsed, in the order of their times and with persons who keep their names."""

import json
import time
from typing import Any

import numpy as np

from skelgraph.config import USUAL_LIVE_FPS
from skelgraph.errors import FormatError, PoseError
from skelgraph.io import PoseFormat, PoseFrame, PoseLineParser, shorten
from skelgraph.poses import NOBODY, PersonTracker
from skelgraph.streaming.live_frame import LiveFrame, LivePose
from skelgraph.streaming.sources.notices import Notices

_EPOCH_S = 1e8
"""Times from here on are those of a clock that counts from 1970; the first one becomes 0."""
_LONGEST_PAUSE_S = 3600.0
"""A frame that is later than this is taken for damaged."""
_BEGINS_ANEW = 10
"""After so many frames in a row that do not follow, their times are another producer's."""
_TRACKED_S = 1.0


class FrameSorter:
    """Turn parsed frames into frames of a stream.

    A frame has the time that it tells, or its number divided by the frame rate, or if there is no
    rate the time at which it comes. One that is not later than the frame before it, or later by an
    hour, is left out with a notice, and so is what cannot be parsed; after ten in a row, times go
    on from the last one. Persons without ids are tracked.

    Args:
        parser: The parser.
        notices: Where single frames are told of.
        fallback_fps: Frame rate of frames that tell neither it nor their times, if the times at
            which they come mean nothing.
    """

    def __init__(
        self, parser: PoseLineParser, notices: Notices, *, fallback_fps: float | None = None
    ) -> None:
        self.parser = parser
        self.notices = notices
        self.fallback_fps = fallback_fps
        self._tracker: PersonTracker | None = None
        self._last_s: float | None = None
        self._count = 0
        self._frame = -1
        self._num_odd = 0
        self._offset_s: float | None = None
        self._start_s: float | None = None

    @property
    def format(self) -> PoseFormat | None:
        """The format of all frames, as soon as one has told it."""
        return self.parser.format

    @property
    def last_s(self) -> float | None:
        """Time of the last frame; None before the first."""
        return self._last_s

    def begin_producer(self) -> None:
        """Let the times of another producer follow those so far."""
        self._offset_s = None
        self._count = 0

    def parse(self, text: str, where: str, *, number: int | None = None) -> LiveFrame | None:
        """Return the frame of a text of JSON; None if there is none to be used.

        Args:
            text: The line, or the content of the file.
            where: Where it stands, for notices.
            number: Number of the frame, if its place tells it.
        """
        try:
            value = _parse_json(text, where)
        except FormatError as error:
            self.notices.tell("malformed frames", f"{error}; left out")
            return None
        return self.take(value, where, number=number)

    def take(self, value: object, where: str, *, number: int | None = None) -> LiveFrame | None:
        """Return the frame of a parsed value; see :meth:`parse`."""
        try:
            frame = self.parser.parse(value, where)
            return None if frame is None else self._sort(frame, where, number)
        except (FormatError, PoseError) as error:
            self.notices.tell("malformed frames", f"{error}; left out")
            return None

    def _sort(self, frame: PoseFrame, where: str, number: int | None) -> LiveFrame | None:
        time_s = self._find_time(frame, number)
        if not self._follows(time_s):
            self._num_odd += 1
            if self._num_odd < _BEGINS_ANEW:
                self.notices.tell(
                    "frames out of order",
                    f"{where}: its time of {time_s:.3f} s does not follow {self._last_s:.3f} s; "
                    f"left out",
                )
                return None
            self.begin_producer()
            time_s = self._find_time(frame, number)
        self._num_odd = 0
        self._last_s = time_s
        return LiveFrame(time_s, self._name_persons(frame, time_s))

    def _follows(self, time_s: float) -> bool:
        return self._last_s is None or self._last_s < time_s < self._last_s + _LONGEST_PAUSE_S

    def _find_time(self, frame: PoseFrame, number: int | None) -> float:
        now_s = time.monotonic()
        if self._start_s is None:
            self._start_s = now_s
        told = self._find_told_time(frame, number)
        self._count += 1
        if told is None:
            return now_s - self._start_s
        if self._offset_s is None:  # the first frame of a producer
            self._offset_s = told if told > _EPOCH_S else 0.0
            if self._last_s is not None:
                step_s = 1 / (self.parser.fps or USUAL_LIVE_FPS)
                self._offset_s = told - max(self._last_s + step_s, now_s - self._start_s)
        return told - self._offset_s

    def _find_told_time(self, frame: PoseFrame, number: int | None) -> float | None:
        fps = self.parser.fps or self.fallback_fps
        if frame.time_s is not None:
            return frame.time_s
        if fps is None:
            return None
        for count in (frame.number, number):
            if count is not None:
                return count / fps
        return self._count / fps

    def _name_persons(self, frame: PoseFrame, time_s: float) -> dict[str, LivePose]:
        known = {
            person.identity: LivePose(person.positions, person.confidence)
            for person in frame.persons
            if person.identity is not None
        }
        strangers = [person for person in frame.persons if person.identity is None]
        if not strangers:
            return known
        fps = self.parser.fps or USUAL_LIVE_FPS
        if self._tracker is None:
            self._tracker = PersonTracker(max_gap_frames=max(1, round(_TRACKED_S * fps)))
        poses = np.array([person.positions for person in strangers])
        self._frame = max(self._frame + 1, round(time_s * fps))
        tracks = self._tracker.assign(poses, self._frame)
        for track, person in zip(tracks.tolist(), strangers, strict=True):
            if track != NOBODY:
                name = str(track + 1)
                name += "'" if name in known else ""  # an id of somebody else
                known[name] = LivePose(person.positions, person.confidence)
        return known


def _parse_json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where_from = f"from character {error.pos + 1} on"
        raise FormatError(f"{where}: expected JSON, but it is none {where_from}") from error
    except (ValueError, RecursionError) as error:  # a number of a thousand digits; [[[[...
        raise FormatError(f"{where}: expected JSON, but {shorten(str(error), 100)}") from error
