from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import READERS, detect_format, formats, read_sequence, read_sequences
from skelgraph.io.reader import Reader
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


def test_the_table_of_readers() -> None:
    assert {"bvh", "npz", "csv"} < set(READERS)
    for name, reader in READERS.items():
        assert reader.name == name
        assert reader.description
        assert all(suffix.startswith(".") and suffix.islower() for suffix in reader.suffixes)


@pytest.mark.parametrize("reader", READERS.values(), ids=lambda reader: reader.name)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xff\x00\xfe" * 30, "expected"),
        (b"{}", "expected"),
    ],
)
def test_damage_is_named_by_the_reader_of_the_suffix(
    tmp_path: Path, reader: Reader, content: bytes, message: str
) -> None:
    path = tmp_path / f"clip{reader.suffixes[0].upper()}"
    path.write_bytes(content)
    if ".json" not in reader.suffixes[0]:  # which is the suffix of many
        known = [one.name for one in READERS.values() if reader.suffixes[0] in one.suffixes]
        assert detect_format(path) == known[-1]
    with pytest.raises(FormatError, match=rf"clip.*: {message}"):
        read_sequences(path)


def test_files_that_are_not_there_and_formats_not_known(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"none\.bvh: cannot be read: No such file"):
        read_sequence(tmp_path / "none.bvh")
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG")
    with pytest.raises(FormatError, match=r"picture\.png: this is an image"):
        read_sequence(path)
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    with pytest.raises(FormatError, match=r"folder\.csv: expected one recording, but this"):
        detect_format(folder)
    with pytest.raises(FormatError, match="expected a file, but this is a folder"):
        READERS["csv"].read(folder, layout=None, fps=None)


def test_a_further_format_is_one_entry_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_twins(path: Path, *, layout: object, fps: float | None) -> list[PoseSequence]:
        one = PoseSequence(positions=np.zeros((2, 10, 3)), layout=UPPER10, fps=fps or 10)
        return [one, one]

    twins = Reader(
        name="twins",
        suffixes=(".twins",),
        sniff=lambda path, head: head.startswith(b"TWINS") or (path / "twins.txt").exists(),
        read=read_twins,
        description="two persons",
    )
    monkeypatch.setitem(formats.READERS, "twins", twins)
    path = tmp_path / "clip.bvh"
    path.write_bytes(b"TWINS")
    assert [sequence.fps for sequence in read_sequences(path, fps=7)] == [7, 7]
    with pytest.raises(FormatError, match=r"clip\.bvh: expected one person, but got 2; read_seq"):
        read_sequence(path)
    (tmp_path / "twins.txt").touch()
    assert detect_format(tmp_path) == "twins"


def test_json_of_no_known_form_is_described(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"learning_rate": 0.1}')
    for read in (detect_format, read_sequences):
        with pytest.raises(FormatError, match=r"JSON of a known form, but .*keys 'learning_rate'"):
            read(path)
    path.write_text("[1, 2")
    with pytest.raises(FormatError, match=r"settings\.json, line 1: expected JSON, but .*cut off"):
        read_sequences(path)
