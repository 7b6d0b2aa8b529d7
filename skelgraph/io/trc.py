"""Reader of TRC marker files (Motion Analysis, OpenSim): a table of markers, a row a frame.

Text with tabs: a line that begins with ``PathFileType``; names of facts (``DataRate``,
``NumFrames``, ``NumMarkers``, ``Units``, ...) and a line of their values; ``Frame#``, ``Time`` and
the markers' names, each over three columns; the columns' names ``X1 Y1 Z1 X2 ...``; and the rows.
An empty cell is a missing value. ``Units`` are those of the positions.

Format: OpenSim, "Marker (.trc) Files".
"""

from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.guess_metadata import parse_unit
from skelgraph.io.joint_names import settle_layout
from skelgraph.io.reader import Reader, build_sequence, read_as_list, require_rate
from skelgraph.io.table import parse_rows
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.layouts import MAX_JOINTS, JointLayout
from skelgraph.poses import PoseSequence

_HEADER_LINES = 5


def read_trc(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a TRC file.

    The joints of a layout are picked by name; without it the catalogue has one with just these
    markers. A rate is used if ``DataRate`` is no positive number.

    Raises:
        FormatError: If the file is no TRC file, is cut off, or its markers make no layout.
    """
    path = Path(path)
    lines = read_text(path).splitlines()
    if len(lines) < _HEADER_LINES or not lines[0].lstrip().startswith("PathFileType"):
        raise FormatError(f"{path}: expected a TRC file of five header lines and rows of numbers")
    facts = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    markers = [cell.strip() for cell in lines[3].split("\t")[2:] if cell.strip()]
    if not 0 < len(markers) <= MAX_JOINTS or len(set(markers)) < len(markers):
        raise FormatError(
            f"{path}, line 4: expected names of markers, no name twice, but got "
            f"{shorten(', '.join(markers))!r}"
        )
    layout, picked = settle_layout(markers, layout, path)
    num_columns = 2 + 3 * len(markers)
    # Some programs end each row with a tab, others leave out the empty cells at the end.
    rows = [_fit(line, num_columns) for line in lines[_HEADER_LINES:]]
    needed = [2 + 3 * marker + axis for marker in picked for axis in range(3)]
    values = parse_rows(
        [*lines[:_HEADER_LINES], *rows], _HEADER_LINES, "\t", needed, num_columns, path
    )
    _check_count(facts, len(values), path)
    return build_sequence(
        path,
        values.reshape(len(values), len(picked), 3),
        layout=layout,
        fps=_read_rate(facts, fps, path),
        unit=parse_unit(facts.get("Units", "")),
    )


def _fit(line: str, num_columns: int) -> str:
    missing = num_columns - 1 - line.count("\t")
    if not line.strip() or missing == 0:
        return line
    return (
        line + "\t" * missing
        if missing > 0
        else line[:missing]
        if line.endswith("\t" * -missing)
        else line
    )


def _check_count(facts: dict[str, str], num_rows: int, path: Path) -> None:
    count = facts.get("NumFrames", "")
    if count.isascii() and count.isdigit() and len(count) < 10 and int(count) > num_rows:
        raise FormatError(
            f"{path}: expected {count} frames, but got {num_rows}: is the file cut off?"
        )


def _read_rate(facts: dict[str, str], fps: float | None, path: Path) -> float:
    text = facts.get("DataRate", "")
    try:
        rate = parse_number(text)
    except ValueError:
        rate = np.nan
    return rate if rate > 0 else require_rate(fps, path, f"markers at DataRate {shorten(text)!r}")


def _sniff(path: Path, head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"PathFileType")


READER = Reader(
    name="trc",
    suffixes=(".trc",),
    sniff=_sniff,
    read=read_as_list(read_trc),
    description="marker trajectories of Motion Analysis and OpenSim, as text",
)
