"""The files of a folder dataset and their labels, before any file is opened."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from skelgraph.data.clip_names import READABLE_SUFFIXES, label_by_names, name_clip
from skelgraph.data.clip_set import ClipMedia, name_a_few
from skelgraph.data.labels_file import LABELS_FILE, LabeledFile, read_labels
from skelgraph.data.media import FoundMedia, find_media
from skelgraph.errors import DatasetError
from skelgraph.io import HIERARCHY_END, is_recording_folder

_ENDINGS = tuple(READABLE_SUFFIXES)
_DOCUMENTS = {"readme", "license", "licence", "changelog", "citation"}
"""Files of these names are documentation, whatever their suffix."""
_PART_NAMES = {"train", "training", "val", "valid", "validation", "dev", "test"}


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The contents of a folder dataset.

    Args:
        root: The folder.
        files: The files with their labels.
        sources: The files on which the dataset depends, including the labels file.
        notes: Messages for the user about files that were left out.
        absent: Files of the labels file that do not exist, if that is allowed.
        problems: What is wrong with lines of the labels file, if that is allowed.
        media: Audio and text of each file's clip; empty if no clip has any.
    """

    root: Path
    files: tuple[LabeledFile, ...]
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    absent: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    media: tuple[ClipMedia, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """Path of each file."""
        return [self.root / file.file for file in self.files]

    @property
    def names(self) -> list[str]:
        """Name of each file's clip.

        It is the file without the suffix of a readable format, or with it if names would repeat
        otherwise, and the part of the file that is the clip. Without a file, it is taken from the
        audio file, the text file or the line number.
        """
        parts = [f"@{file.range}" if file.range else "" for file in self.files]
        return [name + part for name, part in zip(self.takes, parts, strict=True)]

    @property
    def takes(self) -> list[str]:
        """Name of each clip's file."""
        stems = [name_clip(file) for file in self.files]
        counts = Counter(stem for stem, _ in set(zip(stems, self._full_names, strict=True)))
        return [
            stem if counts[stem] == 1 else full
            for stem, full in zip(stems, self._full_names, strict=True)
        ]

    @property
    def _full_names(self) -> list[str]:
        return [file.file or file.audio or f"line {file.line}" for file in self.files]


def take_inventory(
    root: Path,
    *,
    labels: Path | None = None,
    allow_absent: bool = False,
    allow_problems: bool = False,
    unlabeled: str | None = None,
) -> Inventory:
    """List the files of a folder dataset, with their labels.

    Args:
        root: The folder.
        labels: The labels file; by default the one in the folder, if there is one.
        allow_absent: Whether the labels file may name files that do not exist.
        allow_problems: Whether lines of the labels file may be wrong; they are left out.
        unlabeled: Label of files outside of sub-folders; without it, all files need labels.

    Raises:
        DatasetError: If the folder does not exist, has neither a labels file nor sub-folders, or
            its labels file is malformed or names files that do not exist.
    """
    if not root.is_dir():
        problem = "it is a file" if root.exists() else "there is none"
        raise DatasetError(f"{root}: expected the folder of a dataset, but {problem}")
    readable = _find(root)
    if labels is not None and not labels.is_file():
        raise DatasetError(f"{labels}: expected a labels file, but there is none")
    if labels is None and (root / LABELS_FILE).is_file():
        labels = root / LABELS_FILE
    if labels is None:
        if unlabeled is not None:
            return _list_all(root, readable, unlabeled)
        return _list_by_folders(root, readable)
    problems: list[str] | None = [] if allow_problems else None
    return _list_by_labels(root, labels, readable, allow_absent, problems)


def find_recordings(root: Path) -> list[Path]:
    """Find the files of a readable format below a folder, by their suffix; sorted.

    A folder that is one recording, such as one file per frame, is listed instead of its files.
    Hidden files and the folder's own labels file are left out.

    Raises:
        DatasetError: If a folder cannot be opened.
    """
    return [root / recording.file for recording in _find(root)]


class _Recording(NamedTuple):
    """A recording below the folder of a dataset.

    It is not a ``Path``: creating one per file takes longer than loading the whole dataset.

    Args:
        parts: Names of the folders and of the file.
        is_folder: Whether it is a folder with one file per frame.
    """

    parts: tuple[str, ...]
    is_folder: bool

    @property
    def file(self) -> str:
        """Path from the root, with forward slashes."""
        return "/".join(self.parts)


def _find(root: Path) -> list[_Recording]:
    recordings: list[_Recording] = []
    _collect(root, (), recordings)
    return sorted(recording for recording in recordings if recording.parts != (LABELS_FILE,))


def _collect(folder: Path | str, parts: tuple[str, ...], recordings: list[_Recording]) -> None:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be opened: {error.strerror}") from error
    if parts and is_recording_folder(folder, [entry.name for entry in entries]):
        recordings.append(_Recording(parts, True))
        return
    for entry in entries:
        name = entry.name
        if name.startswith((".", "__MACOSX")):
            continue
        if entry.is_file():
            if name.lower().endswith(_ENDINGS) and not _is_document(name):
                recordings.append(_Recording((*parts, name), False))
        elif entry.is_dir(follow_symlinks=False):
            _collect(entry.path, (*parts, name), recordings)


def _is_document(name: str) -> bool:
    """Whether a file tells of others: by its name documentation, or the hierarchy of a table."""
    return name.partition(".")[0].lower() in _DOCUMENTS or name.lower().endswith(HIERARCHY_END)


def _list_by_labels(
    root: Path,
    labels: Path,
    readable: Sequence[_Recording],
    allow_absent: bool,
    problems: list[str] | None,
) -> Inventory:
    listed = read_labels(labels, problems)
    named = [file for file in listed if file.file]
    distinct = dict.fromkeys(file.file for file in named)
    folders = {file for file in distinct if is_recording_folder(root / file)}
    missing = {file for file in distinct if file not in folders and not (root / file).is_file()}
    has_media = any(file.audio or file.text for file in listed)
    media = find_media(root, listed) if has_media else FoundMedia()
    absent = (*(file for file in distinct if file in missing), *media.absent)
    if absent and not allow_absent:
        count = len(distinct) + len(media.sources) + len(media.absent)
        raise DatasetError(
            f"{labels}: {len(absent)} of {count} files do not exist: {name_a_few(absent)}; give "
            f"paths from {root}, with their suffix, or folders of one file a frame"
        )
    files = tuple(file for file in listed if file.file not in missing)
    recordings = [file for file in files if file.file]
    paths = [root / file.file for file in recordings]
    real = {path: path.resolve() for path in set(paths)}
    clips = Counter((real[path], file.range) for path, file in zip(paths, recordings, strict=True))
    twice = [f"{path}{f' {part}' if part else ''}" for (path, part), n in clips.items() if n > 1]
    if twice and problems is None:
        raise DatasetError(f"{labels}: files are listed twice: {name_a_few(twice)}")
    if problems is not None:
        problems += [f"{path} is listed by several paths" for path in twice]
    used = {*map(str, paths), str(labels), *media.sources}
    unlisted = [entry.file for entry in readable if str(root / entry.file) not in used]
    notes = (
        [f"{len(unlisted)} files are not in {labels.name}: {name_a_few(unlisted)}"]
        if unlisted
        else []
    )
    return Inventory(
        root=root,
        files=files,
        sources=(
            str(labels),
            *_list_sources(
                root, dict.fromkeys((file.file, file.file in folders) for file in recordings)
            ),
            *media.sources,
        ),
        notes=tuple(notes),
        absent=absent,
        problems=tuple(problems or ()),
        media=tuple(
            clip
            for file, clip in zip(listed, media.media, strict=False)
            if file.file not in missing
        ),
    )


def _list_sources(root: Path, recordings: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """Yield the files of recordings, given the path of each and whether it is a folder."""
    folder = os.fspath(root)
    for file, is_folder in recordings:
        path = f"{folder}{os.sep}{file}"
        if is_folder:
            yield from list_files(path)
        else:
            yield path


def list_files(folder: Path | str) -> list[str]:
    """List the files of a recording with one file per frame, by name."""
    with os.scandir(folder) as entries:
        return sorted(entry.path for entry in entries if entry.name[0] != ".")


def _list_all(root: Path, readable: Sequence[_Recording], unlabeled: str) -> Inventory:
    if not readable:
        raise DatasetError(
            f"{root}: expected recordings, but there are no readable files; readable are "
            f"{', '.join(sorted(READABLE_SUFFIXES))}"
        )
    return _make_inventory(root, readable, unlabeled)


def _make_inventory(
    root: Path, recordings: Sequence[_Recording], unlabeled: str = "", notes: tuple[str, ...] = ()
) -> Inventory:
    """Return recordings labeled by the first folder of their paths, if there is one."""
    return Inventory(
        root=root,
        files=tuple(
            LabeledFile(file=entry.file, label=entry.parts[0] if entry.parts[1:] else unlabeled)
            for entry in recordings
        ),
        sources=tuple(_list_sources(root, [(entry.file, entry.is_folder) for entry in recordings])),
        notes=notes,
    )


def _list_by_folders(root: Path, readable: Sequence[_Recording]) -> Inventory:
    inside = [entry for entry in readable if len(entry.parts) > 1]
    needs = (
        f"expected {LABELS_FILE} (file,label[,subject][,recording][,split]), one sub-folder for "
        f"each label, or names such as S001C002P003R002A013 or a01_s01_e01"
    )
    files, notes = label_by_names([entry.file for entry in readable] if not inside else [])
    if files:
        named = {file.file for file in files}
        pairs = ((one.file, one.is_folder) for one in readable if one.file in named)
        return Inventory(
            root=root, files=files, sources=tuple(_list_sources(root, pairs)), notes=notes
        )
    if not inside:
        contents = f"{len(readable)} files without labels" if readable else "no readable files"
        raise DatasetError(
            f"{root}: {needs}, but there are {contents}; `skelgraph inspect {root}` tells more"
        )
    labels = {entry.parts[0] for entry in inside}
    if {label.lower() for label in labels} <= _PART_NAMES:
        raise DatasetError(
            f"{root}: {needs}, but its sub-folders {', '.join(sorted(labels))} are named like the "
            f"parts of a split; write a {LABELS_FILE} with a column split"
        )
    beside = [entry.file for entry in readable if len(entry.parts) == 1]
    text = f"{len(beside)} files beside the sub-folders have no label: {name_a_few(beside, 3)}"
    return _make_inventory(root, inside, notes=(text,) if beside else ())
