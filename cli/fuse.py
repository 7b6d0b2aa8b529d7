"""``skelgraph fuse``."""

from pathlib import Path
from typing import Any

import click

from . import choices
from .output import print_result


def _split_weights(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> list[float] | None:
    if value is None:
        return None
    try:
        return [float(weight) for weight in value.split(",")]
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no list of numbers such as 1,0.5") from error


@click.command("fuse")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--strategy",
    type=click.Choice(choices.FUSIONS),
    default="concat",
    help="A fully connected layer over the runs' scores, or the sum of the scores.",
)
@click.option(
    "--weights",
    callback=_split_weights,
    help="Weight of each run in the sum: 1,0.5.  [default: equal ones]",
)
@click.option(
    "--fit-on",
    type=click.Choice(choices.FIT_PARTS),
    default="validation",
    help="Scores to which the layer is fitted; out-of-fold needs streams of --fusion-folds.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Run directory.")
def command(runs: tuple[Path, ...], out: Path, **settings: Any) -> None:
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
    from skelgraph.training.fusion import fuse_runs

    result = fuse_runs(runs, out, **settings)
    print_result(result)
    click.echo(f"run: {result.run.path}")
