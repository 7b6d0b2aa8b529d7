"""Where results that were computed from files are kept, so that they are computed once."""

import os
from pathlib import Path
from typing import Literal

CacheKind = Literal[
    "datasets", "fingerprints", "keypoints", "lifted", "acoustic", "models", "alphapose"
]
"""Sub-folders of the cache."""


def cache_folder(kind: CacheKind | None = None) -> Path:
    """Return the folder of the cache, or of one kind of its files; it can be deleted at any time.

    The cache is ``$SKELGRAPH_CACHE``, else ``$XDG_CACHE_HOME/skelgraph`` or ``~/.cache/skelgraph``.
    """
    if named := os.environ.get("SKELGRAPH_CACHE"):
        folder = Path(named)
    else:
        caches = os.environ.get("XDG_CACHE_HOME")
        folder = (Path(caches) if caches else Path.home() / ".cache") / "skelgraph"
    return folder if kind is None else folder / kind
