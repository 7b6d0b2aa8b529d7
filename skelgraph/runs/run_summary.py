"""Run directories on disk: found, summed up, removed."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skelgraph.config import CrossvalConfig, LiftConfig, Settings, TrainConfig
from skelgraph.errors import RunError
from skelgraph.runs.run_directory import CROSSVAL_KIND, LIFTER_KIND, RunDirectory

_PARTS = ("streams", "encoders", "folds")
"""Folders of a run that hold the runs of its parts."""


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """A run at a glance.

    Args:
        path: The run directory.
        model: Model and streams, "crossval" before them, or "fusion", or "lifter".
        data: Name of its data.
        state: ``"finished"``, ``"stopped"`` after some epoch, or ``"begun"``.
        uar: Unweighted average recall of the test part, if it was tested.
        protocol: How clips were divided.
        changed: Settings that do not have their defaults, by the names of the options.
        size_mb: Size on disk in megabytes.
    """

    path: Path
    model: str
    data: str
    state: str
    uar: float | None
    protocol: str
    changed: Mapping[str, Any]
    size_mb: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "path": str(self.path)}


def find_runs(folder: Path) -> list[RunSummary]:
    """Return the runs below a folder, by their paths; the parts of a run are not listed.

    A folder whose ``config.json`` is damaged or of another version is listed as such.
    """
    found: list[RunSummary] = []
    for file in sorted(folder.rglob("config.json")):
        path = file.parent
        if any(one.path in path.parents for one in found) or path.parent.name in _PARTS:
            continue
        try:
            found.append(summarize_run(path))
        except RunError as error:
            found.append(
                RunSummary(
                    path=path,
                    model="?",
                    data="?",
                    state="unreadable",
                    uar=None,
                    protocol=str(error),
                    changed={},
                    size_mb=_measure_mb(path),
                )
            )
    return found


def summarize_run(path: Path) -> RunSummary:
    """Return a run at a glance.

    Raises:
        RunError: If the folder is no run directory, or of another version.
    """
    run = RunDirectory(path=path)
    facts = run.read_config()
    metrics = run.read_metrics() if run.metrics_file.is_file() else {}
    begun = any(path.rglob("last.ckpt"))
    state = "finished" if metrics else "stopped" if begun else "begun"
    settings: Settings | None = None
    if facts.get("kind") == LIFTER_KIND:
        settings, model = LiftConfig.from_dict(facts.get("config")), LIFTER_KIND
    elif "config" in facts:
        config = TrainConfig.from_dict(facts["config"])
        settings, model = config, config.model.name
        if config.streams and not config.model.info.is_ridge:
            model += f" {config.stream.text}"
        if facts.get("kind") == CROSSVAL_KIND:
            settings = CrossvalConfig.from_dict({**facts["crossval"], "train": facts["config"]})
            model = f"{CROSSVAL_KIND} {model}"
    elif "fusion" in facts:
        model = "fusion"
    else:
        raise RunError(f"{run.config_file}: expected the settings of a run, but there are none")
    flat = {} if settings is None else settings.flatten()
    uar = metrics.get("uar")
    return RunSummary(
        path=path,
        model=model,
        data=str(facts.get("data", {}).get("name", "?")),
        state=state,
        uar=float(uar) if uar is not None else None,
        protocol=str(facts.get("protocol", "")),
        changed={} if settings is None else {key: flat[key] for key in settings.list_changed()},
        size_mb=_measure_mb(path),
    )


def remove_run(path: Path) -> None:
    """Remove a run directory with everything in it.

    Raises:
        RunError: If it is none.
    """
    summarize_run(path)
    shutil.rmtree(path)


def _measure_mb(path: Path) -> float:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6
