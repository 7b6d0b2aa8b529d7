"""Names of trained models: a run directory, a model folder, or a model of skelgraph itself."""

from pathlib import Path

from skelgraph.errors import RunError
from skelgraph.runs.run_directory import RunDirectory

BOX = Path(__file__).parents[1] / "box"
"""Folder of the models that come with skelgraph, a model folder each."""


def list_box() -> tuple[str, ...]:
    """Return the names of the models that come with skelgraph."""
    return tuple(sorted(config.parent.name for config in BOX.glob("*/config.json")))


def find_run(reference: Path | str) -> RunDirectory:
    """Return the run directory or model folder that a user names.

    Args:
        reference: A path, or the name of a model that comes with skelgraph; a path that is there
            goes first.

    Raises:
        RunError: If there is neither.
    """
    path = Path(reference)
    if path.exists():
        return RunDirectory(path=path)
    if str(reference) in list_box():
        return RunDirectory(path=BOX / str(reference))
    known = ", ".join(list_box())
    raise RunError(
        f"{reference}: expected a run directory, a model folder"
        + (f", or a model that comes with skelgraph ({known})" if known else "")
        + ", but there is no such folder"
    )
