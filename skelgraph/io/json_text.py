"""JSON files and what is expected in them, told apart from whatever else may be there."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.text import shorten
from skelgraph.typing import FloatArray

Place = Callable[[int], str]
"""Where the entry of a number stands in a file, for errors."""


def parse_json(text: str, path: Path) -> Any:
    """Parse a text of JSON.

    Raises:
        FormatError: If the text is no JSON, or is nested so deeply that it is damage.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{path}, line {error.lineno}: expected JSON, but {error.msg}; is the file cut off?"
        ) from error
    except (ValueError, RecursionError) as error:  # a number of a thousand digits; [[[[...
        raise FormatError(f"{path}: expected JSON, but got {shorten(str(error), 100)}") from error


def is_json(text: str) -> bool:
    """Whether a text is JSON, and not cut off."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def parse_json_lines(text: str, path: Path) -> Any:
    """Parse a text of JSON, or of one value for each line, which become a list.

    Raises:
        FormatError: As :func:`parse_json`.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line[0] + line[-1] in ("{}", "[]") for line in lines):
        return [parse_json(line, path) for line in lines]
    return parse_json(text, path)


def describe_value(value: object) -> str:
    """Describe a JSON value in words that an error message can quote.

    Example:
        >>> describe_value({"a": 1}), describe_value([1, 2]), describe_value(None)
        ("an object with the keys 'a'", 'a list of 2', 'null')
    """
    if isinstance(value, dict):
        keys = ", ".join(repr(shorten(key)) for key in list(value)[:8])
        return f"an object with the keys {keys}" if keys else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "null" if value is None else shorten(json.dumps(value))


def expect_object(value: object, where: str, *keys: str) -> dict[str, Any]:
    """Return a value that must be an object with certain keys.

    Raises:
        FormatError: If it is not.
    """
    if not isinstance(value, dict) or any(key not in value for key in keys):
        wanted = f" with {', '.join(repr(key) for key in keys)}" if keys else ""
        raise FormatError(f"{where}: expected an object{wanted}, but got {describe_value(value)}")
    return value


def expect_list(value: object, where: str) -> list[Any]:
    """Return a value that must be a list.

    Raises:
        FormatError: If it is not.
    """
    if not isinstance(value, list):
        raise FormatError(f"{where}: expected a list, but got {describe_value(value)}")
    return value


def expect_integer(value: object, where: str) -> int:
    """Return a value that must be a whole number that a double holds exactly; ``3.0`` is one.

    Raises:
        FormatError: If it is not.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not abs(value) < 2**53 or value != int(value):  # type: ignore
        raise FormatError(f"{where}: expected a whole number, but got {describe_value(value)}")
    return int(value)  # type: ignore


def stack_numbers(rows: Sequence[Any], place: Place, *, depth: int = 1) -> FloatArray:
    """Stack rows, lists of numbers of one shape that are nested ``depth`` deep, as one array.

    ``null`` and what is not finite become NaN.

    Raises:
        FormatError: If something else is in them, or their shapes differ.
    """
    try:
        table = np.array(rows, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        table = np.zeros(0)
    if table.ndim != depth + 1:
        shapes = [_measure(row, place(number), depth) for number, row in enumerate(rows)]
        unlike = (number for number, shape in enumerate(shapes) if shape != shapes[0])
        odd = next(unlike, 0)
        raise FormatError(
            f"{place(odd)}: expected {_describe_shape(shapes[0])} as before, but got "
            f"{_describe_shape(shapes[odd])}"
        )
    return np.where(np.isfinite(table), table, np.nan)


def _measure(row: object, where: str, depth: int) -> tuple[int, ...]:
    """Return the shape of a nested list of numbers, after a check of each."""
    if depth == 0:
        try:
            float("nan" if row is None else row)  # type: ignore[arg-type]
        except (ValueError, TypeError, OverflowError):
            raise FormatError(
                f"{where}: expected a number, but got {describe_value(row)}"
            ) from None
        return ()
    shapes = [_measure(item, where, depth - 1) for item in expect_list(row, where)]
    if len(set(shapes)) > 1:
        raise FormatError(f"{where}: expected lists of one length, but got {sorted(set(shapes))}")
    return (len(shapes), *(shapes[0] if shapes else ()))


def _describe_shape(shape: tuple[int, ...]) -> str:
    return f"{' x '.join(str(count) for count in shape)} numbers"
