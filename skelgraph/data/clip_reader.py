"""The clips of a folder dataset, read one by one."""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from skelgraph.config import Person
from skelgraph.data.archive_summary import count_archive_clips
from skelgraph.data.clip_range import cut_take
from skelgraph.data.clip_set import ClipMedia
from skelgraph.data.folder_inventory import Inventory
from skelgraph.data.labels_file import LABELS_FILE, LabeledFile
from skelgraph.data.media import make_blank, measure_wav
from skelgraph.errors import (
    DatasetError,
    FormatError,
    FormatWarning,
    PoseError,
    SkelgraphError,
)
from skelgraph.io import Hint, is_prose, open_recording
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence, describe_choice, drop_empty_frames, select_persons


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadOptions:
    """Defaults for all files, and the selection of persons."""

    layout: JointLayout | None
    fps: float | None
    person: Person
    override_fps: float | None = None
    persons: int = 1


class ClipReader:
    """Reads the clips of a folder one by one, and keeps the file that was read last."""

    def __init__(self, inventory: Inventory, options: ReadOptions) -> None:
        self._inventory = inventory
        self._options = options
        self._paths, self._names = inventory.paths, inventory.names
        self._takes = inventory.takes
        self._assumed: Counter[Hint] = Counter()
        self._crowded: set[Path] = set()
        self._last: tuple[tuple[Path, float | None], list[PoseSequence] | SkelgraphError] | None
        self._last = None

    def read(self, number: int) -> list[PoseSequence]:
        """Return the persons of the clip of a number.

        Raises:
            SkelgraphError: If the file cannot be read, or the clip is not within it.
        """
        path, file = self._paths[number], self._inventory.files[number]
        if not file.file:
            blank = _read_blank(self._inventory.media[number], self._names[number])
            return _label([blank], [None], file, self._names[number])
        persons = self._read_take(path, file)
        if not persons:
            return []  # prose, which is left out
        where = str(path)
        if file.range:
            where = f"{path}, line {file.line} of the labels ({file.range})"
            persons = [cut_take(person, file.range, where) for person in persons]
        present = [person for person in persons if person.present.any()]
        if len(present) > 1:
            self._crowded.add(path)
        chosen = _choose(present, self._options.person, where)
        numbers: Sequence[int | None] = range(1, len(chosen) + 1)
        if len(chosen) == 1:
            numbers = [None]
        if file.range and len(persons) > 1 and self._options.person == "all":
            numbers = [persons.index(person) + 1 for person in chosen]  # as in the whole take
        take = self._takes[number] if file.range else None
        return _label(chosen, numbers, file, self._names[number], take)

    def _read_take(self, path: Path, file: LabeledFile) -> list[PoseSequence]:
        if self._last is None or self._last[0] != (path, file.fps):
            self._last = ((path, file.fps), self._open(path, file))
        persons = self._last[1]
        if isinstance(persons, SkelgraphError):
            raise persons
        return persons

    def _open(self, path: Path, file: LabeledFile) -> list[PoseSequence] | SkelgraphError:
        try:
            if (count := count_archive_clips(path)) > 1:
                return DatasetError(
                    f"{path}: this is an archive of {count} clips; pass it by itself (--data FILE)"
                )
            persons, hints = open_recording(path).read_with_hints(
                layout=self._options.layout,
                fps=self._options.fps,
                override_fps=file.fps or self._options.override_fps,
            )
        except SkelgraphError as error:
            if file.line or not (isinstance(error, FormatError) and is_prose(path)):
                return error  # listed, or a recording that is damaged
            message = f"{path}: text that is no recording, left out"
            warnings.warn(message, FormatWarning, stacklevel=2)
            return []
        self._assumed.update(hints)
        return [drop_empty_frames(person) for person in persons]

    def describe(self) -> Iterator[str]:
        """Yield what was assumed of the files."""
        yield from _describe_assumed(self._assumed, self._options.layout, self._options.fps)
        if self._crowded:
            yield (
                f"{len(self._crowded)} files hold several persons: "
                f"{describe_choice(self._options.person, self._options.persons)}"
            )


def _read_blank(media: ClipMedia, name: str) -> PoseSequence:
    return make_blank(name, duration_s=1.0 if media.audio is None else measure_wav(media.audio))


def _choose(persons: Sequence[PoseSequence], person: Person, where: str) -> list[PoseSequence]:
    if not persons:
        raise DatasetError(
            f"{where}: expected a person, but no joint is there in any frame: all are missing or 0"
        )
    if len(persons) == 1 and person in ("main", "all"):
        return list(persons)
    try:
        return select_persons(persons, person)
    except PoseError as error:
        raise DatasetError(f"{where}: {error}") from error


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


def _label(
    persons: Sequence[PoseSequence],
    numbers: Sequence[int | None],
    file: LabeledFile,
    name: str,
    take: str | None = None,
) -> list[PoseSequence]:
    recording = take or (name if len(persons) > 1 else None)
    return [
        replace(
            person,
            name=name if number is None else f"{name}#{number}",
            label=file.label,
            subject=file.subject or person.subject,
            recording=file.recording or person.recording or recording,
        )
        for person, number in zip(persons, numbers, strict=True)
    ]
