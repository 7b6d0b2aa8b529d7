"""What scripts share whose results are made once and then shown as a table: options, and rows."""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any


def parse_options(
    doc: str | None,
    arguments: Sequence[str] | None,
    *,
    out: Path,
    runs: Path | None = None,
    box: Path | None = None,
    names: Sequence[str] | None = None,
) -> argparse.Namespace:
    """Return ``data``, ``only``, ``out`` and ``table``, ``runs`` and ``box`` if asked for.

    Args:
        doc: Docstring of the script, whose first line is its description.
        arguments: Words of the command line; None for those of the process.
        out: Usual place of the results.
        runs: Usual place of run directories, if they are kept.
        box: Usual place of model folders, if they are written.
        names: Names that ``--only`` takes; None for any.
    """
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=names, help="the name of one row")
    if runs is not None:
        parser.add_argument("--runs", type=Path, default=runs)
    if box is not None:
        parser.add_argument("--box", type=Path, default=box)
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--table", action="store_true", help="print the rows that are there")
    return parser.parse_args(arguments)


def read_rows(file: Path) -> dict[str, Any]:
    """Return the rows that a script made before."""
    rows: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return rows


def make_rows(
    options: argparse.Namespace, names: Iterable[str], make: Callable[[str], Any]
) -> None:
    """Make the rows that are missing, or the one that ``--only`` names, and keep each at once."""
    rows = read_rows(options.out)
    for name in names:
        if name in rows or options.only not in (None, name):
            continue
        rows[name] = make(name)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(rows, indent=2) + "\n")
        print(f"{name}: written, {options.out}")
