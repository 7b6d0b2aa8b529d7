"""``skelgraph benchmark``."""

import json
from pathlib import Path
from typing import Any

import click


@click.group("benchmark")
def command() -> None:
    """Benchmarks: speed."""


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
