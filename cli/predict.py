"""``skelgraph predict``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import DEFAULT_RECOGNIZER, PredictSettings, ServingSettings

from .native_log import set_native_log_aside
from .options import PATH, json_option, settings_options, take
from .output import group_problems, print_json, print_table, reading_progress
from .predict_arguments import check_files, split_arguments

if TYPE_CHECKING:
    from skelgraph.prediction import FilePredictions
    from skelgraph.runs import Prediction


@click.command("predict")
@click.argument("arguments", nargs=-1, metavar="[RUN|MODEL] FILES...")
@click.option("--audio", type=PATH, help="Sound of the clip, for a network that takes audio.")
@click.option("--text", help="Transcript of the clip, for a network that takes text.")
@click.option("--out", type=PATH, help="File to write too: .csv or .json.")
@settings_options(PredictSettings)
@settings_options(ServingSettings)
@json_option
def command(
    arguments: tuple[str, ...],
    audio: Path | None,
    text: str | None,
    out: Path | None,
    as_json: bool,
    **values: Any,
) -> None:
    """Predict what recordings show, with a trained RUN or a MODEL of skelgraph.

    FILES are videos, recordings of any readable format, or folders of them. Persons in
    videos are found by a 2D pose estimator; keypoints of an image are lifted to space
    for a run that was trained there. A file that cannot be read is named on stderr, and
    the others are predicted all the same. Without RUN or MODEL it is emotion4.
    For a network of audio and text, FILES are one recording or none, beside --audio
    and --text, or folders with a labels.csv that has the columns audio and text;
    whatever of the three is left out is masked.

    \b
    skelgraph predict talk.mp4
    skelgraph predict openpose_folder --fps 25
    skelgraph predict runs/my_run walk.bvh
    skelgraph predict runs/my_run recordings/ --out predictions.csv
    skelgraph predict runs/my_run ann/ ben/ --calibrate
    skelgraph predict runs/my_sern walk.npz --audio walk.wav --text "Leave me."
    """
    if text is not None and not text.strip():
        text = None  # an empty transcript is none
    run, files = split_arguments(arguments)
    if not files and audio is None and text is None:
        raise click.UsageError("name FILES, or pass --audio or --text")
    if out is not None and out.suffix.lower() not in (".csv", ".json"):
        raise click.UsageError(f"--out ends in .csv or .json, but got {out}")
    if out is not None and out.is_dir():
        raise click.UsageError(f"--out is a file to write to, but {out} is a folder")
    serving, wanted = take(ServingSettings, values), take(PredictSettings, values)
    check_files(files)

    from skelgraph.prediction import predict_files, write_prediction_file
    from skelgraph.serving import load_run

    if run is None:
        click.echo(f"note: no run named: {DEFAULT_RECOGNIZER}", err=True)
    predictor = load_run(
        run or DEFAULT_RECOGNIZER,
        model=serving.own_model,
        device=serving.device,
        threads=serving.threads,
    )
    with set_native_log_aside(), reading_progress("estimating") as progress:
        outcome = predict_files(
            predictor,
            files,
            wanted,
            audio=audio,
            text=text,
            device=serving.device,
            progress=progress,
        )
    if as_json:
        print_json(_to_json(outcome))
    elif outcome.predictions:
        _print_predictions(outcome.predictions)
    if outcome.predictions and out is not None:
        write_prediction_file(out, outcome)
        click.echo(f"written: {out}", err=as_json)
    for note in outcome.notes:
        click.echo(f"note: {note}", err=True)
    for problem in group_problems(outcome.problems):
        click.echo(f"Error: {problem}", err=True)
    if outcome.problems:
        raise click.exceptions.Exit(1)


def _to_json(outcome: "FilePredictions") -> dict[str, Any]:
    from skelgraph.prediction import predictions_to_dicts

    return {
        "predictions": predictions_to_dicts(outcome),
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
