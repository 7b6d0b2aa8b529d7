"""The entry of a writer in the table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from skelgraph.poses import PoseSequence


class WritePerson(Protocol):
    """A function that writes one person's sequence to a file."""

    def __call__(self, path: Path, sequence: PoseSequence, /) -> None:
        """Write the sequence; an existing file is replaced."""
        ...


@dataclass(frozen=True, kw_only=True)
class Writer:
    """A file format that can be written.

    Args:
        name: Name of the format, as in the table of readers.
        suffixes: The suffixes of its files, with the dot, in lower case.
        write: Writes one person's sequence.
        description: What is kept of a sequence, in one line.
    """

    name: str
    suffixes: tuple[str, ...]
    write: WritePerson
    description: str
