"""The models that come with skelgraph: how each is trained, and what it reaches on unseen people.

Usage::

    python benchmarks/models.py [--data ../shared/data] [--only NAME] [--runs runs/models]
    python benchmarks/models.py --table

Model folders are written below ``--box``, ``skelgraph/box`` unless told otherwise, where nothing is
replaced: remove one to make it anew. Run directories are kept in ``--runs``, and one that was
stopped goes on.

``lifter10`` (keypoints to space) is trained on all six actors of mpi-ebed; its errors are those of
lifters that were trained without one or two of them. ``emotion4`` is trained on their 551 clips as
they were captured, and as virtual cameras, a pose estimator's errors and a lifter leave them: each
clip is lifted by a lifter that never met its actor. It is tested by leaving each actor out in turn,
with three seeds, on both kinds of clips. ``captured`` is the same model trained without the filmed
clips, one seed, to be compared. ``emotion4-live`` answers while a person moves: the network of
``emotion4`` without its ridge, causal and with a filter that uses no later frame, as
``benchmarks/live.py`` chose it, trained and tested on the same clips, one seed. ``style7`` (seven
styles of the Bandai recordings) is tested on actions that it was not trained on.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from harness.beginnings import describe_live, tell_of_beginnings
from harness.filmed_clips import CAPTURED, write_filmed
from harness.model_cards import CARDS
from harness.model_rows import (
    SUM,
    describe,
    describe_emotion4,
    format_table,
    keep,
    pool_run,
    tell_of_videos,
)
from harness.options import make_rows, parse_options, read_rows

from skelgraph import CrossvalConfig, crossval, load_run
from skelgraph.config import LiftConfig
from skelgraph.data import load_dataset
from skelgraph.experiments import make_decision, pool_streams
from skelgraph.explanation import keep_typical
from skelgraph.lifting import LIFTER_RESULTS, load_lifter_run, train_lifter
from skelgraph.runs import BOX, CardText, RunDirectory, write_model_folder
from skelgraph.serving import write_decision

RESULTS = Path(__file__).parent / "results" / "models.json"
LEFT_OUT = (("NoVo",), ("SiGl",), ("AnBh", "MaMa"), ("DiMi", "LeSt"))
"""Actors without whom a lifter is trained."""

LIFTER_EPOCHS = 70
CAMERAS = 2
"""Cameras that film each clip for emotion4."""

EPOCH_STEPS = 26
"""Steps of an epoch, as many as the captured clips alone make."""


def list_studies(data: Path, clips: Path) -> dict[str, CrossvalConfig]:
    """Return the cross-validation behind each model that recognizes, and of those compared."""
    small = CrossvalConfig.of(
        model="s-stgcn-small", num_heads=2, stream="posture-motion,features", fusion=SUM
    )
    return {
        "emotion4": small.change(
            data=clips, epoch_steps=EPOCH_STEPS, seeds=(3,), calibrated=True, final=True
        ),
        "captured": small.change(data=clips / CAPTURED, epoch_steps=EPOCH_STEPS),
        "emotion4-live": CrossvalConfig.of(
            data=clips,
            model="s-stgcn-small",
            num_heads=2,
            stream="posture-motion",
            temporal="causal",
            filter="one-euro",
            epoch_steps=EPOCH_STEPS,
            final=True,
        ),
        "style7": small.change(data=data / "bandai-styles", folds=9, layout="h36m17", final=True),
    }


def train_lifters(data: Path, runs: Path) -> dict[str, RunDirectory]:
    """Train a lifter without each of some actors, and one with all; return the runs by actor."""
    usual = LiftConfig.of(dataset="mpi-ebed", root=data / "mpi-ebed", epochs=LIFTER_EPOCHS)
    configs = {
        "-".join(actors): usual.change(
            test_subjects=actors, out=runs / "lifters" / "-".join(actors)
        )
        for actors in LEFT_OUT
    }
    configs["all"] = usual.change(split="none", out=runs / "lifters" / "all")
    for config in configs.values():
        run = RunDirectory(path=config.out or Path())
        if not run.metrics_file.is_file():
            train_lifter(
                config, resume=run.checkpoint("last").is_file(), show="progress", report=print
            )
    return {name: RunDirectory(path=config.out or Path()) for name, config in configs.items()}


def prepare_clips(data: Path, runs: Path, lifters: Mapping[str, RunDirectory]) -> Path:
    """Write the clips that emotion4 is trained on, unless they are there."""
    folder = runs / "clips"
    if not (folder / "labels.csv").is_file():
        by_actor = {
            actor: load_lifter_run(lifters["-".join(actors)].path)
            for actors in LEFT_OUT
            for actor in actors
        }
        clips = load_dataset("mpi-ebed", root=data / "mpi-ebed")
        write_filmed(clips.sequences, by_actor, folder, cameras=CAMERAS)
    return folder


def average_errors(lifters: Mapping[str, RunDirectory]) -> dict[str, Any]:
    """Return the errors on actors whom a lifter has never met, over all their frames."""
    results = [lifters["-".join(actors)].read_metrics() for actors in LEFT_OUT]
    frames = [one["frames"] for one in results]
    errors = ("mpjpe_mm", "pa_mpjpe_mm", "velocity_error_mm_s")
    return {
        condition: {
            error: round(
                float(np.average([one[condition][error] for one in results], weights=frames)), 1
            )
            for error in errors
        }
        for condition in LIFTER_RESULTS
    }


def make_lifter10(options: argparse.Namespace) -> dict[str, Any]:
    """Train the lifter, and return what such lifters reach on actors whom they have never met."""
    lifters = train_lifters(options.data, options.runs)
    errors = average_errors(lifters)
    protocol = (
        f"each of {sum(map(len, LEFT_OUT))} actors lifted by a lifter trained without him or her "
        f"and at most one other, {lifters['all'].read_metrics()['cameras']} cameras a clip"
    )
    results = {**errors, "protocol": protocol, "tests": "unseen people"}
    publish(lifters["all"], CARDS["lifter10"], options.box / "lifter10", results)
    return results


def make_emotion4(options: argparse.Namespace) -> dict[str, Any]:
    """Train the model of emotions, and return what it reaches on unseen people."""
    lifters = train_lifters(options.data, options.runs)
    clips = prepare_clips(options.data, options.runs, lifters)
    study, captured = (
        run_study(list_studies(options.data, clips)[name], options.runs / name)
        for name in ("emotion4", CAPTURED)
    )
    results = describe_emotion4(study, captured, clips)
    metrics = study.read_metrics()
    own = keep(pool_run(study), filmed=False).metrics.to_dict()
    complete(study)
    text = msgspec.structs.replace(CARDS["emotion4"], sections=tell_of_videos(results["rows"]))
    parts = {name: row[CAPTURED] for name, row in results["rows"].items()}
    own["fusion"] = {"strategy": SUM, "compared": parts}
    publish(study, text, options.box / "emotion4", {**metrics, **own})
    return results


def make_emotion4_live(options: argparse.Namespace) -> dict[str, Any]:
    """Train the model of emotions for streams, and return what it reaches on unseen people."""
    lifters = train_lifters(options.data, options.runs)
    clips = prepare_clips(options.data, options.runs, lifters)
    study = run_study(
        list_studies(options.data, clips)["emotion4-live"], options.runs / "emotion4-live"
    )
    results = describe_live(study, clips)
    own = keep(pool_run(study), filmed=False).metrics.to_dict()
    complete(study)
    sections = {**tell_of_beginnings(results["rows"]), **tell_of_videos(results["rows"])}
    text = msgspec.structs.replace(CARDS["emotion4-live"], sections=sections)
    metrics = {**study.read_metrics(), **own}
    publish(study, text, options.box / "emotion4-live", metrics)
    return results


def make_style7(options: argparse.Namespace) -> dict[str, Any]:
    """Train the model of styles, and return what it reaches on actions it has never seen."""
    config = list_studies(options.data, Path())["style7"]
    study = run_study(config, options.runs / "style7")
    results = {**study.read_metrics(), "tests": "unseen actions of unknown people"}
    complete(study)
    publish(study, CARDS["style7"], options.box / "style7", results)
    pooled = pool_run(study)
    rows = {**pool_streams(pooled), SUM: pooled}
    return {"rows": {name: describe(one) for name, one in rows.items()}}


def run_study(config: CrossvalConfig, place: Path) -> RunDirectory:
    """Run a cross-validation, or what is left of it."""
    run = RunDirectory(path=place)
    if not run.metrics_file.is_file():
        begun = run.config_file.is_file()
        crossval(config.change(out=place), resume=begun, show="progress", report=print)
    return run


def complete(study: RunDirectory) -> None:
    """Add to the final run when it answers, and what is typical of its classes."""
    final = study.find_model()
    write_decision(final, make_decision(study.path))
    keep_typical(load_run(final.path))


def publish(
    run: RunDirectory, text: CardText, folder: Path, results: Mapping[str, Any] | None = None
) -> None:
    """Write the folder of a model, unless it is there."""
    if not folder.exists():
        write_model_folder(run, folder, text=text, results=results)
        print(f"{folder.name}: written, {folder}")


MAKERS = {
    "lifter10": make_lifter10,
    "emotion4": make_emotion4,
    "emotion4-live": make_emotion4_live,
    "style7": make_style7,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the models that are missing, or print what they reach."""
    options = parse_options(
        __doc__, arguments, out=RESULTS, runs=Path("runs/models"), box=BOX, names=tuple(MAKERS)
    )
    if options.table:
        print(format_table(read_rows(options.out)))
    else:
        make_rows(options, MAKERS, lambda name: MAKERS[name](options))


if __name__ == "__main__":
    main()
