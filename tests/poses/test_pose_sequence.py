from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from skelgraph.errors import LayoutError, PoseError
from skelgraph.layouts import COCO17, H36M17, UPPER10, JointLayout, plan_conversion
from skelgraph.poses import PoseSequence, convert_layout


def make(**changes: Any) -> PoseSequence:
    fields: dict[str, Any] = {"positions": np.zeros((4, 10, 3)), "layout": UPPER10, "fps": 30.0}
    return PoseSequence(**(fields | changes))


def test_facts_are_derived_from_the_positions() -> None:
    sequence = make(positions=np.zeros((6, 10, 2)), fps=12.0)
    assert (sequence.num_frames, sequence.num_dimensions, sequence.duration_s) == (6, 2, 0.5)


def test_a_joint_with_one_coordinate_missing_is_missing() -> None:
    positions = np.ones((4, 10, 3))
    positions[2, 5, 1] = np.nan
    sequence = make(positions=positions)
    assert np.isnan(sequence.positions[2, 5]).all()
    assert np.argwhere(~sequence.present).tolist() == [[2, 5]]


def test_a_joint_at_zero_is_there() -> None:
    assert make().present.all()


def test_arrays_are_copies_in_single_precision_that_cannot_be_written() -> None:
    positions, confidence = np.zeros((4, 10, 3)), np.ones((4, 10))
    sequence = make(positions=positions, confidence=confidence)
    positions[0] = confidence[0] = 9.0
    assert sequence.positions.dtype == sequence.confidence.dtype == np.float32
    assert sequence.positions.max() == 0
    assert sequence.confidence.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        sequence.positions[0] = 1.0
    with pytest.raises(FrozenInstanceError):
        sequence.fps = 25.0  # type: ignore[misc]


def test_replace_keeps_what_a_split_needs(moving: PoseSequence) -> None:
    changed = replace(moving, fps=25.0)
    assert (changed.name, changed.label, changed.subject, changed.recording) == (
        "walk",
        "joy",
        "A",
        "r1",
    )


INFINITE = np.zeros((4, 10, 3))
INFINITE[3, 1, 0] = np.inf


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"positions": np.zeros((4, 10))}, r"\(frames, joints, 2 or 3\), but got \(4, 10\)"),
        ({"positions": np.zeros((4, 10, 4))}, r"2 or 3\), but got \(4, 10, 4\)"),
        ({"positions": np.zeros((0, 10, 3))}, "at least one frame, but got none"),
        ({"positions": np.zeros((4, 9, 3))}, "10 joints for layout 'upper10', but got 9"),
        ({"positions": INFINITE}, "finite positions or NaN, but frame 3 has inf"),
        ({"fps": 0.0}, "positive frame rate, but got 0.0"),
        ({"fps": float("nan")}, "positive frame rate, but got nan"),
        ({"unit": "feet"}, "unit of .*but got 'feet'"),
        ({"up": "y"}, "up axis of .*and 'y'"),
        ({"confidence": np.ones((10, 4))}, r"= \(4, 10\), but got \(10, 4\)"),
        ({"confidence": -np.ones((4, 10))}, "finite confidences of 0 or more"),
        ({"name": "clip", "fps": -1.0}, "^sequence 'clip': expected a positive"),
    ],
)
def test_what_does_not_fit_is_rejected(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(PoseError, match=message):
        make(**changes)


def coco_sequence() -> PoseSequence:
    rng = np.random.default_rng(0)
    return PoseSequence(
        positions=rng.normal(size=(5, 17, 2)),
        layout=COCO17,
        fps=25.0,
        unit="px",
        up="-y",
        confidence=rng.uniform(0.5, 1, (5, 17)),
        name="clip",
        label="joy",
    )


def test_joints_are_taken_and_made_up() -> None:
    source = coco_sequence()
    target = convert_layout(source, UPPER10)
    hips = source.positions[:, [COCO17.index("left_hip"), COCO17.index("right_hip")]]
    wrist = source.positions[:, COCO17.index("left_wrist")]
    np.testing.assert_allclose(target.positions[:, 0], hips.mean(axis=1), atol=1e-6)
    np.testing.assert_array_equal(target.positions[:, 6], wrist)
    assert (target.layout, target.unit, target.up) == (UPPER10, "px", "-y")
    assert (target.name, target.label) == ("clip", "joy")


def test_the_confidence_of_a_made_up_joint_is_the_least() -> None:
    source = coco_sequence()
    target = convert_layout(source, UPPER10)
    assert source.confidence is not None
    assert target.confidence is not None
    hips = source.confidence[:, [COCO17.index("left_hip"), COCO17.index("right_hip")]]
    np.testing.assert_array_equal(target.confidence[:, 0], hips.min(axis=1))


def test_a_made_up_joint_is_missing_where_a_source_is() -> None:
    source = coco_sequence()
    positions = source.positions.copy()
    positions[2, COCO17.index("left_hip")] = np.nan
    missing = ~convert_layout(replace(source, positions=positions), UPPER10).present
    assert np.argwhere(missing).tolist() == [[2, 0], [2, 1]]


def test_a_planned_conversion_gives_the_same() -> None:
    source = coco_sequence()
    planned = convert_layout(source, plan_conversion(COCO17, UPPER10))
    np.testing.assert_array_equal(planned.positions, convert_layout(source, UPPER10).positions)


def test_joints_that_cannot_be_had_are_nan(moving: PoseSequence) -> None:
    target = convert_layout(moving, H36M17)
    legs = {f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle")}
    missing = {H36M17.joints[joint] for joint in np.flatnonzero(~target.present.any(axis=0))}
    assert missing == legs
    assert target.present.sum() == 11 * moving.num_frames


def test_layouts_without_enough_in_common_are_rejected(moving: PoseSequence) -> None:
    legs = JointLayout.from_parents("legs", {"left_knee": None, "left_ankle": "left_knee"})
    with pytest.raises(LayoutError, match="cannot be converted to 'legs'"):
        convert_layout(moving, legs)


def test_prints_what_it_is_and_no_numbers() -> None:
    positions = np.zeros((60, 10, 3))
    positions[0, 0] = np.nan
    sequence = PoseSequence(positions=positions, layout="upper10", fps=30.0, name="a", label="joy")
    assert repr(sequence) == (
        "PoseSequence(60 frames of upper10 in 3D, 30 frames/s, 2.0 s, 0.2% of the joints missing, "
        "name='a', label='joy')"
    )


def test_layout_may_be_a_name() -> None:
    assert PoseSequence(positions=np.zeros((2, 17, 2)), layout="coco17", fps=30.0).layout is COCO17
    with pytest.raises(LayoutError, match="there is no layout 'coco18'; known are"):
        PoseSequence(positions=np.zeros((2, 17, 2)), layout="coco18", fps=30.0)


def test_slices_are_sequences_in_time() -> None:
    positions = np.arange(60 * 10 * 3, dtype=np.float32).reshape(60, 10, 3)
    confidence = np.arange(600, dtype=np.float32).reshape(60, 10)
    sequence = PoseSequence(
        positions=positions, layout=UPPER10, fps=30.0, confidence=confidence, label="joy"
    )
    part = sequence[10:40:3]
    np.testing.assert_array_equal(part.positions, positions[10:40:3])
    np.testing.assert_array_equal(part.confidence, confidence[10:40:3])
    assert (len(part), part.fps, part.label) == (10, 10.0, "joy")
    assert (part.start_s, part[3:].start_s) == (10 / 30, 10 / 30 + 3 / 10)
    with pytest.raises(PoseError, match="expected at least one frame"):
        sequence[60:]
    with pytest.raises(PoseError, match="expected frames in their order, but got steps of -1"):
        sequence[::-1]
    with pytest.raises(TypeError, match=r"expected frames such as sequence\[30:90\]"):
        sequence[3]


def test_joints_are_chosen_by_name() -> None:
    positions = np.arange(2 * 10 * 3, dtype=np.float32).reshape(2, 10, 3)
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    last = UPPER10.joints[-1]
    np.testing.assert_array_equal(sequence[last], positions[:, -1])
    kept = [UPPER10.joints[joint] for joint in UPPER10.path(UPPER10.center, 9)]
    arm = sequence.select_joints(kept, name="arm")
    assert set(arm.layout.joints) == set(kept)
    for joint in kept:
        np.testing.assert_array_equal(arm[joint], sequence[joint])
    with pytest.raises(LayoutError, match="has no joint 'tail'"):
        sequence["tail"]
