"""``skelgraph lift``."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import choices
from .dataset_options import data_options
from .output import print_table, reading_progress
from .stopping import advise_to_resume, refuse_options_beside_resume
from .train import split_names

if TYPE_CHECKING:
    from skelgraph.config import LiftConfig
    from skelgraph.lifting import LiftResult


def _split_widths(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        return tuple(int(width) for width in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no list of widths such as 3,3,3") from error


@click.group("lift")
def command() -> None:
    """Lifters, from keypoints in an image to joints in space: train and test one."""


@command.command("train")
@data_options("Folder of recordings in space.")
@click.option("--layout", help="Layout, or layout file, of recordings that name no joints.")
@click.option(
    "--test-subjects", multiple=True, callback=split_names, help="Subjects to test on: A,B."
)
@click.option(
    "--val-subjects",
    multiple=True,
    callback=split_names,
    help="Subjects to validate on.  [default: recordings of the others]",
)
@click.option(
    "--fps",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    help="Frames per second that all recordings are brought to.",
)
@click.option(
    "--widths",
    "filter_widths",
    callback=_split_widths,
    default="3,3,3",
    help="Widths of the filters, odd; their product is the frames that it sees.",
)
@click.option("--channels", type=click.IntRange(1), default=256, help="Channels inside.")
@click.option(
    "--causal/--centered", default=False, help="See no frames after the one that is lifted."
)
@click.option("--epochs", type=click.IntRange(1), default=140)
@click.option("--batch-size", type=click.IntRange(1), default=32, help="Windows of a step.")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), default=1e-3)
@click.option(
    "--noise/--no-noise", default=True, help="Train with a pose estimator's errors and gaps."
)
@click.option(
    "--offsets/--no-offsets",
    default=True,
    help="Vary where a pose estimator sees nose, shoulders and hips.",
)
@click.option(
    "--checkpoint",
    type=click.Choice(choices.CHECKPOINTS),
    default="last",
    help="Weights to test: best on validation, or last. Fixed before the training.",
)
@click.option(
    "--cutoff",
    "cutoff_hz",
    type=click.FloatRange(0, min_open=True),
    default=6.0,
    help="Cutoff in Hz of the low-pass filter that half of the training and the test use.",
)
@click.option("--seed", type=click.IntRange(0), default=0)
@click.option("--out", type=click.Path(path_type=Path), help="Run directory.  [default: runs/...]")
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with a run that was stopped, with its own settings.",
)
@click.pass_context
def train(ctx: click.Context, /, resume: Path | None, **settings: Any) -> None:
    """Train a lifter on recordings in space and test it once.

    \b
    skelgraph lift train --dataset mpi-ebed --root DIR --test-subjects NoVo
    skelgraph lift train --data my_mocap --test-subjects ann --noise

    In each epoch every clip is seen by a random camera of its own. Keypoints are
    nose, shoulders, elbows, wrists and hips, which all pose estimators deliver;
    joints in space are upper10. The run directory gets config.json, metrics.json,
    log.csv, split.csv and checkpoints.
    """
    from skelgraph.config import LiftConfig
    from skelgraph.lifting import default_lifter_path, train_lifter

    if resume is None and settings["data"] is None and settings["dataset"] is None:
        raise click.UsageError("pass --data, --dataset with --root, or --resume")
    config = LiftConfig(**settings) if resume is None else _read_settings(ctx, resume)
    place = resume or config.out or default_lifter_path(config)
    with reading_progress() as progress, advise_to_resume("skelgraph lift train", place):
        result = train_lifter(
            config,
            resume=resume is not None,
            show_progress=True,
            report=click.echo,
            read_progress=progress,
        )
    _print_errors(result)
    click.echo(f"run: {result.run.path}")


@command.command("evaluate")
@click.argument("run", type=click.Path(path_type=Path))
@data_options("Folder of recordings that are all tested, instead of the run's own test part.")
@click.option("--layout", help="Layout, or layout file, of recordings that name no joints.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the metrics as JSON."
)
def evaluate(
    run: Path,
    data: Path | None,
    dataset: str | None,
    root: Path | None,
    layout: str | None,
    out: Path | None,
) -> None:
    """Test a trained lifter again, or on other recordings in space.

    \b
    skelgraph lift evaluate runs/mpi-ebed-NoVo-lifter-0
    skelgraph lift evaluate runs/mpi-ebed-NoVo-lifter-0 --data other_mocap
    """
    from skelgraph.config import LiftConfig
    from skelgraph.lifting import evaluate_lifter_run

    if out is not None and not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")
    other = None
    if any(given is not None for given in (data, dataset, root, layout)):
        other = LiftConfig(data=data, dataset=dataset, root=root, layout=layout)
    with reading_progress() as progress:
        result = evaluate_lifter_run(run, data=other, read_progress=progress)
    _print_errors(result)
    if out is not None:
        out.write_text(json.dumps(result.metrics, indent=2) + "\n")
        click.echo(f"written: {out}")


def _read_settings(ctx: click.Context, run: Path) -> "LiftConfig":
    """The settings of the run to be resumed."""
    from skelgraph.lifting import read_lifter_config
    from skelgraph.runs import RunDirectory

    refuse_options_beside_resume(ctx)
    return replace(read_lifter_config(RunDirectory(path=run)), out=run)


def _print_errors(result: "LiftResult") -> None:
    """Prints the errors under each condition, and of each joint with true keypoints."""
    from skelgraph.lifting import LIFTER_RESULTS

    metrics = result.metrics
    click.echo(f"\n{metrics['clips']} clips, {metrics['cameras']} cameras each: {result.protocol}")
    print_table(
        ("lifted from", "MPJPE mm", "PA-MPJPE mm", "velocity mm/s"),
        [
            (
                words,
                f"{metrics[name]['mpjpe_mm']:.1f}",
                f"{metrics[name]['pa_mpjpe_mm']:.1f}",
                f"{metrics[name]['velocity_error_mm_s']:.0f}",
            )
            for name, words in LIFTER_RESULTS.items()
        ],
        numeric=(1, 2, 3),
    )
    true = metrics["true"]
    print_table(
        ("joint", "MPJPE mm", "PA-MPJPE mm"),
        [
            (joint, f"{error:.1f}", f"{true['pa_mpjpe_mm_per_joint'][joint]:.1f}")
            for joint, error in true["mpjpe_mm_per_joint"].items()
        ],
        title="from true keypoints",
        numeric=(1, 2),
    )
