"""Lines as they come: from a stream, a file that grows, or whoever connects to a port."""

import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from skelgraph.errors import FormatError
from skelgraph.streaming.sources.live_source import PlayClock

MAX_LINE_BYTES = 4_000_000
"""A longer line is no frame."""
_CHUNK_BYTES = 65536
_ACCEPT_S = 0.2


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Yield the lines of what comes in parts; the last one may lack an end.

    Example:
        >>> list(split_lines([b"a", b"b\nc", b"\nd"]))
        [b'ab\n', b'c\n', b'd']
    """
    pending = b""
    for chunk in chunks:
        *lines, pending = (pending + chunk).split(b"\n")
        yield from (line + b"\n" for line in lines)
        if len(pending) >= MAX_LINE_BYTES:
            yield pending
            pending = b""
    if pending:
        yield pending


class LineFeed(Protocol):
    """What lines come from."""

    @property
    def is_live(self) -> bool:
        """Whether the lines come now, and were not there before."""
        ...

    @property
    def is_recording(self) -> bool:
        """Whether it has an end that is there already."""
        ...

    @property
    def outlives_producers(self) -> bool:
        """Whether another producer may follow one that has gone."""
        ...

    def iterate(self) -> Iterator[bytes | None]:
        """Yield lines with their ends, one without if it was cut off; None if a producer has gone.

        Raises:
            FormatError: If they cannot be read.
        """
        ...


class StreamFeed:
    """Read the lines of a binary stream until its end.

    Args:
        stream: The stream, such as ``sys.stdin.buffer``.
    """

    is_live = True
    is_recording = False
    outlives_producers = False

    def __init__(self, stream: BinaryIO) -> None:
        # Unbuffered: a buffer holds a line back, and its lock when the program ends.
        self.stream: Any = getattr(stream, "raw", stream)

    def iterate(self) -> Iterator[bytes | None]:
        """Yield the lines."""
        yield from split_lines(iter(lambda: self.stream.read(_CHUNK_BYTES), b""))
        yield None


class FileFeed:
    """Read the lines of a file, and those that are written to it.

    Args:
        path: The file.
        clock: Ends the waiting.
        follow: Whether to wait for more at its end.
    """

    outlives_producers = True

    def __init__(self, path: Path, clock: PlayClock, *, follow: bool) -> None:
        self.path = path
        self.clock = clock
        self.follow = follow
        self.is_live = False

    @property
    def is_recording(self) -> bool:
        """Whether its end is the end."""
        return not self.follow

    def iterate(self) -> Iterator[bytes | None]:
        """Yield the lines."""
        try:
            with self.path.open("rb") as file:
                yield from self._read(file)
        except OSError as error:
            raise FormatError(f"{self.path}: cannot be read: {error.strerror}") from error

    def _read(self, file: BinaryIO) -> Iterator[bytes]:
        partial = b""
        while not self.clock.is_stopped:
            partial += file.readline(MAX_LINE_BYTES)
            if partial.endswith(b"\n") or len(partial) >= MAX_LINE_BYTES:
                yield partial
                partial = b""
            elif not self.follow:
                if partial:
                    yield partial
                return
            else:
                self.is_live = True
                if os.fstat(file.fileno()).st_size < file.tell():  # it was begun anew
                    file.seek(0)
                    partial = b""
                self.clock.pause()


class SocketFeed:
    """Read the lines of whoever connects to a port of this machine, one after the other.

    Args:
        port: The port; 0 for any that is free.
        clock: Ends the waiting.

    Raises:
        FormatError: If the port cannot be listened to.
    """

    is_live = True
    is_recording = False
    outlives_producers = True

    def __init__(self, port: int, clock: PlayClock) -> None:
        self.clock = clock
        try:
            self.server = socket.create_server(("127.0.0.1", port), backlog=1)
        except OSError as error:
            raise FormatError(
                f"tcp://127.0.0.1:{port}: cannot be listened to: {error.strerror}; name another "
                f"port"
            ) from error
        self.server.settimeout(_ACCEPT_S)

    @property
    def port(self) -> int:
        """The port."""
        return int(self.server.getsockname()[1])

    def iterate(self) -> Iterator[bytes | None]:
        """Yield the lines."""
        with self.server:
            while not self.clock.is_stopped:
                try:
                    connection, _ = self.server.accept()
                except TimeoutError:
                    continue
                with connection:
                    yield from split_lines(self._receive(connection))
                yield None

    def _receive(self, connection: socket.socket) -> Iterator[bytes]:
        connection.settimeout(_ACCEPT_S)
        while not self.clock.is_stopped:
            try:
                received = connection.recv(_CHUNK_BYTES)
            except TimeoutError:
                continue
            except OSError:  # the producer was killed
                return
            if not received:
                return
            yield received
