"""Archives as datasets: one file of many labeled clips, which are read when they are needed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from skelgraph.config import Person
from skelgraph.data.archive_cache import open_archive_file
from skelgraph.data.clip_set import ClipSet, check_label_counts, name_a_few
from skelgraph.errors import DatasetError
from skelgraph.io import Archive, guess_bodies
from skelgraph.layouts import JointLayout
from skelgraph.poses import LazySequences, PoseSequence, describe_choice, join_persons
from skelgraph.typing import IntArray


def read_archive(
    path: Path | str,
    *,
    layout: JointLayout | None = None,
    fps: float | None = None,
    person: Person = "main",
    persons: int = 1,
    min_clips_per_label: int = 2,
    unlabeled: str | None = None,
    use_cache: bool = True,
) -> ClipSet:
    """Open an archive as a dataset, whose clips are read whenever they are used.

    Its clips have the names that the file gives them. Names in the form of NTU RGB+D tell subject
    and recording.

    Args:
        path: The archive; :data:`skelgraph.io.ARCHIVES` lists the formats.
        layout: Layout of a file that does not tell it.
        fps: Frames per second of a file that does not tell them.
        person: Which persons of a clip with several; see :func:`skelgraph.poses.select_persons`.
        persons: Most persons of a clip that are kept together, the main one first.
        min_clips_per_label: Minimum number of clips per label; 1 if there will be no split.
        unlabeled: Label of clips that have none, if labels do not matter.
        use_cache: Whether to look up in the cache where the clips are, and to keep it there.

    Raises:
        DatasetError: If it is no archive, has clips without labels or too few of a label, names
            repeat, its split lists no clip, or a clip has no person of the number.
        FormatError: If it is not what its format asks for, or the layout is not known.
    """
    path = Path(path)
    archive, fingerprint = open_archive_file(path, use_cache=use_cache)
    index = archive.index
    labels = index.labels if unlabeled is None else tuple(one or unlabeled for one in index.labels)
    check_label_counts(filter(None, labels), minimum=min_clips_per_label, where=str(path))
    source = ArchiveClips.of(archive, layout=layout, fps=fps, person=person, most=persons)
    sequences = source.list_sequences(labels)
    _check_names(archive, splits=min_clips_per_label > 1)
    return ClipSet(
        name=path.stem,
        sequences=sequences,
        fingerprint=fingerprint,
        notes=tuple(source.describe()),
        splits={part: source.find_rows(clips) for part, clips in index.splits.items()},
    )


def _check_names(archive: Archive, *, splits: bool) -> None:
    """Check that clips have names of their own, and that a split lists some of them."""
    index = archive.index
    if splits and index.split_note:
        raise DatasetError(
            f"{archive.path}: {index.split_note}; give clips the names that the split lists, or "
            f"leave the split out"
        )
    repeated = [name for name, count in Counter(index.names).items() if count > 1]
    if repeated:
        raise DatasetError(
            f"{archive.path}: expected a name of its own for each clip, but {len(repeated)} "
            f"repeat ({name_a_few(repeated)}); number the clips of one name, or leave out copies"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class ArchiveClips:
    """The persons of an archive that are clips of a dataset: a row for each.

    Args:
        archive: The archive.
        layout: Layout of a file that does not tell it.
        fps: Frames per second of a file that does not tell them.
        person: Which persons of a clip with several.
        most: Most persons of a clip that are kept together.
        clips: Array (rows,): number of each row's clip.
        places: Array (rows,): place of the person among those of the clip; -1 for the one that is
            chosen when the clip is read.
    """

    archive: Archive
    layout: JointLayout | None
    fps: float | None
    person: Person
    most: int
    clips: IntArray
    places: IntArray

    @classmethod
    def of(
        cls,
        archive: Archive,
        *,
        layout: JointLayout | None,
        fps: float | None,
        person: Person,
        most: int,
    ) -> "ArchiveClips":
        """Return the rows of an archive.

        Raises:
            DatasetError: If a clip has no person of the number.
        """
        archive, counts = guess_bodies(archive, layout), archive.index.count_persons()
        counts = np.maximum(counts, 1)  # one in which nobody is there is a clip, too
        clips, places = np.arange(len(counts)), np.full(len(counts), -1)
        if person == "all":
            clips = np.repeat(clips, counts)
            firsts = np.repeat(np.cumsum(counts) - counts, counts)
            places = np.arange(len(clips)) - firsts
        elif person != "main":
            is_empty = archive.index.persons == 0
            short = np.flatnonzero((counts < person) & ~is_empty)
            if len(short):
                names = name_a_few([archive.index.names[clip] for clip in short[:6]])
                raise DatasetError(
                    f"{archive.path}: expected a person {person} in each clip, but {len(short)} "
                    f"have fewer ({names}); take the main one"
                )
            places = np.where(is_empty, 0, person - 1)
        return cls(
            archive=archive,
            layout=layout,
            fps=fps,
            person=person,
            most=most,
            clips=clips,
            places=places,
        )

    def load(self, number: int) -> PoseSequence:
        """Read the clip of a row.

        All positions are 0 if nobody is there, so that whoever uses the clip says so.
        """
        clip, place = int(self.clips[number]), int(self.places[number])
        persons = self.archive.read_clip(clip, layout=self.layout, fps=self.fps)
        if not persons:
            return self._make_empty(clip)
        if place < 0:
            return join_persons(persons, self.most)
        several = self.person == "all" and len(persons) > 1
        return self._name(persons[place], place) if several else persons[place]

    def _make_empty(self, clip: int) -> PoseSequence:
        index = self.archive.index
        body = index.bodies[index.body[clip]]
        return PoseSequence(
            positions=np.zeros(self.archive.view_clip(clip).shape[1:], np.float32),
            layout=body.find_layout(self.layout, self.archive.path),
            fps=self.archive.list_rates(self.fps)[clip],
            unit=body.unit or "unknown",
            up=body.up or "+y",
            name=index.names[clip],
            label=index.labels[clip] or None,
            subject=index.subjects[clip] or None,
            recording=index.recordings[clip] or None,
        )

    def digest(self, number: int) -> bytes:
        """Return a digest of the numbers of a row's clip, as they are in the file."""
        view = np.ascontiguousarray(self.archive.view_clip(int(self.clips[number])))
        digest = blake2b(str((view.shape, view.dtype, int(self.places[number]))).encode())
        digest.update(view.data)
        return digest.digest()

    def _name(self, sequence: PoseSequence, place: int) -> PoseSequence:
        return replace(
            sequence,
            name=f"{sequence.name}#{place + 1}",
            recording=sequence.recording or sequence.name,
        )

    def list_sequences(self, labels: Sequence[str]) -> LazySequences:
        """Return the sequence of each row, which is not read yet.

        Args:
            labels: Label of each clip.

        Raises:
            DatasetError: If a clip has no label.
            FormatError: If a layout is not known, or no rate is given for clips that tell none.
        """
        index = self.archive.index
        unlabeled = [name for name, label in zip(index.names, labels, strict=True) if not label]
        if unlabeled:
            raise DatasetError(
                f"{self.archive.path}: expected a label of each clip, but {len(unlabeled)} of "
                f"{len(index)} have none ({name_a_few(unlabeled)})"
            )
        layouts = [body.find_layout(self.layout, self.archive.path) for body in index.bodies]
        bodies = [index.bodies[number] for number in index.body.tolist()]
        clips = self.clips.tolist()
        columns: dict[str, list[Any]] = {
            "num_frames": index.num_frames.tolist(),
            "num_dimensions": [body.num_dimensions for body in bodies],
            "layout": [layouts[number] for number in index.body.tolist()],
            "fps": self.archive.list_rates(self.fps),
            "unit": [body.unit or "unknown" for body in bodies],
            "up": [body.up or "+y" for body in bodies],
            "name": list(index.names),
            "label": list(labels),
            "subject": [subject or None for subject in index.subjects],
            "recording": [recording or None for recording in index.recordings],
            "has_confidence": [body.has_confidence for body in bodies],
        }
        if self.person == "all":
            columns = {key: [column[clip] for clip in clips] for key, column in columns.items()}
            self._name_persons(columns)
        return LazySequences(self, columns)

    def _name_persons(self, columns: dict[str, list[Any]]) -> None:
        """Give the persons of a clip of several names of their own, and one recording."""
        counts = self.archive.index.count_persons().tolist()  # 0 has one row, and its own name
        pairs = zip(self.clips.tolist(), self.places.tolist(), strict=True)
        for row, (clip, place) in enumerate(pairs):
            if counts[clip] > 1:
                name = columns["name"][row]
                columns["name"][row] = f"{name}#{place + 1}"
                columns["recording"][row] = columns["recording"][row] or name

    def find_rows(self, clips: IntArray) -> IntArray:
        """Return the numbers of the rows of some clips."""
        return np.flatnonzero(np.isin(self.clips, clips))

    def describe(self) -> Iterator[str]:
        """Yield what was assumed of the file."""
        index = self.archive.index
        yield from filter(None, (index.split_note, index.confidence_note))
        if self.fps is not None and (unknown := int(np.isnan(index.rates).sum())):
            yield f"{unknown} clips do not tell their frame rate: read at {self.fps:g} frames/s"
        if several := int((index.count_persons() > 1).sum()):
            what = describe_choice(self.person, self.most)
            yield f"{several} clips show several persons: {what}"
