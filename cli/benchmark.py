"""``skelgraph benchmark``."""

import json
from pathlib import Path
from typing import Any

import click

from . import choices
from .dataset_options import data_options, dataset_options, take_dataset_options
from .multimodal_options import shared_options, take_shared
from .stopping import INTERRUPTED
from .train import split_names


def _split_seeds(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        seeds = tuple(int(seed) for seed in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no list of whole numbers such as 0,1") from error
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise click.BadParameter(f"expected seeds of 0 or more that differ, but got {value!r}")
    return seeds


@click.group("benchmark")
def command() -> None:
    """Benchmarks: speed, and the paper's comparisons."""


@command.command("speed")
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or cuda:1.")
@click.option("--threads", type=click.IntRange(1), help="Threads of PyTorch.")
@click.option("--quick", is_flag=True, help="See that all runs; the numbers mean little.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JSON, each when it is there.",
)
def measure(device: str, threads: int | None, quick: bool, out: Path | None) -> None:
    """Measure S-STGCN against its plain form and the machine's ceiling.

    Ratios are medians over rounds in which all that is compared runs in turn.
    The whole takes about ten minutes; leave the machine alone meanwhile.
    """
    import torch

    from skelgraph.experiments import SpeedSettings, format_speed, measure_speed

    if out is not None and not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")
    if threads is not None:
        torch.set_num_threads(threads)
    settings = SpeedSettings.quick(device) if quick else SpeedSettings(device=device)

    def keep(result: dict[str, Any]) -> None:
        if out is not None:
            out.write_text(json.dumps(result, indent=2) + "\n")

    result = measure_speed(settings, report=lambda line: click.echo(line, err=True), keep=keep)
    click.echo(format_speed(result))


@command.command("paper")
@data_options("Folder dataset, as for train.")
@click.option("--layout", help="Joint layout to convert to, or a layout file.")
@click.option("--split", type=click.Choice(choices.SPLITS), help="As for train.")
@click.option("--test-subjects", multiple=True, callback=split_names, help="Test on these: A,B.")
@click.option("--val-subjects", multiple=True, callback=split_names, help="Validate on these.")
@click.option("--seeds", default="0", callback=_split_seeds, help="Train each row with these: 0,1.")
@click.option("--rows", multiple=True, callback=split_names, help="Only these rows: 2s-c,filter.")
@click.option(
    "--lifter",
    type=click.Path(path_type=Path),
    help="Run of `skelgraph lift train` for the filter rows.",
)
@click.option("--recipe", type=click.Choice(choices.RECIPES), default="strong")
@click.option("--epochs", type=click.IntRange(1), help="Most epochs, instead of the recipe's.")
@click.option("--batch-size", type=click.IntRange(1), help="Clips of a step.")
@click.option("--frames", type=click.IntRange(8), help="Frames to resample each clip to.")
@click.option("--fold", type=click.IntRange(1, 5), help="Of --split mdre: the part to test on.")
@dataset_options
@shared_options
@click.option("--quick", is_flag=True, help="See that all runs; the numbers say nothing.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of results.")
def compare(
    quick: bool,
    out: Path,
    seeds: tuple[int, ...],
    rows: tuple[str, ...],
    lifter: Path | None,
    **settings: Any,
) -> None:
    """Run Tables 1 to 4 of the paper and ablations.

    Every row is trained once with each seed; rows that fuse take the runs of the
    rows that they fuse. Called again with the same --out, it runs only the rows
    that are missing. It leaves table.md, table.csv, table.json, figures and a run
    directory for each row. Rows: are, tre, resnet18, st-gcn, s-stgcn, s-stgcn-bone,
    2s-a, 2s-c, mdre, sern, sern-2s, no-gate, no-attention, uniform, distance, center,
    scrambled, and with --lifter filtered and unfiltered, together filter.

    Rows that need audio or text are left out where clips have none; the others are
    run on the clips that have everything that there is.

    The filter rows are Table 2: recordings as a camera, a pose estimator and a lifter would have
    brought them, with and without a low-pass filter over the keypoints. The lifter must not have
    been trained on the subjects to be tested.

    \b
    skelgraph benchmark paper --data my_folder --frames 64 --out results
    skelgraph benchmark paper --data my_folder --seeds 0,1,2 --out three
    skelgraph benchmark paper --data my_folder --rows filter --lifter RUN --out t2
    skelgraph benchmark paper --dataset iemocap --root DIR --glove FILE --out all
    """
    from skelgraph.config import TrainConfig
    from skelgraph.experiments import PaperBenchmark, format_paper, run_paper

    if quick:
        usual = ("recipe", "acoustic", "dialogs")
        if given := sorted(name for name, value in settings.items() if value and name not in usual):
            raise click.UsageError(f"--quick has settings of its own; leave out {', '.join(given)}")
        benchmark = PaperBenchmark.quick(out, rows=rows, lifter=lifter)
    else:
        shared = take_shared(settings)
        settings["dataset_options"] = take_dataset_options(settings)
        benchmark = PaperBenchmark(
            base=TrainConfig(**settings),
            out=out,
            rows=rows,
            seeds=seeds,
            lifter=lifter,
            multimodal=shared,
        )
    try:
        table = run_paper(
            benchmark, report=lambda line: click.echo(line, err=True), show_progress=True
        )
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on with what is missing", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    click.echo(format_paper(table))
    click.echo(f"written: {out / 'table.md'}", err=True)
    if table.failures:
        failed = "1 row" if len(table.failures) == 1 else f"{len(table.failures)} rows"
        raise click.ClickException(f"{failed} failed; the same command tries again")
