"""``skelgraph convert``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skelgraph.config import ConvertSettings

from .options import PATH, naming_input_rate, settings_options, take
from .output import print_table

if TYPE_CHECKING:
    from skelgraph.io import ConvertedFile


@click.command("convert")
@click.argument("source", metavar="IN", type=PATH)
@click.argument("target", metavar="OUT", type=PATH)
@settings_options(ConvertSettings)
@click.option("--force", is_flag=True, help="Replace OUT if it is there already.")
def command(source: Path, target: Path, force: bool, **values: Any) -> None:
    """Write the recording IN to OUT, in another format, layout or frame rate.

    The suffix of OUT tells its format. Several persons go to OUT-1, OUT-2 and so on.

    \b
    skelgraph convert walk.bvh walk.npz --to upper10
    skelgraph convert walk.npz walk.csv --fps 30
    """
    settings = take(ConvertSettings, values)

    from skelgraph.io import convert_file
    from skelgraph.layouts import get_layout

    with naming_input_rate():
        files = convert_file(
            source,
            target,
            to=None if settings.to is None else get_layout(settings.to),
            fps=settings.fps,
            layout=None if settings.layout is None else get_layout(settings.layout),
            source_fps=settings.in_fps,
            override_fps=settings.override_fps,
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
