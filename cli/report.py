"""``skelgraph report``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import ReportSettings, ServingSettings

from .options import PATH, json_option, settings_options, take
from .output import print_json, reading_progress
from .page_output import is_page

if TYPE_CHECKING:
    from skelgraph.experiments.figures import FigureSet


@click.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=PATH)
@click.option(
    "--out",
    type=PATH,
    required=True,
    help="Page to write, .html, or folder for report.md and its figures; an older one is replaced.",
)
@click.option("--figures", is_flag=True, help="Write the figures beside the page, as PDF and PNG.")
@settings_options(ReportSettings)
@settings_options(ServingSettings, only=("own_model",))
@json_option
def command(runs: tuple[Path, ...], out: Path, figures: bool, as_json: bool, **values: Any) -> None:
    """Report on finished RUNs: metrics, protocol, settings and figures.

    A page is one file for a browser, which needs no network: scores, subjects, confusion
    matrices whose cells open the clips behind them, a map of the embeddings, calibration,
    training curves, the paired comparison, and how to repeat it.

    A folder gets Markdown, and the figures of a paper: confusion matrices, training curves,
    gates, an example clip of each class, attention and edge importance on the skeleton; what
    a run has none of is named.

    \b
    skelgraph report runs/my_run --out page.html
    skelgraph report runs/my_run --out page.html --figures
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
    layers = settings.layers or None
    if is_page(out):
        _write_page(named, out, figures, layers, serving.own_model, as_json)
        return
    if figures:
        raise click.UsageError("--figures is for a page: a folder has its figures anyway")
    if out.is_file():
        raise click.UsageError(f"--out {out}: expected a folder or a name that ends in .html")
    with reading_progress() as progress:
        report = write_report(named, out, layers=layers, model=serving.own_model, progress=progress)
    if as_json:
        _print_written("report", report.file, report.figures)
        return
    _echo_figures(report.figures)
    click.echo(f"written: {report.file}")


def _write_page(
    runs: Mapping[str, Path],
    page: Path,
    figures: bool,
    layers: Sequence[int] | None,
    model: str | None,
    as_json: bool,
) -> None:
    """Write the page of some runs and, if they are wanted, their figures beside it."""
    from skelgraph.experiments.figures import FigureSet, draw_figures
    from skelgraph.pages import write_report_page

    with reading_progress() as progress:
        write_report_page(page, runs, model=model, progress=progress)
    drawn = FigureSet(drawn=(), left_out=())
    if figures:
        folder = page.with_name(f"{page.stem}-figures")
        kinds = (".pdf", ".png")
        with reading_progress() as progress:
            drawn = draw_figures(
                runs, folder, layers=layers, model=model, progress=progress, kinds=kinds
            )
    if as_json:
        _print_written("page", page, drawn)
        return
    _echo_figures(drawn)
    click.echo(f"written: {page}")


def _print_written(what: str, file: Path, figures: "FigureSet") -> None:
    drawn = [str(figure.file) for figure in figures.drawn]
    print_json({what: str(file), "figures": drawn, "left_out": list(figures.left_out)})


def _echo_figures(figures: "FigureSet") -> None:
    for figure in figures.drawn:
        click.echo(f"figure: {figure.file}")
    for line in figures.left_out:
        click.echo(f"left out: {line}")
