import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from skelgraph.errors import FormatError
from skelgraph.io import read_sequences
from skelgraph.io.hdf5 import open_hdf5


def test_an_array_that_is_not_there_needs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("huge", shape=(10**6, 10**6), chunks=(100, 100), dtype="f8")
    with open_hdf5(path) as file, pytest.raises(FormatError, match="only 0 bytes of it are there"):
        file.read_array("huge")


def test_compressed_zeros_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("zeros", data=np.zeros((1000, 500)), compression="gzip")
    with open_hdf5(path) as file:
        assert not file.read_numbers("zeros", 2).any()


def test_no_other_file_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["secret"] = [1.0]
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["link"] = h5py.ExternalLink("secret.h5", "/secret")
        layout = h5py.VirtualLayout(shape=(1,), dtype="f8")
        layout[:] = h5py.VirtualSource(tmp_path / "secret.h5", "secret", shape=(1,))
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("raw", (1,), "f8", external=[(tmp_path / "secret.h5", 0, 8)])
    for name in ("link", "virtual", "raw"):
        with open_hdf5(path) as file, pytest.raises(FormatError, match="which is not read"):
            file.read_array(name)


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + b"\0" * 90])
def test_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.h5: (the file is empty|.* it is damaged)"):
        read_sequences(path)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["tracks"], file["node_names"] = np.zeros((1, 2, 3, 400)), [b"a", b"b", b"c"]
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(FormatError, match=r"a\.h5: expected .*, but (it is|they are) damaged"):
        read_sequences(path)


def test_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.h5"
    h5py.File(path, "w").close()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FormatError, match=r"a\.h5: .* h5py.*; install skelgraph\[labs\]$"):
        read_sequences(path)


def test_texts_in_which_the_library_would_stay_forever(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["tracks"] = np.zeros((1, 2, 3, 4))
        file["node_names"] = ["a", "b", "c"]
    content = bytearray(path.read_bytes())
    first = content.index(b"GCOL") + 16
    content[first : first + 16] = bytes(16)  # a free entry of no length
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.h5: expected texts at byte \d+, but they are damag"):
        read_sequences(path, fps=30)
