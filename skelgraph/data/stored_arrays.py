"""Reading an uncompressed npz archive as fast as its bytes come.

``numpy.load`` reads each array in small pieces and computes a CRC of all. Here an array is read in
one go, and its words are added up, which a processor does five times as fast.
"""

import math
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

_LOCAL_HEADER = struct.Struct("<26xHH")
"""What precedes a member of a zip archive; it ends in the lengths of its name and extra field."""


def load_stored(path: Path, names: Iterable[str]) -> list[npt.NDArray[Any]]:
    """Arrays of a file that ``numpy.savez`` wrote; they cannot be written to.

    Their values are not checked: see :func:`sum_words`.

    Args:
        path: The file.
        names: The arrays.

    Raises:
        OSError, EOFError, ValueError, struct.error, zipfile.BadZipFile: If it is missing, no such
            file, or cut off.
        KeyError: If there is no array of a name.
    """
    with path.open("rb") as file:
        with zipfile.ZipFile(file) as archive:
            members = {member.filename: member for member in archive.infolist()}
        return [_read(file, members[f"{name}.npy"]) for name in names]


def sum_words(array: npt.NDArray[Any]) -> int:
    """A checksum of an array's bytes: the sum of its words of 64 bits, and of what is left over.

    Any bit that is changed alone changes it.

    Example:
        >>> sum_words(np.array([1, 0, 2, 0, 5], dtype=np.uint32))
        8
    """
    content = array.reshape(-1).view(np.uint8)
    whole = len(content) - len(content) % 8
    rest = int.from_bytes(content[whole:].tobytes(), "little")
    return (int(content[:whole].view(np.uint64).sum(dtype=np.uint64)) + rest) % 2**64


def _read(file: IO[bytes], member: zipfile.ZipInfo) -> npt.NDArray[Any]:
    file.seek(member.header_offset)
    lengths = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    start = file.seek(sum(lengths), 1)
    version = npy.read_magic(file)
    shape, fortran_order, dtype = npy.read_array_header_1_0(file)
    size = file.tell() - start + math.prod(shape) * dtype.itemsize
    stored = member.compress_type == zipfile.ZIP_STORED and size == member.file_size
    if not stored or version != (1, 0) or fortran_order or dtype.hasobject:
        raise ValueError(f"{member.filename}: expected a plain array of {dtype}")
    array = np.fromfile(file, dtype=dtype, count=math.prod(shape)).reshape(shape)
    array.flags.writeable = False
    return array
