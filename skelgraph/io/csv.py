"""Reader and writer of tables with a named column per coordinate.

Columns ``<joint>_x``, ``<joint>_y``, ``<joint>_z`` (none in a plane) and ``<joint>_confidence`` in
any order, a row per frame, separated by commas, semicolons or tabs. Columns such as ``time`` (in
seconds), ``ms`` or ``timestamp`` (in milliseconds) and ``frame`` tell the rate, and the frames that
have no row; further columns are left alone. An empty cell or ``nan`` is a missing value. The layout
is known from the joints' names, unit and up axis are guessed from the body. Segment positions
exported from Xsens come in this form.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, RateError
from skelgraph.io.csv_columns import AXES, CONFIDENCE, Columns, find_columns, find_separator
from skelgraph.io.joint_names import find_catalogue_layout, pick_joints
from skelgraph.io.reader import Reader, build_sequence, read_as_list
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.io.timeline import Timeline, measure_rate, read_timeline
from skelgraph.io.writer import Writer
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_MISSING = {"", "na", "n/a", "none", "null"}


def read_csv(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Reads a table with a named column per coordinate.

    Args:
        path: The file.
        layout: The layout of the joints, if the catalogue has none with just these joints.
        fps: Frames per second, if no column tells the time or it tells it wrongly.

    Raises:
        FormatError: If the table is malformed, or layout or rate are neither told nor given.
    """
    path = Path(path)
    lines = read_text(path).splitlines()
    start = next(n for n, line in enumerate(lines) if line.strip())
    separator = find_separator(lines[start])
    names = _split(lines[start], separator, path, start)
    columns = find_columns(names, path)
    layout, picked = _find_layout(columns, layout, path)
    needed = columns.numbers(picked)
    table = _parse_rows(lines, start + 1, separator, needed, len(names), path)
    place = {number: at for at, number in enumerate(needed)}
    timeline, fps = _find_timeline(columns, table, place, fps, path)
    order = [place[number] for joint in picked for number in columns.coordinates[joint]]
    positions = table[:, order].reshape(len(table), len(picked), columns.num_dimensions)
    confidence = None
    if columns.confidences:
        confidence = table[:, [place[columns.confidences[joint]] for joint in picked]]
        confidence = np.nan_to_num(timeline.spread(confidence))
    return build_sequence(
        path, timeline.spread(positions), layout=layout, fps=fps, confidence=confidence
    )


def _find_layout(
    columns: Columns, layout: JointLayout | None, path: Path
) -> tuple[JointLayout, list[str]]:
    """The layout, and for each of its joints the name that the table has for it."""
    joints = list(columns.coordinates)
    found = find_catalogue_layout(joints) if layout is None else layout
    if found is None:
        raise FormatError(
            f"{path}: no known layout has just these joints: "
            f"{shorten(', '.join(joints), 400)}; pass the layout"
        )
    return found, [joints[number] for number in pick_joints(joints, found, path)]


def _find_timeline(
    columns: Columns, table: FloatArray, place: dict[int, int], fps: float | None, path: Path
) -> tuple[Timeline, float]:
    """Frames of the rows and rate: by the time where it is needed, else by the frame number."""
    by_time = columns.time if fps is None else None
    column = by_time or columns.frame
    if column is None:
        timeline = Timeline(frames=np.arange(len(table)), step=None, resolution=1.0)
    else:
        timeline = read_timeline(table[:, place[column.number]], column.name, path)
    if by_time is not None:
        fps = measure_rate(timeline, by_time.seconds, by_time.name, path)
    if fps is None:
        raise RateError(
            f"{path}: no column (time in s, ms or timestamp in ms) tells the frame rate; pass it "
            "(fps)"
        )
    return timeline, fps


def _split(line: str, separator: str, path: Path, index: int) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error as error:
        raise FormatError(f"{path}, line {index + 1}: {error}") from error


def _parse_rows(
    lines: Sequence[str],
    first: int,
    separator: str,
    needed: Sequence[int],
    num_columns: int,
    path: Path,
) -> FloatArray:
    """The needed columns of the rows from a line on, (rows, needed); NaN for a missing value."""
    numbered = [(n, line) for n, line in enumerate(lines[first:], start=first) if line.strip()]
    if not numbered:
        raise FormatError(f"{path}: expected rows of numbers after the header, but got none")
    if separator == ";":  # where the decimal comma is at home
        numbered = [(n, line.replace(",", ".")) for n, line in numbered]
    rows = [line for _, line in numbered]
    if all(row.count(separator) == num_columns - 1 for row in rows):
        try:
            table = np.loadtxt(
                rows, dtype=np.float64, delimiter=separator, usecols=needed, comments=None, ndmin=2
            )
            return np.where(np.isfinite(table), table, np.nan)
        except ValueError:  # empty cells, quotes, or damage: read cell by cell
            pass
    return _parse_cells(numbered, separator, needed, num_columns, path)


def _parse_cells(
    numbered: Sequence[tuple[int, str]],
    separator: str,
    needed: Sequence[int],
    num_columns: int,
    path: Path,
) -> FloatArray:
    table = np.full((len(numbered), len(needed)), np.nan)
    for row, (index, line) in enumerate(numbered):
        cells = _split(line, separator, path, index)
        if len(cells) != num_columns:
            raise FormatError(
                f"{path}, line {index + 1}: expected {num_columns} cells, but got {len(cells)}"
            )
        for at, number in enumerate(needed):
            cell = cells[number].strip()
            if cell.lower() in _MISSING:
                continue
            try:
                table[row, at] = parse_number(cell)
            except ValueError as error:
                raise FormatError(
                    f"{path}, line {index + 1}, column {number + 1}: expected a number, but got "
                    f"{shorten(cell)!r}"
                ) from error
    return table


def write_csv(path: str | Path, sequence: PoseSequence) -> None:
    """Writes the positions of a sequence as a table, with a frame number and a time in seconds.

    The names of the columns hold the joints; layout, unit, label and subject are not written
    (:func:`skelgraph.io.write_npz` keeps everything).

    Args:
        path: The file.
        sequence: What to write.
    """
    T, _, C = sequence.positions.shape
    parts = list(AXES[:C])
    values = sequence.positions
    if sequence.confidence is not None:
        parts.append(CONFIDENCE)
        values = np.concatenate([values, sequence.confidence[:, :, None]], axis=2)
    frames = np.arange(T)
    header = [f"{joint}_{part}" for joint in sequence.layout.joints for part in parts]
    table = np.column_stack([frames, frames / sequence.fps, values.reshape(T, -1)])
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(["frame", "time", *header])
        # Nine digits give back every number in single precision.
        np.savetxt(file, table, fmt=["%d", "%.9f", *["%.9g"] * len(header)], delimiter=",")


def _sniff(path: Path, head: bytes) -> bool:
    first_line = head.decode("latin-1").lstrip().partition("\n")[0].lower()
    cells = {cell.strip(' "\r') for cell in first_line.split(find_separator(first_line))}
    return any(cell.endswith("_x") and f"{cell[:-2]}_y" in cells for cell in cells if len(cell) > 2)


WRITER = Writer(
    name="csv",
    suffixes=(".csv",),
    write=write_csv,
    description="positions, confidences and times; joints by the names of the columns",
)

READER = Reader(
    name="csv",
    suffixes=(".csv", ".tsv"),
    sniff=_sniff,
    read=read_as_list(read_csv),
    description="table with columns <joint>_x, <joint>_y, <joint>_z, such as Xsens segments",
)
