"""The HIERARCHY section of a BVH file, and the positions of its joints from angles.

The section has nested blocks of joints with OFFSET and CHANNELS.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.text import parse_number, shorten
from skelgraph.layouts import MAX_JOINTS
from skelgraph.typing import FloatArray

MAX_LENGTH = 1e30
"""Larger numbers than this are damage; sums of them would leave single precision."""

_TOKEN = re.compile(r"[{}]|[^\s{}]+")
_END_SITE = -2
_OUTSIDE = -1


POSITIONS = {"xposition": 0, "yposition": 1, "zposition": 2}
ROTATIONS = {"xrotation": 0, "yrotation": 1, "zrotation": 2}


@dataclass(frozen=True, kw_only=True, eq=False)
class Hierarchy:
    """The joints of a motion-capture file, without its end sites.

    Args:
        joints: Their names, each after its parent.
        parents: Number of each joint's parent; -1 for the root, which comes first.
        offsets: Array (V, 3): position of each joint in its parent's frame.
        channels: For each joint the names of its channels in lower case, in the order in which a
            frame holds them.
    """

    joints: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: FloatArray
    channels: tuple[tuple[str, ...], ...]

    @property
    def num_channels(self) -> int:
        """Numbers in a frame."""
        return sum(len(names) for names in self.channels)


def parse_hierarchy(lines: Sequence[str], path: Path) -> Hierarchy:
    """Parse the joints of a HIERARCHY section: the lines of the file before ``MOTION``.

    Raises:
        FormatError: If the section is none, is cut off, or holds what it must not.
    """
    return _HierarchyParser(lines, path).parse()


class _HierarchyParser:
    """Reads token after token; ``open_blocks`` holds the joints whose braces are open."""

    def __init__(self, lines: Sequence[str], path: Path) -> None:
        self.path = path
        self.tokens = [
            (token, number)
            for number, line in enumerate(lines, start=1)
            for token in _TOKEN.findall(line)
        ]
        self.next = 0
        self.open_blocks: list[int] = []
        self.joints: dict[str, int] = {}
        self.parents: list[int] = []
        self.offsets: list[list[float] | None] = []
        self.channels: list[tuple[str, ...]] = []

    def parse(self) -> Hierarchy:
        token, _ = self._take("HIERARCHY")
        if token.upper() != "HIERARCHY":
            raise self._error(f"expected HIERARCHY, but got {shorten(token)!r}: not a BVH file")
        while True:
            self._parse_item()
            if not self.open_blocks:
                break
        if self.next < len(self.tokens):
            token, _ = self._take("MOTION")
            raise self._error(f"expected MOTION after the last }}, but got {shorten(token)!r}")
        offsets = [offset for offset in self.offsets if offset is not None]
        if len(offsets) < len(self.offsets):
            joint = list(self.joints)[self.offsets.index(None)]
            raise FormatError(f"{self.path}: joint {joint!r} has no OFFSET")
        return Hierarchy(
            joints=tuple(self.joints),
            parents=tuple(self.parents),
            offsets=np.array(offsets),
            channels=tuple(self.channels),
        )

    def _parse_item(self) -> None:
        token, _ = self._take("ROOT" if not self.joints else "}")
        keyword = token.upper()
        block = self.open_blocks[-1] if self.open_blocks else _OUTSIDE
        if keyword == ("ROOT" if block == _OUTSIDE else "JOINT") and block != _END_SITE:
            self._open_joint(block)
        elif keyword == "}" and block != _OUTSIDE:
            self.open_blocks.pop()
        elif keyword == "END" and block >= 0:
            self._take_name()
            self.open_blocks.append(_END_SITE)
        elif keyword == "OFFSET" and block != _OUTSIDE:
            self._parse_offset(block)
        elif keyword == "CHANNELS" and block >= 0:
            self._parse_channels(block)
        else:
            allowed = {
                _OUTSIDE: "ROOT",
                _END_SITE: "OFFSET or }",
            }.get(block, "OFFSET, CHANNELS, JOINT, End Site or }")
            raise self._error(f"expected {allowed}, but got {shorten(token)!r}")

    def _open_joint(self, parent: int) -> None:
        name = self._take_name()
        if not name:
            raise self._error("expected the name of a joint before {")
        if name in self.joints:
            raise self._error(f"there are two joints of the name {shorten(name)!r}", back=2)
        if len(self.joints) == MAX_JOINTS:
            raise self._error(f"there are more than {MAX_JOINTS} joints")
        self.joints[name] = len(self.joints)
        self.parents.append(parent)
        self.offsets.append(None)
        self.channels.append(())
        self.open_blocks.append(self.joints[name])

    def _parse_offset(self, block: int) -> None:
        offset = []
        for _ in range(3):
            token, _ = self._take("a number")
            try:
                number = parse_number(token)
            except ValueError:
                number = math.nan
            if not abs(number) <= MAX_LENGTH:
                raise self._error(
                    f"expected three numbers after OFFSET, but got {shorten(token)!r}"
                )
            offset.append(number)
        if block >= 0:
            self.offsets[block] = offset

    def _parse_channels(self, block: int) -> None:
        token, _ = self._take("a number of channels")
        if not (token.isascii() and token.isdigit() and len(token) < 3):
            raise self._error(f"expected a number after CHANNELS, but got {shorten(token)!r}")
        names: list[str] = []
        for _ in range(int(token)):
            channel, _ = self._take("a channel")
            name = channel.lower()
            if name not in POSITIONS and name not in ROTATIONS:
                raise self._error(
                    f"expected one of {int(token)} channels such as Xposition or Zrotation, but "
                    f"got {shorten(channel)!r}"
                )
            if name in names:
                raise self._error(f"channel {channel} comes twice")
            names.append(name)
        self.channels[block] = tuple(names)

    def _take_name(self) -> str:
        """Take the words up to and with the next opening brace, since names have spaces."""
        words: list[str] = []
        while (token := self._take("{")[0]) != "{":
            if token == "}":
                raise self._error("expected {, but got '}'")
            words.append(token)
        return " ".join(words)

    def _take(self, expected: str) -> tuple[str, int]:
        if self.next == len(self.tokens):
            raise FormatError(
                f"{self.path}: expected {expected}, but the hierarchy ends with "
                f"{len(self.open_blocks)} blocks still open: is the file cut off?"
            )
        self.next += 1
        return self.tokens[self.next - 1]

    def _error(self, problem: str, *, back: int = 1) -> FormatError:
        """Return the error at the token taken last, or at one taken before it."""
        return FormatError(f"{self.path}, line {self.tokens[self.next - back][1]}: {problem}")


def forward_kinematics(hierarchy: Hierarchy, motion: FloatArray) -> FloatArray:
    r"""Return the positions of the joints in every frame.

    A joint's frame is its parent's, moved by the joint's offset and then turned by its rotation
    channels, one after the other about the axes as already turned: with channels
    ``Zrotation Xrotation Yrotation`` the rotation is :math:`R_z R_x R_y`. A position channel
    replaces its coordinate of the offset.

    Args:
        hierarchy: The joints.
        motion: Array (T, num_channels): lengths, and angles in degrees. NaN makes missing whatever
            depends on it: a position the joint and its descendants, an angle the descendants.

    Returns:
        Array (T, V, 3), in the unit of the offsets.
    """
    T, V = len(motion), len(hierarchy.joints)
    columns = np.ascontiguousarray(motion.T)
    angles = np.deg2rad(columns)
    cosines, sines = np.cos(angles), np.sin(angles)
    positions = np.zeros((V, 3, T))
    frame_of: dict[int, FloatArray] = {-1: np.repeat(np.eye(3)[:, :, None], T, axis=2)}
    have_children = set(hierarchy.parents)
    column = 0
    for joint, (parent, names) in enumerate(
        zip(hierarchy.parents, hierarchy.channels, strict=True)
    ):
        offset = np.repeat(hierarchy.offsets[joint][:, None], T, axis=1)
        frame = frame_of[parent]
        turned = frame.copy() if joint in have_children else None
        for number, name in enumerate(names, start=column):
            if name in POSITIONS:
                offset[POSITIONS[name]] = columns[number]
            elif turned is not None:
                turn(turned, ROTATIONS[name], cosines[number], sines[number])
        column += len(names)
        if turned is not None:
            frame_of[joint] = turned
        positions[joint] = (frame * offset).sum(axis=1)
        if parent >= 0:
            positions[joint] += positions[parent]
    return np.ascontiguousarray(positions.transpose(2, 0, 1))


def turn(frame: FloatArray, axis: int, cosine: FloatArray, sine: FloatArray) -> None:
    """Multiply rotations (3, 3, T) from the right, in place, by a rotation about one axis.

    Only two of their columns change.
    """
    first, second = (axis + 1) % 3, (axis + 2) % 3
    a, b = frame[:, first], frame[:, second]
    frame[:, first], frame[:, second] = cosine * a + sine * b, cosine * b - sine * a
