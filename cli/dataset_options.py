"""The options that name data, and what they come to."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from . import choices

if TYPE_CHECKING:
    from skelgraph.config import DatasetOptions

Command = TypeVar("Command", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)
_KNOWN = (
    click.option("--dataset", help="A known dataset instead: see `skelgraph data list`."),
    click.option("--root", type=_PATH, help="Where the known dataset lies."),
)
_OPTIONS = (
    click.option(
        "--skeletons",
        type=_PATH,
        help="Of iemocap: folder of the dialogs' skeletons.  [default: ROOT/skeletons, if it is "
        "there]",
    ),
    click.option(
        "--panes",
        type=_PATH,
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


def data_options(what: str) -> Callable[[Command], Command]:
    """Adds ``--data``, which is ``what`` its help says, ``--dataset`` and ``--root``."""

    def add(command: Command) -> Command:
        return click.option("--data", type=_PATH, help=what)(known_dataset_options(command))

    return add


def known_dataset_options(command: Command) -> Command:
    """Adds ``--dataset`` and ``--root`` to a command."""
    return _add(_KNOWN, command)


def dataset_options(command: Command) -> Command:
    """Adds what else may be said of a known dataset to a command."""
    return _add(_OPTIONS, command)


def take_dataset_options(settings: dict[str, Any]) -> "DatasetOptions":
    """Takes the options' values out of those of a command."""
    from skelgraph.config import DatasetOptions

    return DatasetOptions(**{name: settings.pop(name) for name in _NAMES})


def _add(options: Sequence[Callable[[Any], Any]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
