"""Frames in which nobody is there: all joints at the origin."""

import numpy as np

from skelgraph.layouts import UPPER10, JointLayout
from skelgraph.poses import PoseSequence, drop_empty_frames, find_empty_frames


def make_sequence(positions: np.ndarray, layout: JointLayout = UPPER10) -> PoseSequence:
    return PoseSequence(positions=positions, layout=layout, fps=30.0)


def test_frames_of_zeros_show_nobody() -> None:
    positions = np.ones((5, 10, 3))
    positions[1] = 0
    positions[2, :9] = 0
    positions[3, 4:] = np.nan
    positions[3, :4] = 0
    positions[4] = np.nan
    sequence = make_sequence(positions)
    assert find_empty_frames(sequence).tolist() == [False, True, False, True, False]
    dropped = drop_empty_frames(sequence)
    assert (~dropped.present.any(axis=1)).tolist() == [False, True, False, True, True]
    np.testing.assert_array_equal(dropped.positions[[0, 2]], sequence.positions[[0, 2]])


def test_a_sequence_without_such_frames_is_returned_as_it_is() -> None:
    sequence = make_sequence(np.ones((5, 10, 2)))
    assert drop_empty_frames(sequence) is sequence


def test_one_joint_may_lie_at_the_origin() -> None:
    point = JointLayout.from_parents("point", {"tip": None})
    sequence = make_sequence(np.zeros((3, 1, 3)), point)
    assert not find_empty_frames(sequence).any()
