"""Datasets of one's own: a folder of recordings, or an archive of many clips."""

from pathlib import Path

from skelgraph.config import Person
from skelgraph.data.archive_clips import read_archive
from skelgraph.data.clip_set import ClipSet, Progress
from skelgraph.data.folder import read_folder
from skelgraph.layouts import JointLayout


def read_data(
    path: Path,
    *,
    layout: JointLayout | None = None,
    fps: float | None = None,
    person: Person = "main",
    persons: int = 1,
    min_files_per_label: int = 2,
    unlabeled: str | None = None,
    skip_unreadable: bool = False,
    progress: Progress | None = None,
) -> ClipSet:
    """Read the labeled clips of a folder, or open an archive.

    The arguments are those of :func:`read_folder`.

    Raises:
        DatasetError: If the folder or the archive cannot be used as a dataset.
        FormatError: If the archive is not what its format asks for.
    """
    if path.is_file():
        return read_archive(
            path,
            layout=layout,
            fps=fps,
            person=person,
            persons=persons,
            min_clips_per_label=min_files_per_label,
            unlabeled=unlabeled,
        )
    return read_folder(
        path,
        layout=layout,
        fps=fps,
        person=person,
        persons=persons,
        min_files_per_label=min_files_per_label,
        unlabeled=unlabeled,
        skip_unreadable=skip_unreadable,
        progress=progress,
    )
