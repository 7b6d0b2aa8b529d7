"""Where results that were computed from files are kept: parsed recordings, features, models."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the cache's folder, which can be deleted at any time.

    It is ``$SKELGRAPH_CACHE``, else ``$XDG_CACHE_HOME/skelgraph`` or ``~/.cache/skelgraph``.
    """
    if named := os.environ.get("SKELGRAPH_CACHE"):
        return Path(named)
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "skelgraph"
