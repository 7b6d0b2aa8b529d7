"""Tables with rows of several persons or cameras, which are no single sequence."""

import re
from collections.abc import Sequence
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io.table import split_row
from skelgraph.io.text import shorten

_ID = "id"
_COLUMNS = {
    *("person", "personid", "personindex", "track", "trackid", "subject", "subjectid"),
    *("body", "bodyid", "bodyindex", "camera", "cameraid", "cam", _ID),
}
_NO_WORD = re.compile(r"[\W_]+")


def refuse_persons(
    names: Sequence[str], lines: Sequence[str], start: int, separator: str, path: Path
) -> None:
    """Refuse a table in which a column such as ``person_id`` or ``camera`` has several values.

    Args:
        names: The names of the columns.
        lines: All lines of the table.
        start: Number of the line of the first row, from 0 on.
        separator: What separates the cells of a row.
        path: The file, for errors.

    Raises:
        FormatError: If there is such a column.
    """
    words = [_NO_WORD.sub("", name.lower()) for name in names]
    numbers = [number for number, word in enumerate(words) if word in _COLUMNS]
    if not numbers:
        return
    rows = [split_row(lines[n], separator, path, n) for n in range(start, len(lines))]
    for number in numbers:
        values = [row[number].strip() for row in rows if len(row) > number]
        different = list(dict.fromkeys(value for value in values if value))
        is_count = words[number] == _ID and len(different) == len(values)  # of the rows
        if len(different) > 1 and not is_count:
            raise FormatError(
                f"{path}: expected the rows of one person and camera, but column "
                f"{shorten(names[number].strip())!r} has {len(different)} values "
                f"({shorten(', '.join(different[:3]), 40)}{', ...' if different[3:] else ''}); "
                "write one file for each"
            )
