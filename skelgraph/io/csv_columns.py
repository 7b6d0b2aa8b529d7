"""The columns of a table of positions, told from its header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io.text import shorten

AXES = ("x", "y", "z")
CONFIDENCE = "confidence"

_PART = re.compile(rf"(.+)_({'|'.join(AXES)}|{CONFIDENCE})", re.IGNORECASE)
_FRAME = {"frame", "frames", "frame_idx", "frame_id", "frame_index", "frame_number"}
_SECONDS = {
    **dict.fromkeys(("time", "t", "time_s", "seconds", "sec"), 1.0),
    **dict.fromkeys(("ms", "time_ms", "timestamp", "timestamp_ms", "milliseconds"), 1e-3),
}


@dataclass(frozen=True, kw_only=True)
class Counter:
    """A column that counts frames or tells the time.

    Args:
        name: Its name in the header.
        number: Its place in the table.
        seconds: Its unit of time; 0 for a frame number.
    """

    name: str
    number: int
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column holds what.

    Args:
        coordinates: For each joint its columns of x, y and, in space, z.
        confidences: For each joint the column of its confidence; empty if there are none.
        frame: The column of frame numbers.
        time: The column of times.
    """

    coordinates: dict[str, tuple[int, ...]]
    confidences: dict[str, int]
    frame: Counter | None
    time: Counter | None

    @property
    def num_dimensions(self) -> int:
        """Number of coordinates C of a joint: 2 or 3."""
        return len(next(iter(self.coordinates.values())))

    def numbers(self, joints: Sequence[str]) -> list[int]:
        """Select the columns of some of the joints."""
        numbers = [number for joint in joints for number in self.coordinates[joint]]
        numbers += [self.confidences[joint] for joint in joints if self.confidences]
        numbers += [counter.number for counter in (self.frame, self.time) if counter]
        return numbers


def find_separator(header: str) -> str:
    """Return the most frequent separator in a header: comma, semicolon or tab."""
    return max(",;\t", key=header.count)


def find_columns(names: Sequence[str], path: Path) -> Columns:
    """Return the meaning of columns of these names.

    Raises:
        FormatError: If a name repeats, a joint lacks a coordinate, or there is no joint.
    """
    names = [name.strip() for name in names]
    parts: dict[str, dict[str, int]] = {}
    for number, name in enumerate(names):
        match = _PART.fullmatch(name)
        if match is None:
            continue
        part = match[2].lower()
        if part in parts.setdefault(match[1], {}):
            raise FormatError(f"{path}: expected column {shorten(name)!r} once, but it repeats")
        parts[match[1]][part] = number
    _check_parts(parts, names, path)
    axes = [axis for axis in AXES if axis in next(iter(parts.values()))]
    return Columns(
        coordinates={joint: tuple(found[axis] for axis in axes) for joint, found in parts.items()},
        confidences={
            joint: found[CONFIDENCE] for joint, found in parts.items() if CONFIDENCE in found
        },
        frame=_find_counter(names, dict.fromkeys(_FRAME, 0.0)),
        time=_find_counter(names, _SECONDS),
    )


def _check_parts(parts: dict[str, dict[str, int]], names: Sequence[str], path: Path) -> None:
    lower = [name.lower() for name in names]
    if not parts and "file" in lower and "label" in lower:
        raise FormatError(
            f"{path}: expected a table of positions, but this is a table of files and labels; pass "
            "its folder as a dataset"
        )
    if not parts:
        raise FormatError(
            f"{path}: expected columns such as Head_x, Head_y, Head_z, but got "
            f"{shorten(', '.join(names), 80)!r}"
        )
    first, expected = next(iter(parts.items()))
    for joint, found in parts.items():
        if not {"x", "y"} <= set(found) or set(found) != set(expected):
            raise FormatError(
                f"{path}: expected columns _x, _y and for all joints or for none _z and "
                f"_confidence, but {joint!r} has {', '.join(found)}"
                + (f" and {first!r} has {', '.join(expected)}" if joint != first else "")
            )


def _find_counter(names: Sequence[str], seconds: dict[str, float]) -> Counter | None:
    for number, name in enumerate(names):
        if name.lower() in seconds:
            return Counter(name=name, number=number, seconds=seconds[name.lower()])
    return None
