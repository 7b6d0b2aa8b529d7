"""The benchmark of reading runs, and times nothing where results differ."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from harness import reading_speed
from harness.plain_bvh import read_bvh_plainly
from harness.reading_speed import compare_bvh, format_reading
from harness.sample_files import SAMPLES

from skelgraph.errors import RunError

ROOT = Path(__file__).parents[2]


@pytest.mark.filterwarnings("ignore::skelgraph.errors.FormatWarning")
def test_it_measures_every_sample(
    load_benchmark: Callable[[str], ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "reading.json"
    load_benchmark("reading").main(["--frames", "4", "--budget", "0", "--out", str(out)])
    result = json.loads(out.read_text())
    assert format_reading(result) in capsys.readouterr().out
    assert set(result["formats"]) == set(SAMPLES)
    assert all(row["frames_per_s"] > 0 for row in result["formats"].values())


def test_the_plain_parser_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "arm.bvh"
    path.write_text(
        "HIERARCHY\nROOT hip\n{\nOFFSET 9 9 9\nCHANNELS 6 Xposition Yposition Zposition Zrotation "
        "Xrotation Yrotation\nJOINT hand\n{\nOFFSET 1 0 0\nCHANNELS 1 Xrotation\nEnd Site\n{\n"
        "OFFSET 0 1 0\n}\n}\n}\nMOTION\nFrames: 2\nFrame Time: 0.04\n"
        "1 2 3 0 0 0 0\n1 2 3 90 0 0 7\n"
    )
    names, frames = read_bvh_plainly(path)
    assert names == ["hip", "hand"]
    np.testing.assert_allclose(frames, [[[1, 2, 3], [2, 2, 3]], [[1, 2, 3], [1, 3, 3]]])


def test_nothing_is_timed_where_positions_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_wrongly(path: Path) -> object:
        names, frames = read_bvh_plainly(path)
        return names, [[(x + 1, y, z) for x, y, z in frame] for frame in frames]

    assert compare_bvh(3, budget_s=0)["times_faster_than_plain"] > 0
    monkeypatch.setattr(reading_speed, "read_bvh_plainly", read_wrongly)
    with pytest.raises(RunError, match="nothing was timed"):
        compare_bvh(3, budget_s=0)


def test_the_committed_results_hold_what_is_asked_and_are_shown(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    result = json.loads(load_benchmark("reading").RESULTS.read_text())
    assert set(result["formats"]) == set(SAMPLES)
    assert result["bvh"][-1]["times_faster_than_plain"] >= 10
    assert format_reading(result) in (ROOT / "benchmarks" / "README.md").read_text("utf-8")
