"""The options of known datasets, and what they come to."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import choices

if TYPE_CHECKING:
    from skelgraph.data import DatasetOptions

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--skeletons",
        type=click.Path(path_type=Path),
        help="Of iemocap: folder of the dialogs' skeletons.  [default: ROOT/skeletons, if it is "
        "there]",
    ),
    click.option(
        "--panes",
        type=click.Path(path_type=Path),
        help="Of iemocap: CSV (dialog,left) of dialogs in which the actor with the markers is not "
        "in the left half of the picture; left is F or M.",
    ),
    click.option(
        "--dialogs",
        type=click.Choice(choices.DIALOG_KINDS),
        default="all",
        help="Of iemocap: which dialogs.",
    ),
    click.option(
        "--cut-at-colon",
        is_flag=True,
        help="Of iemocap: end a transcript before a colon in it, as MDRE's preparation does.",
    ),
)
_NAMES = ("skeletons", "panes", "dialogs", "cut_at_colon")


def dataset_options(command: Command) -> Command:
    """Adds the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_dataset_options(settings: dict[str, Any]) -> "DatasetOptions":
    """Takes the options' values out of those of a command."""
    from skelgraph.data import DatasetOptions

    return DatasetOptions(**{name: settings.pop(name) for name in _NAMES})
