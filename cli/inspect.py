"""``skelgraph inspect``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .output import print_facts

if TYPE_CHECKING:
    from skelgraph.poses import PoseSequence


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--layout", help="Layout, or layout file, of a FILE that names no joints.")
@click.option("--fps", type=click.FloatRange(0, min_open=True), help="Its frame rate.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    help="Figure to write: the skeleton in a few frames, and which joints are there when.",
)
def command(file: Path, layout: str | None, fps: float | None, plot: Path | None) -> None:
    """Show what a recording FILE holds.

    Of several persons, each gets a figure: PLOT-1, PLOT-2 and so on.

    \b
    skelgraph inspect walk.bvh
    skelgraph inspect walk.bvh --plot walk.png
    """
    from skelgraph.io import detect_format, number_files, read_sequences
    from skelgraph.layouts import get_layout
    from skelgraph.poses import plot_sequence

    sequences = read_sequences(file, layout=None if layout is None else get_layout(layout), fps=fps)
    click.echo(file)
    print_facts([("format", detect_format(file)), ("persons", str(len(sequences)))])
    for number, sequence in enumerate(sequences, start=1):
        if len(sequences) > 1:
            click.echo(f"person {number}")
        print_facts(_describe(sequence))
    if plot is not None:
        figures = number_files(plot, len(sequences))
        for figure, sequence in zip(figures, sequences, strict=True):
            plot_sequence(sequence, figure)
            click.echo(f"written: {figure}")


def _describe(sequence: "PoseSequence") -> list[tuple[str, str]]:
    layout = sequence.layout
    frames = (~sequence.present).sum(axis=0)
    missing = [
        f"{layout.joints[joint]} in {count}" for joint, count in enumerate(frames) if count > 0
    ]
    return [
        ("layout", f"{layout.name} ({layout.num_joints} joints, {sequence.num_dimensions}D)"),
        ("frames", f"{sequence.num_frames} ({sequence.duration_s:.2f} s)"),
        ("rate", f"{sequence.fps:g} frames/s"),
        ("unit", sequence.unit),
        ("up axis", sequence.up),
        ("missing joints", ", ".join(missing) + " frames" if missing else "none"),
    ]
