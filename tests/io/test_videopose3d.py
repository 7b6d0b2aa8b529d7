from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_sequences, read_videopose3d
from skelgraph.layouts import COCO17, H36M17, UPPER10


@pytest.fixture
def write(tmp_path: Path):
    def save(**arrays: Any) -> Path:
        path = tmp_path / "data_2d_custom_mine.npz"
        np.savez_compressed(path, **{key: np.array(value) for key, value in arrays.items()})
        return path

    return save


def clip(T: int = 3, V: int = 17, C: int = 2) -> np.ndarray:
    return np.arange(1, T * V * C + 1, dtype=np.float32).reshape(T, V, C)


METADATA = {
    "layout_name": "coco",
    "num_joints": 17,
    "keypoints_symmetry": [[1, 3], [2, 4]],
    "video_metadata": {"walk.mp4": {"w": 1920, "h": 1080}},
}


def test_exact_positions_of_own_videos(write) -> None:
    second = clip()
    second[1] = 0
    positions = {"walk.mp4": {"custom": [clip()]}, "run.mp4": {"custom": [second]}}
    path = write(positions_2d=positions, metadata=METADATA)
    assert detect_format(path) == "videopose3d"
    walk, run = read_sequences(path, fps=25)
    np.testing.assert_array_equal(walk.positions[0, :2], [[1, 2], [3, 4]])
    assert run.present.all(axis=1).tolist() == [True, False, True]
    assert (walk.layout, walk.fps, walk.unit, walk.up) == (COCO17, 25, "px", "-y")
    assert (walk.name, walk.recording, walk.subject) == ("walk.mp4", "walk.mp4", None)


def test_takes_with_several_cameras(write) -> None:
    positions = {"S1": {"Walking 1": [clip(), clip(5)], "Eating": [clip()]}}
    path = write(positions_2d=positions, metadata={"layout_name": "h36m"})
    sequences = read_videopose3d(path, fps=50)
    assert [(one.name, one.recording, one.subject, one.num_frames) for one in sequences] == [
        ("S1/Walking 1/0", "S1/Walking 1", "S1", 3),
        ("S1/Walking 1/1", "S1/Walking 1", "S1", 5),
        ("S1/Eating", "S1/Eating", "S1", 3),
    ]
    assert sequences[0].layout == H36M17


def test_positions_in_space(write) -> None:
    path = write(positions_3d={"S9": {"Posing": clip(4, 32, 3)}})
    (sequence,) = read_sequences(path)
    assert detect_format(path) == "videopose3d"
    assert (sequence.layout, sequence.fps, sequence.name) == (H36M17, 50, "S9/Posing")
    np.testing.assert_array_equal(sequence.positions[0, 4], clip(4, 32, 3)[0, 6])  # left hip
    assert read_videopose3d(path, fps=10)[0].fps == 10


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ([1, 2], "expected one Python object"),
        ({}, "expected arrays in 'positions_2d', but got none"),
        ({"S1": 3}, "expected a dictionary of subjects, .* but got int"),
        ({"S1": {"walk": 3}}, "S1/walk: expected an array for each camera, but got NoneType"),
        ({"S1": {"walk": [3]}}, "S1/walk: expected an array for each camera, but got int"),
        ({"S1": {"walk": clip(C=3)}}, r"expected numbers \(frames, joints, 2\), but got float32"),
        ({"S1": {"walk": np.full((3, 17, 2), "x")}}, "expected numbers .* but got <U1"),
        ({"S1": {"walk": clip(V=11)}}, "11 joints without names; pass the layout"),
        ({"S1": {"walk": clip() * np.inf}}, "farther away than single precision"),
        ({"\ud800": {"walk": clip()}}, "a name is damaged text"),
        ({1: {"walk": clip()}}, "expected texts as names of subjects"),
        ({"S1": {"walk": {1, 2}}}, "instruction EMPTY_SET, which is not opened"),
        ({"S1": {"walk": Path("x")}}, "pathlib.*, which is not opened"),
    ],
)
def test_malformed_files(write, positions: Any, message: str) -> None:
    path = write(positions_2d=positions, metadata=METADATA)
    with pytest.raises(FormatError, match=rf"data_2d_custom_mine\.npz.*{message}"):
        read_sequences(path, fps=30)


def test_what_the_file_does_not_tell(write) -> None:
    path = write(positions_2d={"walk.mp4": {"custom": [clip()]}})
    with pytest.raises(FormatError, match=r"pass the layout .*coco17"):
        read_videopose3d(path, fps=30)
    with pytest.raises(RateError, match="positions in the plane do not tell; pass it"):
        read_videopose3d(path, layout=COCO17)
    with pytest.raises(FormatError, match="expected 10 joints for layout 'upper10', but got 17"):
        read_videopose3d(path, layout=UPPER10, fps=30)
    with pytest.raises(FormatError, match="expected an array 'positions_2d' or 'positions_3d'"):
        read_videopose3d(write(other=clip()))


def test_one_array_many_times_takes_no_memory(write) -> None:
    shared = np.random.default_rng(0).random((2000, 17, 2))
    many = {str(n): {"custom": [shared]} for n in range(250)}
    with pytest.raises(FormatError, match="out of proportion to the file"):
        read_videopose3d(write(positions_2d=many, metadata=METADATA), fps=30)


def test_damaged_archives(write) -> None:
    path = write(positions_2d={"walk.mp4": {"custom": [clip()]}}, metadata=METADATA)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(FormatError, match="expected an npz archive, but got no zip"):
        read_sequences(path)
