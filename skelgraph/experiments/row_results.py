"""Results of the finished rows of the paper benchmark, as small JSON files."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skelgraph.errors import RunError
from skelgraph.runs import RunDirectory, write_json

_PLACES = ("folder", "root", "out", "glove", "encoders", "skeletons", "panes", "device")


@dataclass(frozen=True, kw_only=True)
class RowResult:
    """Result of one row with one seed; a row that failed has no numbers and an error.

    The settings are without files and device; those of a fusion are its strategy and the rows that
    it fuses. ``run`` is relative to the benchmark's folder. A fusion has no parameters of its own,
    and ``wall_s`` is None if the training was stopped in between.
    """

    row: str
    seed: int
    settings: dict[str, Any]
    run: str
    uar: float | None = None
    war: float | None = None
    parameters: int | None = None
    wall_s: float | None = None
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether there are no numbers."""
        return self.uar is None


def result_file(folder: Path, row: str, seed: int) -> Path:
    """Return the file of a row's result."""
    return folder / "rows" / f"{row}-{seed}.json"


def run_path(folder: Path, row: str, seed: int) -> Path:
    """Return the run directory of a row."""
    return folder / "runs" / f"{row}-{seed}"


def lifted_path(folder: Path, row: str, seed: int) -> Path:
    """Return the folder of the recordings that are lifted for a row."""
    return folder / "lifted" / f"{row}-{seed}"


def keep_result(folder: Path, result: RowResult) -> None:
    """Write the result of a row."""
    write_json(result_file(folder, result.row, result.seed), asdict(result))


def read_result(folder: Path, row: str, seed: int) -> RowResult | None:
    """Read the result of a row; None if there is none.

    Raises:
        RunError: If it is damaged.
    """
    file = result_file(folder, row, seed)
    if not file.is_file():
        return None
    try:
        return RowResult(**read_json(file))
    except TypeError as error:
        raise RunError(
            f"{file}: expected the result of a row, but got other fields ({error}); delete it"
        ) from error


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON file of the benchmark.

    Raises:
        RunError: If it is damaged.
    """
    try:
        contents = json.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RunError(f"{file}: expected JSON, but it is damaged ({error}); delete it") from error
    if not isinstance(contents, dict):
        raise RunError(f"{file}: expected a JSON object, but got {contents!r}; delete it")
    return contents


def collect_result(
    folder: Path, row: str, seed: int, *, settings: dict[str, Any], wall_s: float | None
) -> RowResult:
    """Return the result of a row from its finished run directory."""
    run = RunDirectory(path=run_path(folder, row, seed))
    metrics = run.read_metrics()
    return RowResult(
        row=row,
        seed=seed,
        settings=settings,
        run=run.path.relative_to(folder).as_posix(),
        uar=float(metrics["uar"]),
        war=float(metrics["war"]),
        parameters=run.read_config().get("parameters"),
        wall_s=wall_s,
    )


def without_places(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without files and device, which may be others on another machine."""
    return {
        key: without_places(value) if isinstance(value, Mapping) else value
        for key, value in settings.items()
        if key not in _PLACES
    }


def list_changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List the settings that differ, in sections or not, each with both values.

    Raises:
        RunError: If one of them has other settings or sections than the other.

    Example:
        >>> list_changes({"recipe": {"epochs": 1}, "seed": 0}, {"recipe": {"epochs": 2}, "seed": 0})
        ['epochs (1 there, 2 now)']
    """
    if before.keys() != now.keys():
        raise RunError("its settings are of another version of skelgraph")
    changes = []
    for name, value in now.items():
        if isinstance(value, Mapping) and isinstance(before[name], Mapping):
            changes += list_changes(before[name], value)
        elif before[name] != value:
            changes.append(f"{name} ({before[name]!r} there, {value!r} now)")
    return changes
