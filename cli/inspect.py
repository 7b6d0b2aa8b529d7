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
def command(file: Path, layout: str | None, fps: float | None) -> None:
    """Show what a recording FILE holds.

    \b
    skelgraph inspect walk.bvh
    """
    from skelgraph.io import detect_format, read_sequences
    from skelgraph.layouts import get_layout

    sequences = read_sequences(file, layout=None if layout is None else get_layout(layout), fps=fps)
    click.echo(file)
    print_facts([("format", detect_format(file)), ("persons", str(len(sequences)))])
    for number, sequence in enumerate(sequences, start=1):
        if len(sequences) > 1:
            click.echo(f"person {number}")
        print_facts(_describe(sequence))


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
