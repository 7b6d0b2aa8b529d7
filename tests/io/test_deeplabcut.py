import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_deeplabcut, read_sequences
from skelgraph.layouts import JointLayout

MOUSE = JointLayout.from_parents("mouse", {"nose": None, "tail": "nose"})
SINGLE = """scorer,net,net,net,net,net,net
bodyparts,tail,tail,tail,nose,nose,nose
coords,x,y,likelihood,x,y,likelihood
0,10,20,0.5,30,40,1.0
1,11,21,0.25,,,
3,12,22,0.75,32,42,0.5
"""
SPACE = """scorer,net,net,net,net,net,net
bodyparts,nose,nose,nose,tail,tail,tail
coords,x,y,z,x,y,z
0,1,2,3,4,5,6
"""
CAGE = """scorer,net,net,net,net,net,net,net,net,net,net,net,net,net,net,net
individuals,a,a,a,a,a,a,b,b,b,b,b,b,c,c,c
bodyparts,nose,nose,nose,tail,tail,tail,nose,nose,nose,tail,tail,tail,nose,nose,nose
coords,x,y,likelihood,x,y,likelihood,x,y,likelihood,x,y,likelihood,x,y,likelihood
0,1,2,0.5,3,4,1,5,6,1,7,8,1,,,
1,1,2,1,3,4,1,,,,,,,,,
"""


@pytest.fixture
def write(tmp_path: Path):
    def write_text(text: str) -> Path:
        path = tmp_path / "cage.csv"
        path.write_text(text)
        return path

    return write_text


def test_exact_points_of_an_animal(write) -> None:
    path = write(SINGLE)
    assert detect_format(path) == "deeplabcut"
    (sequence,) = read_sequences(path, layout=MOUSE, fps=25)
    assert (sequence.name, sequence.fps, sequence.up) == ("cage", 25, "-y")
    assert sequence.positions[0].tolist() == [[30, 40], [10, 20]]
    assert sequence.positions[3].tolist() == [[32, 42], [12, 22]]
    assert sequence.present.tolist() == [[1, 1], [0, 1], [0, 0], [1, 1]]
    assert sequence.confidence is not None
    assert sequence.confidence.tolist() == [[1, 0.5], [0, 0.25], [0, 0], [0.5, 0.75]]


def test_points_in_space(write) -> None:
    (sequence,) = read_deeplabcut(write(SPACE), layout=MOUSE, fps=25)
    assert sequence.positions.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert sequence.confidence is None


def test_animals_that_are_there(write) -> None:
    first, second = read_deeplabcut(write(CAGE), layout=MOUSE, fps=25)
    assert [first.name, second.name] == ["cage#a", "cage#b"]
    assert first.positions[0].tolist() == [[1, 2], [3, 4]]
    assert second.present.tolist() == [[True, True], [False, False]]


def write_hdf5(path: Path, text: str, *, fixed: bool = False, columns: object = None) -> None:
    """Write a table as pandas does, with ``format="table"`` or by default."""
    lines = [line.split(",") for line in text.splitlines()]
    levels = [line[1:] for line in lines if line[0].isalpha()]
    rows = [line for line in lines if not line[0].isalpha()]
    values = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows])
    numbers = np.array([int(row[0]) for row in rows])
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_(b"frame" if fixed else b"frame_table")
        if fixed:
            group["axis1"], group["block0_values"] = numbers, values
            for n, level in enumerate(levels):
                names = sorted(set(level))
                group[f"block0_items_level{n}"] = [name.encode() for name in names]
                group[f"block0_items_label{n}"] = [names.index(name) for name in level]
            return
        told = [(1, list(zip(*levels, strict=True)))] if columns is None else columns
        group.attrs["non_index_axes"] = np.bytes_(pickle.dumps(told, protocol=0))
        record = np.dtype([("index", "<i8"), ("values_block_0", "<f8", values.shape[1:])])
        records = np.zeros(len(rows), dtype=record)
        records["index"], records["values_block_0"] = numbers, values
        group["table"] = records


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("text", [SINGLE, SPACE, CAGE])
def test_text_and_hdf5_of_one_table_are_equal(
    write, tmp_path: Path, text: str, fixed: bool
) -> None:
    path = tmp_path / "cage.h5"
    write_hdf5(path, text, fixed=fixed)
    assert detect_format(path) == "deeplabcut"
    plain = read_deeplabcut(write(text), layout=MOUSE, fps=25)
    packed = read_deeplabcut(path, layout=MOUSE, fps=25)
    assert len(plain) == len(packed)
    for one, other in zip(plain, packed, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
        assert one.name == other.name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SINGLE.replace("coords", "axes"), "expected equally long header lines"),
        (SINGLE.replace("bodyparts,tail", "bodyparts"), "expected equally long header lines"),
        ("\n".join(SINGLE.splitlines()[:3]), "expected rows of numbers"),
        (SINGLE.replace("10,20", "ten,20"), "line 4, column 2: expected a number"),
        (SINGLE.replace("coords,x,y", "coords,x,z"), "'tail' has x, z"),
        (SINGLE.replace("\n1,", "\n0,"), "column 'frame' to increase"),
        (SINGLE.replace("tail", "nose", 1), "expected columns of x, y"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong_is_said(write, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=rf"cage\.csv.*{message}"):
        read_deeplabcut(write(text), layout=MOUSE, fps=25)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([(1, ["a", "b"])], "columns named by scorer, body part and coordinate"),
        ({"a": 1}, "expected the names of the columns"),
        ([(1, [("net", "nose", "x"), ("net", "nose", "y")])], "expected rows of 2 values"),
    ],
)
def test_what_is_wrong_in_hdf5_is_said(tmp_path: Path, columns: object, message: str) -> None:
    write_hdf5(tmp_path / "cage.h5", SINGLE, columns=columns)
    with pytest.raises(FormatError, match=rf"cage\.h5: .*{message}"):
        read_deeplabcut(tmp_path / "cage.h5", layout=MOUSE, fps=25)


def test_a_table_tells_no_rate(write) -> None:
    with pytest.raises(RateError, match="the frame rate, which tables of DeepLabCut do not tell"):
        read_deeplabcut(write(SINGLE), layout=MOUSE)
