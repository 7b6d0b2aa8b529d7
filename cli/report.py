"""``skelgraph report``."""

from pathlib import Path
from typing import Any

import click

from skelgraph.config import ReportSettings, ServingSettings

from .options import PATH, json_option, settings_options, take
from .output import print_json, reading_progress


@click.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=PATH)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for report.md and its figures; an older report there is replaced.",
)
@settings_options(ReportSettings)
@settings_options(ServingSettings, only=("own_model",))
@json_option
def command(runs: tuple[Path, ...], out: Path, as_json: bool, **values: Any) -> None:
    """Report on finished RUNs: metrics, protocol, settings and figures.

    Confusion matrices, training curves, gates, an example clip of each class, attention
    and edge importance on the skeleton; what a run has none of is named.

    \b
    skelgraph report runs/my_run --out report
    skelgraph report runs/joint runs/bone --out report --layer 1 --layer 10
    """
    from skelgraph.runs import RunDirectory

    for run in [RunDirectory(path=path) for path in runs]:
        run.read_metrics()
    serving, settings = take(ServingSettings, values), take(ReportSettings, values)

    from skelgraph.experiments import name_runs, write_report

    named = name_runs(runs)
    if len(named) < len(runs):
        raise click.UsageError("expected different runs, but one is named twice")
    with reading_progress() as progress:
        report = write_report(
            named, out, layers=settings.layers or None, model=serving.own_model, progress=progress
        )
    if as_json:
        figures = [str(figure.file) for figure in report.figures.drawn]
        left_out = list(report.figures.left_out)
        print_json({"report": str(report.file), "figures": figures, "left_out": left_out})
        return
    for figure in report.figures.drawn:
        click.echo(f"figure: {figure.file}")
    for line in report.figures.left_out:
        click.echo(f"left out: {line}")
    click.echo(f"written: {report.file}")
