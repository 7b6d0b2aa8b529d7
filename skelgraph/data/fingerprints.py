"""Digests that tell whether files, settings and sources are the same as before."""

import contextlib
import json
import mmap
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2b, file_digest
from pathlib import Path

from skelgraph._version import __version__
from skelgraph.errors import DatasetError
from skelgraph.io import cache_folder


def fingerprint_files(root: Path, files: Iterable[Path | str]) -> str:
    """Return a hexadecimal digest of files: of their names below the root, and of their bytes.

    Raises:
        DatasetError: If a file cannot be opened.
    """
    digest = blake2b(digest_size=16)
    for file in sorted(map(Path, files)):
        name = os.path.relpath(file, root).replace(os.sep, "/")
        try:
            content_digest = _digest_file(file)
        except OSError as error:
            raise DatasetError(f"{file}: cannot be opened: {error.strerror}") from error
        digest.update(blake2b(name.encode()).digest())
        digest.update(content_digest)
    return digest.hexdigest()


def _digest_file(file: Path) -> bytes:
    """Return the digest of a file, read in chunks: a video may not fit into memory.

    Chunks of a large file are so large that another thread is hardly ever waited for.
    """
    with file.open("rb") as content:
        if os.fstat(content.fileno()).st_size < _LARGE_CHUNK:
            return file_digest(content, blake2b).digest()
        digest = blake2b()
        with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            for start in range(0, len(mapped), _LARGE_CHUNK):
                with memoryview(mapped)[start : start + _LARGE_CHUNK] as chunk:
                    digest.update(chunk)
        return digest.digest()


_LARGE_CHUNK = 2**26


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


def remembered_fingerprint(
    root: Path, files: Sequence[Path | str], *, use_cache: bool = True
) -> str:
    """Return :func:`fingerprint_files`, remembered in the cache until a file changes.

    Files whose path, size, inode and times of change are unchanged are not read again: to hash
    their bytes takes longer than to load what was parsed from them.

    Raises:
        DatasetError: If a file cannot be opened.
    """
    path = _place_fingerprint(root, files) if use_cache else None
    if path is None:
        return fingerprint_files(root, files)
    remembered = _recall_fingerprint(path)
    if remembered is not None:
        return remembered
    fingerprint = fingerprint_files(root, files)
    with contextlib.suppress(OSError):  # cached_read warns of a cache that cannot be written to
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fingerprint)
    return fingerprint


def recall_fingerprint(root: Path, files: Sequence[Path | str]) -> str | None:
    """Return the fingerprint that :func:`remembered_fingerprint` need not compute, or None."""
    path = _place_fingerprint(root, files)
    return None if path is None else _recall_fingerprint(path)


def _place_fingerprint(root: Path, files: Sequence[Path | str]) -> Path | None:
    """Return where a fingerprint is remembered; None if a file is not there."""
    try:  # not with a Path for each text: a recording may be a folder of a thousand files
        stats = [(os.fspath(file), os.stat(file)) for file in files]  # noqa: PTH116
    except OSError:
        return None
    state = [
        [name, stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
        for name, stat in stats
    ]
    key = fingerprint_settings({"root": str(root.resolve()), "files": state})
    return cache_folder("fingerprints") / key


def _recall_fingerprint(path: Path) -> str | None:
    with contextlib.suppress(OSError, UnicodeDecodeError):  # not remembered, or damaged
        if re.fullmatch("[0-9a-f]{32}", text := path.read_text()):
            return text
    return None
