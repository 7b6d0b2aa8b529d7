"""Recognition of people who were never seen: each actor of mpi-ebed left out in turn, three seeds.

Usage::

    python benchmarks/unseen_people.py [--data ../shared/data] [--only NAME] [--runs FOLDER]
    python benchmarks/unseen_people.py --table

A result is a cross-validation, as ``skelgraph crossval`` makes it, of several streams and their
fusion: a row for each stream and one for the sum of their scores. Its run directory is kept in
``--runs``, where one that was stopped goes on. Settings were chosen on AnBh, DiMi and LeSt alone;
the rows report all six, and the other three apart. A result that is there already is not made
again. ``--table`` prints the rows that are there as the README's table.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skelgraph import CrossvalConfig, crossval
from skelgraph.evaluation import ClassificationMetrics
from skelgraph.experiments import without_places
from skelgraph.runs import Prediction, RunDirectory, read_predictions, score_predictions

RESULTS = Path(__file__).parent / "results"
CHOSEN_ON = ("AnBh", "DiMi", "LeSt")
SEEDS = (3,)


def list_studies(data: Path) -> dict[str, CrossvalConfig]:
    """Return the cross-validation of each result."""
    return {
        "posture": CrossvalConfig.of(
            dataset="mpi-ebed",
            root=data / "mpi-ebed",
            model="s-stgcn-small",
            num_heads=2,
            stream="posture-motion,features",
            fusion="sum",
            seeds=SEEDS,
        )
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rows that are missing, or print those that are there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", help="the name of one row")
    parser.add_argument("--runs", type=Path, default=Path("runs/unseen_people"))
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--table", action="store_true", help="print the rows that are there")
    options = parser.parse_args(arguments)
    if options.table:
        print(format_table(options.out))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    for name, config in list_studies(options.data).items():
        file, place = find_result(options.out, name), options.runs / name
        root = find_root(config)
        if options.only not in (None, name):
            continue
        if file.exists():
            print(f"{name}: there already, {file}")
        elif root is None or not root.is_dir():
            print(f"{name}: left out, there is no {root}")
        else:
            if not (place / "metrics.json").is_file():
                begun = (place / "config.json").is_file()
                crossval(config.change(out=place), resume=begun, show="progress", report=print)
            file.write_text(json.dumps(summarize(place), indent=2) + "\n")
            print(f"{name}: written, {file}")


def find_root(config: CrossvalConfig) -> Path | None:
    """Return the folder of the data of a row."""
    return config.train.data.root


def find_result(folder: Path, name: str) -> Path:
    """Return the file of a row."""
    return folder / f"unseen_people-{name}.json"


def summarize(path: Path) -> dict[str, Any]:
    """Return the facts about a cross-validation that are kept, with a row for each stream."""
    run = RunDirectory(path=path)
    facts, metrics = run.read_config(), run.read_metrics()
    classes, streams = metrics["classes"], facts["config"]["stream"]["names"]
    rows = {"sum": _read_seeds(path, "predictions.csv")}
    if len(streams) > 1:
        alone = {one: _read_seeds(path, f"streams/{one}/predictions.csv") for one in streams}
        rows = {**alone, **rows}
    return {
        "rows": {name: score_seeds(seeds, classes) for name, seeds in rows.items()},
        "protocol": metrics["protocol"],
        "tests": metrics["tests"],
        "settings": without_places(facts["config"]),
        "crossval": facts["crossval"],
        "versions": facts["versions"],
    }


def _read_seeds(path: Path, file: str) -> dict[str, list[Prediction]]:
    """Return the predictions of all folds, by seed."""
    seeds: dict[str, list[Prediction]] = {}
    for fold in sorted((path / "folds").iterdir()):
        seed = fold.name.rpartition("-seed")[2]
        seeds.setdefault(seed, []).extend(read_predictions(fold / file))
    return seeds


def score_seeds(
    seeds: Mapping[str, Sequence[Prediction]], classes: Sequence[str]
) -> dict[str, Any]:
    """Return the mean over seeds of what one model reaches, on all people and on those others."""
    everything = [one for predictions in seeds.values() for one in predictions]
    others = [one for one in everything if one.subject not in CHOSEN_ON]
    metrics = _score(everything, classes)
    return {
        "uar": metrics.uar,
        "uar_interval": metrics.uar_interval,
        "war": metrics.war,
        "per_class_recall": dict(metrics.per_class_recall),
        "uar_by_seed": {seed: _score(ones, classes).uar for seed, ones in seeds.items()},
        "uar_of_others": _score(others, classes).uar if others else None,
    }


def _score(predictions: Sequence[Prediction], classes: Sequence[str]) -> ClassificationMetrics:
    return score_predictions(predictions, classes, [one.label or "" for one in predictions])


def format_table(folder: Path) -> str:
    """Return the rows that are there as a Markdown table."""
    lines = [
        "| stream | UAR (95 % over people) | each seed | people on whom nothing was chosen | WAR | "
        "least recall |",
        "|---|---|---|---|---|---|",
    ]
    for name in list_studies(Path()):
        file = find_result(folder, name)
        rows = json.loads(file.read_text())["rows"] if file.exists() else {}
        for stream, row in rows.items():
            low, high = row["uar_interval"]
            others, recalls = row["uar_of_others"], row["per_class_recall"]
            worst = min(recalls, key=recalls.__getitem__)
            lines.append(
                f"| {stream} | {row['uar']:.1%} ({100 * low:.1f} to {100 * high:.1f}) | "
                f"{', '.join(f'{one:.1%}' for one in row['uar_by_seed'].values())} | "
                f"{'-' if others is None else f'{others:.1%}'} | {row['war']:.1%} | "
                f"{worst} {recalls[worst]:.1%} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
