"""The recordings of a folder, and the persons of a recording that are wanted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from skelgraph.config import Person
from skelgraph.data import find_recordings
from skelgraph.errors import DatasetError
from skelgraph.io import READERS, VIDEO_SUFFIXES, is_recording_folder
from skelgraph.poses import PoseSequence, select_persons


def find_files(path: Path, *, with_videos: bool = False) -> list[Path]:
    """Return a recording, or the recordings of a folder.

    Args:
        path: The recording or folder.
        with_videos: Whether videos are taken as well, except those beside keypoints of their name.

    Raises:
        DatasetError: If the folder has none.
    """
    if not path.is_dir() or is_recording_folder(path):
        return [path]
    recordings = find_recordings(path)
    videos = _find_videos(path) if with_videos or not recordings else []
    if with_videos:
        stems = {one if one.is_dir() else one.with_suffix("") for one in recordings}
        recordings += [video for video in videos if video.with_suffix("") not in stems]
    if recordings:
        return recordings
    if videos:
        raise DatasetError(
            f"{path}: expected recordings, but the folder has videos alone; estimate their "
            f"skeletons with `skelgraph extract {path} --out {path.name}-skeletons`"
        )
    formats = ", ".join(READERS)
    raise DatasetError(f"{path}: expected recordings ({formats}), but the folder has none")


def _find_videos(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.suffix.lower() in VIDEO_SUFFIXES)
    return sorted(path for path in found if path.is_file() and not _is_hidden(path, folder))


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.relative_to(folder).parts)


def number_persons(
    sequences: Sequence[PoseSequence], file: Path, person: Person
) -> list[tuple[int, PoseSequence]]:
    """Return the wanted persons of a file, named after its path, and their numbers from 1 on.

    Several of them have their numbers in their names, such as ``talk.mp4#2``.
    """
    named = [replace(one, name=str(file)) for one in sequences]
    chosen = select_persons(named, person)
    numbered = [(n, one) for n, one in enumerate(named, 1) if any(one is c for c in chosen)]
    if len(numbered) == 1:
        return numbered
    return [(number, replace(one, name=f"{file}#{number}")) for number, one in numbered]
