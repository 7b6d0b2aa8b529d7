"""Writing plain values and arrays as a pickle that every version of numpy reads.

Python's own writer names numpy's modules as the numpy at hand does, and numpy 1 does not know the
names of numpy 2 (``numpy._core``). The names written here are known to both.
"""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt


def format_pickle(value: Any) -> bytes:
    """A value as a pickle of protocol 3.

    Args:
        value: Dictionaries, lists and tuples of texts, numbers, None, and arrays of numbers.

    Raises:
        TypeError: If it holds anything else.
    """
    parts = [b"\x80\x03"]
    _write(value, parts)
    return b"".join([*parts, b"."])


def _write(value: Any, parts: list[bytes]) -> None:
    if value is None:
        parts.append(b"N")
    elif isinstance(value, bool):
        parts.append(b"\x88" if value else b"\x89")
    elif isinstance(value, int):
        number = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        parts.append(b"\x8a" + bytes([len(number)]) + number)
    elif isinstance(value, float):
        parts.append(b"G" + struct.pack(">d", value))
    elif isinstance(value, str):
        text = value.encode()
        parts.append(b"X" + struct.pack("<I", len(text)) + text)
    elif isinstance(value, bytes):
        parts.append(b"B" + struct.pack("<I", len(value)) + value)
    elif isinstance(value, np.ndarray):
        _write_array(value, parts)
    elif isinstance(value, list | tuple):
        parts.append(b"(")
        for item in value:
            _write(item, parts)
        parts.append(b"l" if isinstance(value, list) else b"t")
    elif isinstance(value, dict):
        parts.append(b"(")
        for key, item in value.items():
            _write(key, parts)
            _write(item, parts)
        parts.append(b"d")
    else:
        raise TypeError(f"expected plain values and arrays, but got {type(value).__name__}")


def _write_array(array: npt.NDArray[Any], parts: list[bytes]) -> None:
    """An empty array, and then its state: version, shape, type, order, bytes."""
    if array.dtype.kind not in "fiu":
        raise TypeError(f"expected an array of numbers, but got one of {array.dtype}")
    little = array.astype(array.dtype.newbyteorder("<"))
    parts.append(b"cnumpy.core.multiarray\n_reconstruct\n")
    parts.append(b"cnumpy\nndarray\n")
    _write((0,), parts)
    _write(b"b", parts)
    parts.append(b"\x87R(")
    _write(1, parts)
    _write(array.shape, parts)
    parts.append(b"cnumpy\ndtype\n")
    _write((little.dtype.str[1:], False, True), parts)
    parts.append(b"R")
    _write((3, "<", None, None, None, -1, -1, 0), parts)
    parts.append(b"b")
    _write(False, parts)
    _write(little.tobytes(), parts)
    parts.append(b"tb")
