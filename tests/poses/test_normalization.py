from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.errors import PoseError
from skelgraph.layouts import UPPER10
from skelgraph.poses import (
    PoseSequence,
    align_heading,
    bone_lengths,
    center_on_root,
    normalize_bone_lengths,
    point_up,
    scale_to_body,
    to_meters,
)
from skelgraph.typing import FloatArray

LENGTHS = np.array([0.0, 0.3, 0.2, 0.1, 0.25, 0.35, 0.15, 0.25, 0.35, 0.15])


def turned(sequence: PoseSequence, angle: float, axis: str = "y") -> PoseSequence:
    matrix = Rotation.from_euler(axis, angle, degrees=True).as_matrix()
    return replace(sequence, positions=sequence.positions @ matrix.T)


def test_lengths_in_meters() -> None:
    ones = np.ones((2, 10, 3))
    for unit, meters in (("m", 1.0), ("cm", 0.01), ("mm", 0.001)):
        result = to_meters(PoseSequence(positions=ones, layout=UPPER10, fps=30.0, unit=unit))
        assert result.unit == "m"
        np.testing.assert_allclose(result.positions, meters, rtol=1e-6)


@pytest.mark.parametrize("unit", ["px", "unknown"])
def test_pixels_and_unknown_units_stay(moving: PoseSequence, unit: str) -> None:
    sequence = replace(moving, unit=unit)
    assert to_meters(sequence) is sequence


def test_the_root_is_at_the_origin_in_every_frame(moving: PoseSequence) -> None:
    centered = center_on_root(moving)
    assert not centered.positions[:, 0].any()
    expected = moving.positions - moving.positions[:, :1]
    np.testing.assert_allclose(centered.positions, expected, atol=1e-6)


def test_the_root_is_at_the_origin_in_its_first_frame(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[:3, 0] = np.nan
    centered = center_on_root(replace(moving, positions=positions), per_frame=False)
    expected = moving.positions - moving.positions[3, 0]
    np.testing.assert_allclose(centered.positions[3:], expected[3:], atol=1e-6)
    np.testing.assert_allclose(centered.positions[0, 5], expected[0, 5], atol=1e-6)


def test_frames_without_the_root_keep_their_other_joints() -> None:
    positions = np.arange(10)[:, None, None] * np.ones((10, 10, 3))
    positions[:, 5] += [0.0, 0.0, 1.0]
    positions[[0, 4, 5, 9], 0] = np.nan
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    centered = center_on_root(sequence)
    np.testing.assert_array_equal(centered.present, sequence.present)
    offset = centered.positions[:, 5, 2]
    np.testing.assert_allclose(offset, [0, 1, 1, 1, 1, 1, 1, 1, 1, 2], atol=1e-6)


def test_a_missing_joint_changes_no_centered_other(
    moving: PoseSequence, holey: PoseSequence
) -> None:
    rows = holey.present[:, 0]
    expected = center_on_root(moving).positions[rows]
    result = center_on_root(holey).positions[rows]
    np.testing.assert_array_equal(result[holey.present[rows]], expected[holey.present[rows]])


def test_a_root_that_is_never_there_is_an_error(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[:, 0] = np.nan
    message = "sequence 'walk': expected the center joint 'spinebase' in some frame.*in all 90"
    with pytest.raises(PoseError, match=message):
        center_on_root(replace(moving, positions=positions))


@pytest.mark.parametrize("angle", [30.0, 90.0, -135.0, 180.0])
def test_heading_does_not_depend_on_where_the_person_faced(
    moving: PoseSequence, angle: float
) -> None:
    centered = center_on_root(moving)
    expected = align_heading(centered).positions
    result = align_heading(turned(centered, angle)).positions
    np.testing.assert_allclose(result, expected, atol=1e-6)


def test_left_is_x_up_is_y_and_forward_is_z(moving: PoseSequence) -> None:
    aligned = align_heading(turned(center_on_root(moving), 77.0))
    left = UPPER10.index("left_shoulder")
    right = UPPER10.index("right_shoulder")
    across = (aligned.positions[:, left] - aligned.positions[:, right]).mean(axis=0)
    assert across[0] > 0.3
    assert across[2] == pytest.approx(0, abs=1e-6)
    assert aligned.positions[:, 3, 1].mean() > 0.5
    assert aligned.positions[:, 6, 2].mean() > 0.1  # the hands are in front


@pytest.mark.parametrize(
    ("up", "axis", "angle"),
    [
        ("+z", "x", 90.0),
        ("-z", "x", -90.0),
        ("+x", "z", -90.0),
        ("-x", "z", 90.0),
        ("-y", "x", 180.0),
    ],
)
def test_any_axis_may_point_up(moving: PoseSequence, up: str, axis: str, angle: float) -> None:
    centered = center_on_root(moving)
    tipped = replace(turned(centered, angle, axis), up=up)
    aligned = align_heading(tipped)
    assert aligned.up == "+y"
    np.testing.assert_allclose(aligned.positions, align_heading(centered).positions, atol=1e-6)


def test_aligning_is_a_rotation_and_aligning_again_changes_nothing(holey: PoseSequence) -> None:
    aligned = align_heading(holey)
    np.testing.assert_allclose(bone_lengths(aligned), bone_lengths(holey), rtol=1e-5)
    across = aligned.positions[:, 4] - aligned.positions[:, 7]
    before = holey.positions[:, 4] - holey.positions[:, 7]
    np.testing.assert_allclose(across[:, 1], before[:, 1], atol=1e-5)
    np.testing.assert_allclose(align_heading(aligned).positions, aligned.positions, atol=1e-5)


def test_hands_do_not_turn_the_heading(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[:, 6] += [-3.0, 0.0, 1.0]
    aligned = align_heading(replace(moving, positions=positions)).positions
    others = [joint for joint in range(10) if joint != 6]
    np.testing.assert_array_equal(aligned[:, others], align_heading(moving).positions[:, others])


def test_all_pairs_tell_the_heading_where_no_trunk_is_known(moving: PoseSequence) -> None:
    names = tuple(f"p{joint}" for joint in range(10))
    renamed = replace(moving, layout=replace(UPPER10, name="markers", joints=names))
    aligned = align_heading(renamed).positions
    left, right = np.array(UPPER10.pairs).T
    across = (aligned[:, left] - aligned[:, right]).mean(axis=(0, 1))
    assert across[0] > 0
    assert across[2] == pytest.approx(0, abs=1e-6)


def test_heading_needs_three_dimensions_pairs_and_a_direction(moving: PoseSequence) -> None:
    with pytest.raises(PoseError, match="'walk': a heading needs 3 dimensions, but it has 2"):
        align_heading(replace(moving, positions=moving.positions[:, :, :2]))
    unpaired = replace(UPPER10, pairs=())
    with pytest.raises(PoseError, match="needs left-right pairs, but layout 'upper10' has none"):
        align_heading(replace(moving, layout=unpaired))
    flat = moving.positions.copy()
    flat[:, [4, 7], 0] = flat[:, [4, 7], 2] = 0.0
    with pytest.raises(PoseError, match="left-right axis has no horizontal direction"):
        align_heading(replace(moving, positions=flat))
    one_sided = moving.positions.copy()
    one_sided[:, 4] = np.nan
    with pytest.raises(PoseError, match="no horizontal direction, mean length 0 over 0 pairs"):
        align_heading(replace(moving, positions=one_sided))


def test_bone_lengths_are_medians_over_the_frames_that_show_them() -> None:
    positions = np.zeros((3, 10, 3))
    positions[:, 1, 0] = [1.0, 2.0, 9.0]
    positions[1, 6] = np.nan
    positions[:, 9] = np.nan
    lengths = bone_lengths(PoseSequence(positions=positions, layout=UPPER10, fps=30.0))
    np.testing.assert_array_equal(lengths, [0, 2, 2, 0, 0, 0, 0, 0, 0, np.nan])


def test_every_bone_gets_its_length_and_keeps_its_direction(moving: PoseSequence) -> None:
    result = normalize_bone_lengths(moving, LENGTHS)
    parents = UPPER10.parents
    old = moving.positions - moving.positions[:, parents]
    new = result.positions - result.positions[:, parents]
    length = np.linalg.norm(new, axis=2)
    np.testing.assert_allclose(length, np.broadcast_to(LENGTHS, (90, 10)), atol=1e-5)
    cosine = (old * new).sum(axis=2)[:, 1:] / (np.linalg.norm(old, axis=2) * length)[:, 1:]
    np.testing.assert_allclose(cosine, 1, atol=1e-5)
    np.testing.assert_array_equal(result.positions[:, 0], moving.positions[:, 0])


@pytest.mark.parametrize("factor", [0.5, 3.0])
@pytest.mark.parametrize("lengths", [LENGTHS, np.where(np.arange(10) == 5, np.nan, LENGTHS)])
def test_the_size_of_the_person_does_not_matter(
    holey: PoseSequence, factor: float, lengths: FloatArray
) -> None:
    small = center_on_root(holey)
    large = replace(small, positions=small.positions * factor)
    expected = normalize_bone_lengths(small, lengths).positions
    result = normalize_bone_lengths(large, lengths).positions
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_lengths_set_once_are_not_changed_again(holey: PoseSequence) -> None:
    once = normalize_bone_lengths(holey, LENGTHS)
    np.testing.assert_allclose(bone_lengths(once), LENGTHS, atol=1e-5)
    np.testing.assert_allclose(
        normalize_bone_lengths(once, LENGTHS).positions, once.positions, atol=2e-5
    )


def test_only_joints_that_were_missing_are_missing(holey: PoseSequence) -> None:
    result = normalize_bone_lengths(holey, LENGTHS)
    np.testing.assert_array_equal(result.present, holey.present)
    np.testing.assert_array_equal(result.confidence, holey.confidence)


def test_a_missing_leaf_changes_no_other_joint(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[10:50, 6] = np.nan
    result = normalize_bone_lengths(replace(moving, positions=positions), LENGTHS).positions
    expected = normalize_bone_lengths(moving, LENGTHS).positions
    there = ~np.isnan(result)
    np.testing.assert_array_equal(result[there], expected[there])
    assert there.sum() == 90 * 30 - 40 * 3


def test_a_joint_without_its_parent_hangs_on_the_nearest_ancestor() -> None:
    positions = np.zeros((2, 10, 3))
    positions[:, :, 1] = UPPER10.distances  # bones of length 1, all upward
    positions[0, 5] = np.nan
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    doubled = normalize_bone_lengths(sequence, np.full(10, 2.0))
    np.testing.assert_allclose(doubled.positions[0, 6, 1], 10.0)
    np.testing.assert_allclose(doubled.positions[1, :, 1], 2 * UPPER10.distances)


def test_joints_without_any_ancestor_hang_on_the_roots_place() -> None:
    positions = np.zeros((3, 10, 3))
    positions[:, :, 1] = UPPER10.distances
    positions[1, [0, 1]] = np.nan
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    doubled = normalize_bone_lengths(sequence, np.full(10, 2.0)).positions
    assert np.isnan(doubled[1, [0, 1]]).all()
    np.testing.assert_allclose(doubled[1, 2:, 1], 2 * UPPER10.distances[2:])
    never = replace(sequence, positions=np.where(np.arange(10)[:, None] < 2, np.nan, positions))
    kept = normalize_bone_lengths(never, np.full(10, 2.0)).positions
    np.testing.assert_allclose(kept[:, 2, 1], 2.0)
    np.testing.assert_allclose(kept[:, 4, 1], 4.0)


def test_a_bone_of_no_length_is_given_none() -> None:
    positions = np.zeros((2, 10, 3))
    positions[:, 2:, 1] = 1.0
    result = normalize_bone_lengths(
        PoseSequence(positions=positions, layout=UPPER10, fps=30.0), np.full(10, 0.5)
    )
    assert not result.positions[:, 1].any()
    np.testing.assert_allclose(result.positions[:, 2], [[0.0, 0.5, 0.0]] * 2)


@pytest.mark.parametrize(
    "lengths", [np.ones(9), -np.ones(10), np.full(10, np.inf), np.ones((10, 1))]
)
def test_lengths_that_do_not_fit_are_rejected(moving: PoseSequence, lengths: FloatArray) -> None:
    with pytest.raises(PoseError, match="for each of the 10 joints of layout 'upper10', but got"):
        normalize_bone_lengths(moving, lengths)


def test_the_size_of_the_image_does_not_matter(moving: PoseSequence) -> None:
    image = replace(center_on_root(moving), positions=moving.positions[:, :, :2], unit="px")
    large = replace(image, positions=image.positions * 480)
    scaled = scale_to_body(large)
    assert scaled.unit == "unknown"
    assert bone_lengths(scaled)[1:].mean() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(scaled.positions, scale_to_body(image).positions, rtol=1e-4)


def test_a_body_of_no_size_cannot_be_scaled(moving: PoseSequence) -> None:
    point = replace(moving, positions=np.zeros_like(moving.positions))
    with pytest.raises(PoseError, match="a bone of some length to scale by, but 9 bones are there"):
        scale_to_body(point)


def test_an_image_whose_y_points_down_is_turned_over(moving: PoseSequence) -> None:
    flat = replace(moving, positions=moving.positions[:, :, :2], unit="px", up="-y")
    turned = point_up(flat)
    np.testing.assert_array_equal(turned.positions, flat.positions * np.float32([1, -1]))
    assert turned.up == "+y"
    assert point_up(turned) is turned
    with pytest.raises(PoseError, match="expected an image of 2 dimensions, but it has 3"):
        point_up(moving)
