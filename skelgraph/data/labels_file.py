"""The ``labels.csv`` of a folder dataset.

The first line names the columns ``file`` and ``label`` and optionally ``subject``, ``recording``,
``split``, ``fps``, ``audio`` and ``text``, in any order and case; other columns are ignored. Fields
are separated by commas, semicolons or tabs, as spreadsheet programs write them; text is UTF-8, with
or without a byte-order mark. ``split`` is ``train``, ``val`` or ``test``; ``fps`` is the frame rate
of a file that does not contain it, or contains a wrong one. A recording with one file per frame is
named by its folder.

``audio`` is the path of a wav file of only this clip, from the dataset's folder; ``text`` is its
transcript, or the path of a ``.txt`` file that holds it. A line with one of them but without a
``file`` is a clip without a skeleton.

With ``start`` and ``end`` a line is a clip that is cut from a long take, and a file may be listed
many times. They are seconds (``12.5``, ``12.5s``, ``1:02.5``, ``0:01:02.500``) by the clock of the
recording, or frames (``375f``), which have the numbers of the file if it numbers its frames, or
else count from 0; in the columns ``start_frame`` and ``end_frame`` numbers without a unit are
frames, and ``start_s`` and ``end_s`` are other names of ``start`` and ``end``. The clip begins with
the frame nearest to the start and ends before the frame nearest to the end; the later one, if a
time is in the middle between two. An empty field is the start or the end of the recording.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple, get_args

from skelgraph.data.clip_range import ClipRange, Moment, TimeUnit, parse_moment
from skelgraph.data.clip_set import Part, name_a_few
from skelgraph.errors import DatasetError

LABELS_FILE = "labels.csv"
_REQUIRED = ("file", "label")
_OPTIONAL = ("subject", "recording", "split", "fps", "audio", "text", "start", "end")
_MOMENTS: dict[str, tuple[str, TimeUnit]] = {
    **{f"{column}_s": (column, "s") for column in ("start", "end")},
    **{f"{column}_frame": (column, "f") for column in ("start", "end")},
}
"""Other names of the columns of start and end, and their units."""
_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
}


class LabeledFile(NamedTuple):
    """One line of a labels file.

    It is a tuple, since creating a frozen dataclass per file takes as long as listing the files.

    Args:
        file: Path of the file, relative to the dataset's folder, with forward slashes; empty for a
            clip without a skeleton.
        label: The class of the file.
        subject: The person in the recording; None if unknown.
        recording: The recording from which the file is cut; None if unknown.
        part: The part of the split; None if the file has no split.
        fps: Its frames per second; None if the file itself contains them.
        audio: Path of the wav file of the same clip, relative as for ``file``, or None.
        text: Transcript or path of a text file, or None.
        line: Number of the line in the labels file; 0 if there is no labels file.
        range: The part of the file that is the clip.
    """

    file: str
    label: str
    subject: str | None = None
    recording: str | None = None
    part: Part | None = None
    fps: float | None = None
    audio: str | None = None
    text: str | None = None
    line: int = 0
    range: ClipRange = ClipRange()


def read_labels(path: Path, problems: list[str] | None = None) -> tuple[LabeledFile, ...]:
    """Read a labels file, without looking for the files that it names.

    Args:
        path: The labels file.
        problems: Collects what is wrong with single lines, which are then left out, or taken
            without their split; by default, that is an error.

    Raises:
        DatasetError: If it is not UTF-8 text, lacks a required column, lists nothing, has a line
            with more fields than columns, a file or label is empty, a clip is listed twice, a split
            is unknown or given for only some files, a frame rate is not a positive number, or a
            start or an end is no time or not in order.
    """
    lines = _read_lines(path)
    columns, units = _read_header(path, lines[0][1])
    rows = {
        number: dict(zip(columns, fields + [""] * (len(columns) - len(fields)), strict=False))
        for number, fields in lines[1:]
    }
    faults = [
        f"line {number} has {len(fields)} fields, but the header has {len(columns)}"
        for number, fields in lines[1:]
        if any(fields[len(columns) :])
    ]
    faults += [
        f"line {number} has no {column}"
        for number, row in rows.items()
        for column in _REQUIRED
        if not row[column] and not (column == "file" and _has_media(row))
    ]
    ranges = {number: _read_range(row, units) for number, row in rows.items()}
    faults += _find_problems_of_ranges(rows, ranges, units)
    faults += _find_problems_across([(row["file"], ranges[n]) for n, row in rows.items()])
    of_splits = _find_problems_of_splits({n: row.get("split", "") for n, row in rows.items()})
    faults += of_splits
    faults += [
        f"line {number} has no positive number as fps, but {rate!r}"
        for number, row in rows.items()
        if (rate := row.get("fps", "")) and _parse_rate(rate) is None
    ]
    usable = rows if problems is None else _take_usable(rows)
    if faults and (problems is None or not usable):
        raise DatasetError(f"{path}: {name_a_few(faults)}")
    if problems is not None:
        problems += faults
    return tuple(
        LabeledFile(
            file=_to_posix(row["file"]),
            label=row["label"],
            subject=row.get("subject") or None,
            recording=row.get("recording") or None,
            part=None if of_splits else _PARTS.get(row.get("split", "").lower()),
            fps=_parse_rate(row.get("fps", "")),
            audio=_to_posix(row.get("audio", "")) or None,
            text=row.get("text") or None,
            line=number,
            range=ranges[number],
        )
        for number, row in usable.items()
    )


def cuts_takes(path: Path) -> bool:
    """Return whether a labels file has a column for the start or the end of clips."""
    try:
        columns = {field.lower() for _, fields in _read_lines(path)[:1] for field in fields}
    except (DatasetError, OSError):
        return False
    return bool(columns & {"start", "end", *_MOMENTS})


def _take_usable(rows: Mapping[int, dict[str, str]]) -> dict[int, dict[str, str]]:
    """Return the lines with a label and a file, each file once."""
    usable: dict[tuple[str, ...], int] = {}
    for number, row in rows.items():
        if row["label"] and (row["file"] or _has_media(row)):
            cut = tuple(row.get(column, "") for column in ("file", "start", "end"))
            usable.setdefault(cut if row["file"] else (str(number),), number)
    return {number: rows[number] for number in usable.values()}


def _has_media(row: Mapping[str, str]) -> bool:
    return bool(row.get("audio") or row.get("text"))


def _to_posix(path: str) -> str:
    return path.replace("\\", "/")


def _parse_rate(text: str) -> float | None:
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if rate > 0 and math.isfinite(rate) else None


def _read_range(row: Mapping[str, str], units: Mapping[str, TimeUnit]) -> ClipRange:
    return ClipRange(*(_read_moment(row, column, units) for column in ("start", "end")))


def _read_moment(
    row: Mapping[str, str], column: str, units: Mapping[str, TimeUnit]
) -> Moment | None:
    return parse_moment(row.get(column, ""), units.get(column, "s"))


def _find_problems_of_ranges(
    rows: Mapping[int, Mapping[str, str]],
    ranges: Mapping[int, ClipRange],
    units: Mapping[str, TimeUnit],
) -> Iterator[str]:
    for number, row in rows.items():
        for column in ("start", "end"):
            if row.get(column) and _read_moment(row, column, units) is None:
                yield (
                    f"line {number} has the {column} {row[column]!r} instead of seconds (12.5, "
                    f"1:02.5) or frames (375f)"
                )
        if ranges[number].is_backward:
            yield f"line {number} ends at {row['end']}, which is not after its start {row['start']}"
        if ranges[number] and not row["file"]:
            yield f"line {number} has a start or an end, but no file"


def _find_problems_across(clips: Sequence[tuple[str, ClipRange]]) -> list[str]:
    if not clips:
        return ["it lists no files"]
    return [
        f"{file!r} is listed {count} times" + (f" with {part}" if part else "")
        for (file, part), count in Counter(clips).items()
        if file and count > 1
    ]


def _find_problems_of_splits(splits: dict[int, str]) -> list[str]:
    unknown = [number for number, split in splits.items() if split and split.lower() not in _PARTS]
    problems = []
    if unknown:
        lines = name_a_few([str(number) for number in unknown])
        words = ", ".join(sorted({repr(splits[number]) for number in unknown}))
        problems.append(
            f"the split is {words} instead of {', '.join(get_args(Part))} in line {lines}"
        )
    unassigned = sum(not split for split in splits.values())
    if 0 < unassigned < len(splits):
        problems.append(f"{unassigned} of {len(splits)} files have no split: give all one, or none")
    return problems


def _read_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the non-empty lines, each with its number and its fields stripped of spaces."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        separator = max(",;\t", key=text.partition("\n")[0].count)
        reader = csv.reader(StringIO(text), delimiter=separator)
        lines = [(reader.line_num, [field.strip() for field in fields]) for fields in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(
            f"{path}: expected CSV in UTF-8, but it cannot be read: {error}"
        ) from error
    lines = [(number, fields) for number, fields in lines if any(fields)]
    if not lines:
        raise DatasetError(f"{path}: expected a first line file,label, but the file is empty")
    return lines


def _read_header(path: Path, fields: list[str]) -> tuple[list[str], dict[str, TimeUnit]]:
    """Return the names of the columns, and the units of start and end."""
    names = [field.lower() for field in fields]
    units = dict(_MOMENTS[name] for name in names if name in _MOMENTS)
    columns = [_MOMENTS[name][0] if name in _MOMENTS else name for name in names]
    known_columns = (*_REQUIRED, *_OPTIONAL)
    missing = [column for column in _REQUIRED if column not in columns]
    repeated = [column for column in known_columns if columns.count(column) > 1]
    if missing or repeated:
        problem = f"lacks {' and '.join(missing)}" if missing else f"repeats {', '.join(repeated)}"
        raise DatasetError(
            f"{path}: expected a first line with the columns file and label (and subject, "
            f"recording, split, fps, audio, text, start, end where known), but "
            f"{','.join(fields)!r} {problem}"
        )
    return columns, units
