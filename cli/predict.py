"""``skelgraph predict``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .output import print_table

if TYPE_CHECKING:
    from skelgraph.runs import Prediction


@click.command("predict")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--audio",
    type=click.Path(path_type=Path),
    help="Sound of the clip, for a network that hears.",
)
@click.option("--text", help="Transcript of the clip, for a network that reads.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write too: .csv or .json.")
@click.option(
    "--person",
    metavar="main|all|N",
    help="Of a file with several persons.  [default: as in the run's training]",
)
def command(
    run: Path,
    files: tuple[Path, ...],
    audio: Path | None,
    text: str | None,
    out: Path | None,
    person: str | None,
) -> None:
    """Say what recordings show, with a trained RUN.

    FILES are recordings of any readable format, or folders of them. A file that
    cannot be read is named on stderr, and the others are predicted all the same.
    Of a network that hears and reads, FILES are one recording or none, beside --audio
    and --text, or folders with a labels.csv that has the columns audio and text;
    whatever of the three is left out is masked.

    \b
    skelgraph predict runs/my_run walk.bvh
    skelgraph predict runs/my_run recordings/ --out predictions.csv
    skelgraph predict runs/my_sern walk.npz --audio walk.wav --text "Leave me."
    """
    from skelgraph.poses import parse_person
    from skelgraph.serving import load_run, predict_files, write_prediction_file

    if text is not None and not text.strip():
        text = None  # nobody is meant to have said nothing
    if not files and audio is None and text is None:
        raise click.UsageError("name FILES, or pass --audio or --text")
    if out is not None and out.suffix.lower() not in (".csv", ".json"):
        raise click.UsageError(f"--out ends in .csv or .json, but got {out}")
    if out is not None and out.is_dir():
        raise click.UsageError(f"--out is a file to write to, but {out} is a folder")
    wanted = None if person is None else parse_person(person)
    outcome = predict_files(load_run(run), files, person=wanted, audio=audio, text=text)
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
