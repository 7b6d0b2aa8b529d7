"""``skelgraph predict``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import PredictSettings, ServingSettings

from .options import PATH, json_option, settings_options, take
from .output import group_problems, print_json, print_table

if TYPE_CHECKING:
    from skelgraph.runs import Prediction
    from skelgraph.serving import FilePredictions


@click.command("predict")
@click.argument("run", type=PATH)
@click.argument("files", nargs=-1, type=PATH)
@click.option("--audio", type=PATH, help="Sound of the clip, for a network that takes audio.")
@click.option("--text", help="Transcript of the clip, for a network that takes text.")
@click.option("--out", type=PATH, help="File to write too: .csv or .json.")
@settings_options(PredictSettings)
@settings_options(ServingSettings)
@json_option
def command(
    run: Path,
    files: tuple[Path, ...],
    audio: Path | None,
    text: str | None,
    out: Path | None,
    as_json: bool,
    **values: Any,
) -> None:
    """Predict what recordings show, with a trained RUN.

    FILES are recordings of any readable format, or folders of them. A file that
    cannot be read is named on stderr, and the others are predicted all the same.
    For a network of audio and text, FILES are one recording or none, beside --audio
    and --text, or folders with a labels.csv that has the columns audio and text;
    whatever of the three is left out is masked.

    \b
    skelgraph predict runs/my_run walk.bvh
    skelgraph predict runs/my_run recordings/ --out predictions.csv
    skelgraph predict runs/my_run ann/ ben/ --calibrate
    skelgraph predict runs/my_sern walk.npz --audio walk.wav --text "Leave me."
    """
    if text is not None and not text.strip():
        text = None  # an empty transcript is none
    if not files and audio is None and text is None:
        raise click.UsageError("name FILES, or pass --audio or --text")
    if out is not None and out.suffix.lower() not in (".csv", ".json"):
        raise click.UsageError(f"--out ends in .csv or .json, but got {out}")
    if out is not None and out.is_dir():
        raise click.UsageError(f"--out is a file to write to, but {out} is a folder")
    serving, wanted = take(ServingSettings, values), take(PredictSettings, values)
    _check_paths(run, files)

    from skelgraph.serving import load_run, predict_files, write_prediction_file

    predictor = load_run(
        run, model=serving.own_model, device=serving.device, threads=serving.threads
    )
    outcome = predict_files(
        predictor,
        files,
        person=wanted.person,
        audio=audio,
        text=text,
        calibrate=wanted.calibrate,
    )
    if as_json:
        print_json(_to_json(outcome))
    elif outcome.predictions:
        _print_predictions(outcome.predictions)
    if outcome.predictions and out is not None:
        write_prediction_file(out, outcome.predictions)
        click.echo(f"written: {out}", err=as_json)
    for note in outcome.notes:
        click.echo(f"note: {note}", err=True)
    for problem in group_problems(outcome.problems):
        click.echo(f"Error: {problem}", err=True)
    if outcome.problems:
        raise click.exceptions.Exit(1)


def _check_paths(run: Path, files: Sequence[Path]) -> None:
    """Refuse a wrong run, and files of which none is there, before anything heavy is imported."""
    from skelgraph.runs import find_run

    find_run(run).check_is_run()
    missing = [file for file in files if not file.exists()]
    if missing and len(missing) == len(files):
        for file in missing:
            click.echo(f"Error: {file}: there is no such file or folder", err=True)
        raise click.exceptions.Exit(1)


def _to_json(outcome: "FilePredictions") -> dict[str, Any]:
    return {
        "predictions": [
            {
                "name": one.name,
                "prediction": one.prediction,
                "probabilities": dict(one.probabilities),
            }
            for one in outcome.predictions
        ],
        "notes": list(outcome.notes),
        "problems": list(outcome.problems),
    }


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
