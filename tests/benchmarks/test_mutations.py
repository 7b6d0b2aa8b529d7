"""Damaged files give a sequence or the package's own error, never another."""

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from harness import mutation_guard, mutations
from harness.mutations import mutate, read_mutations
from harness.sample_files import SAMPLES

from skelgraph.errors import RunError
from skelgraph.io import READERS, detect_format, read_sequences
from skelgraph.io.reader import Reader

ROOT = Path(__file__).parents[2]


def test_every_format_has_a_sample() -> None:
    assert {sample.format for sample in SAMPLES.values()} == set(READERS)


@pytest.mark.filterwarnings("ignore::skelgraph.errors.FormatWarning")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_found_by_its_content(tmp_path: Path, name: str) -> None:
    sample = SAMPLES[name]
    path = tmp_path / (f"sample{sample.suffix}" if sample.suffix == "" else "sample.any")
    sample.write(path, 8)
    if sample.suffix == ".npz" and not path.exists():  # numpy adds the suffix itself
        path = tmp_path / "sample.any.npz"
    if sample.suffix == ".npy":
        path = tmp_path / "sample.any.npy"
    assert detect_format(path) == sample.format
    sequences = read_sequences(path, layout=sample.layout, fps=sample.fps)
    assert {sequence.num_frames for sequence in sequences} == {8}
    assert all(sequence.present.mean() > 0.5 for sequence in sequences)


@pytest.mark.parametrize("name", SAMPLES)
def test_damaged_files(name: str) -> None:
    tally = read_mutations(name, range(100), seed=3)
    assert tally.failures == []
    assert tally.read + tally.refused == 100
    assert min(tally.read, tally.refused) > 0


def test_mutations_are_decided_by_the_seed() -> None:
    content = bytes(range(256)) * 4
    first, same, other = (mutate(content, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == same
    assert len({first, other, content}) == 3


class Evil:
    """What an unwary reader of pickles executes."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (self.command,)


@pytest.fixture
def use_reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Path], object]], str]:
    """Puts a reader that does something wrong in the place of that of CSV."""

    def use(read: Callable[[Path], object]) -> str:
        def read_badly(path: Path, *, layout: object, fps: float | None) -> list[object]:
            if b"Hips" in path.read_bytes():
                read(path)
            return []

        def write(path: Path, num_frames: int) -> None:
            path.write_bytes(b"sound")

        name = "csv, named columns"
        reader = Reader(
            name="csv", suffixes=(".csv",), sniff=lambda path, head: True, read=read_badly,
            description="bad",
        )  # fmt: skip
        monkeypatch.setitem(mutations.READERS, "csv", reader)
        monkeypatch.setattr(mutations, "SAMPLES", {name: replace(SAMPLES[name], write=write)})
        monkeypatch.setattr(mutations, "mutate", lambda content, rng: b"Hips")
        return name

    return use


@pytest.mark.parametrize(
    ("read", "failure"),
    [
        (lambda path: 1 / 0, "ZeroDivisionError in test_mutations.py"),
        (lambda path: np.zeros(2**22).sum(), "took 32 MiB"),
        (lambda path: os.system("true"), "gave rise to os.system"),
        (lambda path: pickle.loads(pickle.dumps(Evil("true"))), "pickle.find_class, os.system"),
        (lambda path: path.write_text("x"), "gave rise to open"),
        (lambda path: np.float32(1e30) * np.float32(1e30), "RuntimeWarning"),
    ],
)
def test_what_goes_wrong_is_noticed(use_reader, read, failure: str) -> None:
    tally = read_mutations(use_reader(read), range(2), seed=0)
    assert len(tally.failures) == 2
    assert failure in tally.failures[0]


def test_a_sample_that_cannot_be_read_is_said(use_reader, monkeypatch) -> None:
    name = use_reader(lambda path: 1 / 0)
    broken = replace(SAMPLES[name], write=lambda path, T: path.write_bytes(b"Hips"))
    monkeypatch.setattr(mutations, "SAMPLES", {name: broken})
    with pytest.raises(RunError, match="cannot be read: ZeroDivisionError"):
        read_mutations(name, range(1), seed=0)


def test_the_benchmark_reads_in_a_process_of_its_own(
    load_benchmark: Callable[[str], ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mutations.json"
    load_benchmark("mutations").main(
        ["--count", "20", "--sample", "csv, named columns", "--out", str(out)]
    )
    assert "| csv, named columns | 20 |" in capsys.readouterr().out
    assert mutation_guard.MAX_SECONDS == 10


def test_the_committed_run_is_large_enough_and_found_nothing(
    load_benchmark: Callable[[str], ModuleType],
) -> None:
    benchmark = load_benchmark("mutations")
    result = benchmark.read_result(benchmark.RESULTS)
    assert set(result["samples"]) == set(SAMPLES)
    assert sum(tally["files"] for tally in result["samples"].values()) >= 20_000
    assert not any(tally["failures"] for tally in result["samples"].values())
    table = benchmark.format_mutations(result)
    assert table in (ROOT / "benchmarks" / "README.md").read_text("utf-8")
