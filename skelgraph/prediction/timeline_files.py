"""Timelines as files: a table, subtitles, or tiers of ELAN.

WebVTT is the format of subtitles that players and browsers show
(https://www.w3.org/TR/webvtt1/): a cue for each time span, with the voice (``<v NAME>``) of who
speaks, here of whom a line is about.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from skelgraph.data import import_elan, write_elan
from skelgraph.errors import RunError
from skelgraph.prediction.timeline import NOBODY, Timeline, TimelineSegment
from skelgraph.runs import write_json, write_rows, write_text

_TIER = "prediction"


def check_timeline_file(file: Path) -> None:
    """Check that timelines can be written to a file, by its suffix.

    Raises:
        RunError: If it is another, or the file is a folder.
        DatasetError: If pympi-ling is needed and not installed.
    """
    if file.suffix.lower() not in TIMELINE_WRITERS:
        raise RunError(
            f"{file}: expected a timeline that ends in {', '.join(TIMELINE_WRITERS)}: a table, "
            f"subtitles for a player, or tiers of ELAN"
        )
    if file.is_dir():
        raise RunError(f"{file}: expected a file to write a timeline to, but it is a folder")
    if file.suffix.lower() == ".eaf":
        import_elan(file)


def write_timelines(
    file: Path, timelines: Sequence[Timeline], *, media: Path | None = None
) -> None:
    """Write timelines as CSV, WebVTT or ELAN, by the suffix of the file.

    A ``.csv`` has a row for each window of each recording. ``.vtt`` and ``.eaf`` are of one
    recording and have no overlaps: neighbors with the same answer are one cue or annotation. With
    several people, each has a voice or a tier. Nobody is no cue, and an annotation is a class.

    Args:
        file: Where to.
        timelines: One for each person.
        media: The video that ELAN opens with the tiers.

    Raises:
        RunError: If the suffix is another, or several recordings are to go into subtitles or tiers.
        DatasetError: If pympi-ling is not installed.
    """
    check_timeline_file(file)
    suffix = file.suffix.lower()
    recordings = {timeline.recording for timeline in timelines}
    if suffix != ".csv" and len(recordings) > 1:
        raise RunError(
            f"{file}: subtitles and tiers are of one recording, but there are {len(recordings)}; "
            f"write a .csv of all, or a file of each"
        )
    TIMELINE_WRITERS[suffix](file, timelines, media)


def write_window_file(file: Path, timelines: Sequence[Timeline]) -> None:
    """Write each window as ``.json`` or, with any other suffix, as CSV."""
    if file.suffix.lower() == ".json":
        write_json(file, {"windows": list(list_windows(timelines))})
    else:
        _write_csv(file, timelines, None)


def list_windows(timelines: Sequence[Timeline]) -> Iterator[dict[str, Any]]:
    """Yield each window as plain JSON types: recording, person, times, answer, probabilities."""
    for timeline in timelines:
        for window in timeline.windows:
            yield {
                "name": timeline.recording,
                "person": timeline.person,
                "start_s": window.start_s,
                "end_s": window.end_s,
                "answer": window.answer,
                "prediction": window.prediction,
                "probabilities": dict(window.probabilities),
            }


def _write_csv(file: Path, timelines: Sequence[Timeline], media: Path | None) -> None:
    classes = timelines[0].classes if timelines else ()
    columns = ("name", "person", "start_s", "end_s", "answer", "prediction")
    write_rows(
        file,
        [*columns, *(f"p_{name}" for name in classes)],
        (
            [
                window["name"],
                window["person"] or "",
                f"{window['start_s']:.3f}",
                f"{window['end_s']:.3f}",
                window["answer"],
                window["prediction"] or "",
                *(_format_probability(window["probabilities"].get(name)) for name in classes),
            ]
            for window in list_windows(timelines)
        ),
    )


def _format_probability(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _write_webvtt(file: Path, timelines: Sequence[Timeline], media: Path | None) -> None:
    cues = sorted(
        (
            (segment.start_s, segment.end_s, _say(timeline, segment))
            for timeline in timelines
            for segment in timeline.segments
            if segment.answer != NOBODY
        ),
        key=lambda cue: cue[:2],
    )
    blocks = [
        f"{_format_time(start_s)} --> {_format_time(end_s)}\n{text}\n"
        for start_s, end_s, text in cues
    ]
    write_text(file, "\n".join(["WEBVTT\n", *blocks]))


def _say(timeline: Timeline, segment: TimelineSegment) -> str:
    """Return the text of a cue."""
    text = escape(segment.answer, quote=False)
    if segment.probability is not None:
        text = f"{text} {segment.probability:.0%}"
    if timeline.person is None:
        return text
    person = escape(timeline.person, quote=False)
    return f"<v {person}>{person}: {text}"


def _format_time(seconds: float) -> str:
    milliseconds = max(round(1000 * seconds), 0)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _write_elan(file: Path, timelines: Sequence[Timeline], media: Path | None) -> None:
    tiers = {
        timeline.person or _TIER: [
            (segment.start_s, segment.end_s, segment.answer)
            for segment in timeline.segments
            if segment.has_class
        ]
        for timeline in timelines
    }
    write_elan(file, tiers, media=media)


TIMELINE_WRITERS: Mapping[str, Callable[[Path, Sequence[Timeline], Path | None], None]] = {
    ".csv": _write_csv,
    ".vtt": _write_webvtt,
    ".eaf": _write_elan,
}
"""What writes a timeline, by the suffix of its file."""
