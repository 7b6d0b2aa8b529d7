"""What a run was made with: settings, versions, git commit, data."""

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from skelgraph._version import __version__
from skelgraph.errors import RunError
from skelgraph.config import (TrainConfig)
from skelgraph.training import (PreparedData)
from skelgraph.runs.run_directory import (RunDirectory, write_json, write_rows)
from skelgraph.training import (count_channels)

SPLIT_COLUMNS = ("name", "part", "label", "subject", "recording")
_PACKAGES = ("torch", "torch-geometric", "lightning", "numpy", "scipy", "scikit-learn")
_SAME_IN_A_RESUMED_RUN = ("config", "recipe", "classes", "preprocessing", "protocol", "data")


def describe_run(config: TrainConfig, data: PreparedData, num_parameters: int) -> dict[str, Any]:
    """What the ``config.json`` of a network holds: its settings, its size, versions."""
    of_skeletons = {}
    if not config.is_multimodal:
        of_skeletons["in_channels"] = count_channels(config.single_stream, data.channels)
    return {
        **describe_settings(config, data),
        **of_skeletons,
        "parameters": num_parameters,
        "versions": describe_versions(),
    }


def describe_settings(config: TrainConfig, data: PreparedData) -> dict[str, Any]:
    """What does not depend on the network: settings, classes, preprocessing, data."""
    return {
        "config": config.to_dict(),
        "recipe": config.resolve_recipe().to_dict(),
        "classes": list(data.classes),
        "channels": data.channels,
        "longest": data.longest,
        "preprocessing": data.preprocessing.to_dict(),
        "protocol": data.split.protocol,
        "data": {"name": data.clips.name, "fingerprint": data.clips.fingerprint},
    }


def check_same_run(run: RunDirectory, facts: Mapping[str, Any]) -> None:
    """Checks that a run to be resumed has the settings and the data that it began with.

    Raises:
        RunError: If it has others: its test part might have been trained on.
    """
    before, now = (
        {**known, "config": {**known.get("config", {}), "out": None}}
        for known in (run.read_config(), facts)
    )
    changed = [key for key in _SAME_IN_A_RESUMED_RUN if before.get(key) != now.get(key)]
    if changed:
        raise RunError(
            f"{run.path}: the run began with another {' and '.join(changed)}; to go on with it "
            f"would mix two trainings"
        )


def write_run_facts(run: RunDirectory, facts: Mapping[str, Any], data: PreparedData) -> None:
    """Writes ``config.json`` and ``split.csv``; done before the training, so that an aborted run
    has them.
    """
    write_json(run.config_file, facts)
    write_rows(
        run.split_file,
        SPLIT_COLUMNS,
        (
            (clip.name, part, clip.label, clip.subject or "", clip.recording or "")
            for part in ("train", "val", "test")
            for clip in data.part(part)
        ),
    )


def describe_versions() -> dict[str, Any]:
    """Versions of skelgraph, Python and the packages that decide a run's numbers."""
    return {
        "skelgraph": __version__,
        "git_commit": find_git_commit(),
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
    }


def find_git_commit() -> str | None:
    """Commit of the checkout that skelgraph runs from, with ``-dirty`` where it was changed; None
    where it was installed without one.
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
