"""``skelgraph export``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from skelgraph.config import ExportSettings

from .options import PATH, settings_options, take
from .output import print_table


@click.command("export")
@click.argument("run", metavar="RUN|MODEL")
@click.option("--out", type=PATH, required=True, help="Folder to write; new or empty.")
@settings_options(ExportSettings)
def command(run: str, out: Path, **values: Any) -> None:
    """Write a trained RUN or MODEL as graphs for another runtime.

    Each graph takes any number of clips and frames, and which joints are there. What
    comes before it is described in exported.json; `skelgraph predict FOLDER` and
    skelgraph.serving.ExportedModel do it, the latter without PyTorch. The export is
    compared with PyTorch on clips of 16 to 600 frames, and fails if a probability
    differs by more than 0.0001.

    \b
    skelgraph export emotion4 --out emotion4-onnx
    skelgraph export runs/my_run --format openvino --out my_run-openvino
    skelgraph predict emotion4-onnx walk.bvh
    skelgraph export runs/my_run --step --out my_run-step
    """
    settings = take(ExportSettings, values)
    if settings.step:
        _export_step(run, out, settings)
        return

    from skelgraph.serving import export_model

    export = export_model(run, out, runtime=settings.runtime)
    _print_files(export.files, out)
    frames = export.agreement.frames
    click.echo(
        f"written: {out}; probabilities differ from PyTorch's by at most "
        f"{export.agreement.largest_difference:.1e}, on clips of {frames[0]} to {frames[-1]} "
        f"frames, whole and with missing joints"
    )


def _export_step(run: str, out: Path, settings: ExportSettings) -> None:
    from skelgraph.streaming import export_step

    export = export_step(
        run,
        out,
        people=settings.people,
        pooling=settings.pooling,
        memory_s=settings.memory_s,
    )
    _print_files(export.files, out)
    (frames,) = export.agreement.frames
    click.echo(
        f"written: {out}; a step takes {export.stride} "
        f"{'frame' if export.stride == 1 else 'frames'}, its answer comes {export.delay_s:.2f} s "
        f"late; probabilities differ from PyTorch's by at most "
        f"{export.agreement.largest_difference:.1e}, over {frames} frames, whole and with missing "
        f"joints"
    )


def _print_files(files: Sequence[Path], out: Path) -> None:
    print_table(
        ("file", "size"),
        [(str(file.relative_to(out)), f"{file.stat().st_size / 1000:,.0f} kB") for file in files],
        numeric=(1,),
    )
