"""Bones that are read from the motion: rigid pairs first, then near ones."""

import numpy as np

from skelgraph.layouts import gather_points
from skelgraph.poses import PoseSequence, propose_layout


def test_a_moving_arm_gives_its_bones() -> None:
    rng = np.random.default_rng(0)
    angles = np.cumsum(rng.normal(scale=0.2, size=(60, 2)), axis=0)
    shoulder = np.cumsum(rng.normal(scale=0.1, size=(60, 3)), axis=0)
    upper = 0.30 * np.stack([np.cos(angles[:, 0]), np.sin(angles[:, 0]), 0 * angles[:, 0]], axis=1)
    lower = 0.25 * np.stack([np.cos(angles[:, 1]), 0 * angles[:, 1], np.sin(angles[:, 1])], axis=1)
    elbow = shoulder + upper
    hat = rng.normal(size=(60, 3))  # moves by itself
    positions = np.stack([hat, elbow + lower, shoulder, elbow], axis=1)
    positions[5, 1] = np.nan
    points = gather_points(["hat", "wrist_l", "shoulder_l", "elbow_l"])
    sequence = PoseSequence(positions=positions, layout=points, fps=30)
    layout = propose_layout(sequence, "mine")
    bones = {frozenset((layout.joints[a], layout.joints[b])) for a, b in layout.bones}
    assert {frozenset(("elbow_l", "wrist_l")), frozenset(("elbow_l", "shoulder_l"))} <= bones
    assert (layout.name, layout.joints, layout.is_loose) == ("mine", points.joints, False)
    assert layout.distances.max() == 2  # the center of a chain of four


def test_points_that_are_never_seen_together_are_joined_last() -> None:
    positions = np.full((2, 3, 3), np.nan)
    positions[0, :2] = [[0, 0, 0], [1, 0, 0]]
    positions[1, 2] = [5, 0, 0]
    sequence = PoseSequence(positions=positions, layout=gather_points(["a", "b", "c"]), fps=30)
    layout = propose_layout(sequence, "mine")
    assert (1, 0) in layout.bones or (0, 1) in layout.bones
    assert len(layout.bones) == 2
