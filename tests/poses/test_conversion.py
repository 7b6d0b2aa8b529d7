from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import LayoutError
from skelgraph.layouts import COCO17, H36M17, UPPER10, JointLayout, plan_conversion
from skelgraph.poses import PoseSequence, convert_layout


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
