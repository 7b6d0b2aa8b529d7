"""HDF5 files as data: arrays and texts, read with bounds on memory.

A dataset is read only if it lies in the file itself, and if what is stored of it can make up as
much as it declares: the strongest usual compression makes 1032 bytes of one. The package h5py reads
these files; it is installed with the extra ``labs``.
"""

import mmap
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError, SkelgraphError
from skelgraph.io.text import shorten
from skelgraph.typing import FloatArray

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_HEAP = b"GCOL\1\0\0\0"
_HEAP_HEADER = struct.Struct("<8sQ")
_HEAP_ENTRY = struct.Struct("<HH4xQ")
_BYTES_OF_ONE = 1032
_SMALL_BYTES = 1 << 20
_MAX_TEXTS = 100_000
_DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, KeyError, IndexError, MemoryError, OSError),
    *(RuntimeError, TypeError, ValueError),
)
"""What h5py raises for a damaged file."""


def is_hdf5(head: bytes) -> bool:
    """Whether a file that begins so is an HDF5 file."""
    return head.startswith(_SIGNATURE)


def holds(path: Path, condition: Callable[["Hdf5File"], bool]) -> bool:
    """Whether an HDF5 file meets a condition; True if it cannot be opened, so that this is said."""
    try:
        with open_hdf5(path) as file:
            return condition(file)
    except FormatError:
        return True


class Hdf5File:
    """An HDF5 file that is open.

    Args:
        file: The file, as h5py has opened it.
        path: The file, for errors.
    """

    def __init__(self, file: Any, path: Path) -> None:
        self._file = file
        self.path = path
        self._num_bytes = path.stat().st_size

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def list_names(self, group: str = "/") -> list[str]:
        """Return the names of what lies in a group."""
        found = self._find(group)
        return [] if found is None or not hasattr(found, "keys") else sorted(found.keys())

    def read_attribute(self, name: str, key: str) -> Any:
        """Return an attribute of a group or dataset; None if it has none of that name."""
        found = self._find(name)
        value = None if found is None else found.attrs.get(key)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    def read_array(self, name: str) -> npt.NDArray[Any]:
        """Read a dataset of numbers or records.

        Raises:
            FormatError: If there is none of that name, or it declares more than is stored of it.
        """
        dataset = self._find(name)
        if dataset is None or not hasattr(dataset, "shape") or dataset.shape is None:
            raise FormatError(f"{self.path}: expected an array {name!r}, but found none")
        self._check_size(dataset, name)
        return np.asarray(dataset[()])

    def read_numbers(self, name: str, num_axes: int) -> FloatArray:
        """Read a dataset of numbers with so many axes, as floating-point numbers.

        Raises:
            FormatError: As :meth:`read_array`, or if it is another array.
        """
        array = self.read_array(name)
        if array.ndim != num_axes or array.dtype.kind not in "fiub":
            raise FormatError(
                f"{self.path}: expected numbers with {num_axes} axes in {name!r}, but got "
                f"{array.dtype.kind!r} {array.shape}"
            )
        return array.astype(np.float64)

    def read_texts(self, name: str) -> list[str]:
        """Read a dataset of texts; blanks around them are removed.

        Raises:
            FormatError: As :meth:`read_array`, or if it holds anything else.
        """
        values = self.read_array(name)
        if not values.size:
            return []
        if values.ndim != 1 or values.dtype.kind not in "OSU" or len(values) > _MAX_TEXTS:
            raise FormatError(f"{self.path}: expected a list of texts in {name!r}")
        return [self._decode(value, name) for value in values.tolist()]

    def _decode(self, value: object, name: str) -> str:
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if not isinstance(value, str):
            raise FormatError(f"{self.path}: expected a list of texts in {name!r}")
        return value.strip()

    def _find(self, name: str) -> Any:
        """Return a group or dataset of the file itself; None if there is none."""
        import h5py

        found = self._file
        for part in [part for part in name.split("/") if part]:
            if not isinstance(found, h5py.Group) or part not in found:
                return None
            if isinstance(found.get(part, getlink=True), h5py.ExternalLink):
                raise FormatError(f"{self.path}: {name!r} is in another file, which is not read")
            found = found[part]
        return found

    def _check_size(self, dataset: Any, name: str) -> None:
        if dataset.is_virtual or dataset.external:
            raise FormatError(f"{self.path}: {name!r} lies in another file, which is not read")
        stored = min(int(dataset.id.get_storage_size()), self._num_bytes)
        if dataset.size * dataset.dtype.itemsize > _SMALL_BYTES + _BYTES_OF_ONE * stored:
            raise FormatError(
                f"{self.path}: {name!r} declares {dataset.shape}, but only {stored} bytes of it "
                "are there; is the file damaged?"
            )


@contextmanager
def open_hdf5(path: Path) -> Iterator[Hdf5File]:
    """Open an HDF5 file; what goes wrong while it is open is a FormatError.

    Raises:
        FormatError: If h5py is not installed, or the file cannot be read.
    """
    try:
        import h5py
    except ImportError as error:
        raise FormatError(
            f"{path}: HDF5 files are read with the package h5py, which is not installed; install "
            "skelgraph[labs]"
        ) from error
    if path.is_dir():
        raise FormatError(f"{path}: expected a file, but this is a folder")
    try:
        if not path.stat().st_size:
            raise FormatError(f"{path}: the file is empty")
        _check_heaps(path)
        with h5py.File(path, "r", locking=False) as file:
            yield Hdf5File(file, path)
    except SkelgraphError:
        raise
    except _DAMAGE as error:
        detail = shorten(" ".join(str(error).split()), 200)
        raise FormatError(f"{path}: expected an HDF5 file, but it is damaged: {detail}") from error


def _check_heaps(path: Path) -> None:
    """Check the collections of texts, in one of which damage keeps the HDF5 library forever."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = content.find(_HEAP)
        while start >= 0:
            if not _is_sound_heap(content, start):
                raise FormatError(f"{path}: expected texts at byte {start}, but they are damaged")
            start = content.find(_HEAP, start + len(_HEAP))


def _is_sound_heap(content: mmap.mmap, start: int) -> bool:
    """Whether the entries of a collection (number, count, length, data) fill it exactly.

    The entry of number 0 is what is free; its length counts its own header.
    """
    at = start + _HEAP_HEADER.size
    if at > len(content):
        return False
    end = start + int(_HEAP_HEADER.unpack_from(content, start)[1])
    if end > len(content):
        return False
    while end - at >= _HEAP_ENTRY.size:
        number, _, length = _HEAP_ENTRY.unpack_from(content, at)
        if number == 0 and length < _HEAP_ENTRY.size:
            return False
        at += length if number == 0 else _HEAP_ENTRY.size + -(-length // 8) * 8
    return at <= end
