"""The meaning of a table's columns, told from their names, whatever the spelling.

A column is a coordinate of a joint if its name has the joint and the axis: ``Head_x``, ``Head.X``,
``HeadX``, ``Head[x]``, ``Head_pos_x``, ``X:Head``, ``x_head``, ``xHead``. The spelling is the one
in which most joints have x and y, so that a name that ends in x by chance is none. A unit may
follow in brackets. Confidences have one of the usual words in the place of the axis.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.errors import FormatError
from skelgraph.io.column_spellings import AXES, CONFIDENCE, CONFIDENCE_WORDS, Parts, match_parts
from skelgraph.io.guess_metadata import parse_unit
from skelgraph.io.text import shorten
from skelgraph.poses import Unit

_UNIT = re.compile(r"(?P<name>.*\S)\s*[\[(]\s*(?P<unit>[a-zµ]+)\s*[\])]", re.IGNORECASE)
_UNIT_AFTER_AXIS = re.compile(r"(?P<name>.*[^a-z][xyz])[\s_](?P<unit>mm|cm|m|px)", re.IGNORECASE)
_FRAMES = {
    *("frame", "frames", "frameidx", "frameid", "frameindex", "framenumber", "framenum", "frameno"),
    *("framecount", "fnum"),
}
_SECONDS = {
    **dict.fromkeys(
        ("time", "t", "times", "seconds", "sec", "secs", "timesec", "timeseconds"), 1.0
    ),
    **dict.fromkeys(("elapsedtime", "timestamps", "timestampsec"), 1.0),
    **dict.fromkeys(("ms", "timems", "timestampms", "milliseconds", "timestamp"), 1e-3),
    **dict.fromkeys(("us", "timeus", "timestampus", "microseconds", "timestampusec"), 1e-6),
}
_TIME_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "usec", "microseconds"), 1e-6),
}
_NO_WORD = re.compile(r"[\W_]+")


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
        unit: The unit of length that the names tell.
    """

    coordinates: dict[str, tuple[int, ...]]
    confidences: dict[str, int]
    frame: Counter | None = None
    time: Counter | None = None
    unit: Unit | None = None

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


def find_columns(names: Sequence[str], path: Path) -> Columns:
    """Return the meaning of columns of these names.

    Raises:
        FormatError: If a name repeats, a joint lacks a coordinate, or there is no joint.
    """
    plain, units = _split_units(names)
    parts = match_parts(plain)
    _check_repeats(parts, plain, path)
    told = {units[number] for found in parts.values() for number in found.values()} - {None}
    return columns_of_parts(
        {joint: _first_confidence(found) for joint, found in parts.items()},
        names,
        path,
        unit=told.pop() if len(told) == 1 else None,
    )


def columns_of_parts(
    parts: Parts, names: Sequence[str], path: Path, *, unit: Unit | None = None
) -> Columns:
    """Return the columns of joints whose parts (``x``, ``y``, ``z``, ``confidence``) are known.

    Args:
        parts: For each joint the columns of its parts.
        names: The names of all columns, among which are those of time.
        path: The file, for errors.
        unit: The unit of length, where it is told.

    Raises:
        FormatError: If a joint lacks a coordinate, or there is no joint.
    """
    _check_parts(parts, names, path)
    axes = [axis for axis in AXES if axis in next(iter(parts.values()))]
    return Columns(
        coordinates={joint: tuple(found[axis] for axis in axes) for joint, found in parts.items()},
        confidences={
            joint: found[CONFIDENCE] for joint, found in parts.items() if CONFIDENCE in found
        },
        frame=_find_frame(names),
        time=_find_time(names),
        unit=unit,
    )


def has_joints(names: Sequence[str]) -> bool:
    """Whether some of the columns are x and y of a joint."""
    return any({"x", "y"} <= set(found) for found in match_parts(_split_units(names)[0]).values())


def parse_part(word: str) -> str | None:
    """Return the part of a joint that a word means: an axis or ``confidence``; None for others.

    Example:
        >>> parse_part(" X"), parse_part("likelihood"), parse_part("time")
        ('x', 'confidence', None)
    """
    word = word.strip().lower()
    return word if word in AXES else CONFIDENCE if word in CONFIDENCE_WORDS else None


def parse_length(text: str) -> Unit | None:
    """Return the unit of coordinates that a text spells: of length, or pixels."""
    return "px" if text.strip().lower() in ("px", "pixel", "pixels") else parse_unit(text)


def _split_units(names: Sequence[str]) -> tuple[list[str], list[Unit | None]]:
    """Return names without their units, and the units of length."""
    plain: list[str] = []
    units: list[Unit | None] = []
    for name in names:
        name = name.strip()
        match = _UNIT.fullmatch(name) or _UNIT_AFTER_AXIS.fullmatch(name)
        unit = None if match is None else parse_length(match["unit"])
        plain.append(name if match is None or unit is None else match["name"])
        units.append(unit)
    return plain, units


def _first_confidence(found: dict[str, int]) -> dict[str, int]:
    """Return the coordinates and, as ``confidence``, the best of what may be one."""
    kept = {axis: number for axis, number in found.items() if axis in AXES}
    word = next((word for word in CONFIDENCE_WORDS if word in found), None)
    return kept if word is None else {**kept, CONFIDENCE: found[word]}


def _check_repeats(parts: Parts, names: Sequence[str], path: Path) -> None:
    first = {name: number for number, name in reversed(list(enumerate(names)))}
    used = {number for found in parts.values() for number in found.values()}
    for number, name in enumerate(names):
        if first[name] != number and first[name] in used:
            raise FormatError(f"{path}: expected column {shorten(name)!r} once, but it repeats")


def _check_parts(parts: Parts, names: Sequence[str], path: Path) -> None:
    lower = [name.strip().lower() for name in names]
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
                f"{path}: expected columns of x, y and for all joints or for none of z and "
                f"confidence, but {joint!r} has {', '.join(found)}"
                + (f" and {first!r} has {', '.join(expected)}" if joint != first else "")
            )


def _find_frame(names: Sequence[str]) -> Counter | None:
    for number, name in enumerate(names):
        if _NO_WORD.sub("", name.lower()) in _FRAMES:
            return Counter(name=name.strip(), number=number)
    return None


def _find_time(names: Sequence[str]) -> Counter | None:
    for number, name in enumerate(names):
        match = _UNIT.fullmatch(name.strip())
        told = match and _TIME_UNITS.get(match["unit"].lower())
        word = _NO_WORD.sub("", (match["name"] if match and told else name).lower())
        if word in _SECONDS:
            return Counter(name=name.strip(), number=number, seconds=told or _SECONDS[word])
    return None
