"""``skelgraph predict``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .output import print_table

if TYPE_CHECKING:
    from skelgraph.training import Prediction


@click.command("predict")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write too: .csv or .json.")
@click.option(
    "--person",
    metavar="main|all|N",
    help="Of a file with several persons.  [default: as in the run's training]",
)
def command(run: Path, files: tuple[Path, ...], out: Path | None, person: str | None) -> None:
    """Say what recordings show, with a trained RUN.

    FILES are recordings of any readable format, or folders of them. A file that
    cannot be read is named on stderr, and the others are predicted all the same.

    \b
    skelgraph predict runs/my_run walk.bvh
    skelgraph predict runs/my_run recordings/ --out predictions.csv
    """
    from skelgraph.poses import parse_person
    from skelgraph.serving import load_run, predict_files, write_prediction_file

    if out is not None and out.suffix.lower() not in (".csv", ".json"):
        raise click.UsageError(f"--out ends in .csv or .json, but got {out}")
    if out is not None and out.is_dir():
        raise click.UsageError(f"--out is a file to write to, but {out} is a folder")
    wanted = None if person is None else parse_person(person)
    outcome = predict_files(load_run(run), files, person=wanted)
    if outcome.predictions:
        _print_predictions(outcome.predictions)
        if out is not None:
            write_prediction_file(out, outcome.predictions)
            click.echo(f"written: {out}")
    for note in outcome.notes:
        click.echo(f"note: {note}", err=True)
    for problem in outcome.problems:
        click.echo(f"Error: {' '.join(problem.split())}", err=True)
    if outcome.problems:
        raise click.exceptions.Exit(1)


def _print_predictions(predictions: "Sequence[Prediction]") -> None:
    classes = list(predictions[0].probabilities)
    names = [Path(one.name).name for one in predictions]
    if len(set(names)) < len(names):  # files of one name in several folders
        names = [one.name for one in predictions]
    print_table(
        ("clip", "prediction", *classes),
        [
            (
                name,
                one.prediction,
                *(f"{one.probabilities[name]:.1%}" for name in classes),
            )
            for name, one in zip(names, predictions, strict=True)
        ],
        numeric=range(2, 2 + len(classes)),
    )
