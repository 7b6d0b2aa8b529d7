import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning, RateError
from skelgraph.io import (
    detect_format,
    is_recording_folder,
    read_sequence,
    read_sequences,
    read_ultralytics,
)
from skelgraph.layouts import COCO17, UPPER10


def detection(x: float = 100.0, **fields: Any) -> dict[str, Any]:
    """Keypoint k is at (x + k, 10 * k + 5), with confidence 0.75; number 2 was not found."""
    keypoints = {
        "x": [x + k for k in range(17)],
        "y": [10 * k + 5 for k in range(17)],
        "visible": [0.75] * 17,
    }
    keypoints["x"][2] = keypoints["y"][2] = 0
    box = {"x1": x, "y1": 0, "x2": x + 20, "y2": 180}
    head = {"name": "person", "class": 0, "confidence": 0.9, "box": box}
    return {**head, "keypoints": keypoints, **fields}


def test_exact_values_of_a_list_of_frames(write_json) -> None:
    path = write_json([[detection(1, track_id=3)], [], [detection(3, track_id=3)], []])
    assert detect_format(path) == "ultralytics"
    person = read_sequence(path, fps=25)
    assert (person.layout, person.fps, person.unit, person.up) == (COCO17, 25, "px", "-y")
    assert person.name == "walk"
    assert person.present[:, 0].tolist() == [True, False, True, False]
    assert person.positions[2, [0, 1, 3]].tolist() == [[3, 5], [4, 15], [6, 35]]
    assert person.confidence[2, :4].tolist() == [0.75, 0.75, 0, 0.75]
    assert not person.present[2, 2]


@pytest.mark.parametrize(
    "gather",
    [
        lambda frames: "\n".join(json.dumps(frame) for frame in frames) + "\n",
        lambda frames: {str(number): frame for number, frame in enumerate(frames)},
        lambda frames: {f"walk_{n:04d}.jpg": frame for n, frame in enumerate(frames)},
        lambda frames: {"frames": frames},
        lambda frames: [{"frame": n, "detections": frame} for n, frame in enumerate(frames)],
        lambda frames: "\n".join(json.dumps({"frame_id": 1, "results": one}) for one in frames[:1]),
        lambda frames: [one | {"frame": n} for n, frame in enumerate(frames) for one in frame],
        lambda frames: [{"results": frame} for frame in frames],
        lambda frames: [json.dumps(frame, indent=2) for frame in frames],
    ],
)
def test_the_forms_of_json(write_json, gather) -> None:
    frames = [[detection(10 * t)] for t in range(4)]
    path = write_json(gather(frames))
    assert detect_format(path) == "ultralytics"
    person = read_sequence(path, fps=25)
    assert person.positions[:, 0, 0].tolist() in ([0, 10, 20, 30], [0])


def test_a_single_frame(write_json) -> None:
    path = write_json([detection(1), detection(500)])
    assert [one.positions[0, 0, 0] for one in read_sequences(path, fps=25)] == [1, 500]
    assert read_sequence(write_json(detection(7)), fps=25).num_frames == 1


def test_persons_are_told_by_their_track_or_else_by_place(write_json) -> None:
    frames = [[detection(100 + 800 * (t > 1), track_id=5)] for t in range(4)]
    assert read_sequence(write_json(frames), fps=25).positions[:, 0, 0].tolist() == [
        100,
        100,
        900,
        900,
    ]
    frames = [[detection(x) for x in ((100, 900) if t % 2 else (900, 100))] for t in range(5)]
    far, near = read_sequences(write_json(frames), fps=25)
    assert far.positions[:, 0, 0].tolist() == [900] * 5
    assert near.positions[:, 0, 0].tolist() == [100] * 5


def test_normalized_positions_have_no_unit(write_json) -> None:
    one = detection()
    one["keypoints"] = {"x": [k / 32 for k in range(17)], "y": [0.5] * 17}
    with pytest.warns(FormatWarning, match=r"walk\.json: positions are in shares of the image"):
        person = read_sequence(write_json([[one]]), fps=25)
    assert person.unit == "unknown"
    assert person.positions[0, 16].tolist() == [0.5, 0.5]
    assert (person.confidence == 1).all()


def label(x: float, *rest: str, visible: str = "0.75") -> str:
    """Keypoint k is at (x, k / 32); number 0 was not found."""
    points = ["0 0 0.1", *(f"{x:g} {k / 32:g} {visible}" for k in range(1, 17))]
    return " ".join(["0 0.5 0.5 0.25 0.5", *points, *rest])


@pytest.fixture
def write_labels(tmp_path: Path):
    def dump(files: dict[str, str]) -> Path:
        folder = tmp_path / "labels"
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder

    return dump


def read_labels(folder: Path, **options: Any) -> list:
    with pytest.warns(FormatWarning, match="labels.*: positions are in shares of the image"):
        return read_sequences(folder, fps=25, **options)


@pytest.mark.parametrize("rest", [(), ("0.875",), ("7",), ("0.875", "7")])
def test_exact_values_of_a_folder_of_labels(write_labels, rest: tuple[str, ...]) -> None:
    numbers = (1, 2, 4, 10)
    files = {f"vid_{n}.txt": label(n / 64, *rest) + "\n" for n in numbers}
    folder = write_labels(files | {"classes.txt": "person\n"})
    assert detect_format(folder) == "ultralytics"
    assert is_recording_folder(folder)
    (person,) = read_labels(folder)
    assert (person.layout, person.unit, person.up, person.name) == (
        *(COCO17, "unknown", "-y"),
        "labels",
    )
    assert person.num_frames == 10
    assert np.flatnonzero(person.present[:, 1]).tolist() == [0, 1, 3, 9]
    assert person.positions[9, 16].tolist() == [10 / 64, 0.5]
    assert person.confidence[9, :2].tolist() == [0, 0.75]


def test_track_numbers_at_the_end_of_lines(write_labels) -> None:
    lines = [(label(0.1 + 0.8 * (t > 1), "1"), label(0.4, "2")) for t in range(4)]
    folder = write_labels({f"vid_{t}.txt": "\n".join(pair) for t, pair in enumerate(lines)})
    one, other = read_labels(folder)
    np.testing.assert_allclose(one.positions[:, 1, 0], [0.1, 0.1, 0.9, 0.9], rtol=1e-6)
    np.testing.assert_allclose(other.positions[:, 1, 0], 0.4, rtol=1e-6)


def test_several_videos_are_several_recordings(write_labels) -> None:
    files = {f"{video}_{t}.txt": label(0.5) for video in ("a", "b") for t in range(3)}
    persons = read_labels(write_labels(files))
    assert [(one.name, one.recording, one.num_frames) for one in persons] == [
        ("a", "a", 3),
        ("b", "b", 3),
    ]


def test_flags_of_labels_and_images_of_nobody(write_labels) -> None:
    files = {f"im{t}.txt": label(0.5, visible="2").replace(" 0.1 ", " 0 ") for t in (0, 1, 3)}
    folder = write_labels(files | {"im2.txt": ""})
    with pytest.warns(FormatWarning) as notes:
        (person,) = read_sequences(folder, fps=25)
    assert ["visibility flags" in str(note.message) for note in notes] == [True, False]
    assert person.confidence[:, 1].tolist() == [1, 1, 0, 1]


def test_positions_without_confidence_and_a_layout(write_labels) -> None:
    points = " ".join(f"0.5 {k / 16:g}" for k in range(1, 11))
    folder = write_labels({"a_0.txt": f"0 0.5 0.5 0.25 0.5 {points}"})
    with pytest.raises(FormatError, match="expected one recording, but this is a folder"):
        detect_format(folder)
    with pytest.warns(FormatWarning):
        (person,) = read_ultralytics(folder, layout=UPPER10, fps=25)
    assert person.layout == UPPER10
    assert person.positions[0, 9].tolist() == [0.5, 0.625]


def test_rows_of_other_numbers_are_none_of_it(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).random((20, 57))
    np.savetxt(tmp_path / "a.txt", rows)
    assert detect_format(tmp_path / "a.txt") == "text"
    assert not is_recording_folder(tmp_path)
    np.savetxt(tmp_path / "a.txt", np.column_stack([np.arange(20), rows[:, :57]]), fmt="%g")
    assert detect_format(tmp_path / "a.txt") == "text"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[{"name": "person", "box": {"x1": 1}}]], "1 detections have boxes alone; use a pose"),
        ([[], []], "nobody is there in any frame"),
        ({}, "expected frames with detections, but got an empty object"),
        ({"0": 5}, "'0': expected a list, but got 5"),
        ([[5]], "frame 0: expected an object, but got 5"),
        ([detection(keypoints=5)], "'keypoints': expected an object with 'x', 'y', but got 5"),
        ([detection(keypoints={"x": [1], "y": [1, 2]})], "expected as many x as y"),
        ([detection(keypoints={"x": ["a"], "y": [1]})], "expected a number, but got"),
        (
            [detection(), detection(keypoints={"x": [1], "y": [1]})],
            "entry 1, 'keypoints'",
        ),
        ([detection(keypoints={"x": [99], "y": [1]})], "expected 17 .* got 1; pass the"),
        ([{"frame": "a", "detections": []}], "'frame': expected a whole number"),
        ('[[{"keypoints": {"x": [', "expected JSON"),
    ],
)
def test_what_is_wrong_is_named(write_json, value: Any, message: str) -> None:
    with pytest.raises(FormatError, match=rf"walk\.json.*{message}"):
        read_ultralytics(write_json(value), fps=25)


@pytest.mark.filterwarnings("ignore::skelgraph.errors.FormatWarning")
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a_1.txt": "0 0.5 0.5 0.5 0.5\n"}, "labels: .* lines of 5 numbers are boxes alone"),
        ({"a_1.txt": "0 0.5 0.5 0.5 0.5 0.1 0.1 0.1 0.1 0.2"}, "got lines of 10 numbers; pass"),
        ({"a_1.txt": "0 0.5 x"}, r"a_1\.txt, line 1: expected numbers, but got '0 0.5 x'"),
        ({"a_1.txt": ""}, "nobody is there"),
        ({}, "expected one text file for each frame"),
    ],
)
def test_malformed_labels(write_labels, files: dict[str, str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_ultralytics(write_labels(files), fps=25)


def test_the_rate_must_be_given(write_json) -> None:
    with pytest.raises(RateError, match="results of Ultralytics do not tell"):
        read_sequences(write_json([[detection()]]))


def test_files_as_the_program_writes_them(shared_data: Path) -> None:
    folder = shared_data / "odd" / "estimator"
    if not folder.is_dir():
        pytest.skip(f"no odd files: {folder} is absent")
    person = read_sequence(folder / "ultralytics-frames.json", fps=30)
    (shares,) = read_labels_of(folder / "ultralytics-save-txt")
    assert (person.layout, person.num_frames, shares.num_frames) == (COCO17, 30, 30)
    np.testing.assert_allclose(shares.positions, person.positions / [640, 640], atol=1e-4)


def read_labels_of(folder: Path) -> list:
    with pytest.warns(FormatWarning, match="shares of the image"):
        return read_sequences(folder, fps=30)


def test_other_classes_beside_persons_are_left_out(write_json) -> None:
    dog = {"name": "dog", "class": 16}
    path = write_json([[detection(500, **dog), detection(t)] for t in range(3)])
    with pytest.warns(FormatWarning, match=r"3 of 6 detections are no persons \(dog\) and were"):
        person = read_sequence(path, fps=25)
    assert person.positions[:, 0].tolist() == [[0, 5], [1, 5], [2, 5]]


def test_a_class_of_another_name_alone_is_kept(write_json) -> None:
    path = write_json([[detection(t, name="signer", **{"class": 1})] for t in range(3)])
    assert read_sequence(path, fps=25).present[:, 0].all()
