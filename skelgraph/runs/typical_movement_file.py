"""The file that keeps what is typical of the movement of each class of a training."""

from skelgraph.errors import RunError
from skelgraph.movement import TypicalMovement
from skelgraph.runs.run_directory import RunDirectory
from skelgraph.runs.run_files import read_json_file, write_json

TYPICAL_FILE = "typical.json"
"""Name of the file, of a run or a model folder."""


def write_typical(run: RunDirectory, typical: TypicalMovement) -> None:
    """Write ``typical.json``."""
    write_json(run.path / TYPICAL_FILE, typical.to_dict())


def read_typical(run: RunDirectory) -> TypicalMovement | None:
    """Return what is typical of each class; None of a run that keeps nothing of it.

    Raises:
        RunError: If the file is damaged.
    """
    file = run.path / TYPICAL_FILE
    if not file.is_file():
        return None
    try:
        return TypicalMovement.from_dict(read_json_file(run.path, file))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(
            f"{file}: expected typical values of each movement descriptor, but the "
            f"file is damaged ({error}); delete it, or train the run again"
        ) from error
