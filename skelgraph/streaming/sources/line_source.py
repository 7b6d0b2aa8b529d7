"""Frames as lines of JSON; :mod:`skelgraph.io.pose_lines` is their form."""

from collections.abc import Iterator

from skelgraph.config import USUAL_LIVE_FPS
from skelgraph.errors import FormatError
from skelgraph.io import PoseFormat, PoseLineParser
from skelgraph.streaming.live_frame import LiveFrame
from skelgraph.streaming.sources.frame_sorter import FrameSorter
from skelgraph.streaming.sources.line_feeds import MAX_LINE_BYTES, LineFeed
from skelgraph.streaming.sources.live_source import PlayClock
from skelgraph.streaming.sources.notices import Notices


class LineSource:
    """Read frames from lines of JSON as they come.

    Args:
        name: Name of the source, for notices.
        feed: Where the lines come from.
        parser: The parser of the frames.
        notices: Where single lines are told of.
        clock: Plays a finished file at its rate, and ends the waiting.
    """

    num_dropped = 0

    def __init__(
        self,
        name: str,
        feed: LineFeed,
        parser: PoseLineParser,
        notices: Notices,
        clock: PlayClock,
    ) -> None:
        self.name = name
        self.feed = feed
        self.notices = notices
        self.clock = clock
        self.has_producer = True
        fallback_fps = None if feed.is_live else USUAL_LIVE_FPS
        self._sorter = FrameSorter(parser, notices, fallback_fps=fallback_fps)
        self._frames = self._parse()
        self._first: LiveFrame | None = None
        self._line = 0
        self._cut: str | None = None
        self._count = 0

    @property
    def is_live(self) -> bool:
        """Whether lines come now: neither as fast as they are taken, nor from before."""
        return (self.feed.is_live or self.feed.is_recording) and not self.clock.is_fast

    def open(self) -> PoseFormat:
        """Wait for the first frame with anybody.

        Raises:
            FormatError: If the stream ends before, or cannot be opened.
            LayoutError: If it names a layout that is not known.
        """
        self._first = next(self._frames, None)
        found = self._sorter.format
        if self._first is None or found is None:
            raise FormatError(
                f"{self.name}: expected lines of JSON with persons, but it ended without any"
            )
        return found

    def iterate(self) -> Iterator[LiveFrame]:
        """Yield the frames as they come; those of a finished file when they are due."""
        frame = self._first
        while frame is not None:
            if self.feed.is_recording:
                self.clock.wait_for(frame.time_s)
            if self.clock.is_stopped:
                return
            yield frame
            frame = next(self._frames, None)

    def close(self) -> None:
        """End the waiting."""
        self.clock.stop()

    def _parse(self) -> Iterator[LiveFrame]:
        for line in self.feed.iterate():
            if line is None:
                self._end_producer()
                continue
            frame = self._take(line)
            if frame is not None and self._sorter.format is not None:
                self._count += 1
                yield frame
        if self._cut is not None:
            self.notices.tell("malformed frames", f"{self._cut}: it is cut off; left out")

    def _end_producer(self) -> None:
        within = "" if self._cut is None else f", within {self._cut}, which is left out"
        self._cut = None
        self.has_producer = False
        if not self._count and not self.feed.outlives_producers:
            return  # open() says so
        self.notices.tell(
            "producers gone",
            f"{self.name}: the producer has gone after {self._count} frames{within}",
        )
        self._sorter.begin_producer()

    def _take(self, line: bytes) -> LiveFrame | None:
        self.has_producer = True
        self._line += 1
        where = f"{self.name}, line {self._line}"
        if len(line) >= MAX_LINE_BYTES:
            self.notices.tell("malformed frames", f"{where}: no frame is so long; left out")
            return None
        if not line.endswith((b"\n", b"}")):
            self._cut = where
            return None
        return self._parse_line(line, where)

    def _parse_line(self, line: bytes, where: str) -> LiveFrame | None:
        try:
            text = line.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            self.notices.tell("malformed frames", f"{where}: expected text in UTF-8; left out")
            return None
        return self._sorter.parse(text, where) if text else None
