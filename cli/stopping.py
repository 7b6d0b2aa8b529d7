"""What the commands that train for long share: being stopped, and going on with a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from click.core import ParameterSource

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C stopped, as shells have it."""


@contextmanager
def advise_to_resume(command: str, run: Path) -> Iterator[None]:
    """Ends the command when it is stopped inside, and says how to go on with the run."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(f"stopped; go on with: {command} --resume {run}", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def refuse_options_beside_resume(ctx: click.Context) -> None:
    """Options beside ``--resume`` would be ignored, since a run has its own: none may be."""
    given = [
        max(option.opts, key=len)
        for option in ctx.command.params
        if option.name not in (None, "resume")
        and ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(
            f"--resume takes the run's own settings; leave out {', '.join(sorted(given))}"
        )
