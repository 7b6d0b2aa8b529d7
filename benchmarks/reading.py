"""The reading table: frames per second of each format, and BVH against a plain parser.

Usage::

    python benchmarks/reading.py            measure, write benchmarks/results/reading.json
    python benchmarks/reading.py --table    print the committed results as a table
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from harness.reading_speed import format_reading, measure_reading

from skelgraph.experiments import describe_machine

RESULTS = Path(__file__).parent / "results" / "reading.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--budget", type=float, default=2.0, help="seconds for each format")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        torch.set_num_threads(1)
        result = measure_reading(options.frames, options.budget, report=print)
        result = {"machine": describe_machine(torch.device("cpu")), **result}
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_reading(json.loads(options.out.read_text())))


if __name__ == "__main__":
    main()
