"""``skelgraph fuse``."""

from pathlib import Path
from typing import Any

import click

from skelgraph.config import FuseSettings

from .options import PATH, settings_options, take
from .output import print_result


@click.command("fuse")
@click.argument("runs", nargs=-1, required=True, type=PATH)
@settings_options(FuseSettings)
@click.option("--out", required=True, type=PATH, help="Run directory.")
def command(runs: tuple[Path, ...], out: Path, **values: Any) -> None:
    """Fuse the scores of two or more finished RUNS on the same clips.

    The clips are joined by their names; a clip that one run lacks, or has in
    another part of its split, is an error that names it. The layer of concat is
    fitted on the validation part, since a network is over-confident on the clips
    that it was trained on.

    \b
    skelgraph fuse runs/joint runs/bone --out runs/both
    skelgraph fuse runs/joint runs/bone --strategy sum --weights 1,2 --out runs/c
    skelgraph predict runs/both walk.bvh
    """
    from skelgraph.runs import RunDirectory

    settings = take(FuseSettings, values)
    for run in runs:
        RunDirectory(path=run).check_is_run()

    from skelgraph.training.fusion import fuse_runs

    result = fuse_runs(
        runs,
        out,
        strategy=settings.strategy,
        weights=settings.weights or None,
        fit_on=settings.fit_on,
    )
    print_result(result)
    click.echo(f"run: {result.run.path}")
