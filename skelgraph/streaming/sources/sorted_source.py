"""What sources of JSON have in common: a first frame that tells the format, and frames in order."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from skelgraph.errors import FormatError
from skelgraph.io import PoseFormat
from skelgraph.streaming.live_frame import LiveFrame
from skelgraph.streaming.sources.frame_sorter import FrameSorter
from skelgraph.streaming.sources.live_source import PlayClock
from skelgraph.streaming.sources.notices import Notices


class SortedSource(ABC):
    """A source whose frames a :class:`FrameSorter` puts in order.

    Args:
        name: Name of the source, for notices.
        sorter: Puts the frames in order; it knows their format from the first frame on.
        notices: Where single frames are told of.
        clock: Plays a finished recording at its rate, and ends the waiting.
    """

    num_dropped = 0

    def __init__(self, name: str, sorter: FrameSorter, notices: Notices, clock: PlayClock) -> None:
        self.name = name
        self.notices = notices
        self.clock = clock
        self.has_producer = True
        self._sorter = sorter
        self._frames = self._parse()
        self._first: LiveFrame | None = None

    def open(self) -> PoseFormat:
        """Wait for the first frame with anybody.

        Raises:
            FormatError: If the source cannot be opened, or ends before.
            LayoutError: If it names a layout that is not known.
        """
        self._first = next(self._frames, None)
        found = self._sorter.format
        if self._first is None or found is None:
            raise FormatError(f"{self.name}: {self._emptiness}")
        return found

    def iterate(self) -> Iterator[LiveFrame]:
        """Yield the frames as they come; those of a finished recording when they are due."""
        frame = self._first
        while frame is not None:
            if self._is_recording:
                self.clock.wait_for(frame.time_s)
            if self.clock.is_stopped:
                return
            yield frame
            frame = next(self._frames, None)

    def close(self) -> None:
        """End the waiting."""
        self.clock.stop()

    @property
    @abstractmethod
    def _is_recording(self) -> bool:
        """Whether frames are played at their rate."""

    @property
    @abstractmethod
    def _emptiness(self) -> str:
        """What was expected of a source in which nobody is."""

    @abstractmethod
    def _parse(self) -> Iterator[LiveFrame]:
        """Yield the frames once the format is known, as soon as they can be had."""
