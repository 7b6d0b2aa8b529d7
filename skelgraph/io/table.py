"""Tables of numbers in text, with cells that may be empty."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.text import parse_number, shorten
from skelgraph.typing import FloatArray

_MISSING = {"", "na", "n/a", "#n/a", "none", "null", "-", "--"}
_SEPARATORS = (",", ";", "\t", "|")


def split_row(line: str, separator: str, path: Path, index: int) -> list[str]:
    """Split a line into cells; quotes are removed.

    Raises:
        FormatError: If the quotes are malformed.
    """
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error as error:
        raise FormatError(f"{path}, line {index + 1}: {error}") from error


def find_separator(line: str) -> str:
    """Return the most frequent separator in a header: comma, semicolon, tab or bar."""
    return max(_SEPARATORS, key=line.count)


def find_row_separator(row: str, separator: str, num_columns: int) -> str:
    r"""Return the separator with which a row has all columns: the header's, or else another.

    Example:
        >>> find_row_separator("1\t2,5\t3", ",", 3)
        '\t'
    """
    candidates = (separator, *reversed(_SEPARATORS))
    return next((one for one in candidates if row.count(one) == num_columns - 1), separator)


def fit_row(line: str, separator: str, num_columns: int) -> str:
    """Fill a row whose empty cells at the end are left out, or cut off those that are too many."""
    missing = num_columns - 1 - line.count(separator)
    if missing < 0 and line.endswith(separator * -missing):
        return line[:missing]
    return line + separator * max(missing, 0) if line.strip() else line


def parse_rows(
    lines: Sequence[str],
    first: int,
    separator: str,
    needed: Sequence[int],
    num_columns: int,
    path: Path,
) -> FloatArray:
    """Parse the needed columns of the rows from line ``first`` (from 0) on.

    A comma that does not separate cells is a decimal point.

    Returns:
        Array (rows, needed); NaN for a missing value.

    Raises:
        FormatError: If there are no rows, or a row has another number of cells.
    """
    numbered = [(n, line) for n, line in enumerate(lines[first:], start=first) if line.strip()]
    if not numbered:
        raise FormatError(f"{path}: expected rows of numbers after the header, but got none")
    if separator != ",":
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
        cells = split_row(line, separator, path, index)
        if len(cells) != num_columns:
            raise FormatError(
                f"{path}, line {index + 1}: expected {num_columns} cells, but got {len(cells)}"
            )
        for at, number in enumerate(needed):
            cell = cells[number].strip()
            if cell.lower() in _MISSING:
                continue
            if "." not in cell:
                cell = cell.replace(",", ".")  # in quotes
            try:
                table[row, at] = parse_number(cell)
            except ValueError as error:
                raise FormatError(
                    f"{path}, line {index + 1}, column {number + 1}: expected a number, but got "
                    f"{shorten(cell)!r}"
                ) from error
    return table
