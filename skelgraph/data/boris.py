"""Annotations of BORIS: its two tables of events, as comma- or tab-separated text.

*Aggregated events* have a line for each behavior with the columns ``Behavior``, ``Start (s)`` and
``Stop (s)``. *Tabular events* have a line for each event, with ``Time`` and ``START``, ``STOP`` or
``POINT`` in the column ``Status`` or ``Behavior type``; lines of facts may stand before the header.
Both name the ``Subject``, the media file (``Media file``, ``Media file path`` or ``Media file
name``) and the ``Observation id``. Times are seconds from the beginning of the observation.

Format: Friard and Gamba, "BORIS", Methods in Ecology and Evolution 7 (2016), and its user guide,
"Export events".
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

from skelgraph.data.annotation import Annotation, AnnotationFile, take_stem
from skelgraph.data.clip_range import ClipRange, Moment, parse_moment
from skelgraph.data.clip_set import name_a_few
from skelgraph.errors import DatasetError

_BEHAVIOR = "behavior"
_START, _STOP, _TIME = "start (s)", "stop (s)", "time"
_STATUS = ("status", "behavior type")
_MEDIA = ("media file path", "media file name", "media file")
_CATEGORY = ("behavioral category", "category")
_OFFSET = "time offset (s)"
_NOBODY = {"", "no focal subject"}
_PLAYER = re.compile(r"^player #\d+:\s*", re.I)

Row = Mapping[str, str]


def find_header(lines: Sequence[str]) -> tuple[int, str] | None:
    """Return the line of a BORIS table's header and the separator; None if there is none."""
    for number, line in enumerate(lines[:200]):
        separator = max(",;\t", key=line.count)
        columns = {cell.strip(' "').lower() for cell in line.split(separator)}
        if _BEHAVIOR in columns and (
            {_START, _STOP} <= columns or (_TIME in columns and columns & set(_STATUS))
        ):
            return number, separator
    return None


def read_boris(path: Path, text: str, category: str | None) -> AnnotationFile:
    """Read a table of events.

    Point events have no duration, and are left out with a note.

    Args:
        path: The file.
        text: Its content.
        category: The behavioral category that is wanted; None for all behaviors.

    Raises:
        DatasetError: If the table is damaged, or there is no such category.
    """
    rows = _read_rows(path, text)
    if category is not None:
        rows = _take_category(path, rows, category)
    offsets = sorted({row.get(_OFFSET, "") for _, row in rows} - {"", "0", "0.0", "0.000"})
    notes = [f"{path}: the time offset {offset} s is in its times" for offset in offsets]
    is_aggregated = bool(rows) and _START in rows[0][1]
    read = _read_aggregated if is_aggregated else _pair_events
    annotations = tuple(read(path, rows, notes))
    return AnnotationFile(path, annotations, tuple(notes))


def _read_rows(path: Path, text: str) -> list[tuple[int, Row]]:
    """Return the number of each line and its cells by column."""
    lines = text.splitlines()
    header = find_header(lines)
    if header is None:
        raise DatasetError(f"{path}: expected a table of BORIS with the column Behavior")
    first, separator = header
    try:
        table = list(csv.reader(StringIO("\n".join(lines[first:])), delimiter=separator))
    except csv.Error as error:
        raise DatasetError(f"{path}: expected a table of BORIS, but {error}") from error
    columns = [cell.strip().lower() for cell in table[0]]
    rows: list[tuple[int, Row]] = []
    for number, cells in enumerate(table[1:], start=first + 2):
        if any(cells):
            cells = [cell.strip() for cell in cells] + [""] * (len(columns) - len(cells))
            rows.append((number, dict(zip(columns, cells, strict=False))))
    return rows


def _take_category(
    path: Path, rows: Sequence[tuple[int, Row]], category: str
) -> list[tuple[int, Row]]:
    known = Counter(_get(row, _CATEGORY) for _, row in rows)
    if category not in known:
        there = ", ".join(f"{name or 'none'} ({count})" for name, count in known.items())
        raise DatasetError(
            f"{path}: expected the behavioral category {category!r} (--tier), but its categories "
            f"are {there}"
        )
    return [(number, row) for number, row in rows if _get(row, _CATEGORY) == category]


def _read_aggregated(
    path: Path, rows: Sequence[tuple[int, Row]], notes: list[str]
) -> Iterator[Annotation]:
    points = []
    for number, row in rows:
        start, stop = (_read_time(path, number, row, column) for column in (_START, _STOP))
        if start == stop:
            points.append(row[_BEHAVIOR])
        else:
            yield _annotate(path, row, start, stop)
    notes += _describe_points(path, points)


def _pair_events(
    path: Path, rows: Sequence[tuple[int, Row]], notes: list[str]
) -> Iterator[Annotation]:
    begun: dict[tuple[str, ...], Moment] = {}
    points, open_ended = [], []
    for number, row in rows:
        status = _get(row, _STATUS).upper()
        keys = ("observation id", "subject", _BEHAVIOR, "modifiers")
        who = (*(row.get(key, "") for key in keys), *_name_takes(path, row))
        time = _read_time(path, number, row, _TIME)
        if status == "START":
            if who in begun:
                open_ended.append(row[_BEHAVIOR])
            begun[who] = time
        elif status == "STOP":
            if who in begun:
                yield _annotate(path, row, begun.pop(who), time)
            else:
                open_ended.append(row[_BEHAVIOR])
        elif status == "POINT":
            points.append(row[_BEHAVIOR])
        else:
            raise DatasetError(
                f"{path}, line {number}: expected START, STOP or POINT, but got {status!r}"
            )
    open_ended += [who[2] for who in begun]
    notes += _describe_points(path, points)
    if open_ended:
        some = name_a_few(sorted(set(open_ended)))
        notes.append(f"{path}: {len(open_ended)} events lack a START or a STOP, left out: {some}")


def _describe_points(path: Path, points: Sequence[str]) -> Iterator[str]:
    if points:
        some = name_a_few(sorted(set(points)))
        yield f"{path}: {len(points)} events without a duration are left out: {some}"


def _annotate(path: Path, row: Row, start: Moment, stop: Moment) -> Annotation:
    subject = row.get("subject", "")
    return Annotation(
        takes=_name_takes(path, row),
        range=ClipRange(start, stop),
        label=row[_BEHAVIOR],
        subject=None if subject.lower() in _NOBODY else subject,
    )


def _name_takes(path: Path, row: Row) -> tuple[str, ...]:
    media = _PLAYER.sub("", _get(row, _MEDIA))
    names = (take_stem(media), row.get("observation id", ""), path.stem)
    return tuple(dict.fromkeys(name for name in names if name))


def _read_time(path: Path, number: int, row: Row, column: str) -> Moment:
    moment = parse_moment(row.get(column, ""))
    if moment is None:
        raise DatasetError(
            f"{path}, line {number}: expected seconds in column {column!r}, but got "
            f"{row.get(column, '')!r}"
        )
    return moment


def _get(row: Row, columns: Sequence[str]) -> str:
    return next((row[column] for column in columns if row.get(column)), "")
