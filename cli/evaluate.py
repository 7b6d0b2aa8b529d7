"""``skelgraph evaluate``."""

from pathlib import Path
from typing import Any

import click

from skelgraph.config import DataSettings, MultimodalSettings, ServingSettings
from skelgraph.errors import RunError

from .options import PATH, json_option, refuse_foreign_data, settings_options, take
from .output import print_json, print_leaks, print_left_out, print_metrics, reading_progress


@click.command("evaluate")
@click.argument("run", type=PATH, metavar="RUN|MODEL")
@settings_options(
    DataSettings,
    without=("layout", "person", "require", "subjects"),
    descriptions={"data": "Folder dataset to test on, instead of the run's own test part."},
)
@settings_options(
    MultimodalSettings,
    only=("modalities",),
    descriptions={"modalities": "Use these alone, of a network of audio, text and skeletons."},
)
@settings_options(ServingSettings)
@click.option(
    "--moved-to",
    type=PATH,
    metavar="DIR|FILE",
    help="Where the run's own data are now, if their folder or archive was moved, or the folder "
    "renamed.",
)
@click.option("--out", type=PATH, help="Folder for metrics.json, predictions.csv and figures.")
@json_option
def command(
    run: Path, moved_to: Path | None, out: Path | None, as_json: bool, **values: Any
) -> None:
    """Test a trained RUN again, or on other data; a MODEL on other data alone.

    \b
    skelgraph evaluate runs/my_run
    skelgraph evaluate runs/my_run --moved-to /new/place/my_folder
    skelgraph evaluate runs/my_run --data other_folder --out results
    skelgraph evaluate runs/my_sern --modalities a,t
    """
    from skelgraph.runs import CROSSVAL_KIND, RunDirectory, find_run

    modalities = values.pop("modalities")
    serving, data = take(ServingSettings, values), take(DataSettings, values)
    refuse_foreign_data(data)
    data.check_paths()
    if data == DataSettings(skip_bad=True):
        raise click.UsageError("--skip-bad goes with --data; the run's own test part is as it was")
    if moved_to is not None and data != DataSettings():
        raise click.UsageError("--moved-to is of the run's own data; leave out --data or --dataset")
    if moved_to is not None and not moved_to.exists():
        raise RunError(
            f"{moved_to}: expected the folder or the archive of the run's data, but there is none"
        )
    place = find_run(run)
    if place.read_config().get("kind") == CROSSVAL_KIND and data == DataSettings():
        raise RunError(
            f"{run}: a cross-validation has tested each clip; its results are in metrics.json: "
            f"`skelgraph runs show` and `report` show them, `compare` sets two runs beside each "
            f"other, and `predict` uses its final model"
        )
    if out is not None:
        RunDirectory(path=out).check_is_free()

    from skelgraph.serving import choose_modalities, evaluate, load_run, write_evaluation

    predictor = load_run(
        run, model=serving.own_model, device=serving.device, threads=serving.threads
    )
    if modalities:
        predictor = choose_modalities(predictor, modalities)
    with reading_progress() as progress:
        result = evaluate(
            predictor,
            None if data == DataSettings() else data,
            moved_to=moved_to,
            progress=progress,
        )
    if as_json:
        print_json(
            {
                **result.metrics.to_dict(),
                "protocol": result.protocol,
                "tests": result.tests,
                "leaks": list(result.leaks),
                "notes": list(result.notes),
                "left_out": dict(result.left_out),
            }
        )
    else:
        print_leaks(result.leaks)
        print_metrics(result.metrics, f"{result.protocol}; {result.tests}")
        for note in result.notes:
            click.echo(f"note: {note}")
        print_left_out(result.left_out)
    if out is not None:
        write_evaluation(result, out)
        click.echo(f"written: {out}", err=as_json)
