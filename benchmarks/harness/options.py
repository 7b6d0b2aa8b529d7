"""The options that scripts share whose results are made once and then shown as a table."""

import argparse
from collections.abc import Sequence
from pathlib import Path


def parse_options(
    doc: str | None,
    arguments: Sequence[str] | None,
    *,
    out: Path,
    runs: Path | None = None,
    names: Sequence[str] | None = None,
) -> argparse.Namespace:
    """Return ``data``, ``only``, ``out`` and ``table``, and ``runs`` where runs are kept.

    Args:
        doc: Docstring of the script, whose first line is its description.
        arguments: Words of the command line; None for those of the process.
        out: Usual place of the results.
        runs: Usual place of run directories, if they are kept.
        names: Names that ``--only`` takes; None for any.
    """
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=names, help="the name of one row")
    if runs is not None:
        parser.add_argument("--runs", type=Path, default=runs)
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--table", action="store_true", help="print the rows that are there")
    return parser.parse_args(arguments)
