"""Frames as lines of JSON; :mod:`skelgraph.io.pose_lines` is their form."""

from collections.abc import Iterator

from skelgraph.config import USUAL_LIVE_FPS
from skelgraph.io import PoseLineParser
from skelgraph.streaming.live_frame import LiveFrame
from skelgraph.streaming.sources.frame_sorter import FrameSorter
from skelgraph.streaming.sources.line_feeds import MAX_LINE_BYTES, LineFeed
from skelgraph.streaming.sources.live_source import PlayClock
from skelgraph.streaming.sources.notices import Notices
from skelgraph.streaming.sources.sorted_source import SortedSource


class LineSource(SortedSource):
    """Read frames from lines of JSON as they come.

    Args:
        name: Name of the source, for notices.
        feed: Where the lines come from.
        parser: The parser of the frames.
        notices: Where single lines are told of.
        clock: Plays a finished file at its rate, and ends the waiting.
    """

    def __init__(
        self,
        name: str,
        feed: LineFeed,
        parser: PoseLineParser,
        notices: Notices,
        clock: PlayClock,
    ) -> None:
        fallback_fps = None if feed.is_live else USUAL_LIVE_FPS
        sorter = FrameSorter(parser, notices, fallback_fps=fallback_fps)
        super().__init__(name, sorter, notices, clock)
        self.feed = feed
        self._line = 0
        self._cut: str | None = None
        self._count = 0

    @property
    def is_live(self) -> bool:
        """Whether lines come now: neither as fast as they are taken, nor from before."""
        return (self.feed.is_live or self.feed.is_recording) and not self.clock.is_fast

    @property
    def _is_recording(self) -> bool:
        return self.feed.is_recording

    @property
    def _emptiness(self) -> str:
        return "expected lines of JSON with persons, but it ended without any"

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
