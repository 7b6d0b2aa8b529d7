"""What a run was made with: settings, versions, git commit, data."""

import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skelgraph._version import __version__
from skelgraph.errors import RunError
from skelgraph.runs.run_directory import RunDirectory, write_json, write_rows

SPLIT_COLUMNS = ("name", "part", "label", "subject", "recording")
_PACKAGES = ("torch", "torch-geometric", "lightning", "numpy", "scipy", "scikit-learn")
_SAME_IN_A_RESUMED_RUN = ("config", "recipe", "classes", "preprocessing", "protocol", "data")


def check_same_run(run: RunDirectory, facts: Mapping[str, Any]) -> None:
    """Check that a run to be resumed has the settings and the data that it began with.

    Raises:
        RunError: If it has others: its test part might have been trained on.
    """
    before, now = (_without_place(known) for known in (run.read_config(), facts))
    changed = [key for key in _SAME_IN_A_RESUMED_RUN if before.get(key) != now.get(key)]
    if changed:
        raise RunError(
            f"{run.path}: the run began with another {' and '.join(changed)}; to go on with it "
            f"would mix two trainings"
        )


def begin_run(
    run: RunDirectory,
    facts: Mapping[str, Any],
    split: Iterable[Sequence[str]],
    *,
    resume: bool,
) -> None:
    """Write ``config.json`` and ``split.csv`` before a training, so that an aborted run has them,
    or check that the run to be resumed began with the same.

    Args:
        run: The run directory.
        facts: Contents of ``config.json``, to which versions are added.
        split: Rows of ``split.csv``.
        resume: Whether the run goes on.

    Raises:
        RunError: If it began with other settings or data.
    """
    if resume:
        check_same_run(run, facts)
        return
    write_json(run.config_file, {**facts, "versions": describe_versions()})
    write_rows(run.split_file, SPLIT_COLUMNS, split)


def _without_place(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what does not change the numbers of a run."""
    config = {**facts.get("config", {}), "out": None, "device": None}
    return {**facts, "config": config}


def describe_versions() -> dict[str, Any]:
    """Return the versions of skelgraph, Python and the packages that decide a run's numbers."""
    return {
        "skelgraph": __version__,
        "git_commit": find_git_commit(),
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
    }


def find_git_commit() -> str | None:
    """Return the commit of the checkout that skelgraph runs from, with ``-dirty`` if it was
    changed; None if it was installed without one.
    """
    folder = Path(__file__).parent
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40"]
    tracked = ["git", "-C", str(folder), "ls-files", "--error-unmatch", Path(__file__).name]
    try:
        subprocess.run(tracked, capture_output=True, check=True)
        found = subprocess.run(command, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None  # no git, or a folder that git does not track
    return found.stdout.strip()
