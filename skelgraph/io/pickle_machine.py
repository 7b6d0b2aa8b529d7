"""The instructions of pickles, followed one by one without ever calling what a file names.

Those that fill large files are decoded here; ``pickletools`` of Python's library decodes the
others. The content may be a file that is mapped into memory: long byte strings are views of it, so
that an array of 2 GB is neither copied nor read before somebody looks at its numbers.
"""

import mmap
import pickletools
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import IO, Any, Protocol, cast

from skelgraph.errors import FormatError

_LONG = 512
"""Byte strings from this length on are views of the content."""

_MOST_NUMBERS_AS_KEYS = 256
"""Numbers as keys of one dictionary: their hashes can be chosen so that more would be slow."""

_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_STOP = ord(".")

Step = Callable[[int], int]
"""Follow an instruction whose argument begins at a place; return where the next one begins."""


class Blank:
    """An array that waits for its content; ``places`` are where the memo holds it."""

    def __init__(self) -> None:
        self.places: list[int] = []


class Names(Protocol):
    """What a pickle may name, and what it means there."""

    def find(self, module: str, name: str) -> Any:
        """Return what stands for a name; raise an error if it is not allowed."""
        ...

    def apply(self, named: Any, arguments: Any) -> Any:
        """Return the value of a name with its arguments."""
        ...

    def fill(self, target: Any, state: Any) -> Any:
        """Return what a value becomes by its content."""
        ...

    def refuse(self, what: str) -> FormatError:
        """Return the error for what is not followed."""
        ...


class PickleMachine:
    """The stack, the memo and what each instruction does to them.

    Args:
        content: The pickle.
        names: What it may name.
    """

    def __init__(self, content: bytes | mmap.mmap, names: Names) -> None:
        self.content = content
        self.view = memoryview(content)
        self.file: BytesIO | mmap.mmap = BytesIO(content) if isinstance(content, bytes) else content
        self.names = names
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks under the open marks
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Follow all instructions and return the value that they leave.

        Raises:
            LookupError, TypeError, ValueError: And others, if the pickle is damaged.
        """
        content, steps, place = self.content, [self._find_step(code) for code in range(256)], 0
        while (code := content[place]) != _STOP:
            place = steps[code](place + 1)
        return self.stack.pop()

    def _find_step(self, code: int) -> Step:
        """Return the step of an instruction."""
        opcode = _OPCODES.get(chr(code))
        if opcode is not None and opcode.name in _STEPS:
            return partial(_STEPS[opcode.name], self)
        if opcode is not None and opcode.name in _RARE_STEPS:
            return partial(self._follow_rare, _RARE_STEPS[opcode.name], opcode.arg)
        return partial(self._refuse, None if opcode is None else opcode.name)

    def _refuse(self, name: str | None, place: int) -> int:
        if name is None:
            raise ValueError(f"there is no instruction at byte {place - 1}")
        raise self.names.refuse(f"instruction {name}")

    def _follow_rare(
        self, act: "_Act", argument: pickletools.ArgumentDescriptor | None, place: int
    ) -> int:
        """Follow an instruction whose argument the library decodes."""
        self.file.seek(place)
        act(self, None if argument is None else argument.reader(cast("IO[bytes]", self.file)))
        return self.file.tell()

    def push(self, value: object, place: int) -> int:
        """Push a value; go on at a place."""
        self.stack.append(value)
        return place

    def push_text(self, start: int, length: int) -> int:
        """Push a text of so many bytes."""
        view = self._view(start, length)
        self.stack.append(str(view, "utf-8", "surrogatepass"))
        return start + length

    def push_bytes(self, start: int, length: int) -> int:
        """Push a byte string; of a long one, a view."""
        view = self._view(start, length)
        self.stack.append(bytes(view) if length < _LONG else view)
        return start + length

    def _view(self, start: int, length: int) -> memoryview:
        if start + length > len(self.view):
            raise ValueError(f"expected {length} bytes at {start}, but the file ends before")
        return self.view[start : start + length]

    def recall(self, number: int, place: int) -> int:
        """Push a value of the memo."""
        return self.push(self.memo[number], place)

    def memoize(self, number: int, place: int) -> int:
        """Note the value on top of the stack in the memo."""
        top = self.stack[-1]
        if type(top) is Blank:
            top.places.append(number)
        self.memo[number] = top
        return place

    def mark(self, place: int) -> int:
        """Begin a list of values, on top of the stack."""
        self.below.append(self.stack)
        self.stack = []
        return place

    def pop_mark(self) -> list[Any]:
        """Return the values since the last mark, and go on under it."""
        items = self.stack
        self.stack = self.below.pop()
        return items

    def push_marked(self, kind: type[list[Any]] | type[tuple[Any, ...]], place: int) -> int:
        """Push a list or tuple of the values since the last mark."""
        return self.push(kind(self.pop_mark()), place)

    def make_tuple(self, count: int, place: int) -> int:
        """Join the last values of the stack."""
        cut = len(self.stack) - count
        if cut < 0:
            raise IndexError("too few values for a tuple")
        self.stack[cut:] = [tuple(self.stack[cut:])]
        return place

    def extend(self, items: Sequence[Any], place: int) -> int:
        """Append values to the list on top of the stack."""
        target = self.stack[-1]
        if type(target) is not list:
            raise TypeError("expected a list to append to")
        target.extend(items)
        return place

    def set_items(self, items: Sequence[Any], place: int) -> int:
        """Add keys and values, which follow each other, to the dictionary on top of the stack."""
        target, keys = self.stack[-1], items[::2]
        if type(target) is not dict:
            raise TypeError("expected a dictionary to add to")
        # The hashes of texts are random, so that no file can make a dictionary slow.
        if set(map(type, keys)) != {str}:
            if not all(type(key) in (str, int, float) for key in keys):
                raise TypeError("expected a dictionary with texts or numbers as keys")
            if len(target) + len(keys) > _MOST_NUMBERS_AS_KEYS:
                raise ValueError(f"a dictionary has more than {_MOST_NUMBERS_AS_KEYS} numbers")
        target.update(zip(keys, items[1::2], strict=True))
        return place

    def make_dict(self, place: int) -> int:
        """Make a dictionary of the values since the last mark."""
        items = self.pop_mark()
        return self.set_items(items, self.push({}, place))

    def push_name(self, module: Any, name: Any, place: int) -> int:
        """Push what stands for a name."""
        if not isinstance(name, str) or not isinstance(module, str):
            raise TypeError("expected the name of a module")
        return self.push(self.names.find(module, name), place)

    def push_spelled_name(self, spelled: str) -> None:
        """Push what stands for the name of a module and one in it."""
        module, _, name = spelled.partition(" ")
        self.push_name(module, name, 0)

    def reduce(self, place: int) -> int:
        """Apply a name to its arguments."""
        arguments, named = self.stack.pop(), self.stack.pop()
        return self.push(self.names.apply(named, arguments), place)

    def build(self, place: int) -> int:
        """Give a value its content."""
        state, target = self.stack.pop(), self.stack[-1]
        value = self.names.fill(target, state)
        if type(target) is Blank:
            for number in target.places:
                self.memo[number] = value
        self.stack[-1] = value
        return place


_UINT4, _INT4 = struct.Struct("<I"), struct.Struct("<i")
_UINT8, _FLOAT8 = struct.Struct("<Q"), struct.Struct(">d")


def _uint4(machine: PickleMachine, place: int) -> int:
    return int(_UINT4.unpack_from(machine.content, place)[0])


def _uint8(machine: PickleMachine, place: int) -> int:
    return int(_UINT8.unpack_from(machine.content, place)[0])


def _swap(machine: PickleMachine) -> tuple[Any, Any]:
    """Return the last two values of the stack, the earlier one first."""
    last = machine.stack.pop()
    return machine.stack.pop(), last


_STEPS: Mapping[str, Callable[[PickleMachine, int], int]] = {
    "NONE": lambda machine, place: machine.push(None, place),
    "NEWTRUE": lambda machine, place: machine.push(True, place),
    "NEWFALSE": lambda machine, place: machine.push(False, place),
    "EMPTY_LIST": lambda machine, place: machine.push([], place),
    "EMPTY_DICT": lambda machine, place: machine.push({}, place),
    "EMPTY_TUPLE": lambda machine, place: machine.push((), place),
    "BININT1": lambda machine, place: machine.push(machine.content[place], place + 1),
    "BININT2": lambda machine, place: machine.push(
        machine.content[place] | machine.content[place + 1] << 8, place + 2
    ),
    "BININT": lambda machine, place: machine.push(
        _INT4.unpack_from(machine.content, place)[0], place + 4
    ),
    "BINFLOAT": lambda machine, place: machine.push(
        _FLOAT8.unpack_from(machine.content, place)[0], place + 8
    ),
    "SHORT_BINUNICODE": lambda machine, place: machine.push_text(place + 1, machine.content[place]),
    "BINUNICODE": lambda machine, place: machine.push_text(place + 4, _uint4(machine, place)),
    "BINUNICODE8": lambda machine, place: machine.push_text(place + 8, _uint8(machine, place)),
    "SHORT_BINBYTES": lambda machine, place: machine.push_bytes(place + 1, machine.content[place]),
    "BINBYTES": lambda machine, place: machine.push_bytes(place + 4, _uint4(machine, place)),
    "BINBYTES8": lambda machine, place: machine.push_bytes(place + 8, _uint8(machine, place)),
    "BYTEARRAY8": lambda machine, place: machine.push_bytes(place + 8, _uint8(machine, place)),
    "BINGET": lambda machine, place: machine.recall(machine.content[place], place + 1),
    "LONG_BINGET": lambda machine, place: machine.recall(_uint4(machine, place), place + 4),
    "BINPUT": lambda machine, place: machine.memoize(machine.content[place], place + 1),
    "LONG_BINPUT": lambda machine, place: machine.memoize(_uint4(machine, place), place + 4),
    "MEMOIZE": lambda machine, place: machine.memoize(len(machine.memo), place),
    "MARK": PickleMachine.mark,
    "TUPLE": lambda machine, place: machine.push_marked(tuple, place),
    "TUPLE1": lambda machine, place: machine.make_tuple(1, place),
    "TUPLE2": lambda machine, place: machine.make_tuple(2, place),
    "TUPLE3": lambda machine, place: machine.make_tuple(3, place),
    "APPEND": lambda machine, place: machine.extend((machine.stack.pop(),), place),
    "APPENDS": lambda machine, place: machine.extend(machine.pop_mark(), place),
    "SETITEM": lambda machine, place: machine.set_items(_swap(machine), place),
    "SETITEMS": lambda machine, place: machine.set_items(machine.pop_mark(), place),
    "STACK_GLOBAL": lambda machine, place: machine.push_name(*_swap(machine), place),
    "REDUCE": PickleMachine.reduce,
    "BUILD": PickleMachine.build,
}

_DECODED = (
    *("INT", "LONG", "LONG1", "LONG4", "FLOAT", "UNICODE"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING"),  # of Python 2
)

_Act = Callable[[PickleMachine, Any], object]
_RARE_STEPS: Mapping[str, _Act] = {
    **dict.fromkeys(_DECODED, lambda machine, value: machine.stack.append(value)),
    **dict.fromkeys(("PROTO", "FRAME"), lambda machine, _: None),
    "LIST": lambda machine, _: machine.push_marked(list, 0),
    "DICT": lambda machine, _: machine.make_dict(0),
    "POP": lambda machine, _: machine.stack.pop(),
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
    "PUT": lambda machine, number: machine.memoize(number, 0),
    "GET": lambda machine, number: machine.recall(number, 0),
    "GLOBAL": PickleMachine.push_spelled_name,
}
