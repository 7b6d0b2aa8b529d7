import json
from pathlib import Path

import pytest

from skelgraph.errors import FormatError
from skelgraph.io import detect_format, read_sequences
from skelgraph.layouts import COCO17, OPENPOSE18


def person(x: float = 0.25, count: int = 18) -> dict[str, object]:
    """Keypoint k is at (x, k / 32) with score 0.5; number 2 was not found."""
    pose = [number for k in range(count) for number in (x, k / 32)]
    pose[4:6] = [0.0, 0.0]
    return {"pose": pose, "score": [0.0 if k == 2 else 0.5 for k in range(count)]}


def frame(index: object, *persons: object) -> dict[str, object]:
    return {"frame_index": index, "skeleton": list(persons)}


def write(tmp_path: Path, data: object, **more: object) -> Path:
    path = tmp_path / "-0Ba.json"
    path.write_text(json.dumps({"data": data, "label": "archery", "label_index": 5, **more}))
    return path


def test_exact_values(tmp_path: Path) -> None:
    frames = [frame(1, person()), frame(2), frame(4, person(0.375)), frame(5)]
    path = write(tmp_path, frames)
    assert detect_format(path) == "kinetics"
    (one,) = read_sequences(path)
    assert (one.layout, one.fps, one.label, one.name) == (OPENPOSE18, 30, "archery", "-0Ba")
    assert (one.unit, one.up) == ("px", "-y")
    assert one.present.any(axis=1).tolist() == [True, False, False, True, False]
    assert one.positions[3, [0, 1, 16]].tolist() == [[127.5, 0], [127.5, 8], [127.5, 128]]
    assert one.confidence is not None
    assert one.confidence[0, :4].tolist() == [0.5, 0.5, 0, 0.5]
    assert read_sequences(path, fps=25)[0].fps == 25


def test_persons_are_told_apart(tmp_path: Path) -> None:
    frames = [
        frame(t, *(person(x) for x in ((0.2, 0.8) if t % 2 else (0.8, 0.2)))) for t in range(1, 7)
    ]
    one, other = read_sequences(write(tmp_path, frames))
    assert [float(x) for x in one.positions[:, 0, 0]] == [pytest.approx(68)] * 6
    assert [float(x) for x in other.positions[:, 0, 0]] == [pytest.approx(272)] * 6


def test_pixels_stay_pixels_and_other_keypoints_are_known(tmp_path: Path) -> None:
    pixels = person(200.0, count=17)
    (one,) = read_sequences(write(tmp_path, [frame(0, pixels)], label=None))
    assert (one.layout, one.label) == (COCO17, None)
    assert one.positions[0, 0].tolist() == [200, 0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (7, "'data': expected a list, but got 7"),
        ([frame(1)], "expected a person, but nobody is there in any frame"),
        ([], "expected a person, but nobody is there in any frame"),
        ([7], "frame 0: expected an object with 'frame_index', 'skeleton', but got 7"),
        ([{"frame_index": 1, "skeleton": 7}], "frame 0, 'skeleton': expected a list"),
        ([frame(1, 7)], "frame 0: expected an object with 'pose', 'score', but got 7"),
        ([frame("a", person())], "frame 0, 'frame_index': expected a whole number"),
        ([frame(1, person()), frame(1)], "expected another frame_index for each frame"),
        ([frame(1, person()), frame(9**9)], "most are missing"),
        ([frame(1, person()), frame(2, person(count=17))], "frame 1: expected 36 numbers"),
        ([frame(1, {"pose": [1] * 36, "score": [1] * 17})], "each of 17 scores, but got 36"),
        ([frame(1, {"pose": ["a"] * 36, "score": [1] * 18})], "frame 0: expected a number"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, data: object, message: str) -> None:
    path = write(tmp_path, data, frame_index="", skeleton="")
    with pytest.raises(FormatError, match=rf"-0Ba\.json.*{message}"):
        read_sequences(path)
    with pytest.raises(FormatError, match="'label': expected a text, but got a list of 1"):
        read_sequences(write(tmp_path, [frame(1, person())], label=["archery"]))
