"""Names of trained models: a run, a model folder, a model of skelgraph itself or of the Hub."""

from pathlib import Path

from skelgraph.errors import RunError
from skelgraph.hub import is_hub_reference
from skelgraph.runs.run_directory import RunDirectory

BOX = Path(__file__).parents[1] / "box"
"""Folder of the models that come with skelgraph, a model folder each."""


def list_box() -> tuple[str, ...]:
    """Return the names of the models that come with skelgraph."""
    return tuple(sorted(config.parent.name for config in BOX.glob("*/config.json")))


def find_run(reference: Path | str, *, revision: str | None = None) -> RunDirectory:
    """Return the run directory or model folder that a user names.

    Args:
        reference: A path, the name of a model that comes with skelgraph, or ``hf://user/name`` of
            one on the Hub, which is downloaded; a path that is there goes first.
        revision: Branch, tag or commit of a model on the Hub.

    Raises:
        RunError: If there is none, or what the Hub has is no model.
        HubError: If a model on the Hub cannot be downloaded.
    """
    if is_hub_reference(reference):
        from skelgraph.runs.hub_models import download_model

        return download_model(reference, revision=revision)
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
