"""Recordings that are filmed, found and lifted."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from skelgraph.data import read_folder
from skelgraph.errors import PoseError, RunError
from skelgraph.experiments.paper_lifting import (
    KeypointCleaning,
    film,
    film_and_lift,
    write_lifted_data,
)
from skelgraph.layouts import UPPER10
from skelgraph.lifting import LIFTER_KEYPOINTS
from skelgraph.poses import PoseSequence, drop_doubtful, fill_gaps, low_pass
from skelgraph.synthetic import generate_emotive_motion

RAW = KeypointCleaning(filter="none", min_confidence=None, max_gap_s=None)


@dataclass
class FlatLifter:
    """Takes the image for space, and keeps what it was given."""

    given: list[PoseSequence] = field(default_factory=list)

    def lift_sequence(self, sequence: PoseSequence) -> PoseSequence:
        self.given.append(sequence)
        assert sequence.layout == LIFTER_KEYPOINTS
        joints = [0, 0, 0, 0, 1, 3, 5, 2, 4, 6]  # nose for the trunk, shoulders, elbows, wrists
        flat = sequence.positions[:, joints]
        positions = np.concatenate([flat, np.zeros((*flat.shape[:2], 1))], axis=2)
        return replace(
            sequence,
            positions=positions,
            layout=UPPER10,
            unit="m",
            confidence=np.zeros(flat.shape[:2]),
        )


@pytest.fixture(scope="module")
def clips() -> list[PoseSequence]:
    return list(generate_emotive_motion(num_actors=2, clips_per_emotion=1, duration_s=(1.0, 1.2)))


def test_a_filmed_recording_has_keypoints_with_confidence(clips: list[PoseSequence]) -> None:
    keypoints = film(clips[0], seed=0)
    assert keypoints.layout == LIFTER_KEYPOINTS
    assert (keypoints.unit, keypoints.up, keypoints.num_dimensions) == ("px", "-y", 2)
    assert keypoints.confidence is not None
    assert (keypoints.confidence > 0).tolist() == keypoints.present.tolist()
    nose_y, hip_y = np.nanmean(keypoints.positions[:, [0, 7], 1], axis=0)
    assert nose_y < hip_y
    assert (keypoints.label, keypoints.subject) == (clips[0].label, clips[0].subject)


def test_camera_and_noise_depend_on_seed_and_name_alone(clips: list[PoseSequence]) -> None:
    first = film(clips[0], seed=3)
    film(clips[1], seed=3)
    np.testing.assert_array_equal(film(clips[0], seed=3).positions, first.positions)
    for unlike in (film(clips[0], seed=4), film(replace(clips[0], name="other"), seed=3)):
        assert np.nanmedian(np.abs(unlike.positions - first.positions)) > 1


def test_both_conditions_see_the_same_keypoints_but_for_the_filter(
    clips: list[PoseSequence],
) -> None:
    lifter = FlatLifter()
    for name in ("butterworth", "none"):
        cleaning = KeypointCleaning(filter=name, cutoff_hz=5.0)  # type: ignore[arg-type]
        film_and_lift(clips[0], lifter, cleaning, seed=1)
    filtered, unfiltered = lifter.given
    cleaned = fill_gaps(drop_doubtful(film(clips[0], seed=1), min_confidence=0.1), max_gap_s=0.5)
    np.testing.assert_array_equal(unfiltered.positions, cleaned.positions)
    np.testing.assert_array_equal(filtered.positions, low_pass(cleaned, cutoff_hz=5.0).positions)


def test_what_is_lifted_is_upper10_without_confidence(clips: list[PoseSequence]) -> None:
    lifted = film_and_lift(clips[0], FlatLifter(), RAW, seed=0)
    assert (lifted.layout, lifted.confidence, lifted.name) == (UPPER10, None, clips[0].name)


def test_a_recording_that_cannot_be_filmed_is_named(clips: list[PoseSequence]) -> None:
    image = replace(clips[0], positions=clips[0].positions[:, :, :2])
    with pytest.raises(PoseError, match=f"{clips[0].name}.*3 dimensions"):
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
