import json
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, RateError
from skelgraph.io import detect_format, read_sequences
from skelgraph.layouts import COCO17, H36M17, POSETRACK17, UPPER10


def annotation(image: object, x: float = 100.0, **more: object) -> dict[str, object]:
    """Keypoint k is at (x + k, 10 * k) and seen; number 1 is hidden, number 2 is not labeled."""
    keypoints = [number for k in range(17) for number in (x + k, 10 * k, 2)]
    keypoints[5] = 1
    keypoints[6:9] = [0, 0, 0]
    return {"id": 1, "image_id": image, "category_id": 1, "keypoints": keypoints, **more}


def document(
    annotations: list[object], images: list[dict[str, object]] | None = None, **more: object
) -> dict[str, object]:
    names = (9, 7, 8, 12)
    default = [{"id": 40 + n, "file_name": f"clips/{number}.png"} for n, number in enumerate(names)]
    category = {"id": 1, "name": "person", "keypoints": list(COCO17.joints), "skeleton": [[1, 2]]}
    return {
        "info": {"version": "1.0"},
        "images": default if images is None else images,
        "annotations": annotations,
        "categories": [category],
        **more,
    }


def write(tmp_path: Path, contents: object) -> Path:
    path = tmp_path / "walk.json"
    path.write_text(json.dumps(contents))
    return path


def test_exact_values(tmp_path: Path) -> None:
    bystander = {"id": 9, "image_id": 43, "category_id": 2, "bbox": [0, 0, 1, 1]}
    path = write(tmp_path, document([annotation(40, 1), annotation(41, 2), bystander]))
    assert detect_format(path) == "coco"
    (person,) = read_sequences(path, fps=25)
    assert (person.layout, person.fps, person.unit, person.up) == (COCO17, 25, "px", "-y")
    # Images 7, 8, 9 and 12: frames 0 to 12, as the names are bare numbers.
    assert person.num_frames == 13
    assert np.flatnonzero(person.present.any(axis=1)).tolist() == [7, 9]
    assert person.positions[9, [0, 1, 3]].tolist() == [[1, 0], [2, 10], [4, 30]]
    assert person.confidence is not None
    assert person.confidence[9, :4].tolist() == [1, 0.5, 0, 1]
    assert person.present[7].tolist() == [True, True, False, *[True] * 14]


def test_frame_and_track_numbers_of_the_file(tmp_path: Path) -> None:
    images = [{"id": n, "frame_id": 10 * n, "file_name": "x.jpg", "vid_id": "7"} for n in range(4)]
    persons = [annotation(t, 100 + 700 * (t > 1), track_id=5) for t in (3, 2, 1, 0)]
    persons += [annotation(t, 2000, track_id=6) for t in range(4)]
    one, other = read_sequences(write(tmp_path, document(persons, images)), fps=25)
    assert one.positions[:, 0, 0].tolist() == [100, 100, 800, 800]
    assert other.positions[:, 0, 0].tolist() == [2000] * 4


def test_images_without_names_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    images = [{"id": number} for number in (9, 5, 6)]
    (person,) = read_sequences(write(tmp_path, document([annotation(9, 3)], images)), fps=25)
    assert person.present[:, 0].tolist() == [False, False, False, False, True]


def test_confidences_are_kept(tmp_path: Path) -> None:
    one = annotation(40)
    one["keypoints"] = [number for k in range(17) for number in (k, k, k / 16)]
    (person,) = read_sequences(write(tmp_path, document([one])), fps=25)
    assert person.confidence is not None
    np.testing.assert_allclose(person.confidence[9], np.arange(17) / 16)


def test_keypoints_in_another_order_and_of_other_names(tmp_path: Path) -> None:
    names = list(COCO17.joints[::-1])
    category = {"id": 1, "keypoints": [name.replace("_", " ").title() for name in names]}
    path = write(tmp_path, document([annotation(40)], categories=[category]))
    (person,) = read_sequences(path, fps=25)
    assert person.layout == COCO17
    assert person.positions[9, 16].tolist() == [100, 0]
    category["keypoints"] = [f"feeler {number}" for number in range(17)]
    path = write(tmp_path, document([annotation(40)], categories=[category]))
    (person,) = read_sequences(path, fps=25)
    assert person.layout.joints == tuple(category["keypoints"])
    assert person.layout.is_loose
    (person,) = read_sequences(path, fps=25, layout=COCO17)
    assert person.positions[9, 0].tolist() == [100, 0]
    with pytest.raises(FormatError, match="expected the joints of layout 'upper10'"):
        read_sequences(path, fps=25, layout=UPPER10)


def test_the_frame_rate_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(RateError, match=r"walk\.json: expected the frame rate, which COCO"):
        read_sequences(write(tmp_path, document([annotation(40)])))


def test_several_videos_are_several_recordings(tmp_path: Path) -> None:
    images = [
        {"id": 10 * video + t, "vid_id": f"00{video}", "frame_id": 100 * video + t}
        for video in (1, 2, 3)
        for t in range(4)
    ]
    persons = [annotation(10 + t, 100, track_id=0) for t in range(4)]
    persons += [annotation(20 + t, x, track_id=x) for t in (1, 2, 3) for x in (200, 900)]
    found = read_sequences(write(tmp_path, document(persons, images)), fps=25)
    assert [(one.name, one.recording) for one in found] == [
        ("001", "001"),
        ("002#1", "002"),
        ("002#2", "002"),
    ]
    assert [one.positions[3, 0].tolist() for one in found] == [[100, 0], [200, 0], [900, 0]]
    assert found[1].present[:, 0].tolist() == [False, True, True, True]


@pytest.mark.parametrize("root", ["root", "root (pelvis)"])
def test_names_of_human36m_as_mmpose_has_them(tmp_path: Path, root: str) -> None:
    other = {"pelvis": root, "left_ankle": "left_foot", "neck_nose": "neck_base"}
    names = [other.get(joint, joint) for joint in H36M17.joints[::-1]]
    names[names.index("right_ankle")] = "right_foot"
    category = {"id": 1, "keypoints": names}
    path = write(tmp_path, document([annotation(40)], categories=[category]))
    (person,) = read_sequences(path, fps=25)
    assert person.layout == H36M17
    assert person.positions[9, 0].tolist() == [116, 160]


def test_keypoints_of_posetrack(shared_data: Path) -> None:
    file = shared_data / "odd" / "estimator" / "posetrack_three_videos.json"
    if not file.is_file():
        pytest.skip(f"no odd files: {file} is absent")
    found = read_sequences(file, fps=25)
    assert {person.recording for person in found} == {"012834", "009473", "003418"}
    assert len({person.name for person in found}) == len(found)
    assert {person.layout for person in found} == {POSETRACK17}


def test_other_names_of_keypoints(shared_data: Path) -> None:
    file = shared_data / "odd" / "estimator" / "coco_other_names.json"
    if not file.is_file():
        pytest.skip(f"no odd files: {file} is absent")
    (person,) = read_sequences(file, fps=25)
    assert (person.layout, person.num_frames) == (H36M17, 4)
    assert person.present.all()


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"images": []}, "expected an object with 'images', 'annotations', but got"),
        (document([]), "expected annotations with 'keypoints', but none of 0 has any"),
        (document([7]), "annotation 0: expected an object with 'image_id', but got 7"),
        (document([annotation(40)], [7]), "image 0: expected an object with 'id', but got 7"),
        (document([annotation(40)], []), "expected images, but the list is empty"),
        (document([annotation(40)], [{"id": None}]), "image 0, 'id': expected a whole number"),
        (document([annotation(40)], [{"id": 1}] * 2), "a number of its own for each image"),
        (document([annotation(99)]), "annotation 0, 'image_id': .*there is no 99"),
        (document([annotation([40])]), "annotation 0, 'image_id': expected a whole number"),
        (document([annotation(40, keypoints=7)]), "annotation 0, 'keypoints': expected a list"),
        (document([annotation(40), annotation(41, keypoints=[1, 2, 2])]), "annotation 1.* 51"),
        (document([annotation(40, keypoints=[1, 2, 2])]), "expected 17 keypoints as the file"),
        (document([annotation(40)], categories=7), "'categories': expected a list, but got 7"),
        (document([annotation(40)], categories=[{"keypoints": 7}]), "'keypoints': expected a list"),
        (document([annotation(40)], categories=[{"keypoints": [7]}]), "list of names of keypoints"),
        (document([annotation(0)], [{"id": t, "frame_id": "a"} for t in range(2)]), "'frame_id': "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, contents: object, message: str) -> None:
    path = write(tmp_path, contents)
    with pytest.raises(FormatError, match=rf"walk\.json.*{message}"):
        read_sequences(path, fps=25)
