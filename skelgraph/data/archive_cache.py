"""The cache of what archives hold: their clips' names, facts and places, and converted numbers.

Numbers that can be used where they lie in the archive are not kept again; others are in a file of
raw numbers. The index is a safetensors file with the arrays of :class:`skelgraph.io.ArchiveIndex`;
its texts are JSON in the tensor ``texts``, and ``digest`` in the metadata tells a damaged file.
"""

import contextlib
import secrets
import tempfile
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from skelgraph.data.cache import ARCHIVE_DAMAGE
from skelgraph.data.fingerprints import (
    fingerprint_settings,
    fingerprint_sources,
    recall_fingerprint,
    remembered_fingerprint,
)
from skelgraph.errors import DatasetError
from skelgraph.io import (
    Archive,
    ArchiveFormat,
    ArchiveIndex,
    Body,
    cache_folder,
    find_archive_format,
    index_archive,
    list_archive_files,
    open_archive,
    replace_whole,
)
from skelgraph.layouts import JointLayout
from skelgraph.typing import IntArray

_ARRAYS = ("rates", "body", "persons", "arrays", "scores", "is_stored")
_TEXTS = (
    *("format", "names", "labels", "subjects", "recordings", "types"),
    *("split_note", "full_confidence", "confidence_note"),
)
_SPLIT = "split "
_ROOMS_THAT_READ = ("io", "layouts")


def open_archive_file(path: Path, *, use_cache: bool = True) -> tuple[Archive, str]:
    """Open an archive, by what the cache knows of it, and return it with its fingerprint.

    The first time the file is read as a whole: its fingerprint is computed while its clips are
    found. If the cache cannot be written to, there is a warning.

    Raises:
        DatasetError: If it is no archive, or cannot be opened.
        FormatError: If it is not what its format asks for.
    """
    format = find_archive_format(path)
    if format is None:
        raise DatasetError(
            f"{path}: expected a folder of recordings, or an archive of many clips: annotations of "
            f"PYSKL or MMAction2 (.pkl, .json), x_train and y_train (.npz), or train_data.npy "
            f"beside train_label.pkl; put other recordings in a folder with a labels.csv"
        )
    files = list_archive_files(path)
    if not use_cache:
        with tempfile.TemporaryFile() as store:
            index = index_archive(path, format, store)
            return open_archive(path, index, store), remembered_fingerprint(
                path.parent, files, use_cache=False
            )
    fingerprint = recall_fingerprint(path.parent, files)
    archive = None if fingerprint is None else _recall(path, _place(path, fingerprint))
    if fingerprint is None or archive is None:
        with ThreadPoolExecutor(1) as pool:
            pending = pool.submit(remembered_fingerprint, path.parent, files)
            archive = _index_anew(path, format, pending)
            fingerprint = pending.result()
    return archive, fingerprint


def _place(path: Path, fingerprint: str) -> Path:
    """Return where the cache has the index of an archive."""
    key = fingerprint_settings(
        {
            "files": fingerprint,
            "settings": {"reader": "archive", "version": 2},
            "readers": fingerprint_sources(*_ROOMS_THAT_READ),
        }
    )
    return cache_folder("datasets") / f"{path.stem}-{key}.safetensors"


def _index_anew(path: Path, format: ArchiveFormat, fingerprint: Future[str]) -> Archive:
    """Find the clips of an archive, and keep what was found."""
    partial = cache_folder("datasets") / f".{secrets.token_hex(4)}-{path.stem}-{'0' * 32}.numbers"
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb+") as store:
            index = index_archive(path, format, store)
            archive = open_archive(path, index, store)
            place = _place(path, fingerprint.result())
            if index.is_stored.any():
                partial.replace(place.with_suffix(".numbers"))
            with replace_whole(place, private=True) as file:
                _save(file, index)
    except OSError as error:
        warnings.warn(
            f"{path}: what it holds cannot be cached, so that the next start is as slow: {error}; "
            "set SKELGRAPH_CACHE to a folder that can be written to",
            stacklevel=4,
        )
        with tempfile.TemporaryFile() as store:
            archive = open_archive(path, index_archive(path, format, store), store)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return archive


def _recall(path: Path, place: Path) -> Archive | None:
    """Return an archive whose index is in the cache; None if it is absent or damaged."""
    try:
        index = _load(place)
        if not index.is_stored.any():
            return open_archive(path, index, None)
        with place.with_suffix(".numbers").open("rb") as store:
            return open_archive(path, index, store)
    except ARCHIVE_DAMAGE:
        return None


def _save(file: Path, index: ArchiveIndex) -> None:
    texts: dict[str, Any] = {key: getattr(index, key) for key in _TEXTS}
    texts["bodies"] = [
        {**asdict(body), "layout": body.layout and body.layout.to_dict()} for body in index.bodies
    ]
    tensors: dict[str, npt.NDArray[Any]] = {key: getattr(index, key) for key in _ARRAYS}
    tensors |= {f"{_SPLIT}{part}": clips for part, clips in index.splits.items()}
    tensors["texts"] = np.frombuffer(msgspec.json.encode(texts), np.uint8)
    tensors = {key: np.ascontiguousarray(tensor) for key, tensor in tensors.items()}
    save_file(tensors, file, metadata={"digest": _digest(tensors)})


def _load(file: Path) -> ArchiveIndex:
    with safe_open(file, framework="np") as archive:
        digest = archive.metadata()["digest"]
        names = archive.keys()
        tensors = {key: archive.get_tensor(key) for key in names}
    if digest != _digest(tensors):
        raise ValueError(f"{file}: its content is not that which was written")
    texts = msgspec.json.decode(tensors["texts"].data)
    bodies = [
        Body(**{**body, "layout": body["layout"] and JointLayout.from_dict(body["layout"])})
        for body in texts.pop("bodies")
    ]
    columns: dict[str, Any] = {
        key: tuple(text) if isinstance(text, list) else text for key, text in texts.items()
    }
    splits = {
        key.removeprefix(_SPLIT): cast(IntArray, tensor)
        for key, tensor in tensors.items()
        if key.startswith(_SPLIT)
    }
    columns |= {key: tensors[key] for key in _ARRAYS}
    return ArchiveIndex(bodies=tuple(bodies), splits=splits, **columns)


def _digest(tensors: dict[str, npt.NDArray[Any]]) -> str:
    digest = blake2b(digest_size=16)
    for key in sorted(tensors):
        digest.update(key.encode())
        digest.update(tensors[key].data)
    return digest.hexdigest()
