"""The format of a file is detected once, whatever the file is read for."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from skelgraph_cli.command import skelgraph

from skelgraph.data import read_folder
from skelgraph.io import READERS, Reader, read_sequences, write_csv, write_npz
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.prediction import predict_files
from skelgraph.serving import load_run


@pytest.fixture
def sniffed(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, Path]]:
    """How often each reader looked at each path."""
    counts: Counter[tuple[str, Path]] = Counter()

    def count(reader: Reader) -> Reader:
        def sniff(path: Path, head: bytes) -> bool:
            counts[reader.name, path] += 1
            return reader.sniff(path, head)

        return replace(reader, sniff=sniff)

    for name, reader in list(READERS.items()):
        monkeypatch.setitem(READERS, name, count(reader))
    return counts


def assert_each_once(sniffed: Counter[tuple[str, Path]], *files: Path) -> None:
    assert {path for _, path in sniffed} == set(files)
    assert set(sniffed.values()) == {1}


@pytest.fixture
def sequence() -> PoseSequence:
    positions = np.random.default_rng(0).normal(size=(20, 10, 3))
    return PoseSequence(positions=positions, layout=UPPER10, fps=30.0, unit="m", name="clip")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A file that tells no frame rate, and no names of joints."""
    file = tmp_path / "clip.txt"
    np.savetxt(file, np.random.default_rng(0).random((20, 60)))
    return file


def test_a_file(tmp_path: Path, sequence: PoseSequence, sniffed: Counter) -> None:
    file = tmp_path / "clip.csv"
    write_csv(file, sequence)
    read_sequences(file)
    assert_each_once(sniffed, file)


def test_a_file_whose_rate_is_not_told(table: Path, sniffed: Counter) -> None:
    done = CliRunner().invoke(skelgraph, ["inspect", str(table)])
    assert "30 frames/s, assumed" in done.output
    assert "format          text" in done.output
    assert_each_once(sniffed, table)


def test_a_file_to_predict(table: Path, trained_run: Path, sniffed: Counter) -> None:
    outcome = predict_files(load_run(trained_run), [table])
    assert len(outcome.predictions) == 1
    assert_each_once(sniffed, table)


def test_the_files_of_a_folder(
    tmp_path: Path, sequence: PoseSequence, table: Path, sniffed: Counter
) -> None:
    root = tmp_path / "set"
    files = [root / "joy" / "a.npz", root / "joy" / "b.csv", root / "sad" / "c.txt"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
    write_npz(files[0], sequence)
    write_csv(files[1], sequence)
    table.rename(files[2])
    clips = read_folder(root, fps=25.0, min_files_per_label=1, use_cache=False)
    assert [clip.fps for clip in clips.sequences] == [30, 30, 25]
    # Text files may be the frames of one recording, which their folder is then.
    assert_each_once(sniffed, *files, root / "sad")
