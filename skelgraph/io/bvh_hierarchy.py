"""The HIERARCHY section of a BVH file: nested blocks of joints with OFFSET and CHANNELS."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from skelgraph.errors import FormatError
from skelgraph.io.forward_kinematics import POSITIONS, ROTATIONS, Hierarchy
from skelgraph.io.text import parse_number, shorten
from skelgraph.layouts import MAX_JOINTS

MAX_LENGTH = 1e30
"""Larger numbers than this are damage; sums of them would leave single precision."""

_TOKEN = re.compile(r"[{}]|[^\s{}]+")
_END_SITE = -2
_OUTSIDE = -1


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
