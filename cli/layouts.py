"""``skelgraph layouts``."""

import click

from .output import print_table


@click.command("layouts")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the joint layouts, or show the joints of the one called NAME.

    \b
    skelgraph layouts
    skelgraph layouts upper10
    """
    from skelgraph.layouts import CATALOGUE, get_layout

    if name is None:
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
        return
    layout = get_layout(name)
    rows = []
    for joint, title in enumerate(layout.joints):
        parent, partner = int(layout.parents[joint]), int(layout.mirror[joint])
        rows.append(
            (
                str(joint),
                title,
                "-" if parent == joint else layout.joints[parent],
                "-" if partner == joint else layout.joints[partner],
                str(layout.distances[joint]),
            )
        )
    print_table(("", "joint", "bone from", "mirrored", "hops to center"), rows, numeric=(0, 4))
    if layout.extra_edges:
        edges = [f"{layout.joints[a]}-{layout.joints[b]}" for a, b in layout.extra_edges]
        click.echo(f"further edges: {', '.join(edges)}")
