"""Reader of TRC marker files (Motion Analysis, OpenSim): a table of markers, a row a frame.

Text with tabs, or with commas or semicolons after a spreadsheet saved it: a line that begins with
``PathFileType``; names of facts (``DataRate``, ``NumFrames``, ``NumMarkers``, ``Units``, ...) and a
line of their values; ``Frame#``, ``Time`` and the markers' names, each over three columns; the
columns' names ``X1 Y1 Z1 X2 ...``; and the rows. An empty cell is a missing value. ``Units`` are
those of the positions. Times tell the rate where ``DataRate`` is 0, as some programs write it.

Format: OpenSim, "Marker (.trc) Files".
"""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io.guess_metadata import parse_unit
from skelgraph.io.joint_names import settle_layout
from skelgraph.io.marker_sets import list_labeled, split_bodies
from skelgraph.io.reader import Reader, build_sequence, require_rate
from skelgraph.io.table import parse_rows
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.io.timeline import measure_rate, read_timeline
from skelgraph.layouts import MAX_JOINTS, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.typing import FloatArray

_HEADER_LINES = 5


def read_trc(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read the markers of a TRC file, a sequence for each subject whose markers are a body.

    The joints of a layout are picked by name; without it the names of the markers tell the layout
    (:func:`skelgraph.io.marker_sets.split_bodies`), and unlabeled ones are left out. A rate is used
    if neither ``DataRate`` nor the times tell it. The frames that are there are read, with a
    warning, if ``NumFrames`` tells another number; a last row that is cut off is left out.

    Raises:
        FormatError: If the file is no TRC file, or its markers make no layout.
    """
    path = Path(path)
    text = read_text(path)
    lines = text.splitlines()
    if len(lines) < _HEADER_LINES or not lines[0].lstrip().startswith("PathFileType"):
        raise FormatError(f"{path}: expected a TRC file of five header lines and rows of numbers")
    separator = max("\t,;", key=lines[3].count)
    facts = dict(zip(_split(lines[1], separator), _split(lines[2], separator), strict=False))
    markers = [cell for cell in _split(lines[3], separator)[2:] if cell]
    if not 0 < len(markers) <= MAX_JOINTS or len(set(markers)) < len(markers):
        raise FormatError(
            f"{path}, line 4: expected names of markers, no name twice, but got "
            f"{shorten(', '.join(markers))!r}"
        )
    kept = list_labeled(markers) if layout is None else [*range(len(markers))]
    settled, picked = settle_layout([markers[marker] for marker in kept], layout, path)
    numbers = [kept[marker] for marker in picked]
    num_columns = 2 + 3 * len(markers)
    rows = _drop_cut_row(lines[_HEADER_LINES:], separator, num_columns, facts, text[-1] in "\r\n")
    # Some programs end each row with a tab, others leave out the empty cells at the end.
    rows = [_fit(line, separator, num_columns) for line in rows]
    needed = [1, *(2 + 3 * marker + axis for marker in numbers for axis in range(3))]
    values = parse_rows(
        [*lines[:_HEADER_LINES], *_mend_commas(rows, separator)],
        _HEADER_LINES,
        separator,
        needed,
        num_columns,
        path,
    )
    _check_count(facts, len(values), path)
    sequence = build_sequence(
        path,
        values[:, 1:].reshape(len(values), len(picked), 3),
        layout=settled,
        fps=_read_rate(facts, values[:, 0], fps, path),
        unit=parse_unit(facts.get("Units", "")),
    )
    return split_bodies(sequence, path) if layout is None else [sequence]


def _split(line: str, separator: str) -> list[str]:
    """Split a line of the header, in which some programs put blanks instead."""
    cells = line.split(separator) if separator in line else line.split()
    return [cell.strip(' "') for cell in cells]


def _fit(line: str, separator: str, num_columns: int) -> str:
    if not line.strip(f"{separator} "):
        return ""
    missing = num_columns - 1 - line.count(separator)
    if missing < 0 and line.endswith(separator * -missing):
        return line[:missing]
    return line + separator * max(missing, 0)


def _drop_cut_row(
    rows: Sequence[str], separator: str, num_columns: int, facts: dict[str, str], is_ended: bool
) -> Sequence[str]:
    """Return the rows without the last one if it alone is short and the file ends too early."""
    there = [n for n, row in enumerate(rows) if row.strip(f"{separator} ")]
    is_short = [rows[n].count(separator) < num_columns - 1 for n in there]
    if len(there) > 1 and is_short.pop() and not any(is_short):
        ends_early = not is_ended or _read_count(facts, len(there)) > len(there)
        return rows[: there[-1]] if ends_early else rows
    return rows


def _mend_commas(rows: Sequence[str], separator: str) -> list[str]:
    """Return rows with points for decimal commas, where commas separate nothing."""
    if separator == "," or any("." in row for row in rows):
        return list(rows)
    return [row.replace(",", ".") for row in rows]


def _read_count(facts: dict[str, str], usual: int) -> int:
    count = facts.get("NumFrames", "")
    return int(count) if count.isascii() and count.isdigit() and len(count) < 10 else usual


def _check_count(facts: dict[str, str], num_rows: int, path: Path) -> None:
    count = _read_count(facts, num_rows)
    if count != num_rows:
        warnings.warn(
            f"{path}: 'NumFrames' tells {count}, but {num_rows} are there; they were read"
            f"{': is the file cut off?' if count > num_rows else ''}",
            FormatWarning,
            stacklevel=3,
        )


def _read_rate(facts: dict[str, str], times: FloatArray, fps: float | None, path: Path) -> float:
    text = facts.get("DataRate", "")
    try:
        rate = parse_number(text.replace(",", "."))
    except ValueError:
        rate = np.nan
    if rate > 0:
        return rate
    measured = None
    if rate == 0:
        try:
            measured = measure_rate(read_timeline(times, "Time", path), 1.0, "Time", path)
        except FormatError:
            measured = None
    return measured or require_rate(fps, path, f"markers at DataRate {shorten(text)!r}")


def _sniff(path: Path, head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"PathFileType")


READER = Reader(
    name="trc",
    suffixes=(".trc",),
    sniff=_sniff,
    read=read_trc,
    description="marker trajectories of Motion Analysis and OpenSim, as text",
)
