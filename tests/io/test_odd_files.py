"""Real files of kinds that were refused or misread, each with what is right for it."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import FormatError, FormatWarning
from skelgraph.io import read_sequences, write_csv
from skelgraph.layouts import CATALOGUE, UPPER10, plan_conversion
from skelgraph.poses import PoseSequence


def read(shared_data: Path, name: str, **options: Any) -> tuple[list[PoseSequence], list[str]]:
    """Return the persons of a file of the collection, and the warnings about it."""
    file = shared_data / "odd" / name
    if not file.exists():
        pytest.skip(f"{file} is not here")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FormatWarning)
        persons = read_sequences(file, **options)
    return persons, [str(warning.message) for warning in caught]


RIGHT = {
    "marker/pose2sim.trc": (1, 100, 60, "m", 21),
    "marker/comma_separated.trc": (1, 93, 100, "mm", 51),
    "marker/lab_prefix_analog.c3d": (2, 580, 100, "mm", 8),
    "table/walk01_pos.csv": (1, 101, 24, None, None),
    "table/freemocap_body_3d_xyz.csv": (1, 30, None, "mm", 33),
    "labs/deeplabcut.csv": (1, 962, None, "px", None),
    "labs/sleap.analysis.h5": (1, 21690, None, "px", 11),
    "estimator/ultralytics-frames.json": (1, 30, None, "px", 17),
    "estimator/ultralytics-save-txt": (1, 30, None, "unknown", 17),
    "estimator/rtmlib.npz": (1, 30, None, "px", 26),
    "estimator/mp-dict-by-frame.json": (1, 20, None, None, 33),
    "estimator/mp-list-of-lists.json": (1, 20, None, None, 33),
    "estimator/mp-named.json": (1, 20, None, None, 33),
    "estimator/openpose_body135": (1, 10, None, "px", None),
    "animation/11_01.amc": (1, 597, 120, "m", None),
    "animation/sign_language.pose": (1, 170, 24, "px", 8),
    "animation/unknown_skeleton_120hz.bvh": (1, 839, 120, None, 27),
    "nearly/frames-too-many.bvh": (1, 60, 120, None, None),
    "nearly/frames-too-few.bvh": (1, 60, 120, None, None),
    "nearly/locale-comma.bvh": (1, 60, 120, None, None),
    "nearly/kinetics_valid_floats.pkl": (1, 30, None, "px", 17),
}
"""Persons, frames, rate (None if the file tells none), unit and joints (None if not checked)."""


@pytest.mark.parametrize("name", RIGHT)
def test_persons_frames_rate_unit_and_joints(shared_data: Path, name: str) -> None:
    num_persons, num_frames, rate, unit, num_joints = RIGHT[name]
    persons, _ = read(shared_data, name, **({"fps": 30.0} if rate is None else {}))
    assert len(persons) == num_persons
    first = persons[0]
    assert first.num_frames == num_frames
    assert first.fps == pytest.approx(30.0 if rate is None else rate, rel=1e-3)
    assert unit in (None, first.unit)
    assert num_joints in (None, first.layout.num_joints)
    assert first.present.any()


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("estimator/ultralytics-frames.json", "coco17"),
        ("estimator/ultralytics-save-txt", "coco17"),
        ("estimator/rtmlib.npz", "halpe26"),
        ("estimator/mp-named.json", "mediapipe33"),
        ("estimator/detectron2-coco-instances.json", "coco17"),
        ("estimator/coco_other_names.json", "h36m17"),
        ("table/freemocap_body_3d_xyz.csv", "mediapipe33"),
        ("nearly/kinetics_valid_floats.pkl", "coco17"),
    ],
)
def test_the_layout_of_known_bodies(shared_data: Path, name: str, layout: str) -> None:
    persons, _ = read(shared_data, name, fps=30.0)
    assert persons[0].layout == CATALOGUE[layout]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("marker/comma_separated.trc", "652"),
        ("nearly/frames-too-many.bvh", "61"),
        ("nearly/frames-too-few.bvh", "59"),
        ("estimator/detectron2-coco-instances.json", "confidence"),
        ("estimator/ultralytics-save-txt", "size"),
    ],
)
def test_what_is_nearly_right_is_read_with_a_note(shared_data: Path, name: str, part: str) -> None:
    _, notes = read(shared_data, name, **({} if "nearly" in name or "trc" in name else {"fps": 30}))
    assert any(part in note for note in notes), notes


def test_a_marker_file_of_a_known_body_converts_without_a_gap(shared_data: Path) -> None:
    (person,), _ = read(shared_data, "marker/pose2sim.trc")
    assert plan_conversion(person.layout, UPPER10).missing == ()


def test_a_file_states_which_way_is_up(shared_data: Path) -> None:
    persons, _ = read(shared_data, "marker/lab_prefix_analog.c3d")
    assert {person.up for person in persons} == {"+z"}


def test_three_tables_of_one_motion_are_equal(shared_data: Path) -> None:
    (first,), _ = read(shared_data, "table/freemocap_body_3d_xyz.csv", fps=30)
    assert (first.unit, first.num_dimensions) == ("mm", 3)
    for name in ("table/dot-columns.csv", "table/excel-semicolon-comma.csv"):
        (other,), _ = read(shared_data, name)
        assert (other.unit, other.layout, other.fps) == ("m", first.layout, pytest.approx(30, 0.01))
        np.testing.assert_allclose(other.positions, first.positions / 1000, atol=1e-5)


def test_confidences_are_shares(shared_data: Path) -> None:
    (person,), _ = read(shared_data, "estimator/detectron2-coco-instances.json", fps=30)
    assert person.confidence is not None
    assert set(np.unique(person.confidence).tolist()) <= {0.0, 1.0}


def test_scores_that_are_all_zero_are_named(shared_data: Path) -> None:
    with pytest.raises(FormatError, match="0"):
        read(shared_data, "estimator/alphapose-zero-conf.json", fps=30)


def test_each_video_of_a_file_is_a_recording(shared_data: Path) -> None:
    persons, _ = read(shared_data, "estimator/posetrack_three_videos.json", fps=30)
    assert len({person.recording for person in persons}) == 3


def test_a_skeleton_that_no_layout_has_survives_a_table(shared_data: Path, tmp_path: Path) -> None:
    (person,), _ = read(shared_data, "animation/unknown_skeleton_120hz.bvh")
    write_csv(tmp_path / "clip.csv", person)
    (back,) = read_sequences(tmp_path / "clip.csv")
    np.testing.assert_array_equal(back.positions, person.positions)
    assert back.layout.joints == person.layout.joints
    assert set(back.layout.bones) == set(person.layout.bones)
    assert (back.fps, back.unit, back.up) == (120, person.unit, person.up)
    assert person.up == "+z"
