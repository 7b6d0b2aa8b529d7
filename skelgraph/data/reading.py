"""Reading many files of recordings, some of which may be damaged."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.data.clip_set import Progress, name_a_few
from skelgraph.errors import DatasetError, SkelgraphError
from skelgraph.poses import PoseSequence


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadResult:
    """What came of reading a dataset's files.

    Args:
        sequences: The sequences of all files that could be read.
        files: For each sequence, the number of the file that it comes from.
        num_files: Number of all files.
        unreadable: For each file that could not be read, the reason, which names the file
            as seen from the dataset's folder.
        notes: What was assumed of files that do not say it.
    """

    sequences: tuple[PoseSequence, ...]
    files: tuple[int, ...]
    num_files: int
    unreadable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def check_all_readable(self, root: Path) -> None:
        """Raises a DatasetError that lists the files that could not be read, if there are any."""
        if self.unreadable:
            raise DatasetError(
                f"{root}: {len(self.unreadable)} of {self.num_files} files cannot be used: "
                f"{name_a_few(self.unreadable)}"
            )


def read_each(
    root: Path,
    files: Sequence[Path],
    read: Callable[[int], Sequence[PoseSequence]],
    progress: Progress | None = None,
) -> ReadResult:
    """Reads files one by one, and goes on after one that cannot be read.

    Args:
        root: The dataset's folder; reasons name files as seen from there.
        files: The files.
        read: Reads the file of a number, in order; a SkelgraphError that it raises is kept.
        progress: Called after each file with the number of files read and of all.
    """
    sequences: list[PoseSequence] = []
    numbers: list[int] = []
    unreadable: list[str] = []
    for number in range(len(files)):
        try:
            persons = read(number)
        except SkelgraphError as error:
            unreadable.append(str(error).removeprefix(f"{root}{os.sep}"))
        else:
            sequences += persons
            numbers += [number] * len(persons)
        if progress is not None:
            progress(number + 1, len(files))
    return ReadResult(
        sequences=tuple(sequences),
        files=tuple(numbers),
        num_files=len(files),
        unreadable=tuple(unreadable),
    )
