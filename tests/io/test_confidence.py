import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io import read_sequences
from skelgraph.io.confidence import scale_confidence
from skelgraph.layouts import OPENPOSE18, UPPER10

FILE = Path("walk.json")


def test_confidences_that_are_none_too_large_are_kept() -> None:
    confidence = np.array([[0.0, 0.25], [np.nan, 1.0]])
    np.testing.assert_array_equal(scale_confidence(confidence, FILE), confidence)
    assert scale_confidence(np.array([-1.0, 0.5]), FILE).tolist() == [-1, 0.5]
    assert scale_confidence(np.zeros((0, 17)), FILE).shape == (0, 17)


def test_those_of_heat_maps_that_pass_one_by_a_little_count_as_one() -> None:
    assert scale_confidence(np.array([0.5, 1.25, 1.5]), FILE).tolist() == [0.5, 1, 1]


@pytest.mark.parametrize(
    ("confidence", "expected", "message"),
    [
        ([0, 1, 2, 2], [0, 0.5, 1, 1], r"walk\.json: visibility flags stand for confidences"),
        ([2, 2, np.nan], [1, 1, np.nan], "visibility flags"),
        ([0, 50, 97], [0, 0.5, 0.97], r"walk\.json: confidences reach 97 and are .* percentages"),
        ([0, 0.5, 2], [0, 0.5, 1], r"walk\.json: confidences reach 2, but should not pass 1"),
        ([0.5, 0.5, 0.5, 60], [0.5, 0.5, 0.5, 1], "confidences reach 60, but should not"),
        ([0.5, 1e300], [0.5, 1], "confidences reach 1e[+]300, but should not"),
    ],
)
def test_what_is_no_confidence_is_said(
    confidence: list[float], expected: list[float], message: str
) -> None:
    with pytest.warns(FormatWarning, match=message):
        scaled = scale_confidence(np.array(confidence), FILE)
    np.testing.assert_array_equal(scaled, expected)


def write_alphapose(file: Path, score: float) -> Path:
    entries = [
        {"image_id": f"{t}.jpg", "category_id": 1, "keypoints": [9.0, 5.0, score] * 17, "score": 2}
        for t in range(4)
    ]
    file.write_text(json.dumps(entries))
    return file


def test_a_file_with_flags_in_place_of_scores(tmp_path: Path) -> None:
    with pytest.warns(FormatWarning, match=r"walk\.json: visibility flags"):
        (person,) = read_sequences(write_alphapose(tmp_path / "walk.json", 2.0), fps=25)
    assert (person.confidence == 1).all()


def test_a_file_whose_scores_are_all_zero_says_so(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"walk\.json: all scores are 0, so that no keypoint"):
        read_sequences(write_alphapose(tmp_path / "walk.json", 0.0), fps=25)


def test_annotations_whose_scores_are_percentages(tmp_path: Path) -> None:
    keypoints = np.arange(4 * 17 * 2, dtype=np.float32).reshape(1, 4, 17, 2) + 1
    scores = np.full((1, 4, 17), 75, dtype=np.float32)
    clip = {"frame_dir": "a", "label": 0, "keypoint": keypoints, "keypoint_score": scores}
    path = tmp_path / "clips.pkl"
    path.write_bytes(pickle.dumps([clip]))
    with pytest.warns(FormatWarning, match="annotation 0: confidences reach 75"):
        (person,) = read_sequences(path, fps=25)
    assert (person.confidence == 0.75).all()


def test_lines_with_the_state_of_tracking(tmp_path: Path) -> None:
    joints = np.column_stack([np.arange(60).reshape(20, 3) + 1, [1, *[2] * 9] * 2])
    np.savetxt(tmp_path / "walk.txt", joints, fmt="%d")
    with pytest.warns(FormatWarning, match=r"walk\.txt: visibility flags"):
        (person,) = read_sequences(tmp_path / "walk.txt", layout=UPPER10, fps=30)
    assert person.confidence[1, :2].tolist() == [0.5, 1]


def test_arrays_of_st_gcn(tmp_path: Path) -> None:
    array = np.ones((3, 4, 18, 1))
    array[2] = 50
    np.save(tmp_path / "walk.npy", array)
    with pytest.warns(FormatWarning, match=r"walk\.npy: confidences reach 50"):
        (person,) = read_sequences(tmp_path / "walk.npy", layout=OPENPOSE18, fps=30)
    assert (person.confidence == 0.5).all()
