"""Folder datasets: files of any readable format, and a label for each.

The labels are in ``labels.csv`` (see :mod:`skelgraph.data.labels_file`). Without it, each
sub-folder is a label and holds its files, at any depth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import normpath

from skelgraph.config import Person
from skelgraph.data.cache import cached_read
from skelgraph.data.clip_reader import ClipReader, ReadOptions
from skelgraph.data.clip_set import (
    ClipSet,
    Progress,
    ReadResult,
    check_label_counts,
    join_read_persons,
    read_each,
)
from skelgraph.data.fingerprints import remembered_fingerprint
from skelgraph.data.folder_inventory import Inventory, take_inventory
from skelgraph.data.labels_file import LabeledFile
from skelgraph.data.media import liken_blanks
from skelgraph.data.messages import describe_reasons, group_messages, split_message
from skelgraph.evaluation import TakeSpan
from skelgraph.layouts import JointLayout


def read_folder(
    root: Path | str,
    *,
    labels: Path | None = None,
    layout: JointLayout | None = None,
    fps: float | None = None,
    override_fps: float | None = None,
    person: Person = "main",
    persons: int = 1,
    skip_unreadable: bool = False,
    min_files_per_label: int = 2,
    unlabeled: str | None = None,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> ClipSet:
    """Read the labeled clips of a folder.

    The name of a clip is the path of its file below the folder, without the suffix. If all persons
    of a file are selected, each is a clip of its own, and all belong to one recording. Subject and
    recording come from the labels file, else from the file itself, else they are unknown.

    A clip that is cut from a long take also has the part of the take in its name, such as
    ``take 3@12.5s-20s``; its recording is the take, unless another is known. A file is read once
    for all of its clips.

    A line of the labels file that names an audio file or a transcript but no recording is a clip
    without a skeleton; it lasts as long as its audio, or one second without audio.

    Args:
        root: The folder.
        labels: The labels file; by default the ``labels.csv`` in the folder.
        layout: Layout of files that do not name it.
        fps: Frames per second of files that do not contain them.
        override_fps: Frames per second of all files, whatever they contain, but for those that have
            another in the labels file.
        person: Which persons of a file with several; see :func:`skelgraph.poses.select_persons`.
        persons: Most persons of a file that are kept together, the main one first.
        skip_unreadable: Whether to leave out files that are absent, unreadable or show nobody,
            which ``left_out`` then names, instead of raising an error that lists them.
        min_files_per_label: Minimum number of files per label; 1 if there will be no split.
        unlabeled: Label of files that have none, if labels do not matter.
        use_cache: Whether to look up the parsed recordings in the cache, and store them there.
        progress: Called after each file with the numbers of files read and of all files.

    Raises:
        DatasetError: If the folder does not exist, has neither a labels file nor sub-folders, names
            a file that does not exist, has too few files of a label, or holds files that are
            unreadable or show nobody. All problems of a kind are in one message.
    """
    root = Path(root)
    inventory = take_inventory(
        root, labels=labels, allow_absent=skip_unreadable, unlabeled=unlabeled
    )
    names = [file.label for file in inventory.files]
    check_label_counts(names, minimum=min_files_per_label, where=str(root))
    options = ReadOptions(
        layout=layout,
        fps=fps,
        person=person if persons == 1 else "all",
        override_fps=override_fps,
        persons=persons,
    )
    result, fingerprint = _read_inventory(inventory, options, use_cache, progress)
    if persons > 1:
        result = join_read_persons(result, inventory.names, persons)
    if not (skip_unreadable and result.sequences):
        result.check_all_readable(root)
    read_labels = [names[file] for file in sorted(set(result.files))]
    before = names if min_files_per_label > 1 and result.unreadable else ()
    check_label_counts(read_labels, minimum=min_files_per_label, where=str(root), before=before)
    return _make_clips(inventory, result, fingerprint)


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderSurvey:
    """The contents of a folder dataset, with all of its problems.

    Args:
        clips: The readable clips; None if there are none.
        files: The existing files.
        labels: Label of each of them.
        absent: Files of the labels file that do not exist.
        problems: What is wrong with lines of the labels file.
        unreadable: The reason for each unusable file, by its name.
        notes: Further messages for the user.
    """

    clips: ClipSet | None
    files: tuple[str, ...]
    labels: tuple[str, ...]
    absent: tuple[str, ...]
    problems: tuple[str, ...]
    unreadable: Mapping[str, str]
    notes: tuple[str, ...]


def survey_folder(
    root: Path | str,
    *,
    layout: JointLayout | None = None,
    fps: float | None = None,
    person: Person = "main",
    persons: int = 1,
    use_cache: bool = True,
    progress: Progress | None = None,
) -> FolderSurvey:
    """Read all readable files of a folder dataset, and list the others.

    The arguments are those of :func:`read_folder`.

    Raises:
        DatasetError: If the folder does not exist, has neither a labels file nor sub-folders, or
            no line of the labels file can be used.
    """
    inventory = take_inventory(Path(root), allow_absent=True, allow_problems=True)
    options = ReadOptions(
        layout=layout, fps=fps, person=person if persons == 1 else "all", persons=persons
    )
    result, fingerprint = _read_inventory(inventory, options, use_cache, progress)
    if persons > 1:
        result = join_read_persons(result, inventory.names, persons)
    return FolderSurvey(
        clips=_make_clips(inventory, result, fingerprint) if result.sequences else None,
        files=tuple(file.file for file in inventory.files),
        labels=tuple(file.label for file in inventory.files),
        absent=inventory.absent,
        problems=inventory.problems,
        unreadable=_name_unreadable(inventory, result),
        notes=(*inventory.notes, *result.notes),
    )


def read_takes(
    root: Path,
    files: Sequence[tuple[str, float | None]],
    options: ReadOptions,
    progress: Progress | None = None,
) -> ReadResult:
    """Read whole files, whatever a labels file cuts out of them.

    Args:
        root: The folder.
        files: Path of each file from there, and its frame rate where it does not tell it.
        options: Defaults for all files, and the selection of persons.
        progress: Called after each file with the numbers of files read and of all files.
    """
    listed = tuple(LabeledFile(file=file, label="take", fps=fps) for file, fps in files)
    return _read_files(Inventory(root=root, files=listed, sources=(), notes=()), options, progress)


def _read_inventory(
    inventory: Inventory, options: ReadOptions, use_cache: bool, progress: Progress | None
) -> tuple[ReadResult, str]:
    """Read the files, and return the result and their fingerprint."""
    root = inventory.root
    fingerprint = remembered_fingerprint(root, inventory.sources, use_cache=use_cache)

    def read() -> ReadResult:
        return _read_files(inventory, options, progress)

    settings = {
        "reader": "folder",
        "layout": repr(options.layout),
        "fps": options.fps,
        "override_fps": options.override_fps,
        "person": options.person,
        "persons": options.persons,
    }
    name = root.resolve().name
    return cached_read(name, fingerprint, settings, read, use_cache=use_cache), fingerprint


def _make_clips(inventory: Inventory, result: ReadResult, fingerprint: str) -> ClipSet:
    parts = [inventory.files[file].part for file in result.files]
    left_out = {
        **dict.fromkeys(inventory.absent, "listed in the labels file, but not there"),
        **_name_unreadable(inventory, result),
    }
    return ClipSet(
        name=inventory.root.resolve().name,
        sequences=result.sequences,
        fingerprint=fingerprint,
        parts=tuple(part for part in parts if part is not None) or None,
        notes=(
            *inventory.notes,
            *group_messages(result.notes, _list_names(inventory)),
            *describe_reasons(left_out),
        ),
        left_out=left_out,
        media=tuple(inventory.media[file] for file in result.files) if inventory.media else (),
        spans=_find_spans(inventory, result) if any(f.range for f in inventory.files) else (),
    )


def _find_spans(inventory: Inventory, result: ReadResult) -> tuple[TakeSpan | None, ...]:
    """Return where each clip lies in its file; those of one file and person have one clock."""
    names = inventory.names
    spans: list[TakeSpan | None] = []
    for number, clip in zip(result.files, result.sequences, strict=True):
        file = inventory.files[number].file
        person = clip.name.removeprefix(names[number])
        start = round(clip.start_s * clip.fps)
        span = TakeSpan(
            take=f"{normpath(file)}{person}", start=start, end=start + clip.num_frames, fps=clip.fps
        )
        spans.append(span if file else None)
    return tuple(spans)


def _read_files(
    inventory: Inventory, options: ReadOptions, progress: Progress | None
) -> ReadResult:
    """Read the clips, those of one file after each other, so that it is read once."""
    reader = ClipReader(inventory, options)
    files = inventory.files
    first = {file.file: number for number, file in reversed(list(enumerate(files)))}
    order = sorted(range(len(files)), key=lambda number: (first[files[number].file], number))
    read = read_each(
        inventory.root,
        [inventory.paths[number] for number in order],
        lambda place: reader.read(order[place]),
        progress,
    )
    numbers = [order[place] for place in read.files]
    as_listed = sorted(range(len(numbers)), key=lambda clip: numbers[clip])
    result = replace(
        read,
        sequences=tuple(read.sequences[clip] for clip in as_listed),
        files=tuple(numbers[clip] for clip in as_listed),
        unreadable=tuple(dict.fromkeys(read.unreadable)),
    )
    if inventory.media:
        result = liken_blanks(result)
    return replace(result, notes=(*dict.fromkeys(result.notes), *reader.describe()))


def _list_names(inventory: Inventory) -> list[str]:
    return [file.file for file in inventory.files if file.file]


def _name_unreadable(inventory: Inventory, result: ReadResult) -> dict[str, str]:
    names = _list_names(inventory)
    return dict(split_message(reason, names) for reason in result.unreadable)
