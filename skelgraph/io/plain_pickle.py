"""Pickles read as data: dictionaries, lists, texts, numbers and numpy arrays, nothing else.

A pickle is a program, and Python's own reader calls whatever function the file names. Here the
instructions are followed one by one and nothing is ever called: the few names that numpy arrays
need stand in a table, with what they mean; any other name is an error. Array sizes are compared
with the bytes that are there before anything is allocated.

Instructions: the module ``pickletools`` of Python's library.
"""

import math
import pickletools
import re
import struct
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError
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
_LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE"),
    *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_DAMAGE = (
    *(ArithmeticError, EOFError, IndexError, KeyError, MemoryError, TypeError, ValueError),
    struct.error,
)
"""What pickletools and the stack below raise for a damaged pickle."""


def parse_pickle(content: bytes, path: Path) -> Any:
    """Parse a pickle, of any protocol, of plain types and numpy arrays.

    Returns:
        Dictionaries with texts as keys, lists, tuples, texts, bytes, numbers, None, and arrays,
        which may be read-only.

    Raises:
        FormatError: If it is damaged, or names anything that is not part of an array.
    """
    machine = _Machine(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on the spelling of damaged texts
            return machine.run(content)
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


class _Blank:
    """An array that waits for its content; ``places`` are where the memo holds it."""

    def __init__(self) -> None:
        self.places: list[int] = []


class _Type:
    """The type of an array's items, whose byte order comes later."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype


class _Machine:
    """The stack, the memo and what each instruction does to them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks under the open marks
        self.memo: dict[int, Any] = {}

    def run(self, content: bytes) -> Any:
        for opcode, argument, _ in pickletools.genops(content):
            name = opcode.name
            if name in _LITERALS:
                self.stack.append(argument)
            elif name in _STEPS:
                _STEPS[name](self, argument)
            else:
                self.refuse(f"instruction {name}")
        return self.stack.pop()

    def refuse(self, what: str) -> NoReturn:
        raise FormatError(
            f"{self.path}: expected a pickle of plain values and numpy arrays, but it holds "
            f"{shorten(what, 120)}, which is not opened, since a pickle can run code; save plain "
            "values and arrays in the program that wrote it"
        )

    def push(self, value: object) -> None:
        self.stack.append(value)

    def pop_mark(self) -> list[Any]:
        items = self.stack
        self.stack = self.below.pop()
        return items

    def mark(self, _: object) -> None:
        self.below.append(self.stack)
        self.stack = []

    def push_tuple(self, count: int) -> None:
        cut = len(self.stack) - count
        if cut < 0:
            raise IndexError("too few values for a tuple")
        self.stack[cut:] = [tuple(self.stack[cut:])]

    def fill(self, target: Any, items: Sequence[Any]) -> None:
        if not isinstance(target, list):
            raise TypeError("expected a list to append to")
        target.extend(items)

    def set_items(self, target: Any, items: Sequence[Any]) -> None:
        keys, values = items[::2], items[1::2]
        # Texts alone: their hashes are random, so that no file can make a dictionary slow.
        if not isinstance(target, dict) or not all(isinstance(key, str) for key in keys):
            raise TypeError("expected a dictionary with texts as keys")
        target.update(zip(keys, values, strict=True))

    def append(self, _: object) -> None:
        item = self.stack.pop()
        self.fill(self.stack[-1], [item])

    def set_item(self, _: object) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items(self.stack[-1], [key, value])

    def new_dict(self, _: object) -> None:
        items, made = self.pop_mark(), {}  # type: ignore[var-annotated]
        self.set_items(made, items)
        self.stack.append(made)

    def memoize(self, place: int | None) -> None:
        place = len(self.memo) if place is None else place
        if isinstance(self.stack[-1], _Blank):
            self.stack[-1].places.append(place)
        self.memo[place] = self.stack[-1]

    def push_name(self, module: str, name: str) -> None:
        meaning = _NAMES.get((module, name))
        if meaning is None:
            self.refuse(f"{module}.{name}")
        self.stack.append(_Name(meaning))

    def push_stacked_name(self, _: object) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise TypeError("expected the name of a module")
        self.push_name(module, name)

    def reduce(self, _: object) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        if not isinstance(name, _Name) or not isinstance(arguments, tuple):
            raise TypeError("expected a name and its arguments")
        self.stack.append(_MEANINGS[name.meaning](*arguments))

    def build(self, _: object) -> None:
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, _Type):
            target.dtype = target.dtype.newbyteorder(state[1])
        elif isinstance(target, _Blank):
            _, shape, dtype, is_fortran, data = state
            array = _make_array(data, dtype, shape, "F" if is_fortran else "C")
            for place in target.places:
                self.memo[place] = array
            self.stack[-1] = array
        else:
            raise TypeError("expected an array before its content")


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
    "array": lambda *_: _Blank(),
    "dtype": _make_type,
    "scalar": _make_scalar,
    "frombuffer": _make_array,
    "encode": _encode,
    "bytes": lambda: b"",
}

_STEPS: Mapping[str, Callable[[_Machine, Any], object]] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "NONE": lambda machine, _: machine.stack.append(None),
    "NEWTRUE": lambda machine, _: machine.stack.append(True),
    "NEWFALSE": lambda machine, _: machine.stack.append(False),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "EMPTY_TUPLE": lambda machine, _: machine.stack.append(()),
    "MARK": _Machine.mark,
    "LIST": lambda machine, _: machine.push(machine.pop_mark()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.pop_mark())),
    "DICT": _Machine.new_dict,
    "TUPLE1": lambda machine, _: machine.push_tuple(1),
    "TUPLE2": lambda machine, _: machine.push_tuple(2),
    "TUPLE3": lambda machine, _: machine.push_tuple(3),
    "APPEND": _Machine.append,
    "APPENDS": lambda machine, _: machine.fill(items=machine.pop_mark(), target=machine.stack[-1]),
    "SETITEM": _Machine.set_item,
    "SETITEMS": lambda machine, _: machine.set_items(
        items=machine.pop_mark(), target=machine.stack[-1]
    ),
    "POP": lambda machine, _: machine.stack.pop(),
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
    "PUT": _Machine.memoize,
    "BINPUT": _Machine.memoize,
    "LONG_BINPUT": _Machine.memoize,
    "MEMOIZE": _Machine.memoize,
    "GET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "LONG_BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "GLOBAL": lambda machine, name: machine.push_name(*name.split(" ", 1)),
    "STACK_GLOBAL": _Machine.push_stacked_name,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}
