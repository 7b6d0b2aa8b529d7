"""The cache of parsed recordings, keyed by the content of the files and the settings of reading."""

import contextlib
import os
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skelgraph.data.fingerprint import fingerprint_files, fingerprint_settings, fingerprint_sources
from skelgraph.data.packing import load_sequences, save_sequences
from skelgraph.data.reading import ReadResult
from skelgraph.io import cache_folder, replace_whole
from skelgraph.poses import PoseSequence

_ROOMS_THAT_READ = ("data", "io", "layouts", "poses")
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, struct.error, zipfile.BadZipFile)
"""What a file of the cache that is absent or damaged raises when it is loaded."""


def remembered_fingerprint(root: Path, files: Sequence[Path | str]) -> str:
    """:func:`fingerprint_files`, remembered while no file has changed.

    Files whose path, size, inode and times of change are those of the last time are not read again:
    to hash their bytes takes longer than to load what was parsed from them.

    Raises:
        DatasetError: If a file cannot be opened.
    """
    try:  # not with a Path for each text: a recording may be a folder of a thousand files
        stats = [(os.fspath(file), os.stat(file)) for file in files]  # noqa: PTH116
    except OSError:
        return fingerprint_files(root, files)  # whose error says which
    state = [
        [name, stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
        for name, stat in stats
    ]
    key = fingerprint_settings({"root": str(root.resolve()), "files": state})
    path = cache_folder() / "fingerprints" / key
    with contextlib.suppress(OSError, UnicodeDecodeError):  # not remembered, or damaged
        if re.fullmatch("[0-9a-f]{32}", text := path.read_text()):
            return text
    fingerprint = fingerprint_files(root, files)
    with contextlib.suppress(OSError):  # cached_read warns of a cache that cannot be written to
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fingerprint)
    return fingerprint


def cached_read(
    name: str, fingerprint: str, settings: Mapping[str, object], read: Callable[[], ReadResult]
) -> ReadResult:
    """What ``read`` returned the last time that files, settings and readers were the same.

    A cache file that is damaged is made anew. Where the cache cannot be written to there is a
    warning, and the result is the same.

    Args:
        name: Name of the dataset; the cache file's name begins with it.
        fingerprint: Digest of the files.
        settings: Everything else that the result depends on, but the readers' own code, whose
            sources are a part of the key.
        read: Reads the files.
    """
    key = fingerprint_settings(
        {
            "files": fingerprint,
            "settings": dict(settings),
            "readers": fingerprint_sources(*_ROOMS_THAT_READ),
        }
    )
    path = cache_folder() / f"{name}-{key}.npz"
    cached = _load(path)
    if cached is not None:
        return cached
    result = read()
    extra = {
        "files": result.files,
        "num_files": result.num_files,
        "unreadable": result.unreadable,
        "notes": result.notes,
    }
    keep_sequences(path, result.sequences, extra)
    return result


def recall_sequences(path: Path) -> tuple[tuple[PoseSequence, ...], dict[str, Any]] | None:
    """What :func:`keep_sequences` kept in a file of the cache; None if it is absent or damaged,
    which making it anew mends.
    """
    try:
        return load_sequences(path)
    except _DAMAGE:
        return None


def keep_sequences(
    path: Path, sequences: Sequence[PoseSequence], extra: Mapping[str, object]
) -> None:
    """Keeps sequences and further JSON values in a file of the cache.

    Where the cache cannot be written to there is a warning.
    """
    try:
        with replace_whole(path, private=True) as partial, partial.open("wb") as file:
            save_sequences(file, sequences, extra)
    except OSError as error:
        warnings.warn(
            f"the parsed recordings cannot be cached, so that the next start is as slow: {error}; "
            "set SKELGRAPH_CACHE to a folder that can be written to",
            stacklevel=3,
        )


def _load(path: Path) -> ReadResult | None:
    recalled = recall_sequences(path)
    if recalled is None:
        return None
    sequences, extra = recalled
    try:
        return ReadResult(
            sequences=sequences,
            files=tuple(extra["files"]),
            num_files=extra["num_files"],
            unreadable=tuple(extra["unreadable"]),
            notes=tuple(extra["notes"]),
        )
    except (KeyError, TypeError):
        return None  # damaged: reading anew mends it
