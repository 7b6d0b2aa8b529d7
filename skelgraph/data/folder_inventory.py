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
    """

    root: Path
    files: tuple[LabeledFile, ...]
    sources: tuple[Path, ...]
    notes: tuple[str, ...]

    @property
    def paths(self) -> list[Path]:
        """Path of each file."""
        return [self.root / file.file for file in self.files]

    @property
    def names(self) -> list[str]:
        """Name of each file's clip: the file without its suffix, or with it where names would
        repeat otherwise.
        """
        stems = [str(PurePosixPath(file.file).with_suffix("")) for file in self.files]
        counts = Counter(stems)
        return [
            stem if counts[stem] == 1 else file.file
            for stem, file in zip(stems, self.files, strict=True)
        ]


def take_inventory(root: Path) -> Inventory:
    """The files of a folder dataset, with their labels.

    Raises:
        DatasetError: If the folder is absent, has neither a labels file nor sub-folders, or its
            labels file is wrong or names files that are absent.
    """
    if not root.is_dir():
        problem = "it is a file" if root.exists() else "there is none"
        raise DatasetError(f"{root}: expected the folder of a dataset, but {problem}")
    readable = find_recordings(root)
    if (root / LABELS_FILE).is_file():
        return _list_by_labels(root, readable)
    return _list_by_folders(root, readable)


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


def _list_by_labels(root: Path, readable: Sequence[Path]) -> Inventory:
    labels_file = root / LABELS_FILE
    files = read_labels(labels_file)
    paths = [root / file.file for file in files]
    absent = [
        file.file
        for file, path in zip(files, paths, strict=True)
        if not (path.is_file() or is_recording_folder(path))
    ]
    if absent:
        raise DatasetError(
            f"{labels_file}: {len(absent)} of {len(files)} files do not exist: "
            f"{name_a_few(absent)}; give paths from {root}, with their suffix, or folders of one "
            f"file a frame"
        )
    twice = [str(path) for path, count in Counter(p.resolve() for p in paths).items() if count > 1]
    if twice:
        raise DatasetError(f"{labels_file}: files are listed twice: {name_a_few(twice)}")
    listed = set(paths)
    unlisted = [str(path.relative_to(root)) for path in readable if path not in listed]
    notes = (
        [f"{len(unlisted)} files are not in {LABELS_FILE}: {name_a_few(unlisted)}"]
        if unlisted
        else []
    )
    sources = (labels_file, *_list_sources(paths))
    return Inventory(root=root, files=files, sources=sources, notes=tuple(notes))


def _list_sources(recordings: Sequence[Path]) -> Iterator[Path]:
    """The files that recordings are made of."""
    for path in recordings:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.is_file())
        else:
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
