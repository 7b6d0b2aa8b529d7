"""Folder datasets: files of any readable format, and a label for each.

The labels are in ``labels.csv`` (see :mod:`skelgraph.data.labels_file`). Without it, each
sub-folder is a label and holds its files, at any depth.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skelgraph.config import Person
from skelgraph.data.cache import cached_read
from skelgraph.data.clip_set import (
    ClipMedia,
    ClipSet,
    Progress,
    ReadResult,
    check_label_counts,
    join_read_persons,
    read_each,
)
from skelgraph.data.fingerprints import remembered_fingerprint
from skelgraph.data.folder_inventory import Inventory, take_inventory
from skelgraph.data.labels_file import LABELS_FILE, LabeledFile
from skelgraph.data.media import liken_blanks, make_blank, measure_wav
from skelgraph.errors import DatasetError, PoseError
from skelgraph.io import Hint, open_recording
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, describe_choice, select_persons


def read_folder(
    root: Path | str,
    *,
    labels: Path | None = None,
    layout: JointLayout | None = None,
    fps: float | None = None,
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

    A line of the labels file that names an audio file or a transcript but no recording is a clip
    without a skeleton; it lasts as long as its audio, or one second without audio.

    Args:
        root: The folder.
        labels: The labels file; by default the ``labels.csv`` in the folder.
        layout: Layout of files that do not name it.
        fps: Frames per second of files that do not contain them.
        person: Which persons of a file with several; see :func:`skelgraph.poses.select_persons`.
        persons: Most persons of a file that are kept together, the main one first.
        skip_unreadable: Whether to leave out unreadable files with a note, instead of raising an
            error that lists them.
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
    inventory = take_inventory(root, labels=labels, unlabeled=unlabeled)
    names = [file.label for file in inventory.files]
    check_label_counts(names, minimum=min_files_per_label, where=str(root))
    options = _Options(layout=layout, fps=fps, person=person if persons == 1 else "all")
    result, fingerprint = _read_inventory(inventory, options, use_cache, progress)
    if persons > 1:
        result = join_read_persons(result, inventory.names, persons)
    if not (skip_unreadable and result.sequences):
        result.check_all_readable(root)
    read_labels = [names[file] for file in sorted(set(result.files))]
    check_label_counts(read_labels, minimum=min_files_per_label, where=str(root))
    return _make_clips(inventory, result, fingerprint)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Options:
    """Defaults for all files, and the selection of persons."""

    layout: JointLayout | None
    fps: float | None
    person: Person


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderSurvey:
    """The contents of a folder dataset, with all of its problems.

    Args:
        clips: The readable clips; None if there are none.
        labels: Label of each existing file.
        absent: Files of the labels file that do not exist.
        unreadable: The reason for each unusable file; it names the file.
        notes: Further messages for the user.
    """

    clips: ClipSet | None
    labels: tuple[str, ...]
    absent: tuple[str, ...]
    unreadable: tuple[str, ...]
    notes: tuple[str, ...]


def survey_folder(
    root: Path | str,
    *,
    layout: JointLayout | None = None,
    fps: float | None = None,
    person: Person = "main",
    use_cache: bool = True,
    progress: Progress | None = None,
) -> FolderSurvey:
    """Read all readable files of a folder dataset, and list the others.

    The arguments are those of :func:`read_folder`.

    Raises:
        DatasetError: If the folder does not exist, has neither a labels file nor sub-folders, or
            the labels file is malformed.
    """
    inventory = take_inventory(Path(root), allow_absent=True)
    options = _Options(layout=layout, fps=fps, person=person)
    result, fingerprint = _read_inventory(inventory, options, use_cache, progress)
    return FolderSurvey(
        clips=_make_clips(inventory, result, fingerprint) if result.sequences else None,
        labels=tuple(file.label for file in inventory.files),
        absent=inventory.absent,
        unreadable=result.unreadable,
        notes=(*inventory.notes, *result.notes),
    )


def _read_inventory(
    inventory: Inventory, options: _Options, use_cache: bool, progress: Progress | None
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
        "person": options.person,
    }
    name = root.resolve().name
    return cached_read(name, fingerprint, settings, read, use_cache=use_cache), fingerprint


def _make_clips(inventory: Inventory, result: ReadResult, fingerprint: str) -> ClipSet:
    parts = [inventory.files[file].part for file in result.files]
    return ClipSet(
        name=inventory.root.resolve().name,
        sequences=result.sequences,
        fingerprint=fingerprint,
        parts=tuple(part for part in parts if part is not None) or None,
        notes=(*inventory.notes, *_describe(result)),
        media=tuple(inventory.media[file] for file in result.files) if inventory.media else (),
    )


def _read_files(inventory: Inventory, options: _Options, progress: Progress | None) -> ReadResult:
    paths, names = inventory.paths, inventory.names
    assumed: Counter[Hint] = Counter()
    crowded: list[Path] = []

    def read(number: int) -> list[PoseSequence]:
        path, file = paths[number], inventory.files[number]
        if not file.file:
            return _label(
                [_read_blank(inventory.media[number], names[number])], file, names[number]
            )
        persons, hints = open_recording(path).read_with_hints(
            layout=options.layout, fps=options.fps, fps_override=file.fps
        )
        assumed.update(hints)
        persons = [person for person in persons if person.present.any()]
        if len(persons) > 1:
            crowded.append(path)
        return _label(_choose(persons, options.person, path), file, names[number])

    result = read_each(inventory.root, paths, read, progress)
    if inventory.media:
        result = liken_blanks(result)
    notes = [*result.notes, *_describe_assumed(assumed, options.layout, options.fps)]
    if crowded:
        notes.append(
            f"{len(crowded)} files hold several persons: {describe_choice(options.person)}"
        )
    return replace(result, notes=tuple(notes))


def _read_blank(media: ClipMedia, name: str) -> PoseSequence:
    return make_blank(name, duration_s=1.0 if media.audio is None else measure_wav(media.audio))


def _choose(persons: Sequence[PoseSequence], person: Person, path: Path) -> list[PoseSequence]:
    if not persons:
        raise DatasetError(f"{path}: expected a person, but no joint is there in any frame")
    if len(persons) == 1 and person in ("main", "all"):
        return list(persons)
    try:
        return select_persons(persons, person)
    except PoseError as error:
        raise DatasetError(f"{path}: {error}") from error


def _describe_assumed(
    assumed: Mapping[Hint, int], layout: JointLayout | None, fps: float | None
) -> Iterator[str]:
    if layout is not None and assumed.get("layout"):
        yield f"{assumed['layout']} files do not name their joints: read as {layout.name}"
    if fps is not None and assumed.get("fps"):
        yield (
            f"{assumed['fps']} files do not tell their frame rate: read at {fps:g} frames/s; a "
            f"column fps in {LABELS_FILE} tells it"
        )


def _label(persons: Sequence[PoseSequence], file: LabeledFile, name: str) -> list[PoseSequence]:
    several = len(persons) > 1
    return [
        replace(
            person,
            name=f"{name}#{number}" if several else name,
            label=file.label,
            subject=file.subject or person.subject,
            recording=file.recording or person.recording or (name if several else None),
        )
        for number, person in enumerate(persons, start=1)
    ]


def _describe(result: ReadResult) -> list[str]:
    return [*result.notes, *(f"left out: {reason}" for reason in result.unreadable)]
