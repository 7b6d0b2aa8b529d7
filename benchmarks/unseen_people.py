"""Recognition of people who were never seen, and what a protocol does to a number.

Usage::

    python benchmarks/unseen_people.py [--data ../shared/data] [--only NAME] [--runs FOLDER]
    python benchmarks/unseen_people.py --table

A result is a cross-validation, as ``skelgraph crossval`` makes it, of several streams and their
fusion: a row for each stream and one for the sum of their scores. Its run directory is kept in
``--runs``, where one that was stopped goes on. A result that is there already is not made again.
``--table`` prints the rows that are there as the README's tables.

``mpi-ebed``: each of six actors left out in turn, three seeds. Settings were chosen on AnBh, DiMi
and LeSt alone; the rows report all six, and the other three apart. Beside it, a ridge on simple
statistics, and the difference of each stream to it on the same clips.

``resnet18``, ``st-gcn`` and ``s-stgcn``: the networks of the paper's Table 1 by the default recipe,
on the same six actors, one seed. ``compared`` tells which of all these can be told apart, as
``skelgraph compare`` does.

``bandai-actions`` and ``bandai-clips``: the same 350 clips and model, tested on actions that were
never seen, and on clips that were drawn at random. ``utkinect``: ten actions, each of ten people
left out in turn.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.model_rows import pool_run
from harness.options import parse_options
from harness.simple_statistics import predict_mpi_ebed

from skelgraph import CrossvalConfig, crossval
from skelgraph.data import make_dataset
from skelgraph.evaluation import ClassificationMetrics, difference_interval, permutation_test
from skelgraph.experiments import (
    PooledFolds,
    compare_runs,
    pool_streams,
    without_places,
)
from skelgraph.layouts import KINECT20
from skelgraph.runs import Prediction, RunDirectory, score_predictions

RESULTS = Path(__file__).parent / "results"
CHOSEN_ON = ("AnBh", "DiMi", "LeSt")
SUM = "sum"
TABLE1 = ("resnet18", "st-gcn", "s-stgcn")
"""Networks of the paper's Table 1."""

REALLY_TESTS = {
    "bandai-actions": {"tests": "unseen actions of unknown people"},
    "bandai-clips": {"tests": "clips drawn at random"},
}
"""What a result shows whose recordings are actions, or clips."""

COMPARED = ("mpi-ebed", *TABLE1)
ACTIONS = "actionLabel.txt"
UTKINECT_FPS = 30.0
"""Frames per second, which have the even numbers; less than half of them were kept."""


def list_studies(data: Path, place: Path) -> dict[str, CrossvalConfig]:
    """Return the cross-validation of each result; clips that are cut or relabeled are in place."""
    small = CrossvalConfig.of(
        model="s-stgcn-small",
        num_heads=2,
        stream="posture-motion,features",
        fusion=SUM,
        calibrated=True,
    )
    return {
        "mpi-ebed": small.change(dataset="mpi-ebed", root=data / "mpi-ebed", seeds=(3,)),
        "bandai-actions": small.change(
            data=data / "bandai-styles", folds=9, layout="h36m17", calibrated=False
        ),
        "bandai-clips": small.change(
            data=place / "bandai-clips", folds=9, layout="h36m17", calibrated=False
        ),
        "utkinect": small.change(data=place / "utkinect"),
        **{
            name: CrossvalConfig.of(
                dataset="mpi-ebed",
                root=data / "mpi-ebed",
                model=name,
                stream="joint,bone" if name == "s-stgcn" else "joint",
            )
            for name in TABLE1
        },
    }


def prepare(name: str, data: Path, place: Path) -> bool:
    """Write the clips that a result needs, if they are not there; return whether they are."""
    takes, cut = data / "utkinect", place / "utkinect"
    is_cut = (cut / "labels.csv").is_file()  # which is written last
    if name == "utkinect" and (takes / ACTIONS).is_file() and not is_cut:
        make_dataset(
            cut, takes, annotations=takes / ACTIONS, layout=KINECT20, source_fps=UTKINECT_FPS
        )
    if name == "bandai-clips" and (data / "bandai-styles" / "labels.csv").is_file():
        forget_recordings(data / "bandai-styles", place / "bandai-clips")
    source = list_studies(data, place)[name].train.data
    folder = source.folder or source.root
    return folder is None or folder.is_dir()


def forget_recordings(source: Path, target: Path) -> None:
    """Link the files of a folder dataset, with a labels.csv in which each clip is a recording.

    Then clips are divided at random, as most code does.
    """
    target.mkdir(parents=True, exist_ok=True)
    with (source / "labels.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    with (target / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "label", "recording"))
        for row in rows:
            writer.writerow((row["file"], row["label"], row["file"]))
            link = target / row["file"]
            if not link.exists():
                link.symlink_to((source / row["file"]).resolve())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the results that are missing, or print those that are there."""
    options = parse_options(__doc__, arguments, out=RESULTS, runs=Path("runs/unseen_people"))
    if options.table:
        print(format_table(options.out))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    cut = options.runs / "data"
    for name, config in list_studies(options.data, cut).items():
        file, place = find_result(options.out, name), options.runs / name
        if options.only not in (None, name):
            continue
        if file.exists():
            print(f"{name}: there already, {file}")
        elif not prepare(name, options.data, cut):
            print(f"{name}: left out, its data are not in {options.data}")
        else:
            if not (place / "metrics.json").is_file():
                begun = (place / "config.json").is_file()
                crossval(config.change(out=place), resume=begun, show="progress", report=print)
            root = config.train.data.root if name == "mpi-ebed" else None
            found = {**summarize(place, root), **REALLY_TESTS.get(name, {})}
            file.write_text(json.dumps(found, indent=2) + "\n")
            print(f"{name}: written, {file}")
    runs = {name: options.runs / name for name in COMPARED}
    file = find_result(options.out, "compared")
    if not file.exists() and all((run / "metrics.json").is_file() for run in runs.values()):
        found = compare_runs(runs).to_dict()
        kept = {**found, "runs": [without_path(one) for one in found["runs"]]}
        file.write_text(json.dumps(kept, indent=2) + "\n")
        print(f"compared: written, {file}")


def without_path(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a compared run without its place on this machine."""
    return {key: value for key, value in run.items() if key != "path"}


def find_result(folder: Path, name: str) -> Path:
    """Return the file of a result."""
    return folder / f"unseen_people-{name}.json"


def summarize(path: Path, root: Path | None = None) -> dict[str, Any]:
    """Return the facts about a cross-validation that are kept, with a row for each stream.

    With the root of mpi-ebed, simple statistics are beside them.
    """
    run = RunDirectory(path=path)
    facts, metrics = run.read_config(), run.read_metrics()
    pooled = pool_run(run)
    rows = {**pool_streams(pooled), SUM: pooled}
    own = {name: one.calibrate() for name, one in rows.items()} if "calibrated" in metrics else {}
    kept = {name: describe_row(one, own.get(name)) for name, one in rows.items()}
    simple = None if root is None else predict_mpi_ebed(root)
    if simple is not None:
        kept["simple statistics"] = describe_simple(simple, pooled.classes)
        for name, one in rows.items():
            kept[name]["difference_to_simple"] = compare(one, simple)
    return {
        "rows": kept,
        "protocol": metrics["protocol"],
        "tests": metrics["tests"],
        "settings": without_places(facts["config"]),
        "crossval": facts["crossval"],
        "versions": facts["versions"],
    }


def describe_row(pooled: PooledFolds, own: PooledFolds | None) -> dict[str, Any]:
    """Return the mean over seeds of what one model reaches, on all people and on those others."""
    others = [
        replace(fold, predictions=tuple(one for one in fold.predictions if _is_other(one)))
        for fold in pooled.folds
    ]
    known = replace(pooled, folds=tuple(fold for fold in others if fold.predictions))
    metrics = pooled.metrics
    return {
        **describe_scores(metrics),
        "uar_by_seed": {
            str(seed): pooled.score_once(ones).uar for seed, ones in pooled.by_seed.items()
        },
        "uar_of_others": known.metrics.uar if known.folds else None,
        "uar_calibrated": None if own is None else own.metrics.uar,
        "uar_calibrated_interval": None if own is None else own.metrics.uar_interval,
    }


def describe_simple(predictions: Sequence[Prediction], classes: Sequence[str]) -> dict[str, Any]:
    """Return the row of the baseline, which has no seed and no other people."""
    labels = [one.label or "" for one in predictions]
    metrics = score_predictions(predictions, classes, labels)
    others = [one for one in predictions if _is_other(one)]
    return {
        **describe_scores(metrics),
        "uar_by_seed": {},
        "uar_of_others": score_predictions(others, classes, labels).uar,
        "uar_calibrated": None,
        "uar_calibrated_interval": None,
    }


def describe_scores(metrics: ClassificationMetrics) -> dict[str, Any]:
    """Return what each row has."""
    return {
        "uar": metrics.uar,
        "uar_interval": metrics.uar_interval,
        "war": metrics.war,
        "per_class_recall": dict(metrics.per_class_recall),
    }


def _is_other(one: Prediction) -> bool:
    return one.subject is not None and one.subject not in CHOSEN_ON


def compare(pooled: PooledFolds, simple: Sequence[Prediction]) -> dict[str, Any]:
    """Return the mean difference to the baseline over seeds, resampled over people, and its p.

    The interval is the widest of the seeds', and p the largest.
    """
    answers = {one.name: one.prediction for one in simple}
    number = {name: index for index, name in enumerate(pooled.classes)}
    found = []
    for ones in pooled.by_seed.values():
        truth, first, second = (
            [number[word] for word in words]
            for words in (
                [one.label or "" for one in ones],
                [one.prediction for one in ones],
                [answers[one.name] for one in ones],
            )
        )
        people = [one.subject for one in ones]
        low, high = difference_interval(truth, first, second, len(number), groups=people)
        p = permutation_test(truth, first, second, len(number), groups=people)
        found.append((low, high, p))
    labels = [one.label or "" for one in simple]
    difference = pooled.metrics.uar - score_predictions(simple, pooled.classes, labels).uar
    return {
        "uar": difference,
        "uar_interval": [min(low for low, _, _ in found), max(high for _, high, _ in found)],
        "uar_lower_bound_mean": fmean(low for low, _, _ in found),
        "p": max(p for _, _, p in found),
    }


def format_table(folder: Path) -> str:
    """Return the rows that are there as Markdown tables, one for people and one for protocols."""
    found = {
        name: json.loads(find_result(folder, name).read_text())
        for name in list_studies(Path(), Path())
        if find_result(folder, name).exists()
    }
    tables = []
    if "mpi-ebed" in found:
        lines = [
            "| stream | UAR (95 % over people) | each seed | calibrated by own clips | others | "
            "least recall | more than simple statistics |",
            "|---|---|---|---|---|---|---|",
        ]
        tables.append(
            [*lines, *(_format_person(*row) for row in found["mpi-ebed"]["rows"].items())]
        )
    networks = {name: found[name]["rows"] for name in TABLE1 if name in found}
    if networks:
        lines = ["| network | stream | UAR (95 % over people) | WAR | least recall |"]
        lines.append("|---|---|---|---|---|")
        for name, rows in networks.items():
            lines += [_format_network(name, *row) for row in rows.items()]
        tables.append(lines)
    others = {name: one for name, one in found.items() if name not in COMPARED}
    if others:
        lines = ["| data | tests | stream | UAR | WAR |", "|---|---|---|---|---|"]
        for name, one in others.items():
            lines += [
                f"| {name} | {one['tests']} | {stream} | {_spell(row['uar'], row['uar_interval'])} "
                f"| {row['war']:.1%} |"
                for stream, row in one["rows"].items()
            ]
        tables.append(lines)
    return "\n\n".join("\n".join(lines) for lines in tables)


def _format_person(stream: str, row: dict[str, Any]) -> str:
    recalls, more = row["per_class_recall"], row.get("difference_to_simple")
    worst = min(recalls, key=recalls.__getitem__)
    cells = [
        stream,
        _spell(row["uar"], row["uar_interval"]),
        ", ".join(f"{one:.1%}" for one in row["uar_by_seed"].values()) or "-",
        _spell(row["uar_calibrated"], row["uar_calibrated_interval"]),
        f"{row['uar_of_others']:.1%}",
        f"{worst} {recalls[worst]:.1%}",
        "-"
        if more is None
        else f"{100 * more['uar']:+.1f} ({100 * more['uar_interval'][0]:+.1f} to "
        f"{100 * more['uar_interval'][1]:+.1f})",
    ]
    return f"| {' | '.join(cells)} |"


def _format_network(name: str, stream: str, row: dict[str, Any]) -> str:
    recalls = row["per_class_recall"]
    worst = min(recalls, key=recalls.__getitem__)
    shown = "joint" if stream == SUM and name != "s-stgcn" else stream
    return (
        f"| {name} | {shown} | {_spell(row['uar'], row['uar_interval'])} | {row['war']:.1%} | "
        f"{worst} {recalls[worst]:.1%} |"
    )


def _spell(value: float | None, interval: Sequence[float] | None) -> str:
    if value is None or interval is None:
        return "-"
    return f"{value:.1%} ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


if __name__ == "__main__":
    main()
