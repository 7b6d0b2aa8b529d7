"""``skelgraph benchmark``."""

import json
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from skelgraph.config import (
    DEFAULT_LIVE_RECOGNIZER,
    SHARED_SETTINGS,
    MultimodalSettings,
    PaperSettings,
    SpeedSettings,
    StreamSpeedSettings,
    TrainConfig,
    iterate_settings,
)

from .options import PATH, choose_shown, quiet_options, settings_options, take
from .output import INTERRUPTED


@click.group("benchmark")
def command() -> None:
    """Benchmarks: speed, streams, and the paper's comparisons."""


@command.command("speed")
@settings_options(SpeedSettings)
@click.option("--quick", is_flag=True, help="See that all runs; the numbers mean little.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JSON, each when it is there.",
)
def measure(quick: bool, out: Path | None, **values: Any) -> None:
    """Measure S-STGCN against its plain form and the machine's ceiling.

    Ratios are medians over rounds in which all that is compared runs in turn.
    The whole takes about ten minutes; leave the machine alone meanwhile.
    """
    given = take(SpeedSettings, values)
    if out is not None and not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")

    import torch

    from skelgraph.experiments import SpeedRounds, format_speed, measure_speed
    from skelgraph.models import resolve_device

    if given.threads is not None:
        torch.set_num_threads(given.threads)
    device = str(resolve_device(given.device))
    settings = SpeedRounds.quick(device) if quick else SpeedRounds(device=device)

    def keep(result: dict[str, Any]) -> None:
        if out is not None:
            out.write_text(json.dumps(result, indent=2) + "\n")

    result = measure_speed(settings, report=lambda line: click.echo(line, err=True), keep=keep)
    click.echo(format_speed(result))


@command.command("stream")
@click.argument("model", required=False, metavar="[RUN|MODEL]")
@settings_options(StreamSpeedSettings)
@click.option("--quick", is_flag=True, help="See that all runs; the numbers mean little.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JSON.",
)
def budget(model: str | None, quick: bool, out: Path | None, **values: Any) -> None:
    """Measure what an answer costs while frames arrive, on one core.

    Milliseconds of each part for a frame of one person, and how many people one core serves at 30
    frames/s. Without RUN or MODEL it is emotion4-live. With a video, a 2D estimator is timed too;
    it needs its model file.

    \b
    skelgraph benchmark stream
    skelgraph benchmark stream runs/my_run --people 1,4
    skelgraph benchmark stream --video talk.mp4 --pose-model pose.task
    """
    given = take(StreamSpeedSettings, values)
    given.check_paths()
    if out is not None and not out.parent.is_dir():
        raise click.UsageError(f"--out {out}: there is no folder {out.parent}")
    if given.video is not None and not given.video.is_file():
        raise click.UsageError(f"--video {given.video}: there is no such file")

    import torch

    from skelgraph.config import ExtractSettings
    from skelgraph.experiments import (
        StreamRounds,
        format_stream,
        measure_estimator,
        measure_stream,
    )
    from skelgraph.extraction import configure_extraction

    torch.set_num_threads(1)
    rounds = StreamRounds(people=given.people, frames=1 if quick else given.frames)
    result = measure_stream(
        model or DEFAULT_LIVE_RECOGNIZER, rounds, report=lambda line: click.echo(line, err=True)
    )
    if given.video is not None:
        click.echo(f"estimator: {given.video}", err=True)
        options = configure_extraction(ExtractSettings(estimators=given.estimators)).options
        result["estimator"] = measure_estimator(given.video, given.estimator, options)
    if out is not None:
        out.write_text(json.dumps(result, indent=2) + "\n")
    click.echo(format_stream(result))


_OF_THE_ROWS = (
    *("stream", "fusion", "fusion_folds", "model", "strategy", "center", "hop_distance"),
    *("num_heads", "attention", "gate", "axes", "seed", "out", "filter", "cutoff_hz"),
    "allow_leaks",  # the paper divides single clips
)
_SHARED = [
    setting.key
    for setting in iterate_settings(TrainConfig)
    if setting.key not in _OF_THE_ROWS
    and (setting.key in SHARED_SETTINGS or setting not in iterate_settings(MultimodalSettings))
]


@command.command("paper")
@settings_options(TrainConfig, only=_SHARED)
@settings_options(PaperSettings)
@click.option("--quick", is_flag=True, help="See that all runs; the numbers say nothing.")
@click.option("--out", required=True, type=PATH, help="Folder of results.")
@quiet_options
@click.pass_context
def compare(ctx: click.Context, /, quick: bool, out: Path, **values: Any) -> None:
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

    show = choose_shown(values)
    own = take(PaperSettings, values)
    if quick:
        usual = ("quick", "out", "rows", "lifter", "quiet", "verbose")
        given = sorted(
            str(option.name)
            for option in ctx.command.params
            if option.name not in usual
            and ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
        )
        if given:
            raise click.UsageError(f"--quick has settings of its own; leave out {', '.join(given)}")
    multimodal = take(MultimodalSettings, values)
    base = take(TrainConfig, values)
    base.check_paths()

    from skelgraph.experiments import PaperBenchmark, format_paper, run_paper

    benchmark = (
        PaperBenchmark.quick(out, rows=own.rows, lifter=own.lifter)
        if quick
        else PaperBenchmark(
            base=base,
            out=out,
            rows=own.rows,
            seeds=own.seeds,
            lifter=own.lifter,
            multimodal=multimodal,
        )
    )
    try:
        table = run_paper(benchmark, report=lambda line: click.echo(line, err=True), show=show)
    except KeyboardInterrupt:
        click.echo("stopped; the same command goes on with what is missing", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    click.echo(format_paper(table))
    click.echo(f"written: {out / 'table.md'}", err=True)
    if table.failures:
        failed = "1 row" if len(table.failures) == 1 else f"{len(table.failures)} rows"
        raise click.ClickException(f"{failed} failed; the same command tries again")
