"""The skeleton of an Acclaim file (ASF).

Sections begin with a colon. ``:units`` tells by what lengths are multiplied (``length``) and
whether angles are degrees; ``:root`` the order of the root's channels; ``:bonedata`` a block per
bone with its ``direction`` in the world when nothing is turned, its ``length``, the ``axis`` of its
own frame (three angles and their order) and the channels that it has (``dof``); ``:hierarchy`` the
bones that follow each bone.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.bvh_hierarchy import MAX_LENGTH, turn
from skelgraph.io.text import parse_number, read_text, shorten
from skelgraph.layouts import MAX_JOINTS
from skelgraph.typing import FloatArray

ROOT = "root"
AXES = {"x": 0, "y": 1, "z": 2}
_CHANNELS = ("tx", "ty", "tz", "rx", "ry", "rz")

Line = tuple[int, list[str]]
"""Number and words of a line."""


@dataclass(kw_only=True)
class Bone:
    """A bone, from the end of the bone before it to its own.

    Args:
        name: Its name.
        vector: Array (3,): from its beginning to its end when nothing is turned.
        axes: Array (3, 3): its own frame, in which it turns.
        channels: The channels that a frame of motion has for it, ``rx`` and the like.
        order: The channels in the order in which they turn it.
    """

    name: str
    vector: FloatArray = field(default_factory=lambda: np.zeros(3))
    axes: FloatArray = field(default_factory=lambda: np.eye(3))
    channels: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AcclaimSkeleton:
    """The bones of a file, each after the one that it hangs on; the root is the first.

    Args:
        bones: The root, whose vector is its place, and the bones.
        parents: Name of the bone on which each hangs; None for the root.
        unit_length: What the file's lengths are divided by to be in inches.
        in_degrees: Whether angles are degrees.
    """

    bones: tuple[Bone, ...]
    parents: Mapping[str, str | None]
    unit_length: float
    in_degrees: bool


def read_asf(path: Path) -> AcclaimSkeleton:
    """Read the skeleton of an ASF file.

    Raises:
        FormatError: If the file is none, is cut off, or holds what it must not.
    """
    sections = _split_sections(read_text(path).splitlines(), path)
    for section in ("root", "bonedata", "hierarchy"):
        if section not in sections:
            raise FormatError(
                f"{path}: expected the section :{section} of an Acclaim skeleton (ASF), but there "
                f"is none: is the file cut off?"
            )
    parser = _AsfParser(path)
    unit_length, in_degrees = parser.parse_units(sections.get("units", []))
    parser.in_degrees = in_degrees
    bones = {ROOT: parser.parse_root(sections["root"])}
    for bone in parser.parse_bones(sections["bonedata"]):
        if bone.name in bones or len(bones) == MAX_JOINTS:
            what = "two bones of" if bone.name in bones else f"more than {MAX_JOINTS} bones before"
            raise FormatError(f"{path}: there are {what} the name {shorten(bone.name)!r}")
        bones[bone.name] = bone
    parents = parser.parse_hierarchy(sections["hierarchy"], bones)
    return AcclaimSkeleton(
        bones=tuple(bones[name] for name in parents),
        parents=parents,
        unit_length=unit_length,
        in_degrees=in_degrees,
    )


def split_words(line: str) -> list[str]:
    """Split a line into words, without a comment.

    Example:
        >>> split_words("lfemur 1.#QNAN 2 # left"), split_words("# left")
        (['lfemur', '1.#QNAN', '2'], [])
    """
    words = line.split()
    comment = next((n for n, word in enumerate(words) if word.startswith("#")), None)
    return words[:comment]


def _split_sections(lines: Iterable[str], path: Path) -> dict[str, list[Line]]:
    sections: dict[str, list[Line]] = {}
    current: list[Line] | None = None
    for number, line in enumerate(lines, start=1):
        words = split_words(line)
        if words and words[0].startswith(":"):
            current = sections.setdefault(words[0][1:].lower(), [])
        elif words and current is not None:
            current.append((number, words))
        elif words:
            raise FormatError(
                f"{path}, line {number}: expected a section of an Acclaim skeleton such as :units, "
                f"but got {shorten(words[0])!r}"
            )
    return sections


class _AsfParser:
    """Parses the sections of a file, whose path its errors name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.in_degrees = True

    def error(self, number: int, problem: str) -> FormatError:
        return FormatError(f"{self.path}, line {number}: {problem}")

    def parse_numbers(self, line: Line, count: int) -> list[float]:
        number, words = line
        try:
            numbers = [parse_number(word) for word in words[1 : count + 1]]
        except ValueError:
            numbers = []
        if len(numbers) < count or not all(abs(value) <= MAX_LENGTH for value in numbers):
            raise self.error(
                number, f"expected {count} numbers, but got {shorten(' '.join(words))!r}"
            )
        return numbers

    def parse_units(self, lines: Sequence[Line]) -> tuple[float, bool]:
        unit_length, in_degrees = 1.0, True
        for line in lines:
            number, words = line
            if words[0].lower() == "length":
                (unit_length,) = self.parse_numbers(line, 1)
                if not 1e-6 < unit_length < 1e6:
                    raise self.error(number, f"expected a positive length, but got {unit_length:g}")
            elif words[0].lower() == "angle":
                in_degrees = not words[-1].lower().startswith("rad")
        return unit_length, in_degrees

    def parse_root(self, lines: Sequence[Line]) -> Bone:
        bone, orientation, order = Bone(name=ROOT), [0.0] * 3, "XYZ"
        for line in lines:
            number, words = line
            key = words[0].lower()
            if key == "order":
                bone.channels = self.parse_channels(line)
            elif key == "axis":
                order = words[-1]
            elif key == "position":
                bone.vector = np.array(self.parse_numbers(line, 3))
            elif key == "orientation":
                orientation = self.parse_numbers(line, 3)
        number = lines[0][0] if lines else 0
        bone.axes = self.build_axes(number, orientation, order)
        bone.order = tuple(f"r{axis.lower()}" for axis in order)
        return bone

    def parse_bones(self, lines: Sequence[Line]) -> list[Bone]:
        bones: list[Bone] = []
        bone: Bone | None = None
        facts: dict[str, Line] = {}
        for line in lines:
            number, words = line
            key = words[0].lower()
            if key == "begin":
                bone, facts = Bone(name=""), {}
            elif bone is None:
                raise self.error(number, f"expected begin, but got {shorten(words[0])!r}")
            elif key == "end":
                bones.append(self.build_bone(bone, facts, number))
                bone = None
            else:
                facts[key] = line
        if bone is not None:
            raise FormatError(f"{self.path}: expected end after a bone: is the file cut off?")
        return bones

    def build_bone(self, bone: Bone, facts: Mapping[str, Line], number: int) -> Bone:
        missing = [key for key in ("name", "direction", "length") if key not in facts]
        if missing or len(facts["name"][1]) < 2:
            raise self.error(number, f"expected {(missing or ['name'])[0]} of the bone before end")
        bone.name = " ".join(facts["name"][1][1:])
        direction = np.array(self.parse_numbers(facts["direction"], 3))
        bone.vector = direction * self.parse_numbers(facts["length"], 1)
        if "axis" in facts:
            line = facts["axis"]
            order = line[1][4] if len(line[1]) > 4 else "XYZ"
            bone.axes = self.build_axes(line[0], self.parse_numbers(line, 3), order)
        if "dof" in facts:
            bone.channels = self.parse_channels(facts["dof"])
            bone.order = tuple(channel for channel in bone.channels if channel[0] == "r")
            if bone.order != bone.channels:
                raise self.error(
                    facts["dof"][0], f"bone {shorten(bone.name)!r} is shifted, which is not read"
                )
        return bone

    def parse_channels(self, line: Line) -> tuple[str, ...]:
        number, words = line
        channels = tuple(word.lower() for word in words[1:])
        if not set(channels) <= set(_CHANNELS) or len(set(channels)) < len(channels):
            raise self.error(
                number,
                f"expected channels of {' '.join(_CHANNELS)}, but got "
                f"{shorten(' '.join(words[1:]))!r}",
            )
        return channels

    def build_axes(self, number: int, angles: Sequence[float], order: str) -> FloatArray:
        if sorted(order.lower()) != ["x", "y", "z"]:
            raise self.error(number, f"expected an order such as XYZ, but got {shorten(order)!r}")
        axes = np.eye(3)[:, :, None]
        turns = [(AXES[axis], angle) for axis, angle in zip(order.lower(), angles, strict=True)]
        for axis, angle in reversed(turns):  # the first turn is the innermost
            radians = math.radians(angle) if self.in_degrees else angle
            turn(axes, axis, np.array([math.cos(radians)]), np.array([math.sin(radians)]))
        return axes[:, :, 0]

    def parse_hierarchy(
        self, lines: Sequence[Line], bones: Mapping[str, Bone]
    ) -> dict[str, str | None]:
        """Return each bone's parent, parents first."""
        children: dict[str, list[str]] = {}
        for number, words in lines:
            if words[0].lower() in ("begin", "end") and len(words) == 1:
                continue
            unknown = [word for word in words if word not in bones]
            if unknown:
                raise self.error(number, f"there is no bone {shorten(unknown[0])!r}")
            children.setdefault(words[0], []).extend(words[1:])
        parents: dict[str, str | None] = {ROOT: None}
        queue = [ROOT]
        while queue:
            bone = queue.pop()
            for child in children.get(bone, []):
                if child in parents:
                    raise FormatError(f"{self.path}: bone {shorten(child)!r} hangs on two others")
                parents[child] = bone
            queue += reversed(children.get(bone, []))
        loose = [name for name in bones if name not in parents]
        if loose:
            raise FormatError(
                f"{self.path}: expected bone {shorten(loose[0])!r} in the section :hierarchy, but "
                f"nothing joins it to the root: is the file cut off?"
            )
        return parents
