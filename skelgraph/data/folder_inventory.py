"""Finding the files of a folder dataset and their labels, before any of them is opened."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from skelgraph.data.clip_set import name_a_few
from skelgraph.data.labels_file import LABELS_FILE, LabeledFile, read_labels
from skelgraph.errors import DatasetError
from skelgraph.io import READERS, is_recording_folder

_SUFFIXES = {suffix for reader in READERS.values() for suffix in reader.suffixes}
_PART_NAMES = {"train", "training", "val", "valid", "validation", "dev", "test"}


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What a folder dataset holds.

    Args:
        root: The folder.
        files: The files with their labels.
        sources: The files on which the dataset depends, the labels file among them.
        notes: What a user should know of the files left out.
        absent: Files of the labels file that do not exist, where that is no error.
    """

    root: Path
    files: tuple[LabeledFile, ...]
    sources: tuple[Path | str, ...]
    notes: tuple[str, ...]
    absent: tuple[str, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """Path of each file."""
        return [self.root / file.file for file in self.files]

    @property
    def names(self) -> list[str]:
        """Name of each file's clip: the file without a suffix of a readable format, or with it
        where names would repeat otherwise.
        """
        stems = [_remove_suffix(file.file) for file in self.files]
        counts = Counter(stems)
        return [
            stem if counts[stem] == 1 else file.file
            for stem, file in zip(stems, self.files, strict=True)
        ]


def _remove_suffix(file: str) -> str:
    path = PurePosixPath(file)
    return str(path.with_suffix("")) if path.suffix.lower() in _SUFFIXES else str(path)


def take_inventory(
    root: Path, *, labels: Path | None = None, allow_absent: bool = False
) -> Inventory:
    """The files of a folder dataset, with their labels.

    Args:
        root: The folder.
        labels: The labels file; that in the folder, if there is one, without it.
        allow_absent: Whether the labels file may name files that do not exist.

    Raises:
        DatasetError: If the folder is absent, has neither a labels file nor sub-folders, or its
            labels file is wrong or names files that are absent.
    """
    if not root.is_dir():
        problem = "it is a file" if root.exists() else "there is none"
        raise DatasetError(f"{root}: expected the folder of a dataset, but {problem}")
    readable = find_recordings(root)
    if labels is not None and not labels.is_file():
        raise DatasetError(f"{labels}: expected a labels file, but there is none")
    if labels is None and (root / LABELS_FILE).is_file():
        labels = root / LABELS_FILE
    inventory = (
        _list_by_folders(root, readable)
        if labels is None
        else _list_by_labels(root, labels, readable)
    )
    if inventory.absent and not allow_absent:
        count = len(inventory.absent) + len(inventory.files)
        raise DatasetError(
            f"{labels}: {len(inventory.absent)} of {count} files do not exist: "
            f"{name_a_few(inventory.absent)}; give paths from {root}, with their suffix, or "
            f"folders of one file a frame"
        )
    return inventory


def find_recordings(root: Path) -> list[Path]:
    """The files below a folder whose suffix is that of a readable format, sorted.

    A folder that is one recording, such as one file a frame, stands for its files. Hidden files and
    the folder's own labels file are left out.

    Raises:
        DatasetError: If a folder cannot be opened.
    """
    return [root.joinpath(*parts) for parts in sorted(_walk(root)) if parts != (LABELS_FILE,)]


def _walk(folder: Path | str, parts: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The parts below the root of each readable file's path.

    Not with ``Path.rglob``: making a path of each file takes longer than to load the whole dataset.
    """
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be opened: {error.strerror}") from error
    for entry in entries:
        if entry.name.startswith((".", "__MACOSX")):
            continue
        inside = (*parts, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if is_recording_folder(entry.path):
                yield inside
            else:
                yield from _walk(entry.path, inside)
        elif entry.name.lower().endswith(tuple(_SUFFIXES)) and entry.is_file():
            yield inside


def _list_by_labels(root: Path, labels: Path, readable: Sequence[Path]) -> Inventory:
    listed = read_labels(labels)
    files = tuple(
        file
        for file in listed
        if (root / file.file).is_file() or is_recording_folder(root / file.file)
    )
    there = set(files)
    paths = [root / file.file for file in files]
    twice = [str(path) for path, count in Counter(p.resolve() for p in paths).items() if count > 1]
    if twice:
        raise DatasetError(f"{labels}: files are listed twice: {name_a_few(twice)}")
    known = {*paths, labels}
    unlisted = [str(path.relative_to(root)) for path in readable if path not in known]
    notes = (
        [f"{len(unlisted)} files are not in {labels.name}: {name_a_few(unlisted)}"]
        if unlisted
        else []
    )
    return Inventory(
        root=root,
        files=files,
        sources=(labels, *_list_sources(paths)),
        notes=tuple(notes),
        absent=tuple(file.file for file in listed if file not in there),
    )


def _list_sources(recordings: Sequence[Path]) -> Iterator[Path | str]:
    """The files that recordings are made of; those of a folder, which may be many, as texts."""
    for path in recordings:
        try:
            with os.scandir(path) as entries:
                yield from sorted(entry.path for entry in entries if entry.name[0] != ".")
        except NotADirectoryError:
            yield path


def _list_by_folders(root: Path, readable: Sequence[Path]) -> Inventory:
    depth = len(root.parts)
    inside = [path for path in readable if len(path.parts) > depth + 1]
    needs = (
        f"expected {LABELS_FILE} (file,label[,subject][,recording][,split]) or one sub-folder for "
        f"each label"
    )
    if not inside:
        found = f"{len(readable)} files without labels" if readable else "no readable files"
        raise DatasetError(
            f"{root}: {needs}, but there are {found}; readable are {', '.join(sorted(_SUFFIXES))}"
        )
    below = [path.parts[depth:] for path in inside]
    files = tuple(LabeledFile(file="/".join(parts), label=parts[0]) for parts in below)
    labels = {file.label for file in files}
    if {label.lower() for label in labels} <= _PART_NAMES:
        raise DatasetError(
            f"{root}: {needs}, but its sub-folders {', '.join(sorted(labels))} are named like the "
            f"parts of a split; write a {LABELS_FILE} with a column split"
        )
    beside = len(readable) - len(inside)
    notes = (f"{beside} files beside the sub-folders have no label",) if beside else ()
    return Inventory(root=root, files=files, sources=tuple(_list_sources(inside)), notes=notes)
