"""``skelgraph compare``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import PATH, json_option
from .output import print_json, print_table

if TYPE_CHECKING:
    from skelgraph.experiments import Comparison


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="RUN RUN...", type=PATH)
@click.option("--out", type=PATH, help="JSON file to write as well.")
@json_option
def command(runs: tuple[Path, ...], out: Path | None, as_json: bool) -> None:
    """Compare finished RUNs that were tested on the same clips.

    Each pair has the difference of UAR and of WAR with a 95 % interval (a paired
    bootstrap over subjects, else recordings, else clips), the p of a paired
    permutation test, corrected for the number of pairs (Holm), and McNemar's. Two
    runs differ if the corrected p is below 0.05 and the interval does not hold 0.

    \b
    skelgraph compare runs/joint runs/bone
    skelgraph compare runs/joint runs/bone runs/both --out comparison.json
    """
    from skelgraph.runs import RunDirectory

    for run in runs:
        RunDirectory(path=run).read_metrics()

    from skelgraph.experiments import compare_runs, name_runs
    from skelgraph.runs import write_json

    named = name_runs(runs)
    if len(named) < len(runs):
        raise click.UsageError("expected different runs, but one is named twice")
    comparison = compare_runs(named)
    if as_json:
        print_json(comparison.to_dict())
    else:
        _print_comparison(comparison)
    if out is not None:
        write_json(out, comparison.to_dict())
        click.echo(f"written: {out}", err=as_json)


def _print_comparison(comparison: "Comparison") -> None:
    from skelgraph.evaluation import format_score

    print_table(
        ("", "run", "UAR", "WAR"),
        [
            (
                str(number),
                one.name,
                format_score(one.uar, one.uar_interval),
                format_score(one.war, one.war_interval),
            )
            for number, one in enumerate(comparison.runs, start=1)
        ],
        title=f"{comparison.num_clips} clips",
    )
    numbers = {one.name: number for number, one in enumerate(comparison.runs, start=1)}
    print_table(
        ("pair", "UAR, points", "WAR, points", "p", "Holm", "McNemar"),
        [
            (
                f"{numbers[one.first]}-{numbers[one.second]}",
                _format_points(one.uar_difference, one.uar_interval),
                _format_points(one.war_difference, one.war_interval),
                f"{one.p:.3f}",
                f"{one.p_corrected:.3f}",
                f"{one.mcnemar_p_corrected:.3f}",
            )
            for one in comparison.pairs
        ],
        numeric=(3, 4, 5),
    )
    things = comparison.unit if comparison.groups == 1 else f"{comparison.unit}s"
    click.echo(f"in brackets: 95 % interval, resampled over {comparison.groups} {things}")
    for note in comparison.notes:
        click.echo(f"note: {note}")
    for pair in comparison.pairs:
        click.echo(pair.sentence)


def _format_points(difference: float, interval: tuple[float, float]) -> str:
    low, high = (100 * end for end in interval)
    return f"{100 * difference:+.1f} ({low:+.1f} to {high:+.1f})"
