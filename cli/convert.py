"""``skelgraph convert``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .output import print_table

if TYPE_CHECKING:
    from skelgraph.io import ConvertedFile


@click.command("convert")
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--to", help="Layout, or layout file, that is wanted.  [default: that of IN]")
@click.option("--fps", type=click.FloatRange(0, min_open=True), help="Frame rate to resample to.")
@click.option("--layout", help="Layout, or layout file, of an IN that names no joints.")
@click.option(
    "--in-fps",
    type=click.FloatRange(0, min_open=True),
    help="Frame rate of an IN that does not tell it.",
)
@click.option("--force", is_flag=True, help="Replace OUT where it is there already.")
def command(
    source: Path,
    target: Path,
    to: str | None,
    fps: float | None,
    layout: str | None,
    in_fps: float | None,
    force: bool,
) -> None:
    """Write the recording IN to OUT, in another format, layout or frame rate.

    The suffix of OUT tells its format. Several persons go to OUT-1, OUT-2 and so on.

    \b
    skelgraph convert walk.bvh walk.npz --to upper10
    skelgraph convert walk.npz walk.csv --fps 30
    """
    from skelgraph.io import convert_file
    from skelgraph.layouts import get_layout

    files = convert_file(
        source,
        target,
        to=None if to is None else get_layout(to),
        fps=fps,
        layout=None if layout is None else get_layout(layout),
        source_fps=in_fps,
        overwrite=force,
    )
    for file in files:
        _report(file)


def _report(file: "ConvertedFile") -> None:
    conversion, sequence = file.conversion, file.sequence
    if conversion.source != conversion.target:
        how = {joint: (source, "taken") for joint, source in conversion.taken.items()}
        how |= {joint: (formula, "made up") for joint, formula in conversion.made_up.items()}
        how |= dict.fromkeys(conversion.missing, ("-", "missing"))
        print_table(
            (conversion.target.name, f"from {conversion.source.name}", ""),
            [(joint, *how[joint]) for joint in conversion.target.joints],
        )
    click.echo(
        f"written: {file.path}, {sequence.num_frames} frames at {sequence.fps:g} frames/s, layout "
        f"{sequence.layout.name}"
    )
