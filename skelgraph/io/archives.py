"""The table of archives: files of many clips, which are datasets by themselves."""

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from skelgraph.errors import FormatError
from skelgraph.io.annotation_archive import index_json, index_pickle, looks_like_annotations
from skelgraph.io.archive import Archive, guess_bodies, scale_confidences
from skelgraph.io.archive_builder import ArchiveBuilder
from skelgraph.io.archive_index import ArchiveIndex
from skelgraph.io.feeder_archive import find_feeder_files, index_npy, index_npz
from skelgraph.io.npz_archive import DAMAGE, list_members

_HEAD_BYTES = 65536


@dataclass(frozen=True, kw_only=True)
class ArchiveFormat:
    """A format of archives.

    Args:
        name: Its name.
        suffixes: Suffixes of its files.
        sniff: Whether a file with such a suffix is one, told from its path and its first bytes.
        index: Finds the clips.
        description: What it is, in one line.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[Path, bytes], bool]
    index: Callable[[ArchiveBuilder], ArchiveIndex]
    description: str


def _sniff_npz(path: Path, head: bytes) -> bool:
    try:
        return head.startswith(b"PK") and any(key.startswith("x_") for key in list_members(path))
    except DAMAGE:
        return False


ARCHIVES: dict[str, ArchiveFormat] = {
    one.name: one
    for one in (
        ArchiveFormat(
            name="pyskl",
            suffixes=(".pkl", ".pickle"),
            sniff=lambda path, head: head[:1] == b"\x80" or b"annotations" in head,
            index=index_pickle,
            description="annotation pickle of PYSKL or MMAction2",
        ),
        ArchiveFormat(
            name="pyskl-json",
            suffixes=(".json",),
            sniff=lambda path, head: looks_like_annotations(head),
            index=index_json,
            description="the annotations of PYSKL or MMAction2 as JSON",
        ),
        ArchiveFormat(
            name="ctr-gcn",
            suffixes=(".npz",),
            sniff=_sniff_npz,
            index=index_npz,
            description="npz of CTR-GCN's feeder: x_train, y_train, x_test, y_test",
        ),
        ArchiveFormat(
            name="st-gcn",
            suffixes=(".npy",),
            sniff=lambda path, head: bool(find_feeder_files(path)),
            index=index_npy,
            description="train_data.npy and train_label.pkl of ST-GCN's feeder",
        ),
    )
}
"""The formats of archives, by name."""


def find_archive_format(path: Path) -> ArchiveFormat | None:
    """Return the format of an archive; None if the file is none, or not there."""
    suffix = path.suffix.lower()
    for known in ARCHIVES.values():
        if suffix in known.suffixes and path.is_file():
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
            return known if known.sniff(path, head) else None
    return None


def list_archive_files(path: Path) -> list[Path]:
    """Return the files that belong to an archive: mostly itself alone."""
    pairs = find_feeder_files(path).values() if path.suffix.lower() == ".npy" else ()
    return [file for pair in pairs for file in pair] or [path]


def map_file(path: Path) -> mmap.mmap:
    """Map a file into memory.

    Raises:
        FormatError: If it cannot be read, or is empty.
    """
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except ValueError as error:
        raise FormatError(f"{path}: the file is empty") from error
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from error


def index_archive(path: Path, format: ArchiveFormat, store: BinaryIO) -> ArchiveIndex:
    """Find the clips of an archive, and what is said of them.

    Args:
        path: The archive.
        format: Its format.
        store: A file, to write and read, for numbers that cannot be used where they are; or memory.

    Raises:
        FormatError: If it is not what its format asks for.
    """
    content = map_file(path)
    index = format.index(ArchiveBuilder(path, format.name, content, store))
    return scale_confidences(guess_bodies(open_archive(path, index, store))).index


def open_archive(path: Path, index: ArchiveIndex, store: BinaryIO | None) -> Archive:
    """Return an archive whose clips were found before.

    Args:
        path: The archive.
        index: Its clips.
        store: The numbers that are not in the file itself.

    Raises:
        FormatError: If the file cannot be read.
    """
    stored: bytes | mmap.mmap = b""
    if isinstance(store, BytesIO):
        stored = store.getvalue()
    elif store is not None and index.is_stored.any():
        store.flush()
        stored = mmap.mmap(store.fileno(), 0, access=mmap.ACCESS_READ)
    content = memoryview(map_file(path))
    return Archive(path=path, index=index, content=content, store=memoryview(stored))
