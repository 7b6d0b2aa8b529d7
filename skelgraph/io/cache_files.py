"""Where what was computed from files is kept, and how a file is written there.

It lies in ``$SKELGRAPH_CACHE``, else in ``$XDG_CACHE_HOME/skelgraph`` or ``~/.cache/skelgraph``. It
can be deleted at any time.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO


def cache_folder() -> Path:
    """Where parsed recordings and features are kept."""
    if named := os.environ.get("SKELGRAPH_CACHE"):
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "skelgraph"


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Writes a file under another name first, so that no reader ever meets half of it.

    Args:
        path: The file; its folder is made.
        write: Writes the content to the open file that it is given.

    Raises:
        OSError: If the file or its folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        unfinished = Path(file.name)
        try:
            write(file.file)
            file.close()
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
