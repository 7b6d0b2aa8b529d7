"""A bounded queue between a source and a model that may be slower."""

import time
from collections import deque
from threading import Condition, Thread
from typing import NamedTuple

from skelgraph.streaming.live_frame import LiveFrame
from skelgraph.streaming.sources import LiveSource

MAX_AGE_S = 1.0
"""A slow machine answers about frames that are not older."""
GRACE_S = 5.0
"""Frames that wait when a stream begins are not dropped for so long."""
_JOIN_S = 0.5
"""A thread that waits for standard input is left alone after this."""


class ArrivedFrame(NamedTuple):
    """A frame, and when it came.

    Args:
        frame: The frame.
        arrived_s: When it came, by :func:`time.monotonic`.
    """

    frame: LiveFrame
    arrived_s: float


class FrameQueue:
    """Hold a limited number of frames that a model has yet to take.

    Args:
        capacity: Number of frames that may wait.
        max_age_s: Longest time for which a frame waits that may be dropped, in seconds.

    Attributes:
        num_dropped: Number of frames that were dropped.
        was_empty: Whether the model has taken all frames at some time.

    Example:
        >>> queue = FrameQueue(2)
        >>> for number in range(5):
        ...     queue.put(LiveFrame(float(number), {}), drops_oldest=True)
        >>> [queue.get(0).frame.time_s for _ in range(2)], queue.num_dropped
        ([3.0, 4.0], 3)
    """

    def __init__(self, capacity: int, *, max_age_s: float = MAX_AGE_S) -> None:
        self.capacity = capacity
        self.max_age_s = max_age_s
        self.num_dropped = 0
        self.was_empty = False
        self._frames: deque[ArrivedFrame] = deque()
        self._changed = Condition()
        self._is_closed = False
        self._error: Exception | None = None

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def has_ended(self) -> bool:
        """Whether no frame is there, none will come, and no error is left to raise."""
        with self._changed:
            return self._is_closed and not self._frames and self._error is None

    def put(self, frame: LiveFrame, *, drops_oldest: bool) -> None:
        """Append a frame; if the queue is full, drop the oldest one, or wait until there is room.

        If frames may be dropped, those that wait for too long are, too. Nothing is appended after
        :meth:`close`.
        """
        with self._changed:
            oldest_s = time.monotonic() - self.max_age_s
            while drops_oldest and self._frames and self._frames[0].arrived_s < oldest_s:
                self._frames.popleft()
                self.num_dropped += 1
            while len(self._frames) >= self.capacity and not self._is_closed:
                if drops_oldest:
                    self._frames.popleft()
                    self.num_dropped += 1
                else:
                    self._changed.wait()
            if not self._is_closed:
                self._frames.append(ArrivedFrame(frame, time.monotonic()))
            self._changed.notify_all()

    def get(self, timeout_s: float) -> ArrivedFrame | None:
        """Return the oldest frame, or None if none comes within some seconds, or ever.

        Raises:
            Exception: The error that ended the source, after its last frame.
        """
        with self._changed:
            self.was_empty |= not self._frames
            self._changed.wait_for(lambda: self._frames or self._is_closed, timeout_s)
            if self._frames:
                arrived = self._frames.popleft()
                self._changed.notify_all()
                return arrived
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            return None

    def close(self, error: Exception | None = None) -> None:
        """Take no more frames; ``error`` is raised after the last one."""
        with self._changed:
            self._is_closed = True
            self._error = self._error or error
            self._changed.notify_all()


class SourceReader:
    """Read the frames of a source into a queue, in a thread of its own.

    Frames that came before the model was ready are not dropped, if it catches up with them soon.

    Args:
        source: The source, which is open.
        queue: The queue.
        grace_s: Seconds to catch up.
    """

    def __init__(self, source: LiveSource, queue: FrameQueue, *, grace_s: float = GRACE_S) -> None:
        self.source = source
        self.queue = queue
        self.grace_s = grace_s
        # A daemon: nothing wakes a thread that waits for standard input.
        self._thread = Thread(target=self._read, name="skelgraph-source", daemon=True)

    @property
    def num_dropped(self) -> int:
        """Number of frames that were left out because the machine is too slow."""
        return self.queue.num_dropped + self.source.num_dropped

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the reading."""
        self.source.close()
        self.queue.close()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)

    def _read(self) -> None:
        error: Exception | None = None
        end_s = time.monotonic() + self.grace_s
        try:
            for frame in self.source.iterate():
                catches_up = not self.queue.was_empty and time.monotonic() < end_s
                self.queue.put(frame, drops_oldest=self.source.is_live and not catches_up)
        except Exception as raised:  # raised again where the frames are taken
            error = raised
        self.queue.close(error)
