"""Damaged files of every format: a sequence or the package's own error, and nothing else.

Usage::

    python benchmarks/mutations.py            49,200 files, benchmarks/results/mutations.json
    python benchmarks/mutations.py --table    print the committed results as a table
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.mutation_guard import read_guarded
from harness.mutations import Tally
from harness.sample_files import SAMPLES

RESULTS = Path(__file__).parent / "results" / "mutations.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read damaged files, or print the results; fail if anything went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=49_200, help="of files, over all samples")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sample", action="append", choices=SAMPLES, help="only this sample")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        names = options.sample or list(SAMPLES)
        each = -(-options.count // len(names))
        samples: dict[str, Any] = {}
        for name in names:
            tally = read_guarded(name, each, options.seed)
            print(f"{name}: {tally}", flush=True)
            samples[name] = {**asdict(tally), "files": each}
        options.out.write_text(
            json.dumps({"seed": options.seed, "samples": samples}, indent=2) + "\n"
        )
    result = read_result(options.out)
    print(format_mutations(result))
    failures = [line for tally in result["samples"].values() for line in tally["failures"]]
    if failures:
        raise SystemExit("\n".join(failures))


def read_result(file: Path) -> dict[str, Any]:
    """Read the results of a run."""
    result: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return result


def format_mutations(result: Mapping[str, Any]) -> str:
    """Return the results as a table."""
    lines = [
        "| format, form | files | sequences | own error | anything else | most memory | longest |",
        "|---|---|---|---|---|---|---|",
    ]
    total = Tally.empty()
    files = 0
    for name, fields in result["samples"].items():
        tally = Tally(**{key: value for key, value in fields.items() if key != "files"})
        lines.append(_format_row(name, fields["files"], tally))
        total.add(tally)
        files += fields["files"]
    return "\n".join([*lines, _format_row("all", files, total)])


def _format_row(name: str, files: int, tally: Tally) -> str:
    return (
        f"| {name} | {files} | {tally.read} | {tally.refused} | {len(tally.failures)} | "
        f"{tally.peak_mib:.1f} MiB | {tally.slowest_s * 1000:.0f} ms |"
    )


if __name__ == "__main__":
    main()
