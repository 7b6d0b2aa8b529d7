"""``skelgraph embed``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import MapSettings, PredictSettings, ServingSettings

from .native_log import set_native_log_aside
from .options import PATH, settings_options, take
from .output import group_problems, print_table, reading_progress
from .predict_arguments import check_files

if TYPE_CHECKING:
    from skelgraph.prediction import FileEmbeddings


@click.command("embed")
@click.argument("run", metavar="RUN|MODEL")
@click.argument("files", nargs=-1, type=PATH, required=True)
@click.option("--out", type=PATH, help="Table to write: .npz or .csv.")
@click.option("--map", "figure", type=PATH, help="Map to draw: .png, .pdf or .svg.")
@settings_options(MapSettings)
@settings_options(PredictSettings, without=("calibrate",))
@settings_options(ServingSettings)
def command(
    run: str, files: tuple[Path, ...], out: Path | None, figure: Path | None, **values: Any
) -> None:
    """Write the vector that a network has of each clip before its classifier.

    FILES are what `skelgraph predict` takes. A clip is a row, with its name, label and
    subject where they are known, and the prediction. Of several streams the vectors
    of the networks are joined; movement features are left out beside them and are the
    vector of a model that has no others.

    \b
    skelgraph embed runs/my_run recordings/ --out emb.npz
    skelgraph embed runs/my_run recordings/ --out emb.csv --map map.png
    skelgraph embed runs/my_run archive.pkl --map map.pdf --projection umap
    """
    if out is None and figure is None:
        raise click.UsageError("name a table to write, --out, or a map to draw, --map")
    chosen, serving = take(MapSettings, values), take(ServingSettings, values)
    wanted = take(PredictSettings, values)
    check_files(files)

    from skelgraph.prediction import (
        check_embedding_file,
        check_map_file,
        embed_files,
        plot_map,
        write_embeddings,
    )
    from skelgraph.serving import load_run

    if out is not None:
        check_embedding_file(out)
    if figure is not None:
        check_map_file(figure)
    predictor = load_run(
        run, model=serving.own_model, device=serving.device, threads=serving.threads
    )
    with set_native_log_aside(), reading_progress("estimating") as progress:
        embeddings = embed_files(predictor, files, wanted, device=serving.device, progress=progress)
    if embeddings.clips:
        _print_counts(embeddings)
        if out is not None:
            write_embeddings(out, embeddings)
            click.echo(f"written: {out}")
        if figure is not None:
            plot_map(figure, embeddings, chosen)
            click.echo(f"written: {figure}")
    for note in embeddings.notes:
        click.echo(f"note: {note}", err=True)
    for problem in group_problems(embeddings.problems):
        click.echo(f"Error: {problem}", err=True)
    if embeddings.problems:
        raise click.exceptions.Exit(1)


def _print_counts(embeddings: "FileEmbeddings") -> None:
    """Print the size of the table, and how many clips of each label have each prediction."""
    clips, columns = embeddings.clips, embeddings.columns
    streams = ", ".join(dict.fromkeys(name.rpartition(".")[0] for name in columns))
    click.echo(f"{len(clips)} clips, {len(columns)} numbers each ({streams})")
    labels = sorted({one.label or "" for one in clips})
    subjects = len({one.subject for one in clips} - {None})
    rows = [
        (label or "(no label)", str(sum((one.label or "") == label for one in clips)))
        for label in labels
    ]
    title = f"{subjects} subjects" if subjects else None
    print_table(("label", "clips"), rows, numeric=(1,), title=title)
