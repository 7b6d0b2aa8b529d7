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
"""

import csv
import math
from collections import Counter
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import NamedTuple, get_args

from skelgraph.data.clip_set import Part, name_a_few
from skelgraph.errors import DatasetError

LABELS_FILE = "labels.csv"
_REQUIRED = ("file", "label")
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


def read_labels(path: Path, problems: list[str] | None = None) -> tuple[LabeledFile, ...]:
    """Read a labels file, without looking for the files that it names.

    Args:
        path: The labels file.
        problems: Collects what is wrong with single lines, which are then left out, or taken
            without their split; by default, that is an error.

    Raises:
        DatasetError: If it is not UTF-8 text, lacks a required column, lists nothing, has a line
            with more fields than columns, a file or label is empty, a file is listed twice, a split
            is unknown or given for only some files, or a frame rate is not a positive number.
    """
    lines = _read_lines(path)
    columns = _read_header(path, lines[0][1])
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
    faults += _find_problems_across([row["file"] for row in rows.values()])
    of_splits = _find_problems_of_splits({n: row.get("split", "") for n, row in rows.items()})
    faults += [
        *of_splits,
        *(
            f"line {number} has no positive number as fps, but {rate!r}"
            for number, row in rows.items()
            if (rate := row.get("fps", "")) and _parse_rate(rate) is None
        ),
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
        )
        for number, row in usable.items()
    )


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


def _find_problems_across(files: list[str]) -> list[str]:
    if not files:
        return ["it lists no files"]
    return [
        f"{file!r} is listed {count} times"
        for file, count in Counter(files).items()
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


def _read_header(path: Path, fields: list[str]) -> list[str]:
    columns = [field.lower() for field in fields]
    known_columns = (*_REQUIRED, "subject", "recording", "split", "fps", "audio", "text")
    missing = [column for column in _REQUIRED if column not in columns]
    repeated = [column for column in known_columns if columns.count(column) > 1]
    if missing or repeated:
        problem = f"lacks {' and '.join(missing)}" if missing else f"repeats {', '.join(repeated)}"
        raise DatasetError(
            f"{path}: expected a first line with the columns file and label (and subject, "
            f"recording, split, fps, audio, text where known), but {','.join(fields)!r} {problem}"
        )
    return columns
