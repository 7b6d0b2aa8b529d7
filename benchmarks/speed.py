"""The speed table: S-STGCN against its plain form and the machine's own matrix product.

Usage::

    python benchmarks/speed.py                  measure, write benchmarks/results/speed.json
    python benchmarks/speed.py --table          print the committed results as tables

The same as ``skelgraph benchmark speed``, which does not need a clone.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as the command does, before torch is imported

from skelgraph.experiments import SpeedRounds, format_speed, measure_speed

RESULTS = Path(__file__).parent / "results" / "speed.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true", help="see that all runs")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        device = options.device
        settings = SpeedRounds.quick(device) if options.quick else SpeedRounds(device=device)
        measure_speed(settings, report=print, keep=lambda result: write(options.out, result))
    print(format_speed(json.loads(options.out.read_text())))


def write(file: Path, result: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
