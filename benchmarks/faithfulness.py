"""Whether what an explanation names matters: deletion of the most important tenth, on mpi-ebed.

Usage::

    python benchmarks/faithfulness.py [--runs runs/models/captured] [--only FOLD]
    python benchmarks/faithfulness.py --table

``--runs`` is a finished cross-validation of mpi-ebed by the settings of ``emotion4``, as
``benchmarks/models.py`` leaves it: each of six actors left out in turn. A row is a fold; of its
test part, which the network never saw, every sixth clip is explained, for the class that the
network of ``posture-motion`` gives it. The ridge beside it has no joints and moments of its own.
The tenth of the entries (frame, joint) with the largest attributions is marked as missing, and so
is as large a part at random, 20 times scattered and 20 times with the attribution's own pattern at
other joints and times. An attribution holds in a clip if the probability falls more than in 97.5 %
of the draws of either kind. What is worth showing was fixed before there was any row: methods that
hold in at least half of the clips.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from harness.options import make_rows, parse_options, read_rows

from skelgraph import load_run
from skelgraph.data import ClipMedia
from skelgraph.explanation import METHODS, Faithfulness, attribute_clip
from skelgraph.runs import RunDirectory
from skelgraph.serving import SkeletonNetwork, read_run_data

RESULT = Path(__file__).parent / "results" / "faithfulness.json"
EVERY = 6
"""One clip of so many is explained."""

LEAST_SHARE = 0.5
"""Share of the clips in which a method has to hold to be worth showing."""

NUMBERS = (
    *("probability", "top_change", "random_mean", "random_low", "random_high"),
    *("moved_mean", "moved_high"),
)


def list_folds(run: Path) -> dict[str, Path]:
    """Return the run directory of each fold."""
    return {one.name: one for one in sorted((run / "folds").glob("*")) if one.is_dir()}


def make_row(fold: Path, *, every: int = EVERY) -> dict[str, Any]:
    """Return the checks of each method on the chosen clips of a fold's test part."""
    predictor = load_run(fold, for_inference=False)
    network = next(one for one in predictor.networks if isinstance(one, SkeletonNetwork))
    clips, split = read_run_data(predictor)
    chosen = [int(clip) for clip in split.test][::every]
    checks: dict[str, list[Faithfulness]] = {method: [] for method in METHODS}
    for clip in chosen:
        prepared = network.prepare(clips.sequences[clip].load(), ClipMedia())
        for one in attribute_clip(network, prepared):
            checks[one.method].append(one.faithfulness)
    return {
        "clips": len(chosen),
        "of": len(split.test),
        "names": [clips.sequences[clip].name for clip in chosen],
        "methods": {method: summarize(found) for method, found in checks.items() if found},
    }


def summarize(checks: Sequence[Faithfulness]) -> dict[str, Any]:
    """Return the numbers of each clip, rounded, and in how many a method holds."""
    return {
        "holds": sum(one.holds for one in checks),
        **{name: [round(getattr(one, name), 4) for one in checks] for name in NUMBERS},
    }


def pool(rows: Mapping[str, Any], method: str) -> dict[str, float]:
    """Return means over the clips of all rows, and shares of the clips in which a method holds."""
    found = [row["methods"][method] for row in rows.values()]
    joined = {name: [value for one in found for value in one[name]] for name in NUMBERS}
    changes = joined["top_change"]

    def share_above(limit: str) -> float:
        return fmean(a > b for a, b in zip(changes, joined[limit], strict=True))

    return {
        **{name: fmean(values) for name, values in joined.items()},
        "above_random": share_above("random_high"),
        "above_moved": share_above("moved_high"),
        "holds": sum(one["holds"] for one in found) / len(changes),
        "clips": len(changes),
    }


def choose_methods(rows: Mapping[str, Any]) -> list[str]:
    """Return the methods that are worth showing, the most faithful first."""
    shares = {method: pool(rows, method)["holds"] for method in METHODS}
    worthy = [method for method, share in shares.items() if share >= LEAST_SHARE]
    return sorted(worthy, key=lambda method: -shares[method])


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the rows that are missing, or print those that are there."""
    options = parse_options(__doc__, arguments, out=RESULT, runs=Path("runs/models/captured"))
    if options.table:
        print(format_table(read_rows(options.out)))
        return
    folds = list_folds(options.runs)
    if not folds or not RunDirectory(path=options.runs).is_crossval:
        print(f"left out, there is no cross-validation {options.runs}; see benchmarks/models.py")
        return
    torch.set_num_threads(1)
    make_rows(options, folds, lambda name: make_row(folds[name]))


def format_table(rows: Mapping[str, Any]) -> str:
    """Return the rows that are there as a Markdown table."""
    lines = [
        "| attribution | probability falls by | scattered tenth | own pattern elsewhere | "
        "above 97.5 % of scattered | above 97.5 % of patterns | holds |",
        "|---|---|---|---|---|---|---|",
    ]
    for method in METHODS:
        one = pool(rows, method)
        lines.append(
            f"| {method} | {one['top_change']:.3f} of {one['probability']:.3f} | "
            f"{one['random_mean']:.3f} | {one['moved_mean']:.3f} | {one['above_random']:.0%} | "
            f"{one['above_moved']:.0%} | {one['holds']:.0%} of {one['clips']} clips |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
