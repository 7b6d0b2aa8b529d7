"""The result of reading many files, some of which may be damaged."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from skelgraph.data.clip_set import Progress, name_a_few
from skelgraph.errors import DatasetError, SkelgraphError
from skelgraph.poses import PoseSequence


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadResult:
    """The result of reading the files of a dataset.

    Args:
        sequences: The sequences of all readable files.
        files: For each sequence, the number of the file that it comes from.
        num_files: Number of all files.
        unreadable: The reason for each unreadable file; it names the file relative to the
            dataset's folder.
        notes: The assumptions about files that lack information.
    """

    sequences: tuple[PoseSequence, ...]
    files: tuple[int, ...]
    num_files: int
    unreadable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def check_all_readable(self, root: Path) -> None:
        """Raise a DatasetError that lists the unreadable files, if there are any."""
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
    """Read files one by one, and continue after an unreadable one.

    Args:
        root: The dataset's folder; reasons name files relative to it.
        files: The files.
        read: Reads the file with a given number, in order; if it raises a SkelgraphError, the
            message is collected.
        progress: Called after each file with the numbers of files read and of all files.
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
