import numpy as np
import pytest

from skelgraph.data import SkeletonData, to_dense
from skelgraph.layouts import UPPER10
from skelgraph.poses import PoseSequence
from skelgraph.transforms import ScrambleAxes


def test_it_is_the_reshape_of_the_released_loader() -> None:
    """``view(3, -1, 10)`` on the memory of (T, 10, 3) that was padded with zeros."""
    positions = np.random.default_rng(0).normal(size=(7, 10, 3)).astype(np.float32)
    sequence = PoseSequence(positions=positions, layout=UPPER10, fps=30.0)
    x, mask = to_dense(ScrambleAxes(9)(SkeletonData.nodes_from_sequence(sequence)))
    padded = np.zeros((9, 10, 3), np.float32)
    padded[:7] = positions
    assert np.array_equal(x[0].numpy(), padded.reshape(3, 9, 10))
    assert mask.all()
    memory = padded.ravel()
    for c, t, v in [(0, 0, 1), (1, 2, 3), (2, 8, 9)]:
        assert x[0, c, t, v] == memory[c * 90 + t * 10 + v]
    assert x[0, 0, 0, :4].tolist() == [*positions[0, 0], positions[0, 1, 0]]
    assert (x[0, 2, 3:] == 0).all()  # 60 of 270 numbers are padding: the end of the last third
    assert (x[0, :2] != 0).all()


def test_missing_joints_are_zeros_that_speak(clip: SkeletonData) -> None:
    scrambled = ScrambleAxes(12)(clip)
    assert scrambled.mask.all()
    assert (scrambled.x == 0).sum() == 3 * (~clip.mask).sum()


def test_a_longer_clip_is_an_error(clip: SkeletonData) -> None:
    with pytest.raises(ValueError, match=r"'clip': expected at most 11 frames, .* but got 12"):
        ScrambleAxes(11)(clip)
