from dataclasses import replace

import numpy as np
import pytest

from skelgraph.errors import PoseError
from skelgraph.poses import PoseSequence, drop_doubtful


def test_joints_below_the_threshold_are_missing(holey: PoseSequence) -> None:
    scores = np.full((90, 10), 0.5)
    scores[3:7, 2] = 0.09
    scores[8, 4] = 0.1
    sequence = replace(holey, confidence=scores)
    dropped = drop_doubtful(sequence, min_confidence=0.1)
    expected = holey.present.copy()
    expected[3:7, 2] = False
    np.testing.assert_array_equal(dropped.present, expected)
    np.testing.assert_array_equal(dropped.confidence, sequence.confidence)
    kept = dropped.present
    np.testing.assert_array_equal(dropped.positions[kept], holey.positions[kept])


def test_without_confidence_or_doubt_nothing_changes(moving: PoseSequence) -> None:
    assert drop_doubtful(moving, min_confidence=0.5) is moving
    sure = replace(moving, confidence=np.ones((90, 10)))
    assert drop_doubtful(sure, min_confidence=1.0) is sure


def test_a_recording_of_doubtful_joints_alone_is_an_error(holey: PoseSequence) -> None:
    with pytest.raises(PoseError, match=r"'walk': expected joints of .* 2 or more, .* is 0\.9; lo"):
        drop_doubtful(holey, min_confidence=2)
