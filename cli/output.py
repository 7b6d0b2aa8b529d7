"""What the commands print: tables on stdout, progress and warnings on stderr."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from skelgraph.evaluation import Calibration, ClassificationMetrics, Resampling
    from skelgraph.runs import TrainResult


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str | None = None,
    numeric: Sequence[int] = (),
    whole: Sequence[int] = (),
) -> None:
    """Print a table to stdout.

    The columns whose numbers are in ``numeric`` are right-aligned; the words of those in ``whole``
    are not broken, however narrow the terminal is.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for column, name in enumerate(header):
        table.add_column(
            name,
            justify="right" if column in numeric else "left",
            overflow="fold",
            no_wrap=column in whole,
        )
    for row in rows:
        table.add_row(*row)
    Console(markup=False, highlight=False).print(table)


def print_facts(facts: Sequence[tuple[str, str]], *, min_width: int = 16) -> None:
    """Print names and values in two columns to stdout, long values wrapped within theirs."""
    from rich.console import Console
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=min_width)
    table.add_column(overflow="fold")
    for name, value in facts:
        table.add_row(f"  {name}", value)
    Console(markup=False, highlight=False).print(table)


def print_leaks(leaks: Sequence[str]) -> None:
    """Print what was both trained and tested on; it stands before any table."""
    for leak in leaks:
        click.echo(f"LEAK: {leak}")


def print_left_out(record: Mapping[str, Any]) -> None:
    """Print what cannot be used and was left out of a result, if anything was."""
    from skelgraph.data import describe_left_out

    if record:
        click.echo(f"note: {describe_left_out(record)}")


def print_metrics(metrics: "ClassificationMetrics", what: str) -> None:
    """Print UAR and WAR beside chance and majority class, and the recall of each class."""
    from skelgraph.evaluation import format_score

    floor, resampled = metrics.permutation_floor, metrics.resampled
    permuted = (
        [("labels permuted", f"{floor.mean:.1%}, 95 % below {floor.p95:.1%}", "")] if floor else []
    )
    click.echo(f"\n{metrics.n} clips: {what}")
    print_table(
        ("", "UAR", "WAR"),
        [
            (
                "this model",
                format_score(metrics.uar, metrics.uar_interval),
                format_score(metrics.war, metrics.war_interval),
            ),
            (
                f"always {metrics.majority_class!r}",
                f"{metrics.majority_uar:.1%}",
                f"{metrics.majority_war:.1%}",
            ),
            ("chance", f"{metrics.chance:.1%}", f"{metrics.chance:.1%}"),
            *permuted,
        ],
    )
    if resampled:
        click.echo(f"in brackets: {describe_resampling(resampled)}")
    if floor:
        known = floor.within == "subject"
        where = "each subject (who is known, not the class)" if known else "the test part"
        click.echo(f"labels permuted: within {where}; p {floor.p:.3f}")
    if metrics.calibration:
        click.echo(_describe_calibration(metrics.calibration))
    print_table(
        ("class", "clips", "recall"),
        [
            (
                name,
                str(sum(metrics.confusion[number])),
                "-" if recall is None else f"{recall:.1%}",
            )
            for number, (name, recall) in enumerate(metrics.per_class_recall.items())
        ],
        numeric=(1, 2),
    )
    if metrics.note:
        click.echo(f"note: {metrics.note}")


def print_result(result: "TrainResult") -> None:
    """Print the results of a training and, if something is fused, those of each part."""
    from skelgraph.evaluation import format_score

    weights = f", with the weights of the {result.checkpoint} epoch" if result.checkpoint else ""
    print_leaks(result.leaks)
    print_metrics(result.metrics, f"{result.part}, {result.tests}{weights}")
    if result.compared:
        print_table(
            ("tested with", "UAR", "WAR", "clips"),
            [
                (
                    name,
                    format_score(metrics.uar, metrics.uar_interval),
                    format_score(metrics.war, metrics.war_interval),
                    str(metrics.n),
                )
                for name, metrics in result.compared.items()
            ],
            numeric=(3,),
        )
    print_left_out(result.run.read_metrics().get("left_out", {}))


def describe_resampling(resampled: "Resampling") -> str:
    """Return what an interval is over."""
    things = resampled.unit if resampled.groups == 1 else f"{resampled.unit}s"
    return f"95 % interval, resampled over {resampled.groups} {things}"


def _describe_calibration(calibration: "Calibration") -> str:
    kept = calibration.temperature
    fitted = f", at temperature {kept:.2f}" if kept != 1 else ""
    return f"scores as probabilities: calibration error {calibration.ece:.1%}{fitted}"


def print_json(contents: Mapping[str, Any]) -> None:
    """Print one JSON document to stdout."""
    click.echo(json.dumps(contents, indent=2, default=str))


INTERRUPTED = 130
"""Exit code of a command that Ctrl-C stopped, as in shells."""


@contextmanager
def advise_to_resume(command: str, run: Path) -> Iterator[None]:
    """End the command if it is stopped inside, and say how to go on with the run."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"stopped; go on with: {command} --resume {run}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


@contextmanager
def reading_progress(what: str = "reading") -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr for files or frames that are read; called with (read, all).

    It is there from the first call until all are read, on a terminal alone. ``what`` stands before
    it.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    if not console.is_interactive:  # where rich would write an empty line for each bar
        yield lambda read, total: None
        return
    columns = (TextColumn(what), BarColumn(bar_width=24), MofNCompleteColumn())
    bar = Progress(*columns, console=console, transient=True)

    def advance(read: int, total: int) -> None:
        if not bar.tasks:
            bar.add_task(what, total=total)
            bar.start()
        bar.update(bar.task_ids[0], completed=read, total=total)
        if read >= total:  # more files may follow: audio comes after the recordings
            bar.remove_task(bar.task_ids[0])
            bar.stop()

    try:
        yield advance
    finally:
        bar.stop()


def group_problems(problems: Iterable[str]) -> list[str]:
    """Return a line for each reason why something could not be used, with the first names.

    Example:
        >>> group_problems(["a: too short", "b: no body", "c: too short"])
        ['a, c: too short', 'b: no body']
    """
    names: dict[str, list[str]] = {}
    for problem in problems:
        name, _, reason = " ".join(problem.split()).partition(": ")
        names.setdefault(reason, []).append(name)
    return [
        ": ".join(part for part in (_list_first(found), reason) if part)
        for reason, found in names.items()
    ]


def _list_first(names: Sequence[str], count: int = 3) -> str:
    more = len(names) - count
    return ", ".join(names) if more < 2 else f"{', '.join(names[:count])} and {more} others"
