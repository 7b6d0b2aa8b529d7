from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.layouts import COCO17, UPPER10
from skelgraph.lifting import DetectorNoise, add_detector_noise, body_radius
from skelgraph.poses import PoseSequence

NONE = DetectorNoise(jitter=0, drift=0, outlier=0, swap_hz=0, drop_hz=0)


def stand_still(num_frames: int = 20000, fps: float = 30.0) -> PoseSequence:
    """A person of COCO's joints who does not move, 100 px in radius."""
    pose = np.random.default_rng(1).uniform(-1, 1, (COCO17.num_joints, 2))
    pose -= pose.mean(axis=0)
    pose *= 100 / np.sqrt((pose**2).sum(axis=1).mean())
    positions = np.tile(pose + 500, (num_frames, 1, 1))
    return PoseSequence(positions=positions, layout=COCO17, fps=fps, unit="px", up="-y")


def errors_of(noise: DetectorNoise, seed: int = 0) -> np.ndarray:
    """Errors (T, V, 2) of a person who does not move, in body radii."""
    person = stand_still()
    noisy = add_detector_noise(person, np.random.default_rng(seed), noise)
    return (noisy.positions.astype(np.float64) - person.positions) / 100


def test_the_radius_by_hand() -> None:
    positions = np.full((3, 10, 2), np.nan)
    positions[0, :2] = [[0, 0], [6, 0]]
    positions[1, :2] = [[0, 0], [0, 10]]
    positions[2, :1] = [[9, 9]]  # alone, it has no size
    person = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    assert body_radius(person) == pytest.approx((3 + 5) / 2)


def test_jitter_has_its_size_and_no_memory() -> None:
    errors = errors_of(replace(NONE, jitter=0.02))
    sizes = errors.std(axis=(0, 2))
    assert sizes[COCO17.index("left_shoulder")] == pytest.approx(0.02, rel=0.05)
    assert sizes[COCO17.index("right_wrist")] == pytest.approx(0.04, rel=0.05)
    assert sizes[COCO17.index("nose")] == pytest.approx(0.01, rel=0.05)
    correlation = (errors[1:] * errors[:-1]).mean() / (errors**2).mean()
    assert abs(correlation) < 0.02


def test_drift_has_its_size_and_its_memory() -> None:
    errors = errors_of(replace(NONE, drift=0.02, drift_s=0.3))
    shoulders = errors[:, [COCO17.index("left_shoulder"), COCO17.index("right_shoulder")]]
    assert shoulders.std() == pytest.approx(0.02, rel=0.1)
    lag = round(0.3 * 30)
    correlation = (shoulders[lag:] * shoulders[:-lag]).mean() / (shoulders**2).mean()
    assert correlation == pytest.approx(np.exp(-1), abs=0.08)
    at_first = [errors_of_first_frame(seed) for seed in range(200)]
    assert np.std(at_first) == pytest.approx(0.02, rel=0.25)  # it does not begin at 0


def errors_of_first_frame(seed: int) -> float:
    """Error of a shoulder in the first frame, in body radii."""
    person = stand_still(2)
    noise = replace(NONE, drift=0.02)
    noisy = add_detector_noise(person, np.random.default_rng(seed), noise)
    shoulder = COCO17.index("left_shoulder")
    return float(noisy.positions[0, shoulder, 0] - person.positions[0, shoulder, 0]) / 100


def test_drop_outs_have_their_rate_and_length() -> None:
    noise = replace(NONE, drop_hz=0.2, drop_s=0.2)
    noisy = add_detector_noise(stand_still(), np.random.default_rng(0), noise)
    missing = ~noisy.present
    seconds = noisy.duration_s
    begins = missing[1:] & ~missing[:-1]
    shoulder, wrist = COCO17.index("left_shoulder"), COCO17.index("left_wrist")
    assert begins[:, shoulder].sum() / seconds == pytest.approx(0.2, rel=0.3)
    assert begins[:, wrist].sum() / seconds == pytest.approx(0.4, rel=0.3)
    assert missing[:, shoulder].sum() / begins[:, shoulder].sum() == pytest.approx(6, rel=0.3)
    assert noisy.confidence is not None
    np.testing.assert_array_equal(noisy.confidence == 0, missing)


def test_swaps_exchange_twins_and_nothing_else() -> None:
    person = stand_still(3000)
    noisy = add_detector_noise(person, np.random.default_rng(0), replace(NONE, swap_hz=0.5))
    left, right = COCO17.index("left_wrist"), COCO17.index("right_wrist")
    swapped = (noisy.positions[:, left] == person.positions[:, right]).all(axis=1)
    assert 0.02 < swapped.mean() < 0.1
    same = (noisy.positions[:, left] == person.positions[:, left]).all(axis=1)
    assert (swapped ^ same).all()
    np.testing.assert_array_equal(noisy.positions[:, 0], person.positions[:, 0])  # the nose


def test_outliers_are_rare_large_and_doubtful() -> None:
    person = stand_still()
    noise = replace(NONE, outlier=0.5, outlier_hz=0.2)
    noisy = add_detector_noise(person, np.random.default_rng(0), noise)
    errors = np.linalg.norm(noisy.positions - person.positions, axis=2) / 100
    wrist = errors[:, COCO17.index("left_wrist")]
    assert 0.01 < (wrist > 0.1).mean() < 0.05
    assert noisy.confidence is not None
    confidence = noisy.confidence[:, COCO17.index("left_wrist")]
    assert confidence[wrist > 0.5].max() < np.exp(-0.5 / 0.3) + 1e-6
    assert confidence[wrist == 0].min() >= 0.75


def test_size_in_the_image_does_not_matter() -> None:
    person = stand_still(50)
    small = replace(person, positions=person.positions / 4)
    noisy, noisy_small = (
        add_detector_noise(one, np.random.default_rng(3)).positions for one in (person, small)
    )
    np.testing.assert_allclose(noisy / 4, noisy_small, rtol=1e-4)


def test_the_same_seed_gives_the_same_noise() -> None:
    person = stand_still(40)
    first, again, other = (
        add_detector_noise(person, np.random.default_rng(seed)).positions for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other, equal_nan=True)


def test_without_noise_nothing_but_the_confidence_changes() -> None:
    person = stand_still(40)
    noisy = add_detector_noise(person, np.random.default_rng(0), NONE)
    np.testing.assert_array_equal(noisy.positions, person.positions)


def test_missing_joints_stay_missing() -> None:
    positions = stand_still(40).positions.copy()
    positions[5:9, 3] = np.nan
    person = replace(stand_still(40), positions=positions)
    noisy = add_detector_noise(person, np.random.default_rng(0), NONE)
    np.testing.assert_array_equal(noisy.present, person.present)


def test_what_cannot_be_made_noisy_is_said() -> None:
    generator = np.random.default_rng(0)
    space = PoseSequence(positions=np.zeros((2, 10, 3)), layout=UPPER10, fps=30.0, name="walk")
    with pytest.raises(PoseError, match="'walk': expected keypoints of 2 dimensions"):
        add_detector_noise(space, generator)
    point = PoseSequence(positions=np.zeros((2, 10, 2)), layout=UPPER10, fps=30.0)
    with pytest.raises(PoseError, match="a person of some size"):
        add_detector_noise(point, generator)
    with pytest.raises(PoseError, match="drop_hz of 0 or more, but got -1"):
        DetectorNoise(drop_hz=-1)
