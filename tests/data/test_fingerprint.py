from pathlib import Path

import pytest

from skelgraph.data import fingerprint_files, fingerprint_sources
from skelgraph.errors import DatasetError


def test_names_and_bytes_count_and_the_order_of_files_does_not(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"1")
    b.write_bytes(b"2")
    first = fingerprint_files(tmp_path, [a, b])
    assert fingerprint_files(tmp_path, [b, a]) == first
    assert fingerprint_files(tmp_path.parent, [a, b]) != first
    assert fingerprint_files(tmp_path, [a]) != first
    b.write_bytes(b"3")
    assert fingerprint_files(tmp_path, [a, b]) != first


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="gone: cannot be opened: No such file"):
        fingerprint_files(tmp_path, [tmp_path / "gone"])


def test_sources_of_rooms_differ() -> None:
    assert fingerprint_sources("io") != fingerprint_sources("layouts")
