"""The benchmark of archives runs, and its table is that of the README."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from harness.archive_costs import format_archives
from harness.ntu_archive import write_ntu_archive

from skelgraph.data import read_archive
from skelgraph.evaluation import make_split

ROOT = Path(__file__).parents[2]


def test_the_generated_archive_has_the_shape_of_ntu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKELGRAPH_CACHE", str(tmp_path / "cache"))
    write_ntu_archive(tmp_path / "ntu.pkl", 540)
    clips = read_archive(tmp_path / "ntu.pkl", fps=30.0)
    assert len(clips.classes) == 60
    assert set(clips.subjects) == {"P003", "P001", "P002"}
    split = make_split(
        "xsub",
        labels=clips.labels,
        subjects=clips.subjects,
        recordings=clips.recordings,
        names=[sequence.name for sequence in clips.sequences],
    )
    assert split.test.tolist() == clips.splits["xsub_val"].tolist()
    assert {clips.subjects[clip] for clip in split.test} == {"P003"}


def test_all_jobs_run(
    tmp_path: Path,
    load_benchmark: Callable[[str], ModuleType],
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "archives.json"
    load_benchmark("archives").main(
        ["--clips", "540", "--rounds", "1", "--steps", "2", "--out", str(out)]
    )
    result = json.loads(out.read_text())
    row = result["archives"]["540"]
    assert row["train"]["steps"] == 2
    assert row["inspect"]["lines"] < 30
    assert row["train"]["peak_mib"] > row["later opening"]["peak_mib"] > 0
    assert format_archives(result) in capsys.readouterr().out


def test_the_readme_shows_the_committed_results(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    result = json.loads(load_benchmark("archives").RESULTS.read_text())
    assert list(result["archives"]) == ["500", "5000", "56880"]
    table = format_archives(result)
    for page in ("README.md", "benchmarks/README.md"):
        assert table in (ROOT / page).read_text("utf-8")
