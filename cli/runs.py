"""``skelgraph runs``."""

from pathlib import Path

import click

from skelgraph.config import RunsSettings

from .options import PATH, json_option, settings_options
from .output import print_facts, print_json, print_table


@click.group("runs", invoke_without_command=True)
@settings_options(RunsSettings)
@json_option
@click.pass_context
def command(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """List run directories with their results; show or remove one.

    \b
    skelgraph runs
    skelgraph runs show runs/my_run
    skelgraph runs remove runs/my_run
    """
    ctx.obj = folder
    if ctx.invoked_subcommand is not None:
        return
    from skelgraph.runs import find_runs

    found = find_runs(folder)
    if as_json:
        print_json({"runs": [one.to_dict() for one in found]})
        return
    if not found:
        click.echo(f"{folder}: no run directories; `skelgraph train` makes them")
        return
    print_table(
        ("run", "model", "data", "state", "UAR", "size"),
        [
            (
                str(one.path),
                one.model,
                one.data,
                one.state,
                "-" if one.uar is None else f"{one.uar:.1%}",
                f"{one.size_mb:.1f} MB",
            )
            for one in found
        ],
        numeric=(4, 5),
    )


@command.command("show")
@click.argument("run", type=PATH)
@json_option
def show(run: Path, as_json: bool) -> None:
    """Show the settings of a RUN that are not the default, its data and its results."""
    from skelgraph.runs import summarize_run

    summary = summarize_run(run)
    if as_json:
        print_json(summary.to_dict())
        return
    click.echo(run)
    print_facts(
        [
            ("model", summary.model),
            ("clips of", summary.data),
            ("state", summary.state),
            ("UAR", "-" if summary.uar is None else f"{summary.uar:.1%}"),
            ("protocol", summary.protocol),
            ("size", f"{summary.size_mb:.1f} MB"),
            *((name, _show_value(value)) for name, value in summary.changed.items()),
        ]
    )


def _show_value(value: object) -> str:
    """Return a setting's value as its option takes it."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@command.command("remove")
@click.argument("runs", nargs=-1, required=True, type=PATH)
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(runs: tuple[Path, ...], yes: bool) -> None:
    """Remove RUNs with everything in them; a folder that is no run is refused."""
    from skelgraph.runs import remove_run, summarize_run

    for run in runs:
        summarize_run(run)
    if not yes:
        click.confirm(f"remove {', '.join(map(str, runs))}?", abort=True, err=True)
    for run in runs:
        remove_run(run)
        click.echo(f"removed: {run}")
