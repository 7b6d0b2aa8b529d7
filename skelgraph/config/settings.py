"""What the settings of all trainings share on their way to JSON and back."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from skelgraph.errors import RunError


def to_plain(value: Any) -> Any:
    """A setting as a plain JSON type; a path is absolute, to hold in another folder too."""
    if isinstance(value, Path):
        return str(value.resolve())
    return list(value) if isinstance(value, tuple) else value


def check_names(
    kind: Any, settings: Any, *, what: str, doubt: str = "was the run made by another version?"
) -> None:
    """Checks that settings that were read are an object with known names.

    Args:
        kind: The dataclass that they are for.
        settings: What was read.
        what: What was expected.
        doubt: What to ask where a name is unknown.

    Raises:
        RunError: If they are not.
    """
    if not isinstance(settings, Mapping):
        raise RunError(f"expected {what}, but got {settings!r}")
    unknown = sorted(settings.keys() - {field.name for field in fields(kind)})
    if unknown:
        raise RunError(f"unknown settings {unknown}: {doubt}")
