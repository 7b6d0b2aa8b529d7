"""What compiled libraries write to the terminal past Python."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import click

from skelgraph.errors import SkelgraphError

from .command import TRACEBACK_VARIABLE

_STDERR = 2


@contextmanager
def set_native_log_aside() -> Iterator[None]:
    """Keep off the terminal what compiled libraries write to stderr, such as the forty lines that
    MediaPipe writes for a video, among which a progress bar drowns.

    What Python writes goes where it went. If the command fails as nobody foresaw, the log is shown
    as well; with ``SKELGRAPH_TRACEBACK=1`` nothing is set aside.
    """
    python_stderr = sys.stderr
    if os.environ.get(TRACEBACK_VARIABLE) or python_stderr is None:  # None where it is closed
        yield
        return
    terminal = os.fdopen(
        os.dup(_STDERR),
        "w",
        buffering=1,
        encoding=python_stderr.encoding,
        errors=python_stderr.errors,
    )
    with terminal, tempfile.TemporaryFile() as log:
        python_stderr.flush()
        os.dup2(log.fileno(), _STDERR)
        if python_stderr is sys.__stderr__:
            sys.stderr = terminal
        try:
            yield
        except (SkelgraphError, click.ClickException, click.exceptions.Exit, OSError):
            raise
        except Exception:
            log.seek(0)
            os.write(terminal.fileno(), log.read())
            raise
        finally:
            sys.stderr = python_stderr
            os.dup2(terminal.fileno(), _STDERR)
