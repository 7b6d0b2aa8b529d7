"""The archive table: time and memory of opening, inspecting and training on files of many clips.

Usage::

    python benchmarks/archives.py            measure, write benchmarks/results/archives.json
    python benchmarks/archives.py --table    print the committed results as a table

The archives are generated in the shape of NTU RGB+D 60; 56,880 clips take 2.2 GB of disk, twice.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from harness.archive_costs import format_archives, measure_archives
from harness.ntu_archive import NUM_CLIPS

from skelgraph.experiments import describe_machine

RESULTS = Path(__file__).parent / "results" / "archives.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[500, 5000, NUM_CLIPS])
    parser.add_argument("--rounds", type=int, default=3, help="of each opening")
    parser.add_argument("--steps", type=int, default=200, help="of the training")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the results that are there")
    options = parser.parse_args(arguments)
    if not options.table:
        archives = measure_archives(options.clips, options.rounds, epoch_steps=options.steps)
        result = {"machine": describe_machine(torch.device("cpu")), "archives": archives}
        options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(format_archives(json.loads(options.out.read_text())))


if __name__ == "__main__":
    main()
