from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_rtmlib, read_sequence, read_sequences
from skelgraph.layouts import COCO17, COCO133, HALPE26, OPENPOSE18, OPENPOSE134


def make_people(num_frames: int, persons: int, num_joints: int = 17) -> tuple[Any, Any]:
    """Joint k of person p is at (1000 p + t, 3 k), with score 0.5."""
    keypoints = np.zeros((num_frames, persons, num_joints, 2))
    keypoints[..., 0] = 1000 * np.arange(persons)[:, None] + np.arange(num_frames)[:, None, None]
    keypoints[..., 1] = 3 * np.arange(num_joints)
    return keypoints, np.full(keypoints.shape[:3], 0.5)


@pytest.fixture
def write(tmp_path: Path):
    def dump(**arrays: Any) -> Path:
        np.savez(tmp_path / "walk.npz", **arrays)
        return tmp_path / "walk.npz"

    return dump


def test_exact_values_of_two_persons(write) -> None:
    keypoints, scores = make_people(5, 2)
    scores[3, 1] = 0  # not there
    keypoints[1], scores[1] = keypoints[1, ::-1], scores[1, ::-1]
    path = write(keypoints=keypoints, scores=scores)
    assert detect_format(path) == "rtmlib"
    first, second = read_sequences(path, fps=25)
    assert (first.layout, first.fps, first.unit, first.up) == (COCO17, 25, "px", "-y")
    assert first.positions[:, 4].tolist() == [[t, 12] for t in range(5)]
    assert second.positions[:3, 0, 0].tolist() == [1000, 1001, 1002]
    assert second.present[:, 0].tolist() == [True, True, True, False, True]
    assert second.confidence[:, 0].tolist() == [0.5, 0.5, 0.5, 0, 0.5]


@pytest.mark.parametrize("layout", [COCO17, OPENPOSE18, HALPE26, COCO133, OPENPOSE134])
def test_the_number_of_keypoints_tells_the_layout(write, layout) -> None:
    keypoints, scores = make_people(3, 1, layout.num_joints)
    assert read_sequence(write(keypoints=keypoints, scores=scores), fps=25).layout == layout
    path = write(keypoints=keypoints[:, 0], scores=scores[:, 0])
    assert read_sequence(path, fps=25).positions[2, 1].tolist() == [2, 3]


def test_arrays_of_a_varying_number_of_persons(tmp_path: Path, write) -> None:
    keypoints, scores = make_people(4, 2)
    counts = (1, 2, 0, 2)
    people, sure = np.empty(4, dtype=object), np.empty(4, dtype=object)
    people[:] = [frame[:count] for frame, count in zip(keypoints, counts, strict=True)]
    sure[:] = [frame[:count] for frame, count in zip(scores, counts, strict=True)]
    in_npz = read_sequences(write(keypoints=people, scores=sure), fps=25)
    np.save(tmp_path / "walk.npy", {"keypoints": list(people), "scores": list(sure)})
    assert detect_format(tmp_path / "walk.npy") == "rtmlib"
    in_npy = read_sequences(tmp_path / "walk.npy", fps=25)
    for persons in (in_npz, in_npy):
        assert persons[0].present[:, 0].tolist() == [True, True, False, True]
        assert persons[0].positions[3, 1].tolist() == [3, 3]


def test_the_rate_must_be_given(write) -> None:
    keypoints, scores = make_people(3, 1)
    with pytest.raises(RateError, match="arrays of keypoints do not tell"):
        read_sequences(write(keypoints=keypoints, scores=scores))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"keypoints": np.zeros((3, 1, 17, 2))}, "expected arrays 'keypoints' and 'scores'"),
        ({"keypoints": np.zeros((3, 1, 17, 2)), "scores": np.ones((2, 1, 17))}, "for 3 frames"),
        ({"keypoints": np.zeros((3, 1, 17, 2)), "scores": np.ones((3, 1, 16))}, "frame 0: exp"),
        ({"keypoints": np.zeros((3, 1, 17, 4)), "scores": np.ones((3, 1, 17))}, "frame 0: exp"),
        ({"keypoints": np.zeros((3, 1, 16, 2)), "scores": np.ones((3, 1, 16))}, "but got 16; pass"),
        ({"keypoints": np.zeros((3, 1, 17, 2)), "scores": np.zeros((3, 1, 17))}, "all scores are"),
        ({"keypoints": np.zeros((3, 0, 17, 2)), "scores": np.ones((3, 0, 17))}, "nobody is there"),
        ({"keypoints": np.zeros(3), "scores": np.zeros(3)}, "expected"),
        ({"keypoints": np.array("a"), "scores": np.zeros(3)}, "expected an array 'keypoints'"),
        ({"keypoints": np.array(["a"]), "scores": np.zeros(1)}, "expected numbers"),
    ],
)
def test_what_is_wrong_is_named(write, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.npz.*{message}"):
        read_rtmlib(write(**arrays), fps=25)


def test_damage(tmp_path: Path, write) -> None:
    keypoints, scores = make_people(3, 1)
    content = write(keypoints=keypoints, scores=scores).read_bytes()
    for cut in (b"", content[:200], content[: len(content) // 2], b"\xff\0" * 40):
        (tmp_path / "cut.npz").write_bytes(cut)
        with pytest.raises(FormatError, match=r"cut\.npz"):
            read_rtmlib(tmp_path / "cut.npz", fps=25)


def test_a_file_of_halpe(shared_data: Path) -> None:
    file = shared_data / "odd" / "estimator" / "rtmlib.npz"
    if not file.is_file():
        pytest.skip(f"no odd files: {file} is absent")
    person = read_sequence(file, fps=30)
    assert (person.layout, person.num_frames) == (HALPE26, 30)
