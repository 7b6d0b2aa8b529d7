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
    """Keeps off the terminal what compiled libraries write to stderr, such as the forty lines that
    MediaPipe writes for a video, among which a progress bar drowns.

    What Python writes goes where it went. If the command fails as nobody foresaw, the log is shown
    as well; with ``SKELGRAPH_TRACEBACK=1`` nothing is set aside.
    """
    if os.environ.get(TRACEBACK_VARIABLE):
        yield
        return
    shown = os.dup(_STDERR)
    python_stderr = sys.stderr
    with tempfile.TemporaryFile() as log, os.fdopen(os.dup(shown), "w", buffering=1) as terminal:
        sys.stderr.flush()
        os.dup2(log.fileno(), _STDERR)
        if python_stderr is sys.__stderr__:
            sys.stderr = terminal
        try:
            yield
        except (SkelgraphError, click.ClickException, click.exceptions.Exit, OSError):
            raise
        except Exception:
            log.seek(0)
            os.write(shown, log.read())
            raise
        finally:
            sys.stderr = python_stderr
            os.dup2(shown, _STDERR)
            os.close(shown)
