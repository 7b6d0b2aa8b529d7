"""The group of all commands; each is imported when it is asked for."""

import os
import warnings
from importlib import import_module
from typing import Any, TextIO

import click

from skelgraph._version import __version__
from skelgraph.errors import FormatWarning, SkelgraphError

TRACEBACK_VARIABLE = "SKELGRAPH_TRACEBACK"

_COMMANDS = {
    "train": "train",
    "crossval": "crossval",
    "evaluate": "evaluate",
    "predict": "predict",
    "stream": "stream",
    "explain": "explain",
    "embed": "embed",
    "fuse": "fuse",
    "export": "export",
    "lift": "lift",
    "models": "models",
    "push": "push",
    "compare": "compare",
    "report": "report",
    "runs": "runs",
    "inspect": "inspect",
    "features": "features",
    "convert": "convert",
    "extract": "extract",
    "layouts": "layouts",
    "data": "data",
    "cache": "cache",
    "benchmark": "benchmark",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when it is used, and turns errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order in which one needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f".{_COMMANDS[cmd_name]}", __package__)
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error becomes a line on stderr and exit code 1, a warning about a
        file a line that begins with ``note:``.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", FormatWarning)
                warnings.showwarning = _show_warning
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SkelgraphError as error:
            raise _one_line(str(error), error) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise _one_line(f"{where}{error.strerror or error}", error) from error
        except Exception as error:
            text = (
                f"internal error, a defect of skelgraph: {type(error).__name__}: {error}; please "
                f"report it with what {TRACEBACK_VARIABLE}=1 shows"
            )
            raise _one_line(text, error) from error


_show_python_warning = warnings.showwarning


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if issubclass(category, FormatWarning):
        click.echo(f"note: {message}", err=True)
    else:
        _show_python_warning(message, category, filename, lineno, file, line)


def _one_line(text: str, error: Exception) -> click.ClickException:
    if os.environ.get(TRACEBACK_VARIABLE):
        raise error
    return click.ClickException(" ".join(text.split()))


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 88,
        "show_default": True,
    },
)
@click.version_option(__version__, message="skelgraph %(version)s")
def skelgraph() -> None:
    """Recognize emotion and action from skeleton sequences with graph networks.

    \b
    A first run, on generated motion, in a few minutes:
      skelgraph train --stream bone
    With your own recordings (a folder of files and a labels.csv, or one sub-folder
    for each label):
      skelgraph train --data my_folder --stream bone
      skelgraph predict runs/my_folder-s-stgcn-bone-0 new.bvh

    Results go to stdout, progress to stderr.
    """
