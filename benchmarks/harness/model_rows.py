"""Rows of the models that come with skelgraph: what each reaches, and on which clips."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.filmed_clips import CAPTURED, is_filmed
from skelgraph import load_run
from skelgraph.data import read_folder
from skelgraph.experiments import PooledFolds, pool_streams, read_fold
from skelgraph.lifting import LIFTER_RESULTS
from skelgraph.poses import PoseSequence
from skelgraph.runs import RunDirectory

SUM = "sum"
ALONE = "sum, trained on captured clips alone"
FILMED = "filmed"


def describe_emotion4(study: RunDirectory, captured: RunDirectory, clips: Path) -> dict[str, Any]:
    """Return what emotion4 reaches on captured and on filmed clips of people it has never seen."""
    pooled = pool_run(study)
    rows = {**pool_streams(pooled), SUM: pooled}
    alone = pool_run(captured)
    filmed = [one for one in read_folder(clips).sequences if is_filmed(one.name)]
    return {
        "rows": {
            name: {
                CAPTURED: describe(keep(one, filmed=False)),
                FILMED: describe(keep(one, filmed=True)),
            }
            for name, one in rows.items()
        },
        ALONE: {
            CAPTURED: describe(alone),
            FILMED: describe(predict_others(alone, filmed)),
        },
        "seeds": list(pooled.by_seed),
    }


def pool_run(run: RunDirectory) -> PooledFolds:
    """Return the pooled folds of a finished cross-validation."""
    metrics = run.read_metrics()
    folds = [
        read_fold(one["fold"], one["seed"], RunDirectory(path=run.path / one["run"]))
        for one in metrics["folds"]
    ]
    return PooledFolds(folds=tuple(folds), classes=tuple(metrics["classes"]))


def keep(pooled: PooledFolds, *, filmed: bool) -> PooledFolds:
    """Return the folds with their filmed clips, or with the others."""
    folds = [
        replace(
            fold,
            predictions=tuple(one for one in fold.predictions if is_filmed(one.name) == filmed),
        )
        for fold in pooled.folds
    ]
    return replace(pooled, folds=tuple(folds))


def predict_others(pooled: PooledFolds, clips: Sequence[PoseSequence]) -> PooledFolds:
    """Return the folds with predictions of other clips of the people who were left out."""
    folds = []
    for fold in pooled.folds:
        people = {one.subject for one in fold.predictions}
        own = [one for one in clips if one.subject in people]
        predicted = load_run(fold.run.path, threads=1).predict_all(own)
        folds.append(replace(fold, predictions=tuple(predicted)))
    return replace(pooled, folds=tuple(folds))


def describe(pooled: PooledFolds) -> dict[str, Any]:
    """Return the scores of a row: means over seeds of what one model reaches."""
    metrics = pooled.metrics
    return {
        "clips": metrics.n,
        "uar": metrics.uar,
        "uar_interval": metrics.uar_interval,
        "war": metrics.war,
        "per_class_recall": dict(metrics.per_class_recall),
        "uar_by_subject": {name: one.uar for name, one in metrics.per_subject.items()},
        "uar_by_seed": {
            str(seed): pooled.score_once(ones).uar for seed, ones in pooled.by_seed.items()
        },
    }


def tell_of_videos(rows: Mapping[str, Any]) -> dict[str, str]:
    """Return the section of the card that tells what is left of the answers in a video."""
    lines = ["| part | as captured | from a video |", "|---|---|---|"]
    lines += [
        f"| {name} | {spell(row[CAPTURED])} | {spell(row[FILMED])} |" for name, row in rows.items()
    ]
    return {
        "From a video": "UAR on the same actors, each left out: as their suits captured them, and "
        "as virtual cameras filmed them, with the errors of a pose estimator, lifted by lifters "
        "that had never met them.\n\n" + "\n".join(lines)
    }


def format_table(rows: Mapping[str, Any]) -> str:
    """Return the results that are there as Markdown tables."""
    tables = []
    if "emotion4" in rows:
        found = rows["emotion4"]
        lines = ["| model | captured | filmed and lifted |", "|---|---|---|"]
        shown = {**found["rows"], ALONE: found[ALONE]}
        lines += [
            f"| {name} | {spell(row[CAPTURED])} | {spell(row[FILMED])} |"
            for name, row in shown.items()
        ]
        tables.append(lines)
    if "emotion4-live" in rows:
        (row,) = rows["emotion4-live"]["rows"].values()
        lines = [
            "| model | captured | filmed and lifted |",
            "|---|---|---|",
            f"| emotion4-live | {spell(row[CAPTURED])} | {spell(row[FILMED])} |",
        ]
        tables.append(lines)
    if "style7" in rows:
        lines = ["| model | unseen actions |", "|---|---|"]
        lines += [f"| {name} | {spell(row)} |" for name, row in rows["style7"]["rows"].items()]
        tables.append(lines)
    if "lifter10" in rows:
        lines = ["| keypoints | MPJPE | PA-MPJPE |", "|---|---|---|"]
        found = rows["lifter10"]
        lines += [
            f"| {title} | {found[key]['mpjpe_mm']:.1f} mm | {found[key]['pa_mpjpe_mm']:.1f} mm |"
            for key, title in LIFTER_RESULTS.items()
        ]
        tables.append(lines)
    return "\n\n".join("\n".join(lines) for lines in tables)


def spell(row: Mapping[str, Any]) -> str:
    """Return a UAR with its interval."""
    low, high = row["uar_interval"]
    return f"{row['uar']:.1%} ({100 * low:.1f} to {100 * high:.1f})"
