"""What tests of several readers write."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def write_json(tmp_path: Path) -> Callable[..., Path]:
    """Write a value as JSON, or a text as it is, and return the file."""

    def dump(value: Any, name: str = "walk.json") -> Path:
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return dump
