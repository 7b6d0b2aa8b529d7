"""Readers of archives as recordings: all persons of all clips at once.

Pickles have a reader of their own (:mod:`skelgraph.io.pyskl`), and an array of ST-GCN is one
recording to :mod:`skelgraph.io.npy`.
"""

import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from skelgraph.errors import FormatWarning
from skelgraph.io.archives import (
    ARCHIVES,
    ArchiveFormat,
    index_archive,
    open_archive,
)
from skelgraph.io.persons import name_persons
from skelgraph.io.reader import Reader
from skelgraph.layouts import JointLayout
from skelgraph.poses import PoseSequence


def make_archive_reader(format: ArchiveFormat) -> Reader:
    """Return the reader of a format of archives.

    It gives a sequence for each clip and person, in the file's order; persons of one clip are one
    recording.
    """

    def read(path: Path, *, layout: JointLayout | None, fps: float | None) -> list[PoseSequence]:
        return _read_all(path, format, layout, fps)

    return Reader(
        name=format.name,
        suffixes=format.suffixes,
        sniff=format.sniff,
        read=read,
        description=format.description,
        guesses_layout=True,
    )


def _read_all(
    path: Path, format: ArchiveFormat, layout: JointLayout | None, fps: float | None
) -> list[PoseSequence]:
    store = BytesIO()
    archive = open_archive(path, index_archive(path, format, store), store)
    if archive.index.confidence_note:
        warnings.warn(f"{path}: {archive.index.confidence_note}", FormatWarning, stacklevel=3)
    sequences: list[PoseSequence] = []
    for clip, name in enumerate(archive.index.names):
        persons = archive.read_clip(clip, layout=layout, fps=fps)
        names = name_persons(name, len(persons))
        recording = None if len(persons) == 1 else name
        sequences += [
            replace(person, name=own, recording=person.recording or recording)
            for person, own in zip(persons, names, strict=True)
        ]
    return sequences


READERS = tuple(make_archive_reader(ARCHIVES[name]) for name in ("pyskl-json", "ctr-gcn"))
