"""``skelgraph report``."""

from pathlib import Path

import click

from .output import reading_progress


@click.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for report.md and its figures; an older report there is replaced.",
)
@click.option(
    "--layer",
    "layers",
    type=click.IntRange(1),
    multiple=True,
    help="Layer whose attention and edge importance are drawn; may be repeated. By default the "
    "first, the middle and the last.",
)
def command(runs: tuple[Path, ...], out: Path, layers: tuple[int, ...]) -> None:
    """Report on finished RUNs: metrics, protocol, settings and figures.

    Confusion matrices, training curves, gates, an example clip of each class, attention
    and edge importance on the skeleton; what a run has none of is named.

    \b
    skelgraph report runs/my_run --out report
    skelgraph report runs/joint runs/bone --out report --layer 1 --layer 10
    """
    from skelgraph.experiments import name_runs, write_report

    named = name_runs(runs)
    if len(named) < len(runs):
        raise click.UsageError("expected different runs, but one is named twice")
    with reading_progress() as progress:
        report = write_report(named, out, layers=layers or None, progress=progress)
    for figure in report.figures.drawn:
        click.echo(f"figure: {figure.file}")
    for line in report.figures.left_out:
        click.echo(f"left out: {line}")
    click.echo(f"written: {report.file}")
