"""Reader of trajectories that Vicon Nexus exports as text.

A file has sections, one below the other: its name (``Trajectories``, ``Devices``, ``Model
Outputs``, ...), the rate in Hz, the names of the markers over three columns each (with the subject
before a colon), ``Frame,Sub Frame,X,Y,Z,X,Y,Z,...``, a line of units, the rows, and an empty line.
Of these the trajectories are read. An empty cell is a missing value; some versions leave out the
empty cells at the end of a row. The z axis points up, as Nexus has it unless it is told another.

Format: Vicon Nexus User Guide, "Export data to ASCII".
"""

from collections.abc import Sequence
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io.marker_sets import split_bodies
from skelgraph.io.reader import Reader
from skelgraph.io.stacked_header import is_line_of_parts, stack_names
from skelgraph.io.table import find_separator, fit_row, split_row
from skelgraph.io.table_columns import find_columns, parse_length
from skelgraph.io.table_reader import Table, read_table
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

_SECTION = "trajectories"
_SECTIONS = ("devices", "joints", "segments", "model outputs", "events", _SECTION)
_HEADER_LINES = 5


def read_nexus(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> list[PoseSequence]:
    """Read the trajectories of a text file of Vicon Nexus.

    The joints of a layout are picked by name. If the markers of subjects are bodies, each is a
    sequence (:func:`skelgraph.io.marker_sets.split_bodies`). A rate is used if the file's is none.

    Raises:
        FormatError: If the file has no trajectories, or they are malformed.
    """
    path = Path(path)
    lines = read_text(path).splitlines()
    start, stop = _find_section(lines, path)
    separator = find_separator(lines[start + 3])
    header = range(start + 2, start + _HEADER_LINES)
    names, axes, units = (split_row(lines[n], separator, path, n) for n in header)
    if not is_line_of_parts(axes):
        raise FormatError(
            f"{path}, line {start + 4}: expected Frame, Sub Frame, X, Y, Z, ..., but got "
            f"{shorten(', '.join(axes))!r}"
        )
    told = {parse_length(unit) for unit in units} - {None}
    num_columns = len(axes)
    rows = [fit_row(line, separator, num_columns) for line in lines[start + _HEADER_LINES : stop]]
    markers = read_table(
        path,
        Table(
            lines=[*lines[: start + _HEADER_LINES], *rows],
            start=start + _HEADER_LINES,
            separator=separator,
            num_columns=num_columns,
        ),
        find_columns(stack_names(names, axes), path),
        layout=layout,
        fps=_read_rate(lines[start + 1], separator) or fps,
        unit=told.pop() if len(told) == 1 else None,
        up="+z",
    )
    return [markers] if layout is not None else split_bodies(markers, path)


def _find_section(lines: Sequence[str], path: Path) -> tuple[int, int]:
    """Return the line of the section's name, and the one behind its last row."""
    names = [_first_cell(line) for line in lines]
    if _SECTION not in names:
        others = ", ".join(name for name in names if name in _SECTIONS)
        raise FormatError(f"{path}: expected a section Trajectories, but got {others or 'none'}")
    start = names.index(_SECTION)
    if len(lines) < start + _HEADER_LINES:
        raise FormatError(f"{path}: expected rows of trajectories; is the file cut off?")
    body = range(start + _HEADER_LINES, len(lines))
    return start, next((n for n in body if not lines[n].strip(",;\t ")), len(lines))


def _first_cell(line: str) -> str:
    return line.split(find_separator(line))[0].strip(' "').lower()


def _read_rate(line: str, separator: str) -> float | None:
    try:
        rate = parse_number(line.split(separator)[0].strip(' "'))
    except ValueError:
        return None
    return rate if rate > 0 else None


def _sniff(path: Path, head: bytes) -> bool:
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip().splitlines()
    return (
        len(lines) > _HEADER_LINES
        and _first_cell(lines[0]) in _SECTIONS
        and _read_rate(lines[1], find_separator(lines[3])) is not None
    )


READER = Reader(
    name="nexus",
    suffixes=(".csv",),
    sniff=_sniff,
    read=read_nexus,
    description="marker trajectories of Vicon Nexus, exported as text",
)
