from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import LayoutError, PoseError
from skelgraph.layouts import COCO17, H36M17, OPENPOSE25, UPPER10, JointLayout
from skelgraph.lifting import LIFTER_KEYPOINTS, normalize_keypoints
from skelgraph.poses import PoseSequence, hold_positions

NOSE, LEFT, RIGHT, ELBOW, WRIST, HIP = (
    LIFTER_KEYPOINTS.index(name)
    for name in (
        *("nose", "left_shoulder", "right_shoulder"),
        *("left_elbow", "left_wrist", "left_hip"),
    )
)


def film(layout: JointLayout = LIFTER_KEYPOINTS, num_frames: int = 6) -> PoseSequence:
    """A person whose shoulders are 2 apart about (100, 200) and all else where chance has it."""
    positions = np.random.default_rng(0).uniform(80, 280, (num_frames, layout.num_joints, 2))
    positions[:, layout.index("left_shoulder")] = [101, 200]
    positions[:, layout.index("right_shoulder")] = [99, 200]
    return PoseSequence(positions=positions, layout=layout, fps=30.0, unit="px", up="-y")


def test_the_middle_of_the_shoulders_is_the_origin_and_the_upper_body_the_scale() -> None:
    positions = np.zeros((2, 9, 2))
    positions[:, LEFT], positions[:, RIGHT] = [103, 50], [97, 50]
    positions[:, NOSE] = [100, 46]
    positions[:, ELBOW], positions[:, LIFTER_KEYPOINTS.index("right_elbow")] = [106, 58], [94, 58]
    positions[:, WRIST] = [100, 70]
    person = replace(film(num_frames=2), positions=positions)
    scale = np.sqrt((16 + 9 + 9 + 100 + 100) / 5)
    normalized = normalize_keypoints(person)
    assert normalized.shape == (2, 9, 3)
    np.testing.assert_allclose(normalized[0, NOSE], [0, -4 / scale, 1], rtol=1e-6)
    np.testing.assert_allclose(normalized[1, WRIST], [0, 20 / scale, 1], rtol=1e-6)


@pytest.mark.parametrize("layout", [COCO17, OPENPOSE25], ids=lambda layout: layout.name)
def test_the_image_s_size_and_the_person_s_place_do_not_matter(layout: JointLayout) -> None:
    person = film(layout)
    moved = replace(person, positions=person.positions * 3 + np.array([500, -40]))
    np.testing.assert_allclose(normalize_keypoints(moved), normalize_keypoints(person), atol=1e-5)
    walking = person.positions + np.arange(6)[:, None, None] * np.array([7, 1])
    np.testing.assert_allclose(
        normalize_keypoints(replace(person, positions=walking)),
        normalize_keypoints(person),
        atol=1e-5,
    )


def test_keypoints_are_the_same_in_any_layout() -> None:
    names = [COCO17.index(name) for name in LIFTER_KEYPOINTS.joints]
    person = film(COCO17)
    nine = replace(person, positions=person.positions[:, names], layout=LIFTER_KEYPOINTS)
    np.testing.assert_array_equal(normalize_keypoints(person), normalize_keypoints(nine))


def test_a_mirrored_person_has_mirrored_keypoints() -> None:
    person = film()
    mirror = LIFTER_KEYPOINTS.mirror
    mirrored = replace(person, positions=person.positions[:, mirror] * [-1, 1])
    expected = normalize_keypoints(person)[:, mirror] * [-1, 1, 1]
    np.testing.assert_allclose(normalize_keypoints(mirrored), expected, atol=1e-6)


def test_a_gap_is_interpolated_and_said() -> None:
    person = film()
    positions = person.positions.copy()
    positions[2:4, WRIST] = np.nan
    positions[0, HIP] = np.nan
    normalized = normalize_keypoints(replace(person, positions=positions))
    whole = normalize_keypoints(person)
    assert normalized[:, WRIST, 2].tolist() == [1, 1, 0, 0, 1, 1]
    before, after = whole[1, WRIST, :2], whole[4, WRIST, :2]
    np.testing.assert_allclose(normalized[2, WRIST, :2], (2 * before + after) / 3, atol=1e-5)
    np.testing.assert_allclose(normalized[0, HIP], [*whole[1, HIP, :2], 0], atol=1e-5)


def test_hidden_hips_are_at_the_origin_and_change_nothing_else() -> None:
    person = film()
    hips = [LIFTER_KEYPOINTS.index(f"{side}_hip") for side in ("left", "right")]
    positions = person.positions.copy()
    positions[:, hips] = np.nan
    normalized = normalize_keypoints(replace(person, positions=positions))
    assert not normalized[:, hips].any()
    others = [joint for joint in range(9) if joint not in hips]
    whole = normalize_keypoints(person)
    np.testing.assert_array_equal(normalized[:, others], whole[:, others])


def test_filled_joints_of_no_confidence_count_as_not_seen() -> None:
    confidence = np.full((6, 9), 0.8)
    confidence[3, WRIST] = 0
    normalized = normalize_keypoints(replace(film(), confidence=confidence))
    expected = np.ones((6, 9))
    expected[3, WRIST] = 0
    np.testing.assert_array_equal(normalized[:, :, 2], expected)


def test_a_2d_recording_without_hips_is_taken() -> None:
    person = film(UPPER10)
    normalized = normalize_keypoints(person)
    assert normalized[:, :, 2].sum(axis=0).tolist() == [6] * 7 + [0] * 2


def test_positions_are_held_beyond_what_is_there() -> None:
    positions = np.full((5, 2, 3), np.nan)
    positions[1, 0], positions[3, 0] = 2.0, 4.0
    held = hold_positions(positions)
    assert held[:, 0, 0].tolist() == [2, 2, 3, 4, 4]
    assert np.isnan(held[:, 1]).all()


def test_what_cannot_be_normalized_is_said() -> None:
    person = replace(film(), name="talk")
    with pytest.raises(PoseError, match="'talk': expected an image whose y points down"):
        normalize_keypoints(replace(person, up="+y"))
    with pytest.raises(PoseError, match="'talk': expected keypoints of 2 dimensions"):
        normalize_keypoints(replace(person, positions=np.zeros((6, 9, 3))))
    positions = person.positions.copy()
    positions[:, LEFT] = np.nan
    with pytest.raises(PoseError, match="both shoulders in some frame"):
        normalize_keypoints(replace(person, positions=positions))
    with pytest.raises(PoseError, match="a person of some size"):
        normalize_keypoints(replace(person, positions=np.ones((6, 9, 2))))
    legs = JointLayout.from_parents("legs", {"hips": None, "left_knee": "hips"})
    with pytest.raises(LayoutError, match="'legs' cannot be converted"):
        normalize_keypoints(
            PoseSequence(positions=np.ones((2, 2, 2)), layout=legs, fps=30.0, up="-y")
        )
    assert normalize_keypoints(film(H36M17)).shape == (6, 9, 3)
