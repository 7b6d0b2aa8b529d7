"""The arguments of ``skelgraph predict``: a run, which may be left out, and files."""

from collections.abc import Sequence
from pathlib import Path

import click


def split_arguments(arguments: Sequence[str]) -> tuple[str | None, tuple[Path, ...]]:
    """Return the run or model that is named, None if none is, and the files.

    The first argument is a run if it is a run directory, a name that is known, or hf://user/name.
    It is also taken for one, to be refused, if it is a folder that training has left incomplete, or
    one without recordings before other arguments, or nothing that is there and no name of a file.

    Raises:
        RunError: If it is none.
    """
    from skelgraph.hub import is_hub_reference
    from skelgraph.runs import RunDirectory, find_run

    if not arguments:
        return None, ()
    first, *others = arguments
    path = Path(first)
    files = tuple(Path(argument) for argument in arguments)
    if is_hub_reference(first):
        return str(find_run(first).path), files[1:]
    if path.exists():
        if not path.is_dir() or not _is_meant_as_run(path, has_others=bool(others)):
            return None, files
        RunDirectory(path=path).check_is_run()
    elif _is_name_of_file(path):
        return None, files
    else:
        find_run(first).check_is_run()
    return first, files[1:]


def check_files(files: Sequence[Path]) -> None:
    """Refuse files of which none is there, before anything heavy is imported."""
    missing = [file for file in files if not file.exists()]
    if missing and len(missing) == len(files):
        for file in missing:
            click.echo(f"Error: {file}: there is no such file or folder", err=True)
        raise click.exceptions.Exit(1)


def _is_meant_as_run(folder: Path, *, has_others: bool) -> bool:
    from skelgraph.runs import RunDirectory

    run = RunDirectory(path=folder)
    left_by_training = (run.config_file, run.metrics_file, run.checkpoints)
    if any(file.exists() for file in left_by_training):
        return True
    return has_others and not _has_recordings(folder)


def _has_recordings(folder: Path) -> bool:
    from skelgraph.data import find_recordings
    from skelgraph.io import VIDEO_SUFFIXES, is_recording_folder

    if is_recording_folder(folder) or find_recordings(folder):
        return True
    return any(file.suffix.lower() in VIDEO_SUFFIXES for file in folder.rglob("*"))


def _is_name_of_file(path: Path) -> bool:
    from skelgraph.io import READERS, VIDEO_SUFFIXES

    known = {suffix for reader in READERS.values() for suffix in reader.suffixes}
    return path.suffix.lower() in known | set(VIDEO_SUFFIXES)
