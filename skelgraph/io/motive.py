"""Reader of CSV files of OptiTrack Motive: markers, or the bones of one skeleton, a row a frame.

The first line has names and values by turns (``Format Version``, ``Export Frame Rate``, ``Length
Units``, ...). Below it stand lines that begin with a blank cell: the type of each column (``Bone``,
``Bone Marker``, ``Marker``, ``Rigid Body``, ...), its name (with the skeleton or asset before a
colon), its ID, perhaps its parent, and ``Rotation`` or ``Position``; then ``Frame,Time (Seconds)``
and the axes, and the rows. The positions of bones are read, or those of markers in a file without
bones. Units are meters unless told, y up. An empty cell is a missing value.

Format: OptiTrack documentation, "Data Export: CSV".
"""

from collections.abc import Sequence
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io.reader import Reader, read_as_list
from skelgraph.io.table import fit_row, split_row
from skelgraph.io.table_columns import columns_of_parts, parse_length, parse_part
from skelgraph.io.table_reader import Table, read_table
from skelgraph.io.text import parse_number, read_text
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence

_FIRST = b"format version"
_MAX_HEADER = 12
_KINDS = ("bone", "marker", "rigid body")
"""Types of columns whose positions are read, the best first."""

Parts = dict[str, dict[str, int]]


def read_motive(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a CSV file of OptiTrack Motive.

    The joints of a layout are picked by name. A rate is used if the file tells none.

    Raises:
        FormatError: If the file has no positions, or they are malformed or local.
    """
    path = Path(path)
    lines = read_text(path).splitlines()
    facts = _read_facts(lines[0], path)
    _refuse_local(facts, path)
    header = [split_row(line, ",", path, n) for n, line in enumerate(lines[:_MAX_HEADER])]
    at = next((n for n, row in enumerate(header) if _is_axes(row)), None)
    if at is None:
        raise FormatError(f"{path}: expected a line Frame, Time (Seconds), X, Y, Z, ...")
    axes = header[at]
    parts = _find_parts(header[1:at], axes, path)
    rows = [fit_row(line, ",", len(axes)) for line in lines[at + 1 :]]
    return read_table(
        path,
        Table(
            lines=[*lines[: at + 1], *rows],
            start=at + 1,
            separator=",",
            num_columns=len(axes),
        ),
        columns_of_parts(parts, axes[:2], path),
        layout=layout,
        fps=_read_rate(facts) or fps,
        unit=parse_length(facts.get("length units", "meters")),
        up="+y",
    )


def _read_facts(line: str, path: Path) -> dict[str, str]:
    cells = [cell.strip() for cell in split_row(line, ",", path, 0)]
    return {name.lower(): value for name, value in zip(cells[::2], cells[1::2], strict=False)}


def _refuse_local(facts: dict[str, str], path: Path) -> None:
    space = facts.get("coordinate space", "")
    if space.lower() == "local":
        raise FormatError(
            f"{path}: expected positions in the laboratory, but got Coordinate Space {space}, in "
            "which they are relative to the parent bone; export with Coordinate Space Global"
        )


def _is_axes(row: Sequence[str]) -> bool:
    return row[:1] == ["Frame"] and "X" in row


def _find_parts(header: Sequence[Sequence[str]], axes: Sequence[str], path: Path) -> Parts:
    """Return the columns of the positions of the best type that the file has."""
    rows = [[*row, *[""] * len(axes)] for row in header]
    blank = [""] * len(axes)
    kinds = next((row for row in rows if {"Bone", "Marker", "Rigid Body"} & set(row)), blank)
    names = next((row for row in rows if "Name" in row[:2]), blank)
    values = next((row for row in rows if {"Position", "Rotation"} & set(row)), blank)
    by_kind: dict[str, Parts] = {}
    for number, axis in enumerate(axes):
        part = parse_part(axis)
        if part is not None and names[number].strip() and values[number] in ("Position", ""):
            found = by_kind.setdefault(kinds[number].strip().lower(), {})
            found.setdefault(names[number].strip(), {}).setdefault(part, number)
    kind = next((kind for kind in _KINDS if kind in by_kind), next(iter(by_kind), None))
    if kind is None:
        raise FormatError(f"{path}: expected the positions of bones or markers, but got none")
    return _cut_prefix(by_kind[kind]) if kind == "bone" else by_kind[kind]


def _cut_prefix(parts: Parts) -> Parts:
    """Leave out the skeleton's name before the bones' if it is the same for all."""
    cut = {name.partition(":")[2]: found for name, found in parts.items()}
    prefixes = {name.partition(":")[0] for name in parts}
    return cut if len(prefixes) == 1 and all(cut) and len(cut) == len(parts) else parts


def _read_rate(facts: dict[str, str]) -> float | None:
    for name in ("export frame rate", "capture frame rate"):
        try:
            rate = parse_number(facts.get(name, ""))
        except ValueError:
            continue
        if rate > 0:
            return rate
    return None


def _sniff(path: Path, head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_FIRST)


READER = Reader(
    name="motive",
    suffixes=(".csv",),
    sniff=_sniff,
    read=read_as_list(read_motive),
    description="bones or markers of OptiTrack Motive (CSV)",
)
