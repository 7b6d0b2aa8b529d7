"""The benchmark of attributions: a smoke run, and its committed numbers."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from skelgraph.explanation import DEFAULT_METHODS, METHODS

pytest.importorskip("captum", reason="captum is not installed")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def faithfulness(load_benchmark: Callable[[str], ModuleType]) -> ModuleType:
    return load_benchmark("faithfulness")


def test_a_row_has_every_method_on_the_chosen_clips(
    faithfulness: ModuleType, fused_run: Path
) -> None:
    row = faithfulness.make_row(fused_run, every=4)
    assert (row["clips"], row["of"]) == (2, 8)
    assert tuple(row["methods"]) == METHODS
    for found in row["methods"].values():
        assert 0 <= found["holds"] <= len(found["top_change"]) == 2


def test_shares_are_pooled_over_all_clips(faithfulness: ModuleType) -> None:
    def row(holds: int, *changes: float) -> dict:
        numbers = {name: [0.1] * len(changes) for name in faithfulness.NUMBERS}
        found = {"holds": holds, **numbers, "top_change": list(changes)}
        return {"methods": dict.fromkeys(METHODS, found)}

    pooled = faithfulness.pool({"a": row(1, 0.3, 0.0), "b": row(2, 0.2, 0.5, 0.05)}, "occlusion")
    assert pooled["holds"] == pooled["above_random"] == pytest.approx(0.6)
    assert pooled["top_change"] == pytest.approx(0.21)
    assert pooled["clips"] == 5


def test_what_is_shown_follows_from_the_committed_rows(faithfulness: ModuleType) -> None:
    rows = json.loads((ROOT / "benchmarks" / "results" / "faithfulness.json").read_text())
    assert tuple(faithfulness.choose_methods(rows)) == DEFAULT_METHODS
    page = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    assert faithfulness.format_table(rows) in page
