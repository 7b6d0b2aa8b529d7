"""One network for several skeletons: trained on one or on a mixture, tested on three.

Usage::

    python benchmarks/mixed_skeletons.py [--data ../shared/data] [--only ROW] [--runs FOLDER]
    python benchmarks/mixed_skeletons.py --table

Each of AnBh, DiMi and LeSt of mpi-ebed is left out in turn, as three folders of clips: with 23
joints as they were recorded, with the ten of ``upper10``, and with 17 like ``coco17``. Rows are
what is trained on: 23 joints, ten joints (all converted to it), or each clip as one of the two,
which alternate, without conversion (``--layout mixed``), with and without the identity of joints
(``--joint-identity``). All are tested on the left-out person's clips in all three forms; no
training sees one of 17. One seed, small S-STGCN, stream joint-motion.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.options import make_rows, parse_options, read_rows

from skelgraph import TrainConfig, load_run, train
from skelgraph.config import DataSettings
from skelgraph.data import ClipSet, load_dataset
from skelgraph.errors import LayoutError
from skelgraph.io import write_npz
from skelgraph.layouts import COCO17, MPI23, UPPER10
from skelgraph.poses import convert_layout
from skelgraph.serving import Predictor, evaluate_clips
from skelgraph.training import read_clips

RESULT = Path(__file__).parent / "results" / "mixed_skeletons.json"
ACTORS = ("AnBh", "DiMi", "LeSt")
FORMS = {"23 joints": MPI23, "upper10": UPPER10, "coco17": COCO17}
"""Layouts that are tested on."""

ROWS: dict[str, dict[str, Any]] = {
    "23 joints": {"layout": "mpi23"},
    "upper10": {"layout": "upper10"},
    "mixed": {"layout": "mixed"},
    "mixed, joint identity": {"layout": "mixed", "joint_identity": True},
}
"""Settings of a training."""


def write_forms(data: Path, folder: Path) -> None:
    """Write the clips in each form, and as a mixture of the first two, unless they are there."""
    if (folder / "mixture" / "labels.csv").is_file():
        return
    clips = load_dataset("mpi-ebed", root=data / "mpi-ebed")
    chosen = [one for one in clips.sequences if one.subject in ACTORS]
    taken = {name: [name] * len(chosen) for name in FORMS}
    taken["mixture"] = [("23 joints", "upper10")[number % 2] for number in range(len(chosen))]
    for name, forms in taken.items():
        place = folder / name.replace(" ", "-")
        place.mkdir(parents=True, exist_ok=True)
        rows = []
        for number, (sequence, form) in enumerate(zip(chosen, forms, strict=True)):
            write_npz(place / f"{number}.npz", convert_layout(sequence, FORMS[form]))
            rows.append(
                (f"{number}.npz", sequence.label, sequence.subject, sequence.recording or "")
            )
        with (place / "labels.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([("file", "label", "subject", "recording"), *rows])


def train_and_test(row: str, actor: str, folder: Path, runs: Path) -> dict[str, float | None]:
    """Return the UAR on the clips of a person who was left out, in each form.

    It is None if these cannot be converted to the skeleton of the training.
    """
    place = runs / f"{row}-{actor}".replace(" ", "-").replace(",", "")
    source = "mixture" if row.startswith("mixed") else "23-joints"
    if not (place / "metrics.json").is_file():
        config = TrainConfig.of(
            data=folder / source,
            model="s-stgcn-small",
            num_heads=2,
            stream="joint-motion",
            test_subjects=(actor,),
            out=place,
            **ROWS[row],
        )
        train(config, resume=(place / "config.json").is_file())
    predictor = load_run(place)
    found: dict[str, float | None] = {}
    for form in FORMS:
        data = DataSettings(folder=folder / form.replace(" ", "-"), subjects=(actor,))
        try:
            found[form] = evaluate_person(predictor, data)
        except LayoutError:
            found[form] = None
    return found


def evaluate_person(predictor: Predictor, data: DataSettings) -> float:
    """Return the UAR of a run on clips of one person."""
    clips: ClipSet = read_clips(data, fps=30.0, seed=0)
    return float(evaluate_clips(predictor, clips).metrics.uar)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the rows that are missing, or print those that are there."""
    options = parse_options(
        __doc__, arguments, out=RESULT, runs=Path("runs/mixed_skeletons"), names=tuple(ROWS)
    )
    if options.table:
        print(format_table(read_rows(options.out)))
        return
    if not (options.data / "mpi-ebed").is_dir():
        print(f"left out, there is no {options.data / 'mpi-ebed'}")
        return
    folder = options.runs / "data"
    write_forms(options.data, folder)

    def make(row: str) -> dict[str, Any]:
        return {actor: train_and_test(row, actor, folder, options.runs) for actor in ACTORS}

    make_rows(options, ROWS, make)


def format_table(rows: dict[str, Any]) -> str:
    """Return the rows that are there as a Markdown table."""
    lines = [
        f"| trained on | {' | '.join(f'tested on {form}' for form in FORMS)} |",
        "|---|" + "---|" * len(FORMS),
    ]
    for name in ROWS:
        if name in rows:
            scores = [[one[form] for one in rows[name].values()] for form in FORMS]
            cells = ["refused" if None in one else f"{fmean(one):.1%}" for one in scores]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
