import json
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, is_recording_folder, read_openpose, read_sequences
from skelgraph.layouts import COCO17, OPENPOSE18, OPENPOSE25, OPENPOSE25B


def keypoints(num_keypoints: int, x: float) -> list[float]:
    """Keypoint k is at (x + k, 10 * k) with confidence 0.5; keypoint 2 was not found."""
    found = [number for k in range(num_keypoints) for number in (x + k, 10 * k, 0.5)]
    return [*found[:6], 0, 0, 0, *found[9:]]


def frame(*places: float, num_keypoints: int = 25, ids: tuple[int, ...] = ()) -> dict[str, object]:
    numbers = ids or (-1,) * len(places)
    people = [
        {
            "person_id": [number],
            "pose_keypoints_2d": keypoints(num_keypoints, x),
            "face_keypoints_2d": [1, 2, 3],
        }
        for x, number in zip(places, numbers, strict=True)
    ]
    return {"version": 1.3, "people": people}


def write(folder: Path, frames: dict[int, object]) -> Path:
    folder.mkdir(exist_ok=True)
    for number, contents in frames.items():
        file = folder / f"walk_{number:012d}_keypoints.json"
        file.write_text(contents if isinstance(contents, str) else json.dumps(contents))
    return folder


@pytest.mark.parametrize(("count", "layout"), [(25, OPENPOSE25), (18, OPENPOSE18)])
def test_a_folder_is_a_recording(tmp_path: Path, count: int, layout: object) -> None:
    frames = {number: frame(100 + number, num_keypoints=count) for number in range(4, 9)}
    frames[6] = frame()
    del frames[7]  # a file that is lost: its frame is missing
    folder = write(tmp_path / "walk.01", frames)
    assert detect_format(folder) == "openpose"
    (person,) = read_sequences(folder, fps=25)
    assert (person.name, person.layout, person.fps) == ("walk.01", layout, 25)
    assert (person.unit, person.up) == ("px", "-y")
    assert person.present.any(axis=1).tolist() == [True, True, False, False, True]
    assert person.positions[4, :2].tolist() == [[108, 0], [109, 10]]
    assert person.confidence is not None
    assert person.confidence[0, :4].tolist() == [0.5, 0.5, 0, 0.5]
    assert not person.present[:, 2].any()
    (picked,) = read_sequences(folder, fps=25, layout=COCO17)
    assert picked.positions[4, COCO17.index("left_shoulder")].tolist() == [113, 50]


def test_body_25b_and_the_body_of_body_135(tmp_path: Path) -> None:
    folder = write(tmp_path / "all", {t: frame(t, num_keypoints=135) for t in range(4)})
    (person,) = read_sequences(folder, fps=25)
    assert person.layout == OPENPOSE25B
    assert person.positions[3, OPENPOSE25B.index("right_heel")].tolist() == [27, 240]
    (picked,) = read_sequences(folder, fps=25, layout=COCO17)
    assert picked.positions[3, COCO17.index("right_ankle")].tolist() == [19, 160]
    folder = write(tmp_path / "body", {t: frame(t) for t in range(4)})
    (person,) = read_sequences(folder, fps=25, layout=OPENPOSE25B)
    assert person.positions[3, OPENPOSE25B.index("right_heel")].tolist() == [27, 240]
    assert read_sequences(folder, fps=25)[0].layout == OPENPOSE25


def test_a_folder_of_body_135(shared_data: Path) -> None:
    folder = shared_data / "odd" / "estimator" / "openpose_body135"
    if not folder.is_dir():
        pytest.skip(f"no odd files: {folder} is absent")
    (person,) = read_sequences(folder, fps=25)
    assert (person.layout, person.num_frames) == (OPENPOSE25B, 10)


def test_frames_after_the_last_person_are_frames(tmp_path: Path) -> None:
    folder = write(tmp_path / "walk", {0: frame(), 1: frame(7), 2: frame(), 3: frame()})
    (person,) = read_sequences(folder, fps=25)
    assert person.present.any(axis=1).tolist() == [False, True, False, False]


def test_people_come_in_any_order_unless_they_have_numbers(tmp_path: Path) -> None:
    frames = {t: frame(*((900, 100) if t % 2 else (100, 900))) for t in range(6)}
    one, other = read_sequences(write(tmp_path / "walk", frames), fps=25)
    assert one.positions[:, 0, 0].tolist() == [100] * 6
    assert other.positions[:, 0, 0].tolist() == [900] * 6
    frames = {t: frame(100, 900, ids=(3, 5) if t < 3 else (5, 8)) for t in range(6)}
    numbered = read_sequences(write(tmp_path / "numbered", frames), fps=25)
    assert [int(person.present[:, 0].sum()) for person in numbered] == [3, 6, 3]


def test_the_file_of_one_frame(tmp_path: Path) -> None:
    folder = write(tmp_path / "walk", {7: frame(100, 900)})
    file = next(folder.iterdir())
    assert detect_format(file) == "openpose"
    assert [person.num_frames for person in read_sequences(file, fps=25)] == [1, 1]


def test_other_folders_are_no_recordings(tmp_path: Path) -> None:
    assert not is_recording_folder(tmp_path)
    (tmp_path / "a.json").write_text("{}")
    assert not is_recording_folder(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps([{"image_id": "0.jpg", "keypoints": []}]))
    assert not is_recording_folder(tmp_path)
    assert not is_recording_folder(tmp_path / "absent")
    (tmp_path / "a.json").unlink()
    with pytest.raises(FormatError, match="expected one JSON file for each frame"):
        read_openpose(tmp_path, fps=25)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ('{"people": [', r"_keypoints\.json, line 1: expected JSON, but .* cut off"),
        ("", r"_keypoints\.json: the file is empty"),
        ("\0", r"_keypoints\.json: expected text"),
        ([], r"_keypoints\.json: expected an object, but got a list of 0"),
        ({"version": 1.3}, r"_keypoints\.json: expected an object with 'people'"),
        ({"people": None}, r"_keypoints\.json, 'people': expected a list, but got null"),
        ({"people": [None]}, r"_keypoints\.json: expected an object, but got null"),
        ({"people": [{}]}, r"_keypoints\.json: expected a person with 'pose_keypoints_2d'"),
        (frame(1, num_keypoints=18), r"_keypoints\.json: expected 75 numbers .*got 54"),
        ({"people": [{"pose_keypoints_2d": {"0": 1}}]}, r"000001_keypoints\.json: expected a list"),
        ({"people": [{"pose_keypoints_2d": ["x"] * 75}]}, r"_keypoints\.json: expected a number"),
    ],
)  # fmt: skip
def test_the_file_that_is_wrong_is_named(tmp_path: Path, contents: object, message: str) -> None:
    folder = write(tmp_path / "walk", {0: frame(7), 1: contents})
    with pytest.raises(FormatError, match=message):
        read_sequences(folder, fps=25)


def test_nobody_and_no_rate(tmp_path: Path) -> None:
    folder = write(tmp_path / "walk", {0: frame(), 1: frame()})
    with pytest.raises(FormatError, match="walk: expected a person, but nobody is there"):
        read_sequences(folder, fps=25)
    with pytest.raises(RateError, match=r"walk: expected the frame rate, .* pass it \(--fps\)"):
        read_sequences(folder)


@pytest.mark.realdata
def test_a_real_recording_is_125_frames_of_one_person(shared_data: Path) -> None:
    (person,) = read_sequences(shared_data / "poses" / "openpose-body25" / "one-person", fps=25)
    assert (person.num_frames, person.duration_s, person.layout) == (125, 5.0, OPENPOSE25)
    assert person.present.any(axis=1).all()
    np.testing.assert_allclose(person.positions[0, 0], [939.367, 312.536], atol=1e-3)
    assert not person.present[0, OPENPOSE25.index("left_wrist")]
    trunk = person.positions[:, OPENPOSE25.index("mid_hip")] - person.positions[:, 1]
    assert (trunk[:, 1] > 200).all()  # y points down
