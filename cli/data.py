"""``skelgraph data``."""

import click

from .output import print_table


@click.group("data")
def command() -> None:
    """Datasets: what is known by name."""


@command.command("list")
def list_datasets() -> None:
    """List the datasets that `--dataset` knows."""
    from skelgraph.data import DATASETS

    print_table(
        ("dataset", "what it holds", "layout", "--root"),
        [
            (
                info.name,
                f"{info.description}. {info.source}; {info.license}.",
                info.layout,
                "needed" if info.needs_root else "-",
            )
            for info in DATASETS.values()
        ],
    )
