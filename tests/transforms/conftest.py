import numpy as np
import pytest

from skelgraph.data import SkeletonData
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence


@pytest.fixture
def clip() -> SkeletonData:
    """Twelve frames of ten joints, a third of which are missing."""
    generator = np.random.default_rng(0)
    positions = generator.normal(size=(12, 10, 3))
    positions[generator.random((12, 10)) < 0.3] = np.nan
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0, name="clip")
    return SkeletonData.nodes_from_sequence(sequence, y=1)


@pytest.fixture
def clock() -> SkeletonData:
    """Twelve frames in which all joints' coordinates are the frame's number."""
    positions = np.tile(np.arange(12.0)[:, None, None], (1, 10, 3))
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    return SkeletonData.nodes_from_sequence(sequence)
