import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from skelgraph.config import FilterName
from skelgraph.errors import LayoutError, PoseError
from skelgraph.layouts import COCO17, H36M17, UPPER10, JointLayout
from skelgraph.poses import (
    PoseSequence,
    Preprocessing,
    align_heading,
    bone_lengths,
    center_on_root,
    fill_gaps,
    low_pass,
    normalize_bone_lengths,
    resample,
    smooth,
)

NOTHING = Preprocessing(
    max_gap_s=None, cutoff_hz=None, center=False, align_heading=False, scale=False
)


def test_nothing_to_do_changes_nothing(holey: PoseSequence) -> None:
    assert NOTHING.apply(holey) is holey


def test_the_steps_are_done_in_their_order(holey: PoseSequence) -> None:
    lengths = np.full(10, 0.2)
    preprocessing = Preprocessing(fps=25.0, bone_lengths=tuple(lengths))
    expected = resample(low_pass(fill_gaps(holey)), 25.0)
    expected = normalize_bone_lengths(align_heading(center_on_root(expected)), lengths)
    np.testing.assert_array_equal(preprocessing.apply(holey).positions, expected.positions)


@pytest.mark.parametrize(("max_gap_s", "tolerance_m"), [(None, 1e-5), (0.5, 1e-3)])
def test_place_heading_size_unit_and_up_axis_do_not_matter(
    moving: PoseSequence, holey: PoseSequence, max_gap_s: float | None, tolerance_m: float
) -> None:
    # A monotone cubic is fitted to each coordinate, so that a filled gap depends on the axes.
    preprocessing = Preprocessing(max_gap_s=max_gap_s).fit([moving])
    matrix = Rotation.from_euler("yx", [130, 90], degrees=True).as_matrix()
    positions = 100 * (1.2 * holey.positions @ matrix.T + [4.0, -1.0, 2.0])
    other = replace(holey, positions=positions, unit="cm", up="+z")
    result, expected = preprocessing.apply(other), preprocessing.apply(holey)
    assert (result.unit, result.up) == ("m", "+y")
    np.testing.assert_allclose(result.positions, expected.positions, atol=tolerance_m)


def test_what_a_split_needs_is_kept(moving: PoseSequence) -> None:
    done = Preprocessing(layout=H36M17, fps=20.0).apply(moving)
    assert (done.name, done.label, done.subject, done.recording) == ("walk", "joy", "A", "r1")
    assert (done.layout, done.fps) == (H36M17, 20.0)


def test_a_low_frame_rate_is_not_filtered(moving: PoseSequence) -> None:
    slow = replace(moving, fps=12.0)
    filtering = replace(NOTHING, cutoff_hz=6.0)
    assert filtering.apply(slow) is slow
    assert filtering.apply(replace(moving, fps=12.1)) is not slow


def image_of(sequence: PoseSequence, *, pixels_per_meter: float) -> PoseSequence:
    flat = sequence.positions[:, :, :2] * [1.0, -1.0] * pixels_per_meter + [640.0, 360.0]
    return replace(sequence, positions=flat, unit="px", up="-y")


@pytest.mark.parametrize("name", ["savgol", "one-euro"])
def test_the_filter_is_chosen_by_name(holey: PoseSequence, name: FilterName) -> None:
    filtering = replace(NOTHING, filter=name)
    np.testing.assert_array_equal(filtering.apply(holey).positions, smooth(holey, name).positions)
    assert replace(NOTHING, filter="none", cutoff_hz=6.0).apply(holey) is holey


def test_images_of_any_size_are_alike(moving: PoseSequence) -> None:
    preprocessing = Preprocessing()
    small = preprocessing.apply(image_of(moving, pixels_per_meter=100))
    large = preprocessing.apply(image_of(moving, pixels_per_meter=450))
    np.testing.assert_allclose(small.positions, large.positions, atol=1e-4)
    assert np.abs(small.positions).max() < 10


def test_bone_lengths_of_images_are_left_alone(moving: PoseSequence) -> None:
    image = image_of(moving, pixels_per_meter=200)
    assert Preprocessing().fit([image]).bone_lengths is None
    plain = Preprocessing().apply(image)
    with_lengths = Preprocessing(bone_lengths=(0.2,) * 10).apply(image)
    np.testing.assert_array_equal(with_lengths.positions, plain.positions)


def test_unknown_units_are_scaled_only_where_asked(moving: PoseSequence) -> None:
    odd = replace(moving, positions=moving.positions * 7, unit="unknown")
    scaled = Preprocessing().apply(odd)
    assert bone_lengths(scaled)[1:].mean() == pytest.approx(1, abs=1e-5)
    kept = Preprocessing(scale=False).apply(odd)
    assert bone_lengths(kept)[1:].mean() == pytest.approx(7 * bone_lengths(moving)[1:].mean(), 0.05)


def test_fit_takes_the_medians_of_the_recordings_it_is_given(moving: PoseSequence) -> None:
    sizes = [replace(moving, positions=moving.positions * size) for size in (1.0, 1.1, 4.0)]
    fitted = Preprocessing().fit(sizes)
    middle = Preprocessing().apply(sizes[1])
    np.testing.assert_allclose(fitted.bone_lengths, bone_lengths(middle), rtol=1e-5)
    np.testing.assert_allclose(
        bone_lengths(fitted.apply(sizes[2])), bone_lengths(middle), atol=1e-5
    )


def test_fit_again_forgets_what_was_fitted(moving: PoseSequence) -> None:
    large = replace(moving, positions=moving.positions * 2)
    fitted = Preprocessing().fit([moving])
    assert fitted.fit([large]) == Preprocessing().fit([large])


def test_a_bone_that_is_never_seen_has_no_length(moving: PoseSequence) -> None:
    positions = moving.positions.copy()
    positions[:, 9] = np.nan
    fitted = Preprocessing().fit([replace(moving, positions=positions)])
    assert fitted.bone_lengths is not None
    assert np.flatnonzero(np.isnan(fitted.bone_lengths)).tolist() == [9]
    assert fitted.apply(moving).present.all()
    assert Preprocessing.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_fit_needs_recordings_of_one_layout(moving: PoseSequence) -> None:
    with pytest.raises(PoseError, match="expected recordings to fit bone lengths to, but got none"):
        Preprocessing().fit([])
    other = replace(moving, layout=replace(UPPER10, name="mine"), name="odd")
    with pytest.raises(PoseError, match=r"'odd': expected layout 'upper10' as in .* got 'mine'"):
        Preprocessing().fit([moving, other])
    assert Preprocessing(layout=UPPER10).fit([moving, other]).bone_lengths is not None


CUSTOM = JointLayout.from_parents(
    "pole",
    {"foot": None, "left_end": "foot", "right_end": "foot", "tip": "left_end"},
    extra_edges=[("tip", "right_end")],
    added_bones=["tip"],
)


@pytest.mark.parametrize(
    "preprocessing",
    [
        Preprocessing(),
        NOTHING,
        Preprocessing(layout=COCO17, fps=25.0, order=2),
        Preprocessing(layout=CUSTOM, bone_lengths=(0.0, 0.1, 0.1, 0.25)),
    ],
)
def test_settings_survive_json(preprocessing: Preprocessing) -> None:
    settings = preprocessing.to_dict()
    assert json.loads(json.dumps(settings, allow_nan=False)) == settings
    assert Preprocessing.from_dict(json.loads(json.dumps(settings))) == preprocessing


def test_settings_that_are_left_out_are_the_defaults() -> None:
    assert Preprocessing.from_dict({"cutoff_hz": None}) == Preprocessing(cutoff_hz=None)


def test_unknown_settings_and_bad_layouts_are_rejected() -> None:
    with pytest.raises(PoseError, match=r"unknown preprocessing settings \['cutof'\]; known are"):
        Preprocessing.from_dict({"cutof": 5.0})
    settings = Preprocessing(layout=CUSTOM).to_dict()
    settings["layout"]["bones"] = [[1, 0]]
    with pytest.raises(LayoutError, match="expected 3 bones"):
        Preprocessing.from_dict(settings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fps": 0.0}, "expected fps above 0 or None, but got 0.0"),
        ({"cutoff_hz": -2.0}, "expected cutoff_hz above 0 or None, but got -2.0"),
        ({"max_gap_s": -1.0}, "expected max_gap_s of 0 or more or None, but got -1.0"),
        ({"filter": "kalman"}, r"expected a filter of \('butterworth'.*got 'kalman'"),
        ({"order": 3}, "expected an even filter order, but got 3"),
        (
            {"layout": UPPER10, "bone_lengths": (1.0,)},
            "expected 10 bone lengths for layout 'upper10', but got 1",
        ),
    ],
)
def test_settings_out_of_range_are_rejected(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PoseError, match=message):
        Preprocessing(**changes)


def test_doubtful_joints_are_gaps(moving: PoseSequence) -> None:
    """A short one is filled over, a long one stays missing; where they lay does not matter."""
    positions, scores = moving.positions.copy(), np.full((90, 10), 0.8)
    positions[10:14, 6], scores[10:14, 6] = 999.0, 0.05
    positions[30:60, 9], scores[30:60, 9] = -999.0, 0.05
    doubtful = replace(moving, positions=positions, confidence=scores)
    done = Preprocessing().apply(doubtful)
    assert done.present[:, 6].all()
    np.testing.assert_array_equal(done.present[:, 9], np.r_[[True] * 30, [False] * 30, [True] * 30])
    right = Preprocessing().apply(moving)
    np.testing.assert_allclose(done.positions[:, 6], right.positions[:, 6], atol=0.02)
    trusting = Preprocessing(min_confidence=None).apply(doubtful)
    assert np.abs(trusting.positions[30:60, 9]).max() > 900


def test_an_image_points_up_and_has_the_size_of_a_body(moving: PoseSequence) -> None:
    """Near or far, and with y down or up, a person is the same."""
    up = replace(moving, positions=moving.positions[:, :, :2], unit="px")
    down = replace(up, positions=up.positions * [300, -300] + [640, 360], up="-y")
    one, other = Preprocessing().apply(up), Preprocessing().apply(down)
    assert (one.up, other.up, other.unit) == ("+y", "+y", "unknown")
    np.testing.assert_allclose(one.positions, other.positions, atol=1e-4)
    assert 0.5 < np.abs(one.positions).max() < 5


def test_a_threshold_below_zero_is_an_error() -> None:
    with pytest.raises(PoseError, match="expected min_confidence of 0 or more or None, but got -1"):
        Preprocessing(min_confidence=-1)


def test_cleaning_and_normalizing_are_all_steps(moving: PoseSequence) -> None:
    preprocessing = Preprocessing(layout=UPPER10, fps=20.0)
    done = preprocessing.normalize(preprocessing.clean(moving))
    np.testing.assert_array_equal(done.positions, preprocessing.apply(moving).positions)
    assert (done.fps, done.up) == (20.0, "+y")
    cleaned = preprocessing.clean(moving)
    root = cleaned.positions[:, cleaned.layout.center]
    assert np.abs(root).max() > 0  # not centered yet
    both = replace(moving, partners=(replace(moving, positions=moving.positions + 1),))
    apart = preprocessing.normalize(preprocessing.clean(both))
    together = preprocessing.apply(both)
    np.testing.assert_array_equal(apart.partners[0].positions, together.partners[0].positions)
