from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_npy, read_sequences
from skelgraph.layouts import H36M17, NTU25, OPENPOSE18, UPPER10, JointLayout

THREE = JointLayout.from_parents("three", {"a": None, "b": "a", "c": "b"})


@pytest.fixture
def write(tmp_path: Path):
    def save(array: np.ndarray, name: str = "clip.npy") -> Path:
        np.save(tmp_path / name, array)
        return tmp_path / name

    return save


def count_up(*shape: int) -> np.ndarray:
    return np.arange(1, np.prod(shape) + 1, dtype=float).reshape(shape)


def test_exact_positions(write) -> None:
    array = count_up(4, 10, 3)
    array[1, 2, 0] = np.nan
    path = write(array)
    (sequence,) = read_sequences(path, layout=UPPER10, fps=25)
    assert detect_format(path) == "npy"
    assert (sequence.layout, sequence.fps, sequence.name) == (UPPER10, 25, "clip")
    np.testing.assert_array_equal(sequence.positions[0, :2], [[1, 2, 3], [4, 5, 6]])
    assert np.argwhere(~sequence.present).tolist() == [[1, 2]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f8", np.int16])
def test_types_of_numbers(write, dtype) -> None:
    (sequence,) = read_npy(write(count_up(2, 10, 2).astype(dtype)), layout=UPPER10, fps=25)
    np.testing.assert_array_equal(sequence.positions, count_up(2, 10, 2))


def test_the_order_of_stgcn(write) -> None:
    array = count_up(3, 5, 25, 2)  # C, T, V, M
    array[:, 2, :, 0] = 0  # the first person is away for a frame
    array[:, 3, 7, 1] = 0
    path = write(array, "S001C002P003R002A013.npy")
    first, second = read_npy(path, layout=NTU25, fps=30)
    np.testing.assert_array_equal(first.positions[4, 24], array[:, 4, 24, 0])
    assert first.present.all(axis=1).tolist() == [True, True, False, True, True]
    assert np.argwhere(~second.present).tolist() == [[3, 7]]
    assert [(one.name[-2:], one.subject, one.label) for one in (first, second)] == [
        ("#1", "P003", "A013"),
        ("#2", "P003", "A013"),
    ]
    array[..., 1] = 0
    (alone,) = read_npy(write(array), layout=NTU25, fps=30)
    assert (alone.name, alone.recording) == ("clip", None)
    (flat,) = read_npy(write(array[..., 0]), layout=NTU25, fps=30)
    np.testing.assert_array_equal(flat.positions, alone.positions)


def test_the_third_channel_of_openpose_is_the_confidence(write) -> None:
    array = np.full((3, 4, 18, 1), 0.5)
    array[:, 1, 3] = 0
    (sequence,) = read_npy(write(array), layout=OPENPOSE18, fps=30)
    assert sequence.num_dimensions == 2
    assert sequence.confidence[1, 2:4].tolist() == [0.5, 0]
    assert np.argwhere(~sequence.present).tolist() == [[1, 3]]


def test_what_videopose3d_exports(write) -> None:
    array = count_up(6, 17, 3)
    array[:, 0] = 0  # the root
    (sequence,) = read_npy(write(array), layout=H36M17, fps=50)
    assert sequence.present.all()


@pytest.mark.parametrize(
    ("array", "layout"),
    [
        (count_up(4, 9, 3), UPPER10),
        (count_up(4, 10, 4), UPPER10),
        (count_up(4, 10), UPPER10),
        (count_up(0, 10, 3), UPPER10),
        (count_up(3, 3, 3), THREE),  # either order
        (count_up(2, 3, 4, 10, 2), UPPER10),
        (count_up(3, 4, 10, 21), UPPER10),
    ],
)
def test_shapes_that_do_not_tell_their_order(write, array, layout: JointLayout) -> None:
    with pytest.raises(FormatError, match=r"clip\.npy: expected an array .* one file a clip"):
        read_npy(write(array), layout=layout, fps=30)


def test_what_the_file_does_not_tell(write) -> None:
    path = write(count_up(4, 10, 3))
    with pytest.raises(
        FormatError, match=r"an array \(4, 10, 3\) does not tell its layout; .*\(--layout upper10\)"
    ):
        read_sequences(path, fps=3)
    with pytest.raises(RateError, match="arrays do not tell; pass it"):
        read_sequences(path, layout=UPPER10)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x93NUMPY", "expected a numpy array"),
        (b"Head_x,Head_y\n1,2\n", "expected a numpy array"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "clip.npy"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=rf"clip\.npy: {message}"):
        read_npy(path, layout=UPPER10, fps=30)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([None, 1]), "expected an array of numbers, but got pickled objects"),
        (np.array(["a"]), "expected an array of numbers, but got <U1"),
        (np.full((4, 10, 3), np.nan), "expected a person, but no joint is there"),
        (np.full((4, 10, 3), np.inf), "expected a person, but no joint is there"),
    ],
)
def test_other_arrays(write, array, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_npy(write(array), layout=UPPER10, fps=30)


def test_cut_off(write) -> None:
    path = write(count_up(4, 10, 3))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FormatError, match="does not fit 952 bytes"):
        read_npy(path, layout=UPPER10, fps=30)
