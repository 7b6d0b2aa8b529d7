"""Exact values of hand-written files, in every form that AlphaPose has."""

import json
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_alphapose, read_sequences
from skelgraph.layouts import COCO17, COCO133, HALPE26, HALPE136, OPENPOSE18, UPPER10, JointLayout

ODD_IDS = [0, 0.0, [0.0], [[0.0], [0.0]], [[[0]]]]


def triples(num_keypoints: int, x: float = 100.0) -> list[float]:
    """Keypoint k is at (x + k, 10 * k) with confidence 0.5."""
    return [number for k in range(num_keypoints) for number in (x + k, 10.0 * k, 0.5)]


def entry(image: object, num_keypoints: int = 17, x: float = 100.0, **more: object):
    keypoints = triples(num_keypoints, x)
    return {"image_id": image, "category_id": 1, "keypoints": keypoints, "score": 2.9, **more}


def write(tmp_path: Path, contents: object) -> Path:
    path = tmp_path / "alphapose-results.json"
    path.write_text(json.dumps(contents))
    return path


@pytest.mark.parametrize("layout", [COCO17, HALPE26, COCO133, HALPE136], ids=lambda one: one.name)
def test_the_default_form(tmp_path: Path, layout: JointLayout) -> None:
    images = ["2.jpg", "10.jpg", "3.jpg"]  # sorted as numbers, not as texts
    path = write(tmp_path, [entry(image, layout.num_joints, x=int(image[:-4])) for image in images])
    assert detect_format(path) == "alphapose"
    (person,) = read_sequences(path, fps=25)
    assert (person.layout, person.fps, person.unit, person.up) == (layout, 25, "px", "-y")
    assert person.name == "alphapose-results"
    assert person.positions.shape == (11, layout.num_joints, 2)
    assert np.flatnonzero(person.present.all(axis=1)).tolist() == [2, 3, 10]
    assert person.confidence is not None
    assert person.confidence[2].tolist() == [0.5] * layout.num_joints
    assert not person.confidence[4].any()
    np.testing.assert_array_equal(person.positions[10, :3], [[10, 0], [11, 10], [12, 20]])


@pytest.mark.parametrize("more", [{}, {"box": [0, 0, 9, 9]}, *({"idx": idx} for idx in ODD_IDS)])
def test_persons_without_a_number_are_told_apart(tmp_path: Path, more: dict[str, object]) -> None:
    entries = [
        entry(f"{t}.jpg", x=x, **more)
        for t in range(6)
        for x in ((100, 900) if t % 2 else (900, 100))
    ]
    far, near = read_sequences(write(tmp_path, entries), fps=25)
    assert far.positions[:, 0, 0].tolist() == [900] * 6
    assert near.positions[:, 0, 0].tolist() == [100] * 6


def test_persons_with_a_number_are_told_by_it(tmp_path: Path) -> None:
    entries = [entry(f"{t}.jpg", x=100 + 200 * (t // 3), idx=7) for t in range(6)]
    entries += [entry(f"{t}.jpg", x=500, idx=[[3.0], [7.0]]) for t in range(6)]
    one, other = read_sequences(write(tmp_path, entries), fps=25)
    assert one.positions[:, 0, 0].tolist() == [100] * 3 + [300] * 3
    assert other.positions[:, 0, 0].tolist() == [500] * 6


def test_numbers_of_images_are_numbers_of_frames(tmp_path: Path) -> None:
    """AlphaPose with --eval, and COCO's results."""
    (person,) = read_sequences(write(tmp_path, [entry(7), entry(8), entry(10)]), fps=25)
    assert person.present.all(axis=1).tolist() == [True, True, False, True]


def test_a_keypoint_without_confidence_is_missing(tmp_path: Path) -> None:
    one = entry("0.jpg")
    one["keypoints"][2] = 0.0
    one["keypoints"][5] = None
    one["keypoints"][6] = float("nan")
    (person,) = read_sequences(write(tmp_path, [one, entry("1.jpg")]), fps=25)
    assert person.present[0].tolist() == [False] * 3 + [True] * 14
    assert person.confidence is not None
    assert person.confidence[0, :4].tolist() == [0.0, 0.0, 0.5, 0.5]


@pytest.mark.parametrize("form", ["cmu", "open"])
def test_forms_of_one_object_for_each_image(tmp_path: Path, form: str) -> None:
    list_key, key = ("bodies", "joints") if form == "cmu" else ("people", "pose_keypoints_2d")

    def image(x: float) -> dict[str, object]:
        return {"version": "AlphaPose v0.3", list_key: [{key: triples(18, x)}]}

    path = write(tmp_path, {"2.jpg": image(2), "10.jpg": image(10), "3.jpg": image(3)})
    folder = tmp_path / "sep-json"
    folder.mkdir()
    for number in (2, 10, 3):
        (folder / f"{number}.json").write_text(json.dumps(image(number)))
    assert detect_format(path) == detect_format(folder) == "alphapose"
    (one,), (other,) = read_sequences(path, fps=25), read_sequences(folder, fps=25)
    assert one.layout == other.layout == OPENPOSE18
    assert (one.num_frames, other.name) == (11, "sep-json")
    np.testing.assert_array_equal(one.positions, other.positions)
    assert one.positions[[2, 3, 10], 0, 0].tolist() == [2, 3, 10]
    (single,) = read_sequences(folder / "3.json", fps=25)
    assert single.positions[-1, 1].tolist() == [4, 10]


def test_joints_are_picked_by_name_and_unknown_ones_take_the_layout(tmp_path: Path) -> None:
    path = write(tmp_path, [entry("0.jpg", 26)])
    (person,) = read_sequences(path, fps=25, layout=OPENPOSE18)
    assert person.positions[0, OPENPOSE18.index("left_ear")].tolist() == [103, 30]
    path = write(tmp_path, [entry("0.jpg", 10)])
    (person,) = read_sequences(path, fps=25, layout=UPPER10)
    assert person.layout == UPPER10
    with pytest.raises(FormatError, match=r"expected 17 \(coco17\), .* but got 10; pass the lay"):
        read_sequences(path, fps=25)
    with pytest.raises(FormatError, match="expected 17 keypoints for layout 'coco17', but got 10"):
        read_sequences(path, fps=25, layout=COCO17)


def test_the_frame_rate_must_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, [entry("0.jpg")])
    with pytest.raises(
        RateError, match=r"results\.json: expected the frame rate, .* pass it \(--fps"
    ):
        read_sequences(path)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ([], "expected a list of persons .* but got a list of 0"),
        ({}, "expected a list of persons .* but got an empty object"),
        (7, "expected a list of persons .* but got 7"),
        ([entry("0.jpg"), 7], "entry 1: expected an object with 'image_id', .*got 7"),
        ([entry("0.jpg"), {"image_id": "1.jpg"}], "entry 1: expected an object with"),
        ([entry("0.jpg"), entry("1.jpg", 16)], "entry 1, 'keypoints': expected 51 numbers as befo"),
        ([entry("0.jpg") | {"keypoints": [1, 2]}], "expected x, y and confidence for each"),
        ([entry("0.jpg") | {"keypoints": []}], "expected x, y and confidence for each"),
        ([entry("0.jpg") | {"keypoints": ["NaN?"] * 51}], "entry 0, 'keypoints': expected a num"),
        ([entry("0.jpg") | {"keypoints": None}], "entry 0, 'keypoints': expected a list, but"),
        ([entry("0.jpg"), entry(3)], 'entry 0, \'image_id\': expected a whole number, but got "0'),
        ([entry([1])], "entry 0, 'image_id': expected a whole number, but got a list of 1"),
        ([entry("0.jpg", x=float("inf"))], "expected a person, but nobody is there"),
        ([entry("0.jpg"), entry("900000000.jpg")], "most are missing; cut the recording"),
        ([entry("0.jpg")] * 201, "expected up to 200 persons in a frame, but frame 0 has 201"),
        ([entry("0.jpg", x=1e300)], "frame 0: joint 'nose' lies farther away"),
        ({"0.jpg": {"people": [7]}}, "image '0.jpg': expected an object, but got 7"),
        ({"0.jpg": {"people": 7}}, "image '0.jpg', 'people': expected a list, but got 7"),
        ({"0.jpg": {"persons": []}}, "image '0.jpg': expected an object with 'people'"),
        ({"0.jpg": {"people": [{"x": 1}]}}, "expected a person with 'pose_keypoints_2d'"),
        ({"0.jpg": {"people": []}}, "expected a person, but nobody is there in any frame"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, contents: object, message: str) -> None:
    path = write(tmp_path, contents)
    with pytest.raises(FormatError, match=rf"alphapose-results\.json.*{message}"):
        read_alphapose(path, fps=25)


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = write(tmp_path, [entry("0.jpg"), entry("1.jpg")])
    path.write_text(path.read_text()[:-30])
    with pytest.raises(FormatError, match=r"line 1: expected JSON, but .*; is the file cut off"):
        read_sequences(path, fps=25)


@pytest.mark.realdata
def test_real_results(shared_data: Path) -> None:
    path = shared_data / "poses" / "alphapose" / "halpe26-alphapose-results.json"
    assert len(json.loads(path.read_text())) == 810
    (person,) = read_sequences(path, fps=30)  # the second one of a single frame is a ghost
    assert (person.num_frames, person.layout, person.unit) == (809, HALPE26, "px")
    assert person.present.all()
    assert person.confidence is not None
    assert 0.5 < np.median(person.confidence) < 1
    first = json.loads(path.read_text())[0]["keypoints"]
    np.testing.assert_allclose(
        person.positions[0].ravel(), np.reshape(first, (-1, 3))[:, :2].ravel()
    )
