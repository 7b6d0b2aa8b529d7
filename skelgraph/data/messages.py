"""Messages about files and clips, each kind once, with the number and some names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MessageGroup:
    """Messages that differ in names and numbers alone.

    Args:
        text: What the first of them says, without its name.
        names: Whom each is about; empty names are not known.
    """

    text: str
    names: tuple[str, ...]

    def describe(self, what: str = "files") -> str:
        """Return the messages as one."""
        known = [name for name in self.names if name]
        if len(self.names) == 1:
            return f"{known[0]}: {self.text}" if known else self.text
        some = f" ({name_a_few(known, limit=3)})" if known else ""
        return f"{len(self.names)} {what}{some}: {self.text}"


def split_message(message: str, names: Sequence[str]) -> tuple[str, str]:
    """Return whom a message is about, and what it says of them.

    Args:
        message: It begins with the name, or quotes it after the word "sequence".
        names: All names; a message that begins with none of them is about ``""``.

    Example:
        >>> split_message("a.bvh, line 3: expected a number", ["a.bvh", "b.bvh"])
        ('a.bvh', 'line 3: expected a number')
    """
    bare = re.sub(r"^sequence '(.*?)'(?=[:,])", r"\1", message)
    begun = [name for name in names if name and bare.startswith(name)]
    if not begun:
        return "", message
    name = max(begun, key=len)
    return name, bare[len(name) :].lstrip(":, ") or message


def group_pairs(pairs: Iterable[tuple[str, str]]) -> list[MessageGroup]:
    """Group what is said of each name, by its words without numbers and without the name."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, text in pairs:
        own = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "*", text) if name else text
        groups.setdefault(re.sub(r"\d+(\.\d+)?", "#", own), []).append((name, text))
    return [
        MessageGroup(text=members[0][1], names=tuple(name for name, _ in members))
        for members in groups.values()
    ]


def describe_reasons(reasons: Mapping[str, str]) -> list[str]:
    """Return why files or clips were left out, given the reason for each, with one kind as one."""
    return [f"left out: {group.describe()}" for group in group_pairs(reasons.items())]


def group_messages(messages: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return messages about files, with those of one kind as one."""
    groups = group_pairs(split_message(message, names) for message in messages)
    return [group.describe() for group in groups]


def name_a_few(items: Sequence[str], limit: int = 5) -> str:
    """List the first items and the number of further ones.

    Example:
        >>> name_a_few(["a", "b", "c"], limit=2)
        'a, b and 1 more'
    """
    shown = ", ".join(items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit} more"
