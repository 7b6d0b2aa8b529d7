"""Files of what a stream shows: lines of JSON as they come, and timelines at its end."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from skelgraph.errors import RunError
from skelgraph.prediction import (
    Timeline,
    TimelineWindow,
    check_timeline_file,
    write_timelines,
)
from skelgraph.streaming.live_session import LiveUpdate, PersonStatus
from skelgraph.streaming.sources import LINE_SUFFIXES


def check_record_file(file: Path) -> None:
    """Check that what a stream shows can be written to a file, by its suffix.

    Raises:
        RunError: If it is another, or the file is a folder.
        DatasetError: If pympi-ling is needed and not installed.
    """
    if file.suffix.lower() not in LINE_SUFFIXES:
        if file.suffix.lower() not in (".csv", ".vtt", ".eaf"):
            raise RunError(
                f"{file}: expected a file that ends in .jsonl (a line for each answer), .csv, "
                f".vtt (subtitles) or .eaf (ELAN)"
            )
        check_timeline_file(file)
    elif file.is_dir():
        raise RunError(f"{file}: expected a file to write to, but it is a folder")


def describe_answer(person: PersonStatus, num_dropped: int) -> str:
    """Return a line of JSON of an answer."""
    fields = {
        "person": person.person,
        "time_s": round(person.time_s, 3),
        "answer": person.answer,
        "probabilities": {name: round(p, 6) for name, p in person.probabilities.items()},
        "behind_s": round(person.behind_s, 3),
        "dropped": num_dropped,
    }
    return json.dumps(fields, ensure_ascii=False)


class TimelineRecorder:
    """Write what a stream shows to files: ``.jsonl`` as it comes, others when it ends.

    A line of JSON has ``person``, ``time_s``, ``answer``, ``probabilities``, ``behind_s`` and
    ``dropped``; it is written at once. The others are timelines
    (:func:`skelgraph.prediction.write_timelines`) of a window for each segment.

    Args:
        files: The files.
        recording: Name of the source.
        classes: Names of the classes.
        media: The video that ELAN opens with the tiers.

    Raises:
        RunError: If a file cannot be written.
    """

    def __init__(
        self,
        files: Sequence[Path],
        recording: str,
        classes: Sequence[str],
        *,
        media: Path | None = None,
    ) -> None:
        self.recording = recording
        self.classes = tuple(classes)
        self.media = media
        self._files = [file for file in files if file.suffix.lower() not in LINE_SUFFIXES]
        self._segments: dict[str, list[TimelineWindow]] = {}
        self._streams: dict[Path, TextIO] = {}
        for file in files:
            check_record_file(file)
            if file not in self._files:
                self._streams[file] = _open(file)

    def record(self, update: LiveUpdate) -> None:
        """Write the answers that came with a frame, and keep the segments that ended."""
        if self._streams:
            for person in update.people:
                if person.is_new:
                    line = describe_answer(person, update.num_dropped) + "\n"
                    for stream in self._streams.values():
                        stream.write(line)
                        stream.flush()
        self._keep(update.segments)

    def finish(self, segments: Sequence[tuple[str, TimelineWindow]]) -> list[Path]:
        """Write all that is left, with the last segments, and return the files."""
        self._keep(segments)
        for stream in self._streams.values():
            stream.close()
        timelines = _list_timelines(self.recording, self.classes, self._segments)
        for file in self._files:
            write_timelines(file, timelines, media=self.media)
        return [*self._streams, *self._files]

    def _keep(self, segments: Sequence[tuple[str, TimelineWindow]]) -> None:
        if self._files:  # a stream may go on for days
            for person, segment in segments:
                self._segments.setdefault(person, []).append(segment)


def _list_timelines(
    recording: str, classes: tuple[str, ...], segments: Mapping[str, Sequence[TimelineWindow]]
) -> list[Timeline]:
    return [
        Timeline(
            recording=recording,
            classes=classes,
            windows=tuple(windows),
            person=f"person {name}" if len(segments) > 1 else None,
            are_segments=True,
        )
        for name, windows in segments.items()
    ]


def _open(file: Path) -> TextIO:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.open("w", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{file}: cannot be written to: {error.strerror}") from error
