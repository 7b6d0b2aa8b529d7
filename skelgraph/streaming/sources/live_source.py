"""The interface of all sources of frames, and the clock by which recordings are played."""

import time
from collections.abc import Iterator
from threading import Event
from typing import Protocol

from skelgraph.io import PoseFormat
from skelgraph.streaming.live_frame import LiveFrame

POLL_S = 0.02
"""Seconds between two looks at a file or folder that grows."""


class LiveSource(Protocol):
    """A source of frames."""

    name: str
    num_dropped: int
    """Frames that were left out before they became skeletons, since they came too late."""
    has_producer: bool
    """Whether frames are to be expected; False after a notice that their producer has gone."""

    @property
    def is_live(self) -> bool:
        """Whether the frames come now, so that those which cannot be taken in time are dropped."""
        ...

    def open(self) -> PoseFormat:
        """Wait for the first frame, and return the format of all.

        Raises:
            SkelgraphError: If there is no such source, or nothing in it can be used.
        """
        ...

    def iterate(self) -> Iterator[LiveFrame]:
        """Yield the frames in the order of their times, as they come."""
        ...

    def close(self) -> None:
        """End :meth:`iterate`, from any thread."""
        ...


class PlayClock:
    """Wait until the frames of a recording are due.

    Args:
        is_fast: Whether nothing is waited for.
    """

    def __init__(self, *, is_fast: bool) -> None:
        self.is_fast = is_fast
        self._start_s: float | None = None
        self._stop = Event()

    @property
    def is_stopped(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End all waiting."""
        self._stop.set()

    def restart(self) -> None:
        """Let the next time that is waited for be now."""
        self._start_s = None

    def pause(self, seconds: float = POLL_S) -> None:
        """Wait for some seconds, or until it is stopped."""
        self._stop.wait(seconds)

    def wait_for(self, time_s: float) -> float:
        """Wait until a time of the recording, the first of which is now.

        Returns:
            Seconds by which it is late.
        """
        now_s = time.monotonic()
        if self._start_s is None:
            self._start_s = now_s - time_s
        late_s = now_s - self._start_s - time_s
        if not self.is_fast and late_s < 0:
            self._stop.wait(-late_s)
        return max(late_s, 0.0)
