"""The cache: where results that were computed from files are kept, and what lies there."""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from skelgraph.config import CacheKind

_DIGEST = "[0-9a-f]{32}"
_NAMES: Mapping[CacheKind, str] = {
    "datasets": rf".+-{_DIGEST}\.(safetensors|numbers)",
    "fingerprints": _DIGEST,
    "keypoints": rf"{_DIGEST}\.safetensors",
    "lifted": rf"{_DIGEST}\.safetensors",
    "acoustic": rf"{_DIGEST}\.npz",
    "models": r"pose_landmarker_\w+\.task",
    "alphapose": r"alphapose-results\.json",
}
"""Names of the files of each kind: no others are counted or removed, wherever the cache lies."""
_UNFINISHED = r"(\.[0-9a-f]{8}-)?"
"""What the name of a file that was not finished (:mod:`skelgraph.io.whole_file`) begins with."""


@dataclass(frozen=True, kw_only=True)
class CachedFiles:
    """The files of one kind in the cache.

    Args:
        kind: The kind.
        paths: The files.
        num_bytes: Their size in bytes.
    """

    kind: CacheKind
    paths: tuple[Path, ...]
    num_bytes: int


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


def list_cache() -> list[CachedFiles]:
    """List the files in the cache, by kind."""
    listed = []
    for kind in _NAMES:
        sizes = dict(_find_files(kind))
        files = CachedFiles(kind=kind, paths=tuple(sorted(sizes)), num_bytes=sum(sizes.values()))
        listed.append(files)
    return listed


def clear_cache(files: CachedFiles) -> None:
    """Remove files from the cache, and folders that are empty then.

    Raises:
        OSError: If a file cannot be removed.
    """
    for path in files.paths:
        path.unlink(missing_ok=True)
    top = cache_folder(files.kind)
    for folder in [*{path.parent for path in files.paths} - {top}, top]:
        with contextlib.suppress(OSError):  # another file is there, or the folder is not
            folder.rmdir()


def _find_files(kind: CacheKind) -> Iterator[tuple[Path, int]]:
    """Yield each file of a kind, with its size in bytes."""
    name = re.compile(_UNFINISHED + _NAMES[kind])
    places = "*/*" if kind == "alphapose" else "*"  # each of its results has a folder
    for path in cache_folder(kind).glob(places):
        if name.fullmatch(path.name):
            with contextlib.suppress(FileNotFoundError):  # another process has just removed it
                yield path, path.stat().st_size
