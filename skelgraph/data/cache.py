"""The cache of parsed recordings, keyed by the content of the files and the settings of reading."""

import contextlib
import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skelgraph.data.fingerprint import fingerprint_files, fingerprint_settings, fingerprint_sources
from skelgraph.data.reading import ReadResult
from skelgraph.data.sequence_archive import ARCHIVE_DAMAGE, load_sequences, save_sequences
from skelgraph.io import cache_folder, replace_whole
from skelgraph.poses import PoseSequence

_ROOMS_THAT_READ = ("data", "io", "layouts", "poses")


def remembered_fingerprint(root: Path, files: Sequence[Path | str]) -> str:
    """Return :func:`fingerprint_files`, remembered until a file changes.

    Files whose path, size, inode and times of change are unchanged are not read again: to hash
    their bytes takes longer than to load what was parsed from them.

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
    path = cache_folder("fingerprints") / key
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
    """Return what ``read`` returned when files, settings and readers were last the same.

    A damaged cache file is replaced. If the cache cannot be written to, there is a warning, and the
    result is the same.

    Args:
        name: Name of the dataset; the cache file's name begins with it.
        fingerprint: Digest of the files.
        settings: All else that the result depends on, except the readers' code: their sources are
            a part of the key.
        read: Reads the files.
    """
    key = fingerprint_settings(
        {
            "files": fingerprint,
            "settings": dict(settings),
            "readers": fingerprint_sources(*_ROOMS_THAT_READ),
        }
    )
    path = cache_folder("datasets") / f"{name}-{key}.safetensors"
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
    """Return what :func:`keep_sequences` kept in a file of the cache.

    It is None if the file is absent or damaged, so that it is made again.
    """
    try:
        return load_sequences(path)
    except ARCHIVE_DAMAGE:
        return None


def keep_sequences(
    path: Path, sequences: Sequence[PoseSequence], extra: Mapping[str, object]
) -> None:
    """Keep sequences and further JSON values in a file of the cache.

    If the cache cannot be written to, there is a warning.
    """
    try:
        with replace_whole(path, private=True) as partial:
            save_sequences(partial, sequences, extra)
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
        return None
