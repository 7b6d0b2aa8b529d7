"""``skelgraph train``."""

from pathlib import Path
from typing import Any

import click

from skelgraph.config import TrainConfig

from .options import (
    PATH,
    check_own_network,
    choose_shown,
    quiet_options,
    refuse_foreign_data,
    refuse_options_beside_resume,
    settings_options,
    take,
)
from .output import advise_to_resume, print_result, reading_progress


@click.command("train")
@settings_options(TrainConfig)
@click.option(
    "--resume",
    type=PATH,
    metavar="RUN",
    help="Go on with a run that was stopped, with its own settings; with --epochs, extend one.",
)
@quiet_options
@click.pass_context
def command(ctx: click.Context, /, resume: Path | None, **values: Any) -> None:
    """Train a network and test it once.

    \b
    skelgraph train --stream bone                          on generated motion
    skelgraph train --data my_folder --stream bone
    skelgraph train --data my_folder --stream 2s           two networks, fused
    skelgraph train --dataset mpi-ebed --root DIR --test-subjects NoVo
    skelgraph train --data my_folder --model mine.py:Net   a network of your own
    skelgraph train --data my_folder --model sern          audio, text, skeletons
    skelgraph train --resume runs/my_run --epochs 32       go on for longer

    Audio and text are the columns audio and text of labels.csv. A model that fuses
    trains its encoders first, each in a run directory below encoders/. What a clip
    lacks is masked, and the results tell what each subset of the modalities reaches.

    The run directory gets config.json, metrics.json, predictions.csv, log.csv,
    split.csv, checkpoints and figures. The test part holds subjects (or recordings)
    that the network has never seen.
    """
    show = choose_shown(values)
    config = take(TrainConfig, values) if resume is None else _read_settings(ctx, resume)
    refuse_foreign_data(config.data)
    config.check_paths()

    from skelgraph.training import default_run_path, train
    from skelgraph.training.starting import resolve_start

    if resume is None:
        config, _ = resolve_start(config)
    place = resume or config.out or default_run_path(config)
    with reading_progress() as progress, advise_to_resume("skelgraph train", place):
        result = train(
            config, resume=resume is not None, show=show, report=click.echo, read_progress=progress
        )
    print_result(result)
    click.echo(f"run: {result.run.path}")


def _read_settings(ctx: click.Context, run: Path) -> TrainConfig:
    """Return the settings of the run to be resumed, with the epochs that it is extended to."""
    from skelgraph.runs import RunDirectory

    given = refuse_options_beside_resume(ctx, allowed=("epochs", "device", "model"))
    config = TrainConfig.from_dict(RunDirectory(path=run).read_recognizer_config().get("config"))
    check_own_network(config, run, given)
    return config.change(**given, out=run)
