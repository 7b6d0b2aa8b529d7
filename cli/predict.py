"""``skelgraph predict``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import (
    DEFAULT_RECOGNIZER,
    PredictSettings,
    ServingSettings,
    WindowSettings,
)

from .native_log import set_native_log_aside
from .options import PATH, json_option, settings_options, take
from .output import group_problems, reading_progress
from .predict_arguments import check_files, split_arguments
from .predict_outputs import Outputs, output_options

if TYPE_CHECKING:
    from skelgraph.prediction import FilePredictions, FileTimelines
    from skelgraph.serving import Predictor


@click.command("predict")
@click.argument("arguments", nargs=-1, metavar="[RUN|MODEL] FILES...")
@click.option("--audio", type=PATH, help="Sound of the clip, for a network that takes audio.")
@click.option("--text", help="Transcript of the clip, for a network that takes text.")
@output_options
@settings_options(WindowSettings)
@settings_options(PredictSettings)
@settings_options(ServingSettings)
@json_option
def command(
    arguments: tuple[str, ...],
    audio: Path | None,
    text: str | None,
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
    Of a long recording, --window or --timeline tell what is shown when.

    \b
    skelgraph predict talk.mp4
    skelgraph predict talk.mp4 --window 4 --hop 1 --timeline talk.vtt
    skelgraph predict talk.mp4 --annotate answer.mp4
    skelgraph predict openpose_folder --fps 25
    skelgraph predict runs/my_run walk.bvh
    skelgraph predict runs/my_run recordings/ --out predictions.csv
    skelgraph predict runs/my_run ann/ ben/ --calibrate
    skelgraph predict runs/my_sern walk.npz --audio walk.wav --text "Leave me."
    """
    if text is not None and not text.strip():
        text = None  # an empty transcript is none
    run, files = split_arguments(arguments)
    has_media = audio is not None or text is not None
    if not files and not has_media:
        raise click.UsageError("name FILES, or pass --audio or --text")
    serving, wanted = take(ServingSettings, values), take(PredictSettings, values)
    windows = take(WindowSettings, values)
    outputs = Outputs.take(values, files, wanted.video)
    has_windows = windows.is_asked_for or outputs.timeline is not None
    if has_media and (has_windows or outputs.annotate is not None):
        raise click.UsageError("windows and --annotate go without --audio and --text")
    check_files(files)
    outputs.check()

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
        outcome = _predict(
            predictor,
            files,
            wanted,
            windows if has_windows else None,
            media={"audio": audio, "text": text},
            device=serving.device,
            progress=progress,
        )
    notes = [*outcome.notes, *outputs.write(outcome)]
    for note in notes:
        click.echo(f"note: {note}", err=True)
    for problem in group_problems(outcome.problems):
        click.echo(f"Error: {problem}", err=True)
    if outcome.problems:
        raise click.exceptions.Exit(1)


def _predict(
    predictor: "Predictor",
    files: Sequence[Path],
    settings: PredictSettings,
    windows: WindowSettings | None,
    *,
    media: dict[str, Any],
    **how: Any,
) -> "FilePredictions | FileTimelines":
    """Predict files, or the windows of each."""
    from skelgraph.prediction import predict_files, predict_timelines

    if windows is None:
        return predict_files(predictor, files, settings, **media, **how)
    return predict_timelines(predictor, files, windows, settings, **how)
