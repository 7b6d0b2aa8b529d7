"""The parameters of a C3D file: named values in named groups, and how its processor spells numbers.

The section opens with four bytes, of which the last is the processor. Then come groups and
parameters in any order, each with the length of its name (negative: locked), the number of its
group (negative for the group itself), the name, and the distance to the next; a parameter goes on
with the size of its items (-1 text, 1 byte, 2 integer, 4 float), its axes, and the items.
"""

import math
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from skelgraph.errors import FormatError
from skelgraph.typing import FloatArray, IntArray

BLOCK = 512
_MAX_ITEMS = 100_000


class Processor(IntEnum):
    """Whose numbers they are."""

    INTEL = 84
    DEC = 85
    MIPS = 86

    def integers(self, content: bytes) -> IntArray:
        """Return unsigned words of two bytes."""
        words = np.frombuffer(content, dtype=">u2" if self is Processor.MIPS else "<u2")
        return words.astype(np.int64)

    def signed(self, content: bytes) -> IntArray:
        """Return signed words of two bytes."""
        words = np.frombuffer(content, dtype=">i2" if self is Processor.MIPS else "<i2")
        return words.astype(np.int64)

    def floats(self, content: bytes) -> FloatArray:
        """Return numbers in single precision; a VAX swaps words, with an exponent larger by 2."""
        if self is Processor.DEC:
            words = np.frombuffer(content, dtype="<u2").reshape(-1, 2)[:, ::-1]
            content = np.ascontiguousarray(words).tobytes()
        kind = ">f4" if self is Processor.MIPS else "<f4"
        with np.errstate(invalid="ignore"):  # a NaN of a kind that warns
            numbers = np.frombuffer(content, dtype=kind).astype(np.float64)
        return numbers / 4 if self is Processor.DEC else numbers


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """The parameters of a file.

    Args:
        processor: Whose numbers the file holds.
        values: For each group and name, in capitals, an array of numbers or a list of texts.
    """

    processor: Processor
    values: dict[tuple[str, str], Any] = field(default_factory=dict)

    def number(self, group: str, name: str, default: float) -> float:
        """Return the first number of a parameter, or the default if it has none."""
        value = self.values.get((group, name))
        if isinstance(value, np.ndarray) and value.size and np.isfinite(value.flat[0]):
            return float(value.flat[0])
        return float(default)

    def double_word(self, group: str, name: str) -> int | None:
        """Return the whole number of two words, the lower first; None if there is none."""
        value = self.values.get((group, name))
        if isinstance(value, np.ndarray) and value.size == 2 and value.dtype.kind == "i":
            return int(value.flat[0]) + 65536 * int(value.flat[1])
        return None

    def texts(self, group: str, name: str) -> list[str]:
        """Return the texts of a parameter and of its continuations (``LABELS2``, ...)."""
        found: list[str] = []
        for suffix in ("", *map(str, range(2, 10))):
            value = self.values.get((group, name + suffix))
            if not isinstance(value, list):
                break
            found += value
        return found


def parse_parameters(content: bytes, start: int, path: Path) -> Parameters:
    """Parse the parameters of a file whose section begins at a byte.

    Raises:
        FormatError: If the section is not there, or is damaged.
    """
    processors = {processor.value: processor for processor in Processor}
    if len(content) < start + 4 or content[start + 3] not in processors:
        raise FormatError(f"{path}: expected parameters after byte {start}, but got none")
    parameters = Parameters(processor=processors[content[start + 3]])
    groups: dict[int, str] = {}
    found: list[tuple[int, str, Any]] = []
    at = start + 4
    while at + 2 <= len(content):
        length = abs(int.from_bytes(content[at : at + 1], signed=True))
        group = int.from_bytes(content[at + 1 : at + 2], signed=True)
        if not length or not group:
            break
        name = content[at + 2 : at + 2 + length].decode("latin-1").upper()
        after = at + 2 + length
        if after + 2 > len(content):
            raise FormatError(f"{path}: its parameters are cut off in {name!r}")
        step = int(parameters.processor.signed(content[after : after + 2])[0])
        if group < 0:
            groups[-group] = name
        else:
            found.append((group, name, _parse_items(content, after + 2, parameters, path)))
        if step <= 2:  # 0 ends the section
            break
        at = after + step
    parameters.values.update(
        {(groups[number], name): value for number, name, value in found if number in groups}
    )
    return parameters


def _parse_items(content: bytes, at: int, parameters: Parameters, path: Path) -> Any:
    """Return a list of texts, an array of numbers, or None for anything else."""
    size, num_axes = int.from_bytes(content[at : at + 1], signed=True), content[at + 1 : at + 2]
    axes = list(content[at + 2 : at + 2 + (num_axes[0] if num_axes else 0)])
    count = math.prod(axes)
    data = content[at + 2 + len(axes) : at + 2 + len(axes) + count * abs(size)]
    if (
        not num_axes
        or len(axes) < num_axes[0]
        or count > _MAX_ITEMS
        or len(data) < count * abs(size)
    ):
        raise FormatError(f"{path}: its parameters are cut off")
    if size == -1:
        width = axes[0] if axes else 1
        lines = [data[n : n + width] for n in range(0, len(data), width)] if width else []
        return [line.decode("latin-1").rstrip("\0 ") for line in lines]
    numbers: npt.NDArray[Any] | None = None
    if size == 2:
        numbers = parameters.processor.integers(data)
    elif size == 4:
        numbers = parameters.processor.floats(data)
    return numbers
