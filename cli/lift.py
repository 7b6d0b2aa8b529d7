"""``skelgraph lift``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import DataSettings, LiftConfig

from .options import (
    PATH,
    choose_shown,
    json_option,
    quiet_options,
    refuse_options_beside_resume,
    settings_options,
    take,
)
from .output import advise_to_resume, print_json, print_table, reading_progress

if TYPE_CHECKING:
    from skelgraph.lifting import LiftResult


@click.group("lift")
def command() -> None:
    """Lifters, from keypoints in an image to joints in space: train and test one."""


@command.command("train")
@settings_options(
    LiftConfig,
    without=(
        *("person", "require", "fold", "allow_leaks"),
        *("skeletons", "panes", "dialogs", "cut_at_colon"),
    ),
    descriptions={
        "data": "Folder of recordings in space.",
        "split": "How the test part is chosen; none trains on everybody, and tests on recordings "
        "of validation.",
    },
)
@click.option(
    "--resume", type=PATH, metavar="RUN", help="Go on with a run that was stopped, as it began."
)
@quiet_options
@click.pass_context
def train(ctx: click.Context, /, resume: Path | None, **values: Any) -> None:
    """Train a lifter on recordings in space and test it once.

    \b
    skelgraph lift train --dataset mpi-ebed --root DIR --test-subjects NoVo
    skelgraph lift train --data my_mocap --test-subjects ann --noise

    In each epoch every clip is filmed by a random camera of its own. Keypoints are
    nose, shoulders, elbows, wrists and hips, which all pose estimators deliver;
    joints in space are upper10. The run directory gets config.json, metrics.json,
    log.csv, split.csv and checkpoints.
    """
    show = choose_shown(values)
    if resume is None and values["data"] is None and values["dataset"] is None:
        raise click.UsageError("pass --data, --dataset with --root, or --resume")
    config = take(LiftConfig, values) if resume is None else _read_settings(ctx, resume)
    config.check_data()

    from skelgraph.lifting import default_lifter_path, train_lifter

    place = resume or config.out or default_lifter_path(config)
    with reading_progress() as progress, advise_to_resume("skelgraph lift train", place):
        result = train_lifter(
            config, resume=resume is not None, show=show, report=click.echo, read_progress=progress
        )
    _print_errors(result)
    click.echo(f"run: {result.run.path}")


@command.command("evaluate")
@click.argument("run", type=PATH)
@settings_options(
    DataSettings,
    only=("data", "dataset", "root", "layout"),
    descriptions={"data": "Folder of recordings to test on, instead of the run's own test part."},
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the metrics as JSON."
)
@json_option
def evaluate(run: Path, out: Path | None, as_json: bool, **values: Any) -> None:
    """Test a trained lifter again, or on other recordings in space.

    \b
    skelgraph lift evaluate runs/mpi-ebed-NoVo-lifter-0
    skelgraph lift evaluate runs/mpi-ebed-NoVo-lifter-0 --data other_mocap
    """
    if out is not None and not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")
    data = take(DataSettings, values)
    data.check_paths()

    from skelgraph.lifting import evaluate_lifter_run

    other = None if data == DataSettings() else LiftConfig(data=data)
    with reading_progress() as progress:
        result = evaluate_lifter_run(run, data=other, read_progress=progress)
    if as_json:
        print_json(result.metrics)
    else:
        _print_errors(result)
    if out is not None:
        out.write_text(json.dumps(result.metrics, indent=2) + "\n")
        click.echo(f"written: {out}", err=as_json)


def _read_settings(ctx: click.Context, run: Path) -> LiftConfig:
    """Return the settings of the run to be resumed."""
    from skelgraph.lifting import read_lifter_config
    from skelgraph.runs import RunDirectory

    given = refuse_options_beside_resume(ctx, allowed=("device",))
    return read_lifter_config(RunDirectory(path=run)).change(**given, out=run)


def _print_errors(result: "LiftResult") -> None:
    """Print the errors under each condition, and of each joint with true keypoints."""
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
