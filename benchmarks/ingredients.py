"""What each ingredient of the small S-STGCN is worth on people who were never seen.

Usage::

    python benchmarks/ingredients.py [--data ../shared/data] [--only NAME] [--runs FOLDER]
    python benchmarks/ingredients.py --table

Each row is a cross-validation with three seeds over AnBh, DiMi and LeSt of mpi-ebed, the actors on
whom settings are chosen, that leaves out or changes one thing; ``skelgraph crossval`` with its
options repeats it. A row that is there already is not made again.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.options import make_rows, parse_options, read_rows

from skelgraph import CrossvalConfig, crossval

RESULT = Path(__file__).parent / "results" / "ingredients.json"
AS_IT_IS = "as it is"

CHANGES: dict[str, dict[str, Any]] = {
    AS_IT_IS: {},
    "one member": {"members": 1},
    "no attention": {"attention": False},
    "class weights instead of balanced batches": {
        "balanced_sampling": False,
        "class_weights": True,
    },
    "neither": {"balanced_sampling": False},
    "no label smoothing": {"label_smoothing": 0.0},
    "no average of weights": {"weight_average": 0.0},
    "no mirror image at test": {"average_mirrored": False},
    "30 epochs": {"epochs": 30},
    "all 23 joints": {"layout": "mpi23"},
    "stream posture": {"stream": "posture"},
    "stream joint-motion": {"stream": "joint-motion"},
    "stream speed": {"stream": "speed"},
}
"""Settings of each row that differ from the first one."""


def configure(data: Path, name: str) -> CrossvalConfig:
    """Return the cross-validation of a row."""
    usual = {
        "dataset": "mpi-ebed",
        "root": data / "mpi-ebed",
        "subjects": ("AnBh", "DiMi", "LeSt"),
        "model": "s-stgcn-small",
        "num_heads": 2,
        "stream": "posture-motion",
        "seeds": (3,),
    }
    return CrossvalConfig.of(**{**usual, **CHANGES[name]})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rows that are missing, or print those that are there."""
    options = parse_options(
        __doc__, arguments, out=RESULT, runs=Path("runs/ingredients"), names=tuple(CHANGES)
    )
    if options.table:
        print(format_table(read_rows(options.out)))
        return
    if not (options.data / "mpi-ebed").is_dir():
        print(f"left out, there is no {options.data / 'mpi-ebed'}")
        return

    def make(name: str) -> dict[str, Any]:
        place = options.runs / name.replace(" ", "-")
        config = configure(options.data, name).change(out=place)
        begun = (place / "config.json").is_file()
        if not (place / "metrics.json").is_file():
            crossval(config, resume=begun, show="progress", report=print)
        metrics = json.loads((place / "metrics.json").read_text())
        return {
            "changed": CHANGES[name],
            "uar": metrics["uar"],
            "uar_by_seed": metrics["seeds"]["uar"],
            "per_class_recall": metrics["per_class_recall"],
            "nll": metrics["calibration"]["nll"],
        }

    make_rows(options, CHANGES, make)


def format_table(rows: dict[str, Any]) -> str:
    """Return the rows that are there as a Markdown table."""
    lines = [
        "| changed | UAR | each seed | least recall | log-likelihood |",
        "|---|---|---|---|---|",
    ]
    for name in CHANGES:
        if name not in rows:
            continue
        row = rows[name]
        recalls, seeds = row["per_class_recall"], list(row["uar_by_seed"].values())
        worst = min(recalls, key=recalls.__getitem__)
        lines.append(
            f"| {name} | {fmean(seeds):.1%} | {', '.join(f'{one:.1%}' for one in seeds)} | "
            f"{worst} {recalls[worst]:.1%} | {-row['nll']:.3f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
