"""What the commands that train for long share: being stopped, and going on with a run."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C stopped, as in shells."""

_OF_THE_DISPLAY = ("resume", "quiet", "verbose")


@contextmanager
def advise_to_resume(command: str, run: Path) -> Iterator[None]:
    """End the command if it is stopped inside, and say how to go on with the run."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"stopped; go on with: {command} --resume {run}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def refuse_options_beside_resume(
    ctx: click.Context, allowed: Collection[str] = ()
) -> dict[str, Any]:
    """Refuse options beside ``--resume``, which would be ignored, since a run has its own.

    Args:
        ctx: The command's context.
        allowed: Names of options that may be given all the same.

    Returns:
        The values of those.
    """
    given = [
        option
        for option in ctx.command.params
        if option.name is not None
        and option.name not in _OF_THE_DISPLAY
        and ctx.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
    ]
    refused = [max(option.opts, key=len) for option in given if option.name not in allowed]
    if refused:
        raise click.UsageError(
            f"--resume takes the run's own settings; leave out {', '.join(sorted(refused))}"
        )
    return {str(option.name): ctx.params[str(option.name)] for option in given}
