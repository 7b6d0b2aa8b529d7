"""A folder in which a program writes a JSON file for each frame, such as OpenPose."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io import PoseLineParser, is_json
from skelgraph.streaming.live_frame import LiveFrame
from skelgraph.streaming.sources.frame_sorter import FrameSorter
from skelgraph.streaming.sources.live_source import PlayClock
from skelgraph.streaming.sources.notices import Notices
from skelgraph.streaming.sources.sorted_source import SortedSource

_SUFFIX = ".json"
_NUMBER = re.compile(r"(.*?)(\d{1,15})(\D*)", re.DOTALL)
_LIST_SHARE = 20.0
"""Time between two listings of the folder, in parts of the time that one takes."""
_WRITTEN_S = 0.5
"""A file that is not whole so long after its last change is damaged."""


class FolderSource(SortedSource):
    """Read the files of a folder as they come, in the order of the numbers in their names.

    Files that are there when it is opened are played at the frame rate if the folder is a finished
    recording, and else read at once, to catch up.

    Args:
        path: The folder.
        parser: The parser of the frames; it has the frame rate, which no file tells.
        notices: Where single files are told of.
        clock: Plays a finished recording at its rate, and ends the waiting.
        follow: Whether to wait for more files.
    """

    def __init__(
        self,
        path: Path,
        parser: PoseLineParser,
        notices: Notices,
        clock: PlayClock,
        *,
        follow: bool,
    ) -> None:
        super().__init__(str(path), FrameSorter(parser, notices), notices, clock)
        self.path = path
        self.follow = follow
        self._has_caught_up = False
        self._names: set[str] = set()
        self._last_number = -1
        self._last_name: str | None = None
        self._step: int | None = None
        self._next_list_s = 0.0

    @property
    def is_live(self) -> bool:
        """Whether files come now, or are played at their rate."""
        return (self._has_caught_up or not self.follow) and not self.clock.is_fast

    @property
    def _is_recording(self) -> bool:
        return not self.follow

    @property
    def _emptiness(self) -> str:
        return "expected a JSON file of persons for each frame, but nobody is there in any"

    def _parse(self) -> Iterator[LiveFrame]:
        while not self.clock.is_stopped:
            new = self._look()
            for name in new:
                frame = self._read(name)
                if frame is not None and self._sorter.format is not None:
                    yield frame
            if not new:
                if not self.follow:
                    return
                if not self._has_caught_up and self._sorter.format is None:
                    self.notices.note(f"{self.path}: waiting for the first frame")
                self._has_caught_up = True
                self.clock.pause()

    def _look(self) -> list[str]:
        """Return the names of files that are new, sorted by the numbers in them.

        The file that should come next is looked for by its name, since a long list takes long.
        """
        found = list(self._find_expected())
        if not found and time.monotonic() >= self._next_list_s:
            started_s = time.monotonic()
            names = list_frames(self.path)
            found = sorted(names - self._names, key=_find_order)
            self._names &= names  # a stream may go on for days, and its files be deleted
            ended_s = time.monotonic()
            self._next_list_s = ended_s + _LIST_SHARE * (ended_s - started_s)
        self._names |= set(found)
        return found

    def _find_expected(self) -> Iterator[str]:
        if self._step is None or self._last_name is None:
            return
        before, number, after = _parse(self._last_name)
        width = len(self._last_name) - len(before) - len(after)
        while number is not None:
            number += self._step
            name = f"{before}{number:0{width}d}{after}"
            if not (self.path / name).exists():
                return
            yield name

    def _read(self, name: str) -> LiveFrame | None:
        """Return the frame of a file; one without a number in its name follows the last frame."""
        file = self.path / name
        number = _parse(name)[1]
        if number is None:
            frame = self._parse_file(file, self._last_number + 1)
            self._last_number += frame is not None  # it may tell the format alone, or be no frame
            return frame
        if number <= self._last_number:
            self.notices.tell(
                "frames out of order",
                f"{file}: frame {number} comes after frame {self._last_number}; left out",
            )
            return None
        self._step = None if self._last_name is None else number - self._last_number
        self._last_number, self._last_name = number, name
        return self._parse_file(file, number)

    def _parse_file(self, file: Path, number: int) -> LiveFrame | None:
        text = self._read_whole(file)
        return None if text is None else self._sorter.parse(text, str(file), number=number)

    def _read_whole(self, file: Path) -> str | None:
        """Return the text of a file, which may be in the making; None if it is gone again."""
        while True:
            try:
                text = file.read_bytes().decode("utf-8-sig", errors="replace")
                age_s = time.time() - file.stat().st_mtime
            except OSError as error:
                self.notices.tell("malformed frames", f"{file}: {error.strerror}; left out")
                return None
            if is_json(text) or age_s > _WRITTEN_S or self.clock.is_stopped:
                return text
            self.clock.pause()


def list_frames(folder: Path) -> set[str]:
    """Return the names of the files in a folder that are frames.

    Raises:
        FormatError: If the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if _is_frame(entry.name)}
    except OSError as error:
        raise FormatError(f"{folder}: cannot be read: {error.strerror}") from error


def _is_frame(name: str) -> bool:
    return name.lower().endswith(_SUFFIX) and not name.startswith(".")


def _find_order(name: str) -> tuple[int, str]:
    """Return what names are sorted by: their numbers, and none before all."""
    number = _parse(name)[1]
    return (-1 if number is None else number, name)


def _parse(name: str) -> tuple[str, int | None, str]:
    """Return the last number in a name, and what stands before and after it."""
    match = _NUMBER.fullmatch(name)
    return (match[1], int(match[2]), match[3]) if match else (name, None, "")
