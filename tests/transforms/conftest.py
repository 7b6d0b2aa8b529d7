import numpy as np
import pytest

from skelgraph.data import MotionClip, SkeletonData
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


@pytest.fixture
def motion_clip() -> MotionClip:
    """Twelve frames of ten joints, a third of which are missing."""
    generator = np.random.default_rng(0)
    positions = generator.normal(size=(12, 10, 3))
    positions[generator.random((12, 10)) < 0.3] = np.nan
    scores = generator.uniform(0.1, 2.0, size=(12, 10))
    sequence = PoseSequence(
        positions=positions, layout=UPPER10, fps=30.0, name="clip", confidence=scores
    )
    return MotionClip.from_sequence(sequence, y=1, with_confidence=True)


@pytest.fixture
def clip(motion_clip: MotionClip) -> SkeletonData:
    """The nodes of the motion clip, without confidence."""
    return SkeletonData.from_clip(motion_clip.without_scores())


@pytest.fixture
def clock() -> SkeletonData:
    """Twelve frames in which all joints' coordinates are the frame's number."""
    positions = np.tile(np.arange(12.0)[:, None, None], (1, 10, 3))
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    return SkeletonData.nodes_from_sequence(sequence)
