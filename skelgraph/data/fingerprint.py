"""Digests that show whether data, settings or code have changed."""

import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b, file_digest
from pathlib import Path

from skelgraph._version import __version__
from skelgraph.errors import DatasetError


def fingerprint_files(root: Path, files: Iterable[Path | str]) -> str:
    """Return a hexadecimal digest of files: of their names below the root, and of their bytes.

    Raises:
        DatasetError: If a file cannot be opened.
    """
    digest = blake2b(digest_size=16)
    for file in sorted(map(Path, files)):
        name = os.path.relpath(file, root).replace(os.sep, "/")
        try:
            with file.open("rb") as content:  # in chunks: a video may not fit into memory
                content_digest = file_digest(content, blake2b).digest()
        except OSError as error:
            raise DatasetError(f"{file}: cannot be opened: {error.strerror}") from error
        digest.update(blake2b(name.encode()).digest())
        digest.update(content_digest)
    return digest.hexdigest()


def fingerprint_settings(settings: Mapping[str, object]) -> str:
    """Return a hexadecimal digest of settings that JSON can hold, in any order.

    Example:
        >>> fingerprint_settings({"a": 1, "b": 2}) == fingerprint_settings({"b": 2, "a": 1})
        True
    """
    text = json.dumps(settings, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


@cache
def fingerprint_sources(*rooms: str) -> str:
    """Return skelgraph's version and a digest of the sources of rooms such as ``"io"``."""
    root = Path(__file__).parents[1]
    sources = [path for room in rooms for path in (root / room).glob("*.py")]
    return f"{__version__} {fingerprint_files(root, sources)}"
