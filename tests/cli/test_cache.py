"""The command that shows and clears the cache."""

from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result
from skelgraph_cli.command import skelgraph

from skelgraph.config import CacheKind
from skelgraph.data import read_folder
from skelgraph.io import list_cache, replace_whole

DIGEST = "0123456789abcdef" * 2
OTHERS = ("datasets/mine.safetensors", "models/my.task", "alphapose/setup.py", "notes.txt")
"""Files of a user's own in folders of these names."""


def run(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(skelgraph, ["cache", *words], input=answer, catch_exceptions=False)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SKELGRAPH_CACHE", str(folder))
    return folder


@pytest.fixture
def filled(cache: Path) -> Path:
    """A cache with a file of 1,000 bytes of each kind, and one that was not finished."""
    for name in (
        f"datasets/set-{DIGEST}.safetensors",
        f"datasets/.01234567-set-{DIGEST}.safetensors",
        f"fingerprints/{DIGEST}",
        f"keypoints/{DIGEST}.safetensors",
        f"lifted/{DIGEST}.safetensors",
        f"acoustic/{DIGEST}.npz",
        "models/pose_landmarker_full.task",
        "alphapose/walk-x1y2/alphapose-results.json",
    ):
        file = cache / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(1000))
    return cache


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_it_shows_where_the_cache_lies_and_the_size_of_each_kind(filled: Path) -> None:
    done = run()
    assert done.stdout.splitlines()[0] == f"cache: {filled}"
    rows = [line.split()[:4] for line in done.stdout.splitlines()]
    assert ["datasets", "2", "2.0", "kB"] in rows
    assert ["all", "8", "8.0", "kB"] in rows
    assert {row[0] for row in rows if row} >= {*get_args(CacheKind), "all"}


def test_a_cache_that_is_not_there_is_empty(cache: Path) -> None:
    assert ["all", "0", "0", "bytes"] in [line.split() for line in run().stdout.splitlines()]
    assert run("--clear").stdout == f"removed: 0 files, 0 bytes, from {cache}\n"
    assert not cache.exists()


def test_one_kind_is_removed(filled: Path) -> None:
    done = run("--clear", "lifted", "--yes")
    assert done.stdout == f"removed: 1 file, 1.0 kB (lifted), from {filled}\n"
    assert not (filled / "lifted").exists()
    assert len(list_files(filled)) == 7


def test_all_is_removed_and_nothing_of_others(filled: Path) -> None:
    for name in OTHERS:
        (filled / name).write_text("mine")
    done = run("--clear", "--yes")
    assert done.stdout.startswith("removed: 8 files, 8.0 kB (datasets, fingerprints, keypoints,")
    assert list_files(filled) == sorted(OTHERS)
    assert {path.name for path in filled.iterdir()} == {
        *("datasets", "models", "alphapose"),
        "notes.txt",
    }


def test_it_asks_before(filled: Path) -> None:
    refused = run("--clear", "acoustic", answer="n\n")
    assert refused.exit_code == 1
    assert f"Remove 1 file, 1.0 kB (acoustic), from {filled}? [y/N]" in refused.stderr
    assert refused.stdout == ""
    assert len(list_files(filled)) == 8
    assert run("--clear", "acoustic", answer="").exit_code == 1  # nobody is there to answer
    assert run("--clear", "acoustic", answer="y\n").exit_code == 0
    assert len(list_files(filled)) == 7


def test_wrong_usage(cache: Path) -> None:
    assert run("--yes").exit_code == 2
    assert run("--clear", "everything").exit_code == 2


def test_a_dataset_that_is_read_is_found(arm_swings: Path, cache: Path) -> None:
    read_folder(arm_swings)
    counts = {files.kind: len(files.paths) for files in list_cache() if files.paths}
    assert counts == {"datasets": 1, "fingerprints": 1}


def test_a_file_that_is_not_finished_is_found(cache: Path) -> None:
    with replace_whole(cache / "lifted" / f"{DIGEST}.safetensors") as partial:
        (files,) = (files for files in list_cache() if files.paths)
        assert files.paths == (partial,)


def test_the_choices_are_all_kinds() -> None:
    assert get_args(CacheKind) == get_args(CacheKind)
