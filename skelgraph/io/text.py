"""Text files and the numbers in them, as programs of all kinds write them."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

from skelgraph.errors import FormatError

_WINDOWS_NAN = re.compile(r"[+-]?(?:1\.#[a-z]+\d*|nan\(\w*\))", re.IGNORECASE)


def read_bytes(path: Path) -> bytes:
    """Read a file that must be there and not be empty.

    Raises:
        FormatError: If there is no such file, it cannot be read, or it is empty.
    """
    if path.is_dir():
        raise FormatError(f"{path}: expected a file, but this is a folder")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from error
    if not content.strip():
        raise FormatError(f"{path}: the file is empty")
    return content


def read_text(path: Path) -> str:
    """Read a text file, in UTF-8 or else in Latin-1.

    Raises:
        FormatError: If it cannot be read, is empty, or is binary.
    """
    content = read_bytes(path)
    if b"\0" in content:
        raise FormatError(f"{path}: expected text, but this is a binary file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if not text.strip():  # there are blanks that are none among bytes
        raise FormatError(f"{path}: the file is empty")
    return text


def parse_number(token: str) -> float:
    """Parse a number; infinity and what Windows writes for NaN become NaN.

    Raises:
        ValueError: If it spells none.

    Example:
        >>> parse_number("-1.5e2"), parse_number("-1.#IND00"), parse_number("inf")
        (-150.0, nan, nan)
    """
    try:
        number = float(token)
    except ValueError:
        if _WINDOWS_NAN.fullmatch(token):
            return math.nan
        raise
    if "_" in token:  # Python's own grouping of digits
        raise ValueError(f"{token!r} is not a number")
    return number if math.isfinite(number) else math.nan


def is_number(token: str) -> bool:
    """Whether :func:`parse_number` parses a token."""
    try:
        parse_number(token)
    except ValueError:
        return False
    return True


def parse_words(words: Sequence[str], line: int, path: Path) -> list[float]:
    """Parse the words of a line as numbers.

    Args:
        words: The words.
        line: Number of the line, for the error.
        path: The file, for the error.

    Raises:
        FormatError: If a word spells none.
    """
    numbers = []
    for word in words:
        try:
            numbers.append(parse_number(word))
        except ValueError as error:
            raise FormatError(
                f"{path}, line {line}: expected a number, but got {shorten(word)!r}"
            ) from error
    return numbers


def shorten(text: str, length: int = 40) -> str:
    """Cut a text to a length that an error message can quote."""
    return text if len(text) <= length else f"{text[: length - 3]}..."
