"""Pickles read as data: dictionaries, lists, texts, numbers and numpy arrays, nothing else.

A pickle is a program, and Python's own reader calls whatever function the file names. Here
nothing is ever called: the few names that numpy arrays need stand in a table, with what they mean;
any other name is an error. Array sizes are compared with the bytes that are there before anything
is allocated.
"""

import math
import mmap
import re
import struct
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError
from skelgraph.io.pickle_machine import Blank, PickleMachine
from skelgraph.io.text import shorten

_NUMPY_MODULES = ("numpy.core", "numpy._core")  # before numpy 2 and since
_NAMES = {
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    ("_codecs", "encode"): "encode",  # bytes, in protocols below 3
    ("__builtin__", "bytes"): "bytes",
    ("builtins", "bytes"): "bytes",
    **{(f"{module}.multiarray", "_reconstruct"): "array" for module in _NUMPY_MODULES},
    **{(f"{module}.multiarray", "scalar"): "scalar" for module in _NUMPY_MODULES},
    **{(f"{module}.numeric", "_frombuffer"): "frombuffer" for module in _NUMPY_MODULES},
}
_DTYPE = re.compile(r"[<>|=]?(?:[fiu][1248]|b1|O8?|[US]\d{1,4})")
_MAX_AXES = 32
_DAMAGE = (
    *(ArithmeticError, EOFError, IndexError, KeyError, MemoryError, TypeError, ValueError),
    struct.error,
)
"""What the machine and pickletools raise for a damaged pickle."""


def parse_pickle(content: bytes | mmap.mmap, path: Path) -> Any:
    """Parse a pickle, of any protocol, of plain types and numpy arrays.

    Args:
        content: The file's bytes, or the file mapped into memory, whose arrays are then not read
            before their numbers are used.
        path: The file, for the error.

    Returns:
        Dictionaries, lists, tuples, texts, bytes (long ones as views), numbers, None, and arrays,
        which may be read-only.

    Raises:
        FormatError: If it is damaged, or names anything that is not part of an array.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on the spelling of damaged texts
            return PickleMachine(content, _ArrayNames(path)).run()
    except FormatError:
        raise
    except _DAMAGE as error:
        raise FormatError(
            f"{path}: expected a pickle, but it is damaged or cut off: {shorten(str(error), 120)}"
        ) from error


class _Name:
    """A name of the table above, not yet applied to anything."""

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning


class _Type:
    """The type of an array's items, whose byte order comes later."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype


class _ArrayNames:
    """The names that arrays need; any other is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, module: str, name: str) -> "_Name":
        """Return a name of the table above."""
        meaning = _NAMES.get((module, name))
        if meaning is None:
            raise self.refuse(f"{module}.{name}")
        return _Name(meaning)

    def apply(self, named: Any, arguments: Any) -> Any:
        """Return what a name of the table makes of its arguments."""
        if not isinstance(named, _Name) or not isinstance(arguments, tuple):
            raise TypeError("expected a name and its arguments")
        return _MEANINGS[named.meaning](*arguments)

    def fill(self, target: Any, state: Any) -> Any:
        """Return an array with its content, or a type with its byte order."""
        if isinstance(target, _Type):
            target.dtype = target.dtype.newbyteorder(state[1])
            return target
        if not isinstance(target, Blank):
            raise TypeError("expected an array before its content")
        _, shape, dtype, is_fortran, data = state
        return _make_array(data, dtype, shape, "F" if is_fortran else "C")

    def refuse(self, what: str) -> FormatError:
        """Return the error for what is not opened."""
        return FormatError(
            f"{self.path}: expected a pickle of plain values and numpy arrays, but it holds "
            f"{shorten(what, 120)}, which is not opened, since a pickle can run code; save plain "
            "values and arrays in the program that wrote it"
        )


def _make_array(data: Any, kind: Any, shape: Any, order: Any) -> npt.NDArray[Any]:
    """Make an array of the bytes, or the list of objects, that exactly fill its shape."""
    if not isinstance(kind, _Type) or not isinstance(shape, tuple) or order not in ("C", "F"):
        raise TypeError("expected the type, shape and order of an array")
    if len(shape) > _MAX_AXES or not all(type(size) is int and 0 <= size < 2**62 for size in shape):
        raise ValueError("an array has an impossible shape")
    dtype = kind.dtype
    content: npt.NDArray[Any]
    if dtype.hasobject:
        if not isinstance(data, list):
            raise TypeError("expected the list of an array's objects")
        content = np.empty(len(data), dtype=object)
        for place, item in enumerate(data):
            content[place] = item
    else:
        if isinstance(data, str):  # how Python 2 wrote bytes
            data = data.encode("latin-1")
        if math.prod(shape) * dtype.itemsize != len(data):
            raise ValueError(f"{len(data)} bytes do not fill an array {shape} of {dtype}")
        content = np.frombuffer(data, dtype=dtype)
    return content.reshape(shape, order=order)


def _make_type(code: Any, *_: object) -> _Type:
    if isinstance(code, bytes):
        code = code.decode("latin-1")
    if not isinstance(code, str) or not _DTYPE.fullmatch(code):
        raise ValueError(f"arrays of {shorten(str(code))!r} are not read")
    return _Type(np.dtype(code))


def _make_scalar(kind: Any, data: Any) -> Any:
    return _make_array(data, kind, (), "C").item()


def _encode(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"bytes in the encoding {shorten(encoding)!r} are not read")
    return text.encode("latin-1")


_MEANINGS: Mapping[str, Callable[..., Any]] = {
    "array": lambda *_: Blank(),
    "dtype": _make_type,
    "scalar": _make_scalar,
    "frombuffer": _make_array,
    "encode": _encode,
    "bytes": lambda: b"",
}
