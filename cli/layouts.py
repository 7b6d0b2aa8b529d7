"""``skelgraph layouts``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import PATH
from .output import print_table

if TYPE_CHECKING:
    from skelgraph.layouts import JointLayout


@click.command("layouts")
@click.argument("name", required=False)
@click.option(
    "--plot",
    type=PATH,
    help="Figure to write: the joints, the subsets of a root, the temporal edges.",
)
@click.option("--root-joint", help="Root of the subsets in the figure.")
@click.option("--toml", is_flag=True, help="Print a layout file, to begin one of your own with.")
@click.option(
    "--from",
    "source",
    type=PATH,
    help="Recording from whose joints a layout file is proposed; it is printed.",
)
def command(
    name: str | None,
    plot: Path | None,
    root_joint: str | None,
    toml: bool,
    source: Path | None,
) -> None:
    """List the joint layouts, or show the one called NAME: joints, bones and subsets.

    NAME is one of the list or a layout file of your own (.toml or .json), which all
    options --layout take as well.

    \b
    skelgraph layouts
    skelgraph layouts upper10 --plot upper10.png --root-joint left_shoulder
    skelgraph layouts kinect20 --toml > mine.toml
    skelgraph layouts --from markers.c3d > mine.toml
    """
    from skelgraph.layouts import get_layout, plot_layout, to_toml

    if source is not None:
        if name is not None or plot is not None or root_joint is not None:
            raise click.UsageError("--from FILE goes with no NAME, --plot or --root-joint")
        _propose(source)
        return
    if name is None:
        if plot is not None or root_joint is not None or toml:
            raise click.UsageError("--plot, --root-joint and --toml need the NAME of a layout")
        _print_catalogue()
        return
    if root_joint is not None and plot is None:
        raise click.UsageError("--root-joint goes with --plot")
    layout = get_layout(name)
    if plot is not None:
        plot_layout(layout, plot, root_joint=root_joint)
    if toml:
        click.echo(to_toml(layout), nl=False)
        return
    _print_layout(layout)
    if plot is not None:
        click.echo(f"written: {plot}")


def _propose(source: Path) -> None:
    """Print a layout file for each skeleton of a recording that is not in the catalogue."""
    from skelgraph.errors import RateError
    from skelgraph.io import open_recording
    from skelgraph.layouts import CATALOGUE, to_toml
    from skelgraph.poses import propose_layout

    recording = open_recording(source)
    try:
        persons = recording.read()
    except RateError:
        persons = recording.read(fps=1)  # the joints alone matter
    for number, person in enumerate({person.layout: person for person in persons}.values()):
        layout = person.layout
        if layout.name in CATALOGUE:
            click.echo(f"# These joints are known: --layout {layout.name}")
        elif layout.is_loose:
            layout = propose_layout(person, source.stem)
            click.echo("# No body is known of these names. The bones are proposed from the motion:")
            click.echo(
                "# each joins points that stay equally far apart. Name the parts of the body"
            )
            click.echo("# as they are (left_elbow), correct the bones, and pass --layout FILE.")
        elif layout.added_bones:
            click.echo("# Bones that no name tells are in added_bones: correct them.")
        click.echo("\n" * (number > 0) + to_toml(layout), nl=False)


def _print_catalogue() -> None:
    from skelgraph.layouts import CATALOGUE

    print_table(
        ("layout", "joints", "center", "first joints"),
        [
            (
                layout.name,
                str(layout.num_joints),
                layout.joints[layout.center],
                ", ".join(layout.joints[:4]) + ", ...",
            )
            for layout in CATALOGUE.values()
        ],
        numeric=(1,),
    )


def _print_layout(layout: "JointLayout") -> None:
    from skelgraph.layouts import partition

    _, closer, farther = partition(layout) > 0
    rows = []
    for joint, title in enumerate(layout.joints):
        parent, partner = int(layout.parents[joint]), int(layout.mirror[joint])
        bone = "-" if parent == joint else layout.joints[parent]
        rows.append(
            (
                str(joint),
                title,
                f"{bone} (added)" if joint in layout.added_bones else bone,
                "-" if partner == joint else str(partner),
                str(layout.distances[joint]),
                *(
                    ", ".join(str(number) for number in subset[:, joint].nonzero()[0]) or "-"
                    for subset in (closer, farther)
                ),
            )
        )
    header = ("", "joint", "bone from", "mirrored", "hops", "closer", "farther")
    print_table(header, rows, numeric=(0, 4))
    if layout.extra_edges:
        edges = [f"{layout.joints[a]}-{layout.joints[b]}" for a, b in layout.extra_edges]
        click.echo(f"further edges: {', '.join(edges)}")
