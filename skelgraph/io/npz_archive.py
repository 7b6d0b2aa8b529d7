"""Arrays of an npz archive that may be damaged or hostile.

``numpy.load`` believes an array's header: a few bytes can ask for terabytes. Here the header is
compared with the archive before anything is allocated, and no pickle is executed.
"""

import io
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from skelgraph.errors import FormatError
from skelgraph.io.plain_pickle import parse_pickle
from skelgraph.io.text import read_bytes, shorten
from skelgraph.typing import FloatArray, IntArray

DAMAGE = (
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What zipfile and numpy raise for damaged archives and array headers."""

MAX_EXPANSION = 200
"""An array may be this many times larger than the whole archive; real ones reach about ten."""
_MAX_ITEMS_OF_NO_SIZE = 1000
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class NpzArchive:
    """The arrays of an npz archive, by key.

    Raises:
        FormatError: If the file is no zip archive of arrays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        content = read_bytes(path)
        self._limit = MAX_EXPANSION * len(content)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except DAMAGE as error:
            raise FormatError(
                f"{path}: expected an npz archive, but got no zip: {error}"
            ) from error
        self._members = {
            info.filename.removesuffix(".npy"): info
            for info in self._zip.infolist()
            if info.filename.endswith(".npy")
        }
        if not self._members:
            raise FormatError(
                f"{path}: expected an npz archive, but the zip holds no arrays (.npy)"
            )

    @property
    def size_limit(self) -> int:
        """How many bytes all arrays together may have, in proportion to the archive."""
        return self._limit

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the arrays."""
        return tuple(self._members)

    def read_numbers(self, key: str) -> FloatArray:
        """Read an array of real numbers, in double precision.

        Raises:
            FormatError: If there is none of that key.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self._read(key, "fiu", "numbers").astype(np.float64)

    def read_integers(self, key: str) -> IntArray:
        """Read an array of whole numbers.

        Raises:
            FormatError: If there is none of that key.
        """
        integers: IntArray = self._read(key, "iu", "whole numbers")
        return integers

    def read_texts(self, key: str) -> list[str]:
        """Read the texts of an array, in order.

        Raises:
            FormatError: If there is none of that key.
        """
        array = self._read(key, "U", "text")
        try:
            texts = [str(text) for text in array.ravel().tolist()]
            "".join(texts).encode()  # half of a surrogate pair could not be printed
        except ValueError as error:
            raise FormatError(f"{self._path}: array {key!r} holds damaged text") from error
        return texts

    def read_object(self, key: str) -> Any:
        """Return the one Python object of plain types and arrays that an array holds.

        It is parsed by :func:`skelgraph.io.plain_pickle.parse_pickle`, which calls nothing.

        Raises:
            FormatError: If there is none of that key, or it holds anything else.
        """
        array = self.read_objects(key)
        if array.shape != ():
            raise FormatError(
                f"{self._path}: expected one Python object in array {key!r}, but got {array.dtype} "
                f"{array.shape}"
            )
        return array.item()

    def read_objects(self, key: str) -> npt.NDArray[Any]:
        """Read an array of numbers, or of Python objects of plain types and arrays.

        Raises:
            FormatError: If there is none of that key, or it holds anything else.
        """
        self._check_key(key)
        try:
            content = self._extract(self._members[key])
        except DAMAGE as error:
            raise self._damage(key, error) from error
        return parse_npy_objects(content, Path(f"{self._path}, array {key!r}"))

    def _check_key(self, key: str) -> None:
        if key not in self._members:
            raise FormatError(
                f"{self._path}: expected an array {key!r}, but the keys are "
                f"{shorten(', '.join(self.keys), 200)}"
            )

    def _damage(self, key: str, error: Exception) -> FormatError:
        return FormatError(
            f"{self._path}: array {key!r} cannot be read: {shorten(str(error), 200)}"
        )

    def _read(self, key: str, kinds: str, expected: str) -> npt.NDArray[Any]:
        self._check_key(key)
        try:
            array = self._parse(self._members[key])
        except DAMAGE as error:
            raise self._damage(key, error) from error
        if array is None or array.dtype.kind not in kinds:
            got = "pickled objects" if array is None else f"{array.dtype}"
            raise FormatError(f"{self._path}: expected {expected} in array {key!r}, but got {got}")
        return array

    def _parse(self, member: zipfile.ZipInfo) -> npt.NDArray[Any] | None:
        """Parse a member's array; None for an array of Python objects."""
        return _parse_npy(self._extract(member))

    def _extract(self, member: zipfile.ZipInfo) -> bytes:
        if member.file_size > self._limit:
            raise ValueError(f"its {member.file_size} bytes are out of proportion to the file")
        return self._zip.read(member)


def parse_npy_numbers(content: bytes, path: Path) -> FloatArray:
    """Parse the real numbers of a ``.npy`` file, in double precision.

    Raises:
        FormatError: If it is damaged, or holds no real numbers.
    """
    try:
        array = _parse_npy(content)
    except DAMAGE as error:
        raise FormatError(
            f"{path}: expected a numpy array (.npy), but it cannot be read: "
            f"{shorten(str(error), 200)}"
        ) from error
    if array is None or array.dtype.kind not in "fiu":
        got = "pickled objects" if array is None else f"{array.dtype}"
        raise FormatError(f"{path}: expected an array of numbers, but got {got}")
    with np.errstate(over="ignore", invalid="ignore"):
        return array.astype(np.float64)


def parse_npy_objects(content: bytes, path: Path) -> npt.NDArray[Any]:
    """Parse a ``.npy`` file of numbers, or of Python objects of plain types and arrays.

    Raises:
        FormatError: If the file is damaged, or the objects are anything else.
    """
    try:
        shape, _, dtype, start = _parse_header(content)
        array = None if dtype.hasobject else _parse_npy(content)
    except DAMAGE as error:
        raise FormatError(f"{path}: it cannot be read: {shorten(str(error), 200)}") from error
    if array is None:
        array = parse_pickle(content[start:], path)
    if not isinstance(array, np.ndarray) or array.shape != shape:
        raise FormatError(f"{path}: expected objects {shape}, but got {type(array).__name__}")
    return array


def _parse_npy(content: bytes) -> npt.NDArray[Any] | None:
    """Parse the bytes of a ``.npy`` file; None for an array of Python objects."""
    shape, is_fortran, dtype, start = _parse_header(content)
    if dtype.hasobject:
        return None
    count = math.prod(shape)
    if dtype.itemsize == 0 and 0 <= count <= _MAX_ITEMS_OF_NO_SIZE:
        return np.zeros(shape, dtype=dtype)
    size = len(content) - start
    if min(shape, default=0) < 0 or count * dtype.itemsize != size:
        raise ValueError(f"shape {shape} of {dtype} does not fit {size} bytes")
    array = np.frombuffer(content, dtype=dtype, offset=start)
    return array.reshape(shape, order="F" if is_fortran else "C")


def _parse_header(content: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Parse shape, order and type, and the place of the first item."""
    file = io.BytesIO(content)
    return (*read_header(file), file.tell())


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the header of a ``.npy`` file: shape, whether columns come first, and type.

    Raises:
        DAMAGE: If it is damaged.
    """
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"version {version} of the npy format is not known")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on the spelling of old or damaged headers
        shape, is_fortran, dtype = _HEADERS[version](file)
    return shape, is_fortran, dtype


def write_archive(path: Path, arrays: Mapping[str, npt.ArrayLike]) -> None:
    """Write arrays of numbers and texts by key; the same arrays give the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for key, array in arrays.items():
            with archive.open(f"{key}.npy", "w") as file:
                npy.write_array(file, np.asarray(array), allow_pickle=False)


def list_members(path: Path) -> list[str]:
    """Return the names of the arrays of an archive, of which nothing else is read.

    Raises:
        DAMAGE: If it is damaged.
    """
    with zipfile.ZipFile(path) as archive:
        return [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]


def looks_like_poses(path: Path) -> bool:
    """Whether a file is an npz archive with ``positions``, or with one array (T, V, C) alone."""
    try:
        archive = NpzArchive(path)
        if "positions" in archive.keys:
            return True
        return len(archive.keys) == 1 and archive.read_numbers(archive.keys[0]).ndim == 3
    except FormatError:
        return False
