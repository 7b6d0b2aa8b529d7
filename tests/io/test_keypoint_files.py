"""The same motion of two persons in five formats is equal."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from skelgraph.io import detect_format, read_sequences
from skelgraph.layouts import COCO17, OPENPOSE18, JointLayout
from skelgraph.poses import PoseSequence
from skelgraph.synthetic import generate_emotive_motion

FORMATS = {
    "alphapose": COCO17,
    "openpose": OPENPOSE18,
    "mmpose": COCO17,
    "coco": COCO17,
    "kinetics": OPENPOSE18,
}


def make_persons(project, layout: JointLayout) -> list[PoseSequence]:
    """Two persons beside each other; the second appears later, and both have gaps."""
    first, second = generate_emotive_motion(num_actors=1, clips_per_emotion=2)[:2]
    num_frames = min(first.num_frames, second.num_frames)
    persons = []
    for number, sequence in enumerate((first, second)):
        cut = replace(sequence, positions=sequence.positions[:num_frames])
        positions = project(cut, layout).positions + np.float32([500 * number, 0])
        positions[: 6 * number] = np.nan
        positions[20 : 22 + number] = np.nan
        positions[30:, 7] = np.nan
        confidence = np.where(np.isnan(positions[:, :, 0]), 0, 0.875)
        persons.append(
            PoseSequence(positions=positions, layout=layout, fps=30, confidence=confidence)
        )
    return persons


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_motion_in_every_format(
    tmp_path: Path, keypoint_files: ModuleType, name: str
) -> None:
    persons = make_persons(keypoint_files.project, FORMATS[name])
    path = tmp_path / ("walk" if name == "openpose" else "walk.json")
    getattr(keypoint_files, f"write_{name}")(path, persons)
    assert detect_format(path) == name
    found = read_sequences(path, fps=30)
    assert len(found) == 2
    for person, expected in zip(found, persons, strict=True):
        np.testing.assert_allclose(person.positions, expected.positions, rtol=1e-6)
        np.testing.assert_array_equal(person.confidence, expected.confidence)
        assert (person.layout, person.name) == (expected.layout, "walk")


def test_numbers_of_persons_in_alphapose(tmp_path: Path, keypoint_files: ModuleType) -> None:
    persons = make_persons(keypoint_files.project, COCO17)
    keypoint_files.write_alphapose(tmp_path / "walk.json", persons, ids=True)
    found = read_sequences(tmp_path / "walk.json", fps=30)
    for person, expected in zip(found, persons, strict=True):
        np.testing.assert_allclose(person.positions, expected.positions, rtol=1e-6)
