"""Reader and writer of tables with a named column per coordinate.

Columns of x, y, z (none in a plane) and a confidence for each joint, in any order and any usual
spelling (:mod:`skelgraph.io.table_columns`), a row per frame; commas, semicolons, tabs, bars or
blanks separate them. Columns such as ``time`` (in seconds), ``ms`` or ``timestamp`` (in
milliseconds) and ``frame`` tell the rate, and the frames that have no row; further columns are left
alone, but one such as ``person_id`` must have one value. An empty cell or ``nan`` is a missing
value, and so are zeros or -999 on all three axes. A comma that separates no cells is a decimal
point. Lines before the header may tell the frame rate, a line below it the units. The layout is
known from the joints' names or from a hierarchy beside the table
(:mod:`skelgraph.io.table_hierarchy`); unit and up axis are guessed from the body unless told.
Segment positions exported from Xsens come in this form.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.column_spellings import AXES, CONFIDENCE
from skelgraph.io.reader import Reader, Writer, read_as_list
from skelgraph.io.stacked_header import is_line_of_parts, stack_names
from skelgraph.io.table import find_row_separator, find_separator, split_row
from skelgraph.io.table_columns import find_columns, has_joints, parse_length
from skelgraph.io.table_hierarchy import (
    find_hierarchy,
    hierarchy_path,
    is_hierarchy,
    needs_hierarchy,
    read_hierarchy,
    write_hierarchy,
)
from skelgraph.io.table_persons import refuse_persons
from skelgraph.io.table_reader import Table, read_table
from skelgraph.io.text import parse_number, read_text
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, Unit

_HEADER_LINES = 30
_RATE = re.compile(
    r"(?:frame ?rate|fps|sampling ?rate|sample ?rate|sampling ?frequency|frequency)\W*"
    r"(?:\(?(?:hz|fps)\)?\W*)?(\d+(?:[.,]\d+)?)",
    re.IGNORECASE,
)
_BLANKS = re.compile(r"[ \t]{2,}|[ \t]")

Rename = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, kw_only=True)
class _Header:
    """The header of a table.

    Args:
        line: The number of its line, from 0 on.
        names: The names of the columns.
        separator: What separates them.
    """

    line: int
    names: list[str]
    separator: str


def read_csv(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a table with a named column per coordinate.

    A layout names the joints, if the catalogue has none with just these. A rate is used if no
    column of times tells it.

    Raises:
        FormatError: If the table is malformed, or layout or rate are neither told nor given.
    """
    return read_renamed(Path(path), list, layout=layout, fps=fps)


def read_renamed(
    path: Path,
    rename: Rename,
    *,
    layout: JointLayout | None,
    fps: float | None,
) -> PoseSequence:
    """Read a table as :func:`read_csv`, after its columns were renamed as this format has them."""
    lines = read_text(path).splitlines()
    header = _find_header(lines, rename, path)
    _refuse_hierarchy(header.names, path)
    columns = find_columns(header.names, path)
    if header.separator == " ":
        lines = [_BLANKS.sub(" ", line.strip()) for line in lines]
    start, unit = _skip_units(lines, header, path)
    row = next((line for line in lines[start:] if line.strip()), "")
    separator = find_row_separator(row, header.separator, len(header.names))
    refuse_persons(header.names, lines, start, separator, path)
    hierarchy = find_hierarchy(path) if layout is None else None
    return read_table(
        path,
        Table(
            lines=lines,
            start=start,
            separator=separator,
            num_columns=len(header.names),
        ),
        columns,
        layout=read_hierarchy(hierarchy, list(columns.coordinates)) if hierarchy else layout,
        fps=_find_rate(lines[: header.line]) or fps,
        unit=unit,
    )


def _find_header(lines: Sequence[str], rename: Rename, path: Path) -> _Header:
    """Return the first line with the names of joints; the first line of all if there is none.

    The names may stand in the line above that of the axes.
    """
    numbers = [n for n, line in enumerate(lines) if line.strip()]
    above: list[str] = []
    for n, below in zip(numbers[:_HEADER_LINES], [*numbers[1:], None], strict=False):
        header = _split_header(lines[n], n, rename, path)
        if header.separator == " " and not _fits(header, "" if below is None else lines[below]):
            continue
        if above and is_line_of_parts(header.names):
            header = replace(header, names=stack_names(above, header.names))
        if has_joints(header.names):
            return header
        above = header.names
    return _split_header(lines[numbers[0]], numbers[0], rename, path)


def _fits(header: _Header, row: str) -> bool:
    """Whether a row has as many words as a header; else its blanks separate no columns."""
    return len(row.split()) == len(header.names)


def _split_header(line: str, n: int, rename: Rename, path: Path) -> _Header:
    separator = find_separator(line)
    if separator not in line and len(line.split()) > 1:
        return _Header(line=n, names=rename(line.split()), separator=" ")
    return _Header(line=n, names=rename(split_row(line, separator, path, n)), separator=separator)


def _refuse_hierarchy(names: Sequence[str], path: Path) -> None:
    if is_hierarchy(names):
        raise FormatError(
            f"{path}: expected a table of positions, but this is the hierarchy of one; read that "
            "instead, and this file is used if it lies beside it"
        )


def _skip_units(lines: Sequence[str], header: _Header, path: Path) -> tuple[int, Unit | None]:
    """Return the line where the rows begin, and the unit in a line below the header, if any."""
    below = next((n for n in range(header.line + 1, len(lines)) if lines[n].strip()), None)
    if below is None:
        return header.line + 1, None
    cells = [cell.strip() for cell in split_row(lines[below], header.separator, path, below)]
    units = {parse_length(cell) for cell in cells} - {None}
    if not units or any(cell[-1:].isdigit() for cell in cells):
        return header.line + 1, None
    return below + 1, units.pop() if len(units) == 1 else None


def _find_rate(lines: Sequence[str]) -> float | None:
    """Return the frame rate that the lines before the header tell."""
    for line in lines:
        match = _RATE.search(line)
        if match is not None and (rate := parse_number(match[1].replace(",", "."))) > 0:
            return rate
    return None


def write_csv(path: str | Path, sequence: PoseSequence) -> None:
    """Write the positions of a sequence as a table, with a frame number and a time in seconds.

    The names of the columns hold the joints. If they do not tell the layout, a hierarchy is written
    beside the table (``walk_hierarchy.csv`` of ``walk.csv``). Unit, label and subject are not
    written (:func:`skelgraph.io.write_npz` keeps everything).
    """
    path = Path(path)
    T, _, C = sequence.positions.shape
    parts = list(AXES[:C])
    values = sequence.positions
    if sequence.confidence is not None:
        parts.append(CONFIDENCE)
        values = np.concatenate([values, sequence.confidence[:, :, None]], axis=2)
    frames = np.arange(T)
    header = [f"{joint}_{part}" for joint in sequence.layout.joints for part in parts]
    table = np.column_stack([frames, frames / sequence.fps, values.reshape(T, -1)])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(["frame", "time", *header])
        # Nine digits give back every number in single precision.
        np.savetxt(file, table, fmt=["%d", "%.9f", *["%.9g"] * len(header)], delimiter=",")
    for hierarchy in list_files_beside(path, sequence):
        write_hierarchy(hierarchy, sequence.layout)


def list_files_beside(path: Path, sequence: PoseSequence) -> list[Path]:
    """Return the files that :func:`write_csv` writes beside the table.

    That is the hierarchy, if the names of the joints do not tell the layout, or if there is one
    already, which would be read with the table.
    """
    if needs_hierarchy(sequence.layout):
        return [hierarchy_path(path)]
    old = find_hierarchy(path)
    return [] if old is None else [old]


def _sniff(path: Path, head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()
    if "\0" in text or text[:1] in ("{", "["):
        return False
    lines = text.splitlines()[: _HEADER_LINES if path.suffix.lower() in READER.suffixes else 1]
    try:
        names = _find_header(lines, list, path).names if lines else []
    except FormatError:  # malformed quotes
        return False
    return has_joints(names) and not is_hierarchy(names)


WRITER = Writer(
    name="csv",
    suffixes=(".csv",),
    write=write_csv,
    description="positions, confidences and times; joints by the names of the columns",
    list_files_beside=list_files_beside,
)

READER = Reader(
    name="csv",
    suffixes=(".csv", ".tsv"),
    sniff=_sniff,
    read=read_as_list(read_csv),
    description="table with columns of x, y and z such as Head_x, Head.y, HeadZ or Z:Head",
)
