"""Recordings that are filmed, found and lifted."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import read_folder
from skelgraph.errors import PoseError, RunError
from skelgraph.experiments.lifted_data import (
    KeypointCleaning,
    film,
    film_and_lift,
    write_lifted_data,
)
from skelgraph.layouts import UPPER10
from skelgraph.poses import (
    PoseSequence,
    drop_doubtful,
    fill_gaps,
    low_pass,
)
from skelgraph.synthetic import generate_emotive_motion

RAW = KeypointCleaning(filter="none", min_confidence=None, max_gap_s=None)


@dataclass
class FlatLifter:
    """Takes the image for space, and keeps what it was given."""

    given: list[tuple[PoseSequence, tuple[int, int]]] = field(default_factory=list)

    def lift_sequence(self, sequence: PoseSequence, image_size: tuple[int, int]) -> PoseSequence:
        self.given.append((sequence, image_size))
        depth = np.zeros((*sequence.positions.shape[:2], 1))
        positions = np.concatenate([sequence.positions, depth], axis=2)
        return replace(sequence, positions=positions, unit="m")


@pytest.fixture(scope="module")
def clips() -> list[PoseSequence]:
    return list(generate_emotive_motion(num_actors=2, clips_per_emotion=1, duration_s=(1.0, 1.2)))


def test_a_filmed_recording_has_keypoints_with_confidence(clips: list[PoseSequence]) -> None:
    keypoints, (width, height) = film(clips[0], seed=0)
    assert keypoints.layout == clips[0].layout
    assert (keypoints.unit, keypoints.up, keypoints.num_dimensions) == ("px", "-y", 2)
    assert keypoints.confidence is not None
    assert (keypoints.confidence > 0).tolist() == keypoints.present.tolist()
    middle = np.nanmean(keypoints.positions, axis=(0, 1))
    assert (np.abs(middle - [width / 2, height / 2]) < [width / 2, height / 2]).all()
    assert (keypoints.label, keypoints.subject) == (clips[0].label, clips[0].subject)


def test_camera_and_noise_depend_on_seed_and_name_alone(clips: list[PoseSequence]) -> None:
    first, size = film(clips[0], seed=3)
    film(clips[1], seed=3)
    again, same_size = film(clips[0], seed=3)
    np.testing.assert_array_equal(again.positions, first.positions)
    assert same_size == size
    other, _ = film(clips[0], seed=4)
    named, _ = film(replace(clips[0], name="other"), seed=3)
    for unlike in (other, named):
        assert not np.array_equal(unlike.present, first.present) or (
            np.nanmax(np.abs(unlike.positions - first.positions)) > 1
        )


def test_both_conditions_see_the_same_keypoints_but_for_the_filter(
    clips: list[PoseSequence],
) -> None:
    lifter = FlatLifter()
    for name in ("butterworth", "none"):
        film_and_lift(clips[0], lifter, KeypointCleaning(filter=name, cutoff_hz=5.0), seed=1)  # type: ignore[arg-type]
    (filtered, size), (unfiltered, same_size) = lifter.given
    keypoints, expected_size = film(clips[0], seed=1)
    cleaned = fill_gaps(drop_doubtful(keypoints, min_confidence=0.1), max_gap_s=0.5)
    assert size == same_size == expected_size
    np.testing.assert_array_equal(unfiltered.positions, cleaned.positions)
    np.testing.assert_array_equal(filtered.positions, low_pass(cleaned, cutoff_hz=5.0).positions)


def test_what_is_lifted_is_upper10_without_confidence(clips: list[PoseSequence]) -> None:
    lifted = film_and_lift(clips[0], FlatLifter(), RAW, seed=0)
    assert (lifted.layout, lifted.confidence, lifted.name) == (UPPER10, None, clips[0].name)


def test_a_recording_that_cannot_be_filmed_is_named(clips: list[PoseSequence]) -> None:
    image = replace(clips[0], positions=clips[0].positions[:, :, :2])
    with pytest.raises(PoseError, match=f"{clips[0].name}.*a heading needs 3 dimensions"):
        film_and_lift(image, FlatLifter(), RAW, seed=0)


def write(folder: Path, clips: list[PoseSequence], **changes: object) -> Path:
    settings = {"cleaning": RAW, "seed": 0, "origin": {"data": "a", "lifter": "b"}, **changes}
    parts = ["train", "val", "test", "train"] * (len(clips) // 4)
    return write_lifted_data(folder, clips, parts, FlatLifter(), **settings)  # type: ignore[arg-type]


def test_the_dataset_has_the_clips_and_parts_in_their_order(
    clips: list[PoseSequence], tmp_path: Path
) -> None:
    data = read_folder(write(tmp_path / "lifted", clips))
    for facts in ("name", "label", "subject", "recording"):
        assert [getattr(one, facts) for one in data.sequences] == [
            getattr(one, facts) for one in clips
        ]
    assert data.parts == ("train", "val", "test", "train") * 2
    assert data.notes == ()
    expected = film_and_lift(clips[3], FlatLifter(), RAW, seed=0)
    np.testing.assert_array_equal(data.sequences[3].positions, expected.positions)


def test_it_is_made_once_and_never_mistaken(clips: list[PoseSequence], tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "lifted"
    data = write(folder, clips)
    kept = {file: file.stat().st_mtime_ns for file in data.iterdir()}
    assert write(folder, clips) == data
    assert {file: file.stat().st_mtime_ns for file in data.iterdir()} == kept
    for changes, word in (
        ({"seed": 1}, "another seed"),
        ({"cleaning": replace(RAW, filter="savgol")}, "another cleaning"),
        ({"origin": {"data": "a", "lifter": "c"}}, "another origin"),
    ):
        with pytest.raises(RunError, match=f"{word}; delete the folder"):
            write(folder, clips, **changes)


def test_a_stopped_writing_leaves_nothing_that_counts(
    clips: list[PoseSequence], tmp_path: Path
) -> None:
    half = tmp_path / "lifted.unfinished" / "clips"
    half.mkdir(parents=True)
    (half / "stale.npz").touch()
    data = write(tmp_path / "lifted", clips)
    assert len(list(data.glob("*.npz"))) == len(clips)
    assert not half.exists()
