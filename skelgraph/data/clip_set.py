"""The labeled clips of a dataset, as they were recorded, and the result of reading its files."""

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from skelgraph.data.messages import name_a_few as name_a_few
from skelgraph.data.similar_labels import find_similar_labels
from skelgraph.errors import DatasetError, FormatWarning, SkelgraphError
from skelgraph.evaluation import TakeSpan
from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence, join_persons, list_field
from skelgraph.typing import IntArray

Part = Literal["train", "val", "test"]

Progress = Callable[[int, int], None]
"""Called with the number of files read so far, and the number of all files."""


@dataclass(frozen=True, kw_only=True)
class ClipMedia:
    """Audio and text of a clip.

    Args:
        audio: A wav file of only this clip; None if there is none.
        text: Its transcript; None if there is none.
    """

    audio: Path | None = None
    text: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipSet:
    """Labeled clips, each of one person.

    A clip without a skeleton is a sequence of the clip's duration in which all joints are missing;
    only multimodal models accept it.

    Args:
        name: Name of the dataset, for reports.
        sequences: The clips; each has a label and a unique name.
        fingerprint: Hexadecimal digest of the files, or of the settings of the generator, from
            which the clips come; it is the same for the same data on any machine.
        parts: The part of each clip, if the dataset itself defines a split.
        notes: Messages for the user about the reading, such as files that were left out.
        media: Audio and text of each clip; empty if no clip has any.
        spans: Where each clip is cut from a take, None for other clips; empty if no clip is cut.
        left_out: The reason for each file or clip that was left out as unusable, by its name.
        splits: Numbers of the clips of each part of the splits that the dataset has by name, such
            as ``xsub_train``.

    Raises:
        DatasetError: If there is no clip, a label is missing, names repeat, or the number of parts
            or media does not fit.
    """

    name: str
    sequences: Sequence[PoseSequence]
    fingerprint: str
    parts: tuple[Part, ...] | None = None
    notes: tuple[str, ...] = ()
    media: tuple[ClipMedia, ...] = ()
    spans: tuple[TakeSpan | None, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, IntArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.sequences)
        names, labels = self.names, self.labels
        repeated = [name for name, times in Counter(names).items() if times > 1]
        unlabeled = [name for name, label in zip(names, labels, strict=True) if not label]
        problem = ""
        if not count:
            problem = "expected at least one clip, but got none"
        elif unlabeled:
            problem = (
                f"expected a label for each clip, but there is none for {name_a_few(unlabeled)}"
            )
        elif repeated:
            problem = f"clip names must differ, but {name_a_few(repeated)} repeat"
        elif self.media and len(self.media) != count:
            problem = (
                f"expected the media of each of {count} clips or of none, but got {len(self.media)}"
            )
        elif self.spans and len(self.spans) != count:
            problem = (
                f"expected the span of each of {count} clips or of none, but got {len(self.spans)}"
            )
        elif self.parts is not None and not (
            len(self.parts) == count and set(self.parts) <= set(get_args(Part))
        ):
            problem = (
                f"expected one of {', '.join(get_args(Part))} for each of {count} clips, but got "
                f"{len(self.parts)} parts of {sorted(set(self.parts))}"
            )
        if problem:
            raise DatasetError(f"dataset {self.name!r}: {problem}")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name of each clip."""
        return list_field(self.sequences, "name")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Label of each clip."""
        return tuple(label or "" for label in list_field(self.sequences, "label"))

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The labels that occur, sorted."""
        return tuple(sorted(set(self.labels)))

    @cached_property
    def subjects(self) -> tuple[str | None, ...]:
        """Subject of each clip."""
        return list_field(self.sequences, "subject")

    @cached_property
    def recordings(self) -> tuple[str | None, ...]:
        """Recording of each clip."""
        return list_field(self.sequences, "recording")

    @property
    def media_of_each(self) -> tuple[ClipMedia, ...]:
        """Audio and text per clip; None if no clip has that modality."""
        return self.media or (ClipMedia(),) * len(self)

    def take(self, clips: Sequence[int], *, note: str) -> "ClipSet":
        """Return the dataset with some of its clips alone."""
        return replace(
            self,
            sequences=tuple(self.sequences[clip] for clip in clips),
            media=tuple(self.media[clip] for clip in clips) if self.media else (),
            parts=None if self.parts is None else tuple(self.parts[clip] for clip in clips),
            spans=tuple(self.spans[clip] for clip in clips) if self.spans else (),
            notes=(*self.notes, note),
            splits={
                part: np.flatnonzero(np.isin(clips, listed)) for part, listed in self.splits.items()
            },
        )

    def __len__(self) -> int:
        return len(self.sequences)


def check_label_counts(
    labels: Iterable[str], *, minimum: int, where: str, before: Iterable[str] = ()
) -> None:
    """Check that each label has enough clips for a split.

    Args:
        labels: Label of each clip or file.
        minimum: Minimum number of files per label.
        where: Start of the error message, such as the folder.
        before: Labels before files were left out, of which none may be lost.

    Raises:
        DatasetError: If a label has fewer files.
    """
    counts = Counter(dict.fromkeys(before, 0))
    counts.update(labels)
    rare = {label: count for label, count in sorted(counts.items()) if count < minimum}
    if rare:
        shown = name_a_few([f"{label!r} ({count})" for label, count in rare.items()])
        meant = find_similar_labels(counts.elements())
        slips = [f"{meant[label]!r} for {label!r}" for label in rare if label in meant]
        hint = f"; did you mean {name_a_few(slips)}?" if slips else ""
        raise DatasetError(
            f"{where}: expected at least {minimum} files for each label, but there are fewer for "
            f"{shown}; add files or leave the label out{hint}"
        )


def check_dimensions(sequences: Iterable[PoseSequence]) -> None:
    """Check that all recordings are in 2D, or all in 3D.

    Raises:
        DatasetError: If they are mixed.
    """
    names: dict[int, list[str]] = {2: [], 3: []}
    for sequence in sequences:
        names[sequence.num_dimensions].append(sequence.name)
    flat, deep = names[2], names[3]
    if flat and deep:
        raise DatasetError(
            f"expected all clips in 2D or all in 3D, but {len(flat)} are in 2D "
            f"({name_a_few(flat)}) and {len(deep)} in 3D ({name_a_few(deep)}); keep one kind: "
            f"leave the others out of labels.csv, or train on each kind by itself"
        )


def common_layout(sequences: Iterable[PoseSequence]) -> JointLayout:
    """Return the layout that all clips share, or else ``upper10``, to which any body converts."""
    layouts = {sequence.layout for sequence in sequences}
    return layouts.pop() if len(layouts) == 1 else UPPER10


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
                f"{name_a_few(self.unreadable)}; mend them, or leave them out (--skip-bad)"
            )


def join_read_persons(result: ReadResult, names: Sequence[str], most: int) -> ReadResult:
    """Return a result in which the persons of a file are one clip, with the name of the file."""
    groups: dict[int, list[PoseSequence]] = {}
    for file, sequence in zip(result.files, result.sequences, strict=True):
        groups.setdefault(file, []).append(sequence)
    joined = {file: join_persons(persons, most) for file, persons in groups.items()}
    return replace(
        result,
        sequences=tuple(replace(clip, name=names[file]) for file, clip in joined.items()),
        files=tuple(joined),
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
            message is collected, and so is that of a FormatWarning.
        progress: Called after each file with the numbers of files read and of all files.
    """
    sequences: list[PoseSequence] = []
    numbers: list[int] = []
    unreadable: list[str] = []
    notes: list[str] = []
    for number in range(len(files)):
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", FormatWarning)
                persons = read(number)
            notes += _sort_out(caught, root)
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
        notes=tuple(notes),
    )


def _sort_out(caught: Sequence[warnings.WarningMessage], root: Path) -> list[str]:
    """Return the messages about files, relative to the folder; pass on any other warning."""
    notes = []
    for warning in caught:
        if issubclass(warning.category, FormatWarning):
            notes.append(str(warning.message).removeprefix(f"{root}{os.sep}"))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    return notes
