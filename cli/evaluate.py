"""``skelgraph evaluate``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .dataset_options import data_options, dataset_options, take_dataset_options
from .multimodal_options import parse
from .output import print_metrics, reading_progress

if TYPE_CHECKING:
    from skelgraph.serving import RunPredictor


@click.command("evaluate")
@click.argument("run", type=click.Path(path_type=Path))
@data_options("Folder dataset whose clips are all tested, instead of the run's own test part.")
@dataset_options
@click.option(
    "--modalities",
    metavar="a,t,s",
    help="Of a network that fuses audio, text and skeleton, look at these alone.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for metrics.json, predictions.csv and figures.",
)
def command(
    run: Path,
    data: Path | None,
    dataset: str | None,
    root: Path | None,
    modalities: str | None,
    out: Path | None,
    **settings: Any,
) -> None:
    """Test a trained RUN again, or on other data.

    \b
    skelgraph evaluate runs/my_run
    skelgraph evaluate runs/my_run --data other_folder --out results
    skelgraph evaluate runs/my_sern --modalities a,t
    """
    from skelgraph.data import load_dataset, read_folder
    from skelgraph.runs import RunDirectory
    from skelgraph.serving import (
        check_is_free,
        choose_modalities,
        evaluate_clips,
        evaluate_test_part,
        load_run,
        write_evaluation,
    )

    if data is not None and dataset is not None:
        raise click.UsageError("pass --data or --dataset, not both")
    options = take_dataset_options(settings)
    if dataset is None and (root is not None or options.given):
        given = [*(["root"] if root is not None else []), *options.given]
        raise click.UsageError(
            f"{', '.join('--' + name.replace('_', '-') for name in given)}: goes with --dataset"
        )
    if out is not None:
        check_is_free(RunDirectory(path=out))
    predictor: RunPredictor = load_run(run)
    if modalities is not None:
        predictor = choose_modalities(predictor, parse(modalities))
    with reading_progress() as progress:
        if data is not None:
            result = evaluate_clips(
                predictor,
                read_folder(
                    data,
                    layout=predictor.layout,
                    fps=predictor.config.fps,
                    person=predictor.config.person,
                    min_files_per_label=1,
                    progress=progress,
                ),
            )
        elif dataset is not None:
            clips = load_dataset(dataset, root=root, options=options, progress=progress)
            result = evaluate_clips(predictor, clips)
        else:
            result = evaluate_test_part(predictor, progress=progress)
    print_metrics(result.metrics, result.protocol)
    for note in result.notes:
        click.echo(f"note: {note}")
    if out is not None:
        write_evaluation(result, out)
        click.echo(f"written: {out}")
