"""Reading and writing the files of run directories: JSON, CSV and text."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skelgraph.errors import RunError
from skelgraph.io import replace_whole


def check_run_file(folder: Path, file: Path) -> None:
    """Check that a run directory has a file, without reading it.

    Raises:
        RunError: If there is no such folder or file.
    """
    if not folder.is_dir():
        found = "it is a file" if folder.exists() else "there is no such folder"
        raise RunError(f"{folder}: expected a run directory, but {found}")
    if not file.is_file():
        raise RunError(
            f"{folder}: expected a run directory with {file.name}, but it has none; was it "
            f"made by `skelgraph train`, and did the training end?"
        )


def read_json_file(folder: Path, file: Path) -> dict[str, Any]:
    """Return the contents of a JSON file of a run directory.

    Raises:
        RunError: If the folder has no such file, or the file is damaged.
    """
    check_run_file(folder, file)
    try:
        contents = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RunError(f"{file}: expected JSON, but it is damaged ({error})") from error
    if not isinstance(contents, dict):
        raise RunError(f"{file}: expected a JSON object, but got a {type(contents).__name__}")
    return contents


def read_rows(file: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file of a run directory.

    Raises:
        RunError: If it cannot be read, or lacks columns.
    """
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RunError(f"{file}: cannot be read ({error})") from error
    if not rows or not set(columns) <= rows[0].keys():
        raise RunError(f"{file}: expected columns {', '.join(columns)}")
    return rows


def write_json(file: Path, contents: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(file, json.dumps(contents, indent=2, allow_nan=False) + "\n")


def write_rows(file: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file, whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    write_text(file, text.getvalue())


def write_text(file: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    if file.is_dir():
        raise RunError(f"{file}: expected a file to write to, but it is a folder")
    with replace_whole(file) as partial:
        partial.write_text(text, encoding="utf-8", newline="")
