"""Reader of TSV files of Qualisys Track Manager: facts, and a row of marker positions a frame.

Lines of a name and values, separated by tabs: ``NO_OF_FRAMES``, ``NO_OF_CAMERAS``,
``NO_OF_MARKERS``, ``FREQUENCY``, ..., ``MARKER_NAMES``; perhaps the names of the columns; then the
rows, which may begin with the frame's number and the time. Positions are millimeters, z up as the
program has it unless it is told another. A marker at 0, 0, 0 or an empty cell is a missing value.

Format: QTM User Manual, "TSV file formats".
"""

from collections.abc import Sequence
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io.column_spellings import AXES
from skelgraph.io.reader import Reader, read_as_list
from skelgraph.io.table import fit_row
from skelgraph.io.table_columns import columns_of_parts
from skelgraph.io.table_reader import Table, read_table
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.layouts import MAX_JOINTS, JointLayout
from skelgraph.poses import PoseSequence

_FIRST = "NO_OF_FRAMES"
_NAMES = "MARKER_NAMES"
_MAX_FACTS = 30
_COUNTERS = ("Frame", "Time")


def read_qualisys(
    path: str | Path, *, layout: JointLayout | None = None, fps: float | None = None
) -> PoseSequence:
    """Read a TSV file of Qualisys Track Manager.

    The joints of a layout are picked by name. A rate is used if the file tells none.

    Raises:
        FormatError: If the file has no marker names, or its rows are malformed.
    """
    path = Path(path)
    lines = read_text(path).splitlines()
    facts, start = _read_facts(lines)
    markers = [name.strip() for name in facts.get(_NAMES, []) if name.strip()]
    if not 0 < len(markers) <= MAX_JOINTS or len(set(markers)) < len(markers):
        raise FormatError(
            f"{path}: expected names of markers in {_NAMES}, no name twice, but got "
            f"{shorten(', '.join(markers))!r}"
        )
    first = next((line for line in lines[start:] if line.strip()), "")
    leading = max(0, min(len(_COUNTERS), len(first.rstrip("\t").split("\t")) - 3 * len(markers)))
    num_columns = leading + 3 * len(markers)
    parts = {
        marker: {axis: leading + 3 * number + at for at, axis in enumerate(AXES)}
        for number, marker in enumerate(markers)
    }
    rows = [fit_row(line, "\t", num_columns) for line in lines[start:]]
    table = Table(
        lines=[*lines[:start], *rows], start=start, separator="\t", num_columns=num_columns
    )
    return read_table(
        path,
        table,
        columns_of_parts(parts, _COUNTERS[:leading], path),
        layout=layout,
        fps=_read_rate(facts) or fps,
        unit="mm",
        up="+z",
        has_gaps_at_zero=True,
    )


def _read_facts(lines: Sequence[str]) -> tuple[dict[str, list[str]], int]:
    """Return the values of each fact, and the line where the rows begin."""
    facts: dict[str, list[str]] = {}
    start = 0
    for n, line in enumerate(lines[:_MAX_FACTS]):
        name, *values = line.split("\t")
        if name.strip()[:1].isalpha():
            facts.setdefault(name.strip(), values)
            start = n + 1
        elif line.strip():
            break
    return facts, start


def _read_rate(facts: dict[str, list[str]]) -> float | None:
    try:
        rate = parse_number(facts["FREQUENCY"][0].strip().replace(",", "."))
    except (KeyError, IndexError, ValueError):
        return None
    return rate if rate > 0 else None


def _sniff(path: Path, head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(_FIRST.encode()) and _NAMES.encode() in start


READER = Reader(
    name="qualisys",
    suffixes=(".tsv",),
    sniff=_sniff,
    read=read_as_list(read_qualisys),
    description="marker trajectories of Qualisys Track Manager (TSV)",
)
