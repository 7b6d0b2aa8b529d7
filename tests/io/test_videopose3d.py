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


@pytest.fixture
def write_detections(tmp_path: Path):
    def dump(frames: list[Any]) -> Path:
        """Pickle lists of unlike lengths as numpy did when the script was written."""
        keypoints = np.empty((len(frames), 2), dtype=object)
        boxes = np.empty((len(frames), 2), dtype=object)
        for number, people in enumerate(frames):
            keypoints[number] = [], people
            boxes[number] = [], np.ones((len(people), 5)) if len(people) else []
        path = tmp_path / "walk.mp4.npz"
        segments, metadata = np.full(len(frames), None), {"w": 640, "h": 480}
        np.savez(path, boxes=boxes, segments=segments, keypoints=keypoints, metadata=metadata)
        return path

    return dump


def make_people(*places: float) -> np.ndarray:
    """Keypoint k of a person is at (x + k, 5 k), with logit 3 and probability 0.25."""
    rows = [[x + np.arange(17), 5.0 * np.arange(17), [3.0] * 17, [0.25] * 17] for x in places]
    return np.array(rows, dtype=np.float32)


def test_detections_of_a_video(write_detections) -> None:
    path = write_detections([make_people(0), make_people(900, 1), [], make_people(3, 900)])
    assert detect_format(path) == "videopose3d"
    first, *_ = read_sequences(path, fps=25)
    assert (first.layout, first.unit, first.up, first.fps) == (COCO17, "px", "-y", 25)
    assert first.present[:, 0].tolist() == [True, True, False, True]
    assert first.positions[:, 2, 0][[0, 1, 3]].tolist() == [2, 3, 5]
    assert first.confidence[:, 0].tolist() == [0.25, 0.25, 0, 0.25]
    with pytest.raises(RateError, match="detections of a video do not tell"):
        read_sequences(path)


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([[], []], "nobody is there in any frame"),
        ([make_people(0)[:, :3]], "frame 0: expected rows of x, y, logit and probability"),
        ([make_people(0)[0]], "frame 0: expected keypoints"),
        ([make_people(0), make_people(0)[:, :, :5]], "as many keypoints in each frame"),
        (["people"], "frame 0: expected keypoints"),
        ([make_people(0) * np.array([1, 1, 1, 0])[:, None]], "all scores are 0"),
    ],
)
def test_malformed_detections(write_detections, frames: list[Any], message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.mp4\.npz.*{message}"):
        read_videopose3d(write_detections(frames), fps=25)
